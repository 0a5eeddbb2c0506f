"""Jobs as they stood at a moment, by what had been told of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from offtake.model.work import JobSpec
from offtake.operate.jobs import Job
from offtake.operate.rows import new_job
from offtake.store import work
from offtake.store import work_tables as tables
from offtake.store.earlier import counts_as_of, jobs_as_of, last_happened
from offtake.store.inserting import insert
from offtake.store.opening import Store, open_store

TOLD = {
    "one": [(10, "queued"), (12, "placed"), (13, "running"), (20, "queued"), (30, "placed")],
    "two": [(11, "queued"), (12, "placed"), (14, "running"), (25, "succeeded")],
    "late": [(40, "queued")],
}
TRIES = [("one", 1, "north", 12.0), ("one", 2, "south", 30.0), ("two", 1, "north", 12.0)]


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    made = open_store(url, upgrade=True)
    with made.writing() as connection:
        for name, told in TOLD.items():
            spec = JobSpec(name=name, run="true", tenant="blue" if name == "two" else "red")
            job = Job(id=f"j-{name}", spec=spec, client="", submitted_at=float(told[0][0]))
            insert(connection, tables.job, [new_job(job)])
            reasons = [(float(at), kind, {"reason": f"{kind} at {at}"}) for at, kind in told]
            work.tell(connection, [(f"j-{name}", *each) for each in reasons])
        for name, number, cluster, at in TRIES:
            row = {"token": f"{name}{number}", "job": f"j-{name}", "number": number}
            more = {"accelerators": 1, "digest": "", "decided": "{}", "version": 1}
            stands = {"cluster": cluster, "state": "intent", "intended": at}
            connection.execute(tables.attempt.insert(), {**row, **more, **stands})
        work.happen(connection, "north", 19.0, "lost", {})
        work.happen(connection, "south", 21.0, "agent", {})
        work.happen(connection, None, 22.0, "adopted", {})
        work.happen(connection, "north", 29.0, "found", {})
    yield made
    made.close()


@pytest.mark.parametrize(
    ("at", "states"),
    [
        (9.9, {}),
        (10.0, {"one": "queued"}),
        (12.5, {"one": "starting", "two": "starting"}),
        (14.0, {"one": "running", "two": "running"}),
        (22.0, {"one": "queued", "two": "running"}),
        (29.0, {"one": "queued", "two": "succeeded"}),
        (50.0, {"one": "starting", "two": "succeeded", "late": "queued"}),
    ],
)
def test_jobs_are_as_they_stood(store: Store, at: float, states: dict[str, str]) -> None:
    with store.reading() as connection:
        found = jobs_as_of(connection, at)
        counts = counts_as_of(connection, at)
    assert {one["name"]: one["state"] for one in found} == states
    assert counts == {each: list(states.values()).count(each) for each in states.values()}
    assert [one["seq"] for one in found] == sorted((one["seq"] for one in found), reverse=True)


def test_where_and_why_are_those_of_the_moment(store: Store) -> None:
    with store.reading() as connection:
        first = {at: jobs_as_of(connection, at, name="one")[0] for at in (15.0, 22.0, 50.0)}
    assert [first[at]["cluster"] for at in first] == ["north", None, "south"]
    reasons = [first[at]["reason"] for at in first]
    assert reasons == ["running at 13", "queued at 20", "placed at 30"]
    assert [first[at]["since"] for at in first] == [13.0, 20.0, 30.0]
    assert first[15.0]["spec"]["run"] == "true"


def test_they_are_narrowed_as_they_were_then(store: Store) -> None:
    with store.reading() as connection:

        def names(at: float, **asked: object) -> list[str]:
            return [one["name"] for one in jobs_as_of(connection, at, **asked)]  # type: ignore[arg-type]

        assert names(22.0, states=("running",)) == ["two"]
        assert names(22.0, states=("queued", "starting")) == ["one"]
        assert names(50.0, cluster="north") == ["two"]
        assert names(50.0, tenant="red") == ["late", "one"]
        assert names(50.0, most=1) == ["late"]
        (late,) = jobs_as_of(connection, 50.0, most=1)
        assert names(50.0, before=late["seq"]) == ["two", "one"]
        assert counts_as_of(connection, 22.0, "blue") == {"running": 1}


def test_what_happened_last_to_clusters(store: Store) -> None:
    with store.reading() as connection:
        found = last_happened(connection, 10)
        assert [(row["cluster"], row["kind"]) for row in found] == [
            ("north", "found"),
            ("north", "lost"),
        ]
        assert len(last_happened(connection, 1)) == 1
