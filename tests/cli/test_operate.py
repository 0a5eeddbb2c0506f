"""The commands of operation against a live service with real processes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from offtake.cli import following, steering, topping
from offtake.cli.calling import Caller
from offtake.errors import OfftakeError
from tests.cli.calling import Ran, call
from tests.cli.operating import HELLO, live

Capsys = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with live(tmp_path_factory.mktemp("service")) as url:
        yield url


@pytest.fixture
def url(address: str, monkeypatch: Patch) -> str:
    monkeypatch.setenv("OFFTAKE_URL", address)
    monkeypatch.delenv("OFFTAKE_TOKEN", raising=False)
    return address


def handed_in(capsys: Capsys, name: str, *command: str, options: tuple[str, ...] = ()) -> str:
    ran = call(capsys, "run", "--name", name, "--detach", *options, "--", *command)
    assert ran.status == 0, ran.err
    return ran.out.strip()


def until(url: str, named: str, state: str, cluster: str | None = None) -> Any:
    job: Any = None
    with Caller(url) as caller:
        for _ in range(400):
            job = caller.job(named)
            if job["state"] == state and cluster in (None, job["cluster"]):
                return job
            time.sleep(0.05)
    raise AssertionError(job)


def drained(url: str, cluster: str) -> None:
    """Wait until the controller has heard that nothing more begins there."""
    there: Any = None
    with Caller(url) as caller:
        for _ in range(400):
            there = caller.get("/v1/clusters")["clusters"]
            if next(one["drained"] for one in there if one["id"] == cluster):
                return
            time.sleep(0.05)
    raise AssertionError(there)


def counts(url: str) -> Any:
    with Caller(url) as caller:
        return caller.get("/v1/counts")


def test_a_job_file_is_handed_in_and_waited_for(capsys: Capsys, url: str) -> None:
    ran = call(capsys, "submit", HELLO, "--set", "name=greeting", "--wait")
    assert ran.status == 0, ran.err
    assert "greeting succeeded, exit status 0" in ran.out
    assert call(capsys, "logs", "greeting").out.startswith("hello from ")
    again = call(capsys, "submit", HELLO, "--json", "--key", "once").data
    assert (again["again"], len(again["jobs"])) == (False, 1)
    same = call(capsys, "submit", HELLO, "--json", "--key", "once").data
    assert (same["again"], same["jobs"]) == (True, again["jobs"])


def test_a_file_of_several_jobs_and_fields_set(capsys: Capsys, url: str, tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text("name: a\nrun: echo $A; exit 3\n---\nname: b\nrun: echo $A\n")
    ran = call(capsys, "submit", path, "--set", "env.A=x y", "--set", "accelerator=cpu", "--wait")
    assert ran.status == 1
    assert [line.split("  ")[1] for line in ran.out.splitlines()] == [
        "a",
        "b",
        "a failed, exit status 3: it ended with status 3",
        "b succeeded, exit status 0",
    ]
    assert call(capsys, "logs", "a").out == "x y\n"


def test_nothing_is_handed_in_by_a_dry_run(capsys: Capsys, url: str) -> None:
    before = counts(url)
    ran = call(capsys, "submit", HELLO, "--dry-run", "--set", "accelerator_count=6", "--json")
    options = {one["cluster"]: one["never"] for one in ran.data["jobs"][0]["clusters"]}
    assert options == {"north": "it has 4 accelerators, not 6", "south": None}
    shown = call(capsys, "submit", HELLO, "--dry-run")
    assert [line.split()[:3] for line in shown.out.splitlines()[1:]] == [
        ["hello", "north", "yes"],
        ["hello", "south", "yes"],
    ]
    assert counts(url) == before


def test_a_command_is_run_and_its_status_is_ours(capsys: Capsys, url: str) -> None:
    ran = call(capsys, "run", "--accelerators", "cpu:2", "--", "sh", "-c", 'echo "a  b"; exit 7')
    assert (ran.status, ran.out) == (7, "a  b\n")
    assert "attempt 1 on north" in ran.err
    words = call(capsys, "run", "--json", "--", "printf", "%s|", "a b", "$HOME", "--json").data
    assert (words["state"], words["printed"]) == ("succeeded", "a b|$HOME|--json|")


def test_ctrl_c_leaves_the_job_or_cancels_it(capsys: Capsys, url: str, monkeypatch: Patch) -> None:
    def interrupted(*_words: object, **_options: object) -> Iterator[following.Piece]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(following, "pieces", interrupted)
    ran = call(capsys, "run", "--name", "left", "--", "sleep", "60")
    assert ran.status == 130
    with Caller(url) as caller:
        ident = caller.ident("left")
    assert f"{ident} goes on: `offtake logs -f {ident}` follows it" in ran.err
    assert call(capsys, "cancel", "left").out == f"{ident} is being cancelled\n"
    assert until(url, ident, "cancelled")
    ran = call(capsys, "run", "--cancel-on-exit", "--name", "taken", "--", "sleep", "60")
    assert (ran.status, "is being cancelled" in ran.err) == (130, True)
    assert until(url, "taken", "cancelled")


def test_a_job_is_shown_watched_and_followed(capsys: Capsys, url: str) -> None:
    ident = handed_in(capsys, "steps", "sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.2; done")
    followed = call(capsys, "logs", "-f", "steps")
    assert followed.out == "1\n2\n3\n"
    watched = call(capsys, "watch", ident, "--json")
    told = [json.loads(line)["kind"] for line in watched.out.splitlines()]
    assert told == ["queued", "placed", "running", "succeeded"]
    shown = call(capsys, "status", "steps")
    assert shown.out.startswith(f"{ident}  steps succeeded, exit status 0\n")
    assert " placed     cluster=north" in shown.out
    pieces = [json.loads(line) for line in call(capsys, "logs", ident, "--json").out.splitlines()]
    assert [(one["attempt"], one["text"]) for one in pieces] == [(1, "1\n2\n3\n")]
    everything = call(capsys, "status", "--all", "--json").data
    assert ident in [job["id"] for job in everything["jobs"]]


def test_why_a_job_waits(capsys: Capsys, url: str) -> None:
    try:
        assert call(capsys, "drain", "north").status == 0
        drained(url, "north")
        ident = handed_in(capsys, "waits", "true", options=("--set", "clusters=north"))
        said = call(capsys, "why", "waits")
        assert said.out.startswith(f"{ident} is queued\n")
        assert "it is drained: nothing begins there" in said.out
        assert "the job names other clusters" in said.out
        listed = call(capsys, "status")
        assert "waits  queued" in listed.out
    finally:
        assert call(capsys, "drain", "narvik", "--resume").status == 0
    assert until(url, ident, "succeeded")


def test_a_drain_stops_what_runs_and_shows_it_first(capsys: Capsys, url: str) -> None:
    ident = handed_in(
        capsys, "moves", "sleep", "30", options=("--set", "preemptible=true", "--set", "grace_s=1")
    )
    until(url, ident, "running")
    asked = call(capsys, "drain", "north", "--stop", "--dry-run", "--json").data
    assert (asked["does"], asked["clusters"]) == ("stop", ["north"])
    assert ident in [job["id"] for job in asked["jobs"]]
    try:
        assert call(capsys, "drain", "north", "--stop").status == 0
        job = until(url, ident, "running", cluster="south")
        assert [one["cluster"] for one in job["attempts"]] == ["north", "south"]
    finally:
        call(capsys, "drain", "north", "--resume")
    assert call(capsys, "cancel", ident).status == 0


def test_clusters_and_the_queue_once(capsys: Capsys, url: str) -> None:
    ident = handed_in(capsys, "holds", "sleep", "30", options=("--accelerators", "3"))
    until(url, ident, "running")
    seen = call(capsys, "top", "--json").data
    assert sum(one["taken"] for one in seen["clusters"]) >= 3
    shown = call(capsys, "top")
    assert "north" in shown.out
    assert ident in shown.out
    with Caller(url) as caller:
        assert len(topping.laid_out(topping._seen(caller)).renderables) == 3
    assert call(capsys, "cancel", "holds", "--json").data["jobs"] == [ident]


def test_a_stream_that_breaks_off_goes_on_where_it_was(
    url: str, capsys: Capsys, monkeypatch: Patch
) -> None:
    ident = handed_in(capsys, "broken", "true")
    until(url, ident, "succeeded")
    whole = Caller._stream
    begun: list[str | None] = []

    def broken(self: Caller, asked: Any, last: str | None) -> Iterator[Any]:
        begun.append(last)
        for number, event in enumerate(whole(self, asked, last)):
            if len(begun) < 3 and number == 1:
                raise httpx.ReadError("the line broke")
            yield event

    monkeypatch.setattr(Caller, "_stream", broken)
    with Caller(url, pause=lambda _seconds: None) as caller:
        told = [event.body["kind"] for event in caller.events(job=ident, after=0, follow=False)]
    assert told == ["queued", "placed", "running", "succeeded"]
    assert (begun[0], len(begun)) == (None, 3)


WRONG: dict[str, tuple[tuple[str, ...], int, str]] = {
    "no such job": (("status", "nobody"), 2, "OTK-H012"),
    "no such id": (("logs", "j-222222222222"), 2, "OTK-E020"),
    "no such cluster": (("drain", "narvk"), 2, "OTK-H015"),
    "two things at once": (("drain", "north", "--lost", "--found"), 2, "OTK-H019"),
    "no job to cancel": (("cancel",), 2, "OTK-U003"),
    "nothing to run": (("run",), 2, "OTK-U003"),
    "no accelerators": (("run", "--accelerators", "H100:", "--", "true"), 2, "OTK-H014"),
    "accelerators nobody has": (("run", "--accelerators", "H100:8", "--", "x"), 3, "OTK-E022"),
    "no file": (("submit",), 2, "OTK-U003"),
    "no such file": (("submit", "none.yaml"), 3, "OTK-F001"),
    "no such field": (("submit", str(HELLO), "--set", "nme=x"), 2, "OTK-H013"),
    "no value": (("submit", str(HELLO), "--set", "priority"), 2, "OTK-U011"),
    "half a value": (("submit", str(HELLO), "--set", "countries=[NO"), 2, "OTK-H013"),
    "no unit": (("submit", str(HELLO), "--set", "limit_hours=long"), 3, "OTK-H002"),
    "no address": (("status", "--url", "here"), 2, "OTK-H011"),
    "a pause of nothing": (("top", "--every", "0"), 2, "OTK-U004"),
    "nobody there": (("status", "--url", "http://127.0.0.1:9"), 1, "OTK-H006"),
    "no part of it": (("status", "--url", "{url}/elsewhere"), 2, "OTK-H007"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_told(kind: str, capsys: Capsys, url: str) -> None:
    words, status, code = WRONG[kind]
    ran = call(capsys, *(word.replace("{url}", url) for word in words))
    assert (ran.status, ran.codes) == (status, [code]), ran.err
    as_json = call(capsys, *_with_json([word.replace("{url}", url) for word in words]))
    assert [fault["code"] for fault in as_json.data["faults"]] == [code]


def _with_json(words: list[str]) -> list[str]:
    return [words[0], "--json", *words[1:]]


def test_an_attempt_there_was_not(capsys: Capsys, url: str) -> None:
    until(url, handed_in(capsys, "once", "true"), "succeeded")
    ran = call(capsys, "logs", "once", "--attempt", "2")
    assert (ran.status, ran.codes) == (2, ["OTK-H017"])


def test_jobs_that_can_be_cancelled_are(capsys: Capsys, url: str) -> None:
    ident = handed_in(capsys, "long", "sleep", "60")
    ran = call(capsys, "cancel", "nobody", ident)
    assert (ran.status, ran.codes) == (2, ["OTK-H012"])
    assert f"{ident} is being cancelled" in ran.out
    assert until(url, ident, "cancelled")


def test_pages_of_what_runs_are_put_together() -> None:
    class Paged:
        def get(self, _path: str, *, before: int | None, **_asked: object) -> Any:
            numbers = range(2500 if before is None else before - 1, 0, -1)
            return {"jobs": [{"seq": number} for number in numbers][:1000]}

    found = steering._running(Paged(), "north")  # type: ignore[arg-type]
    assert [job["seq"] for job in found] == list(range(2500, 0, -1))


def pretending(monkeypatch: Patch, answer: Callable[[httpx.Request], httpx.Response]) -> Caller:
    """A caller whose requests are answered here."""
    whole = httpx.Client

    def client(**options: Any) -> httpx.Client:
        return whole(**options, transport=httpx.MockTransport(answer))

    monkeypatch.setattr(httpx, "Client", client)
    return Caller("http://127.0.0.1:9", pause=lambda _seconds: None)


def test_what_answers_is_not_offtake(monkeypatch: Patch) -> None:
    def stranger(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(502, text="<html>bad gateway</html>")

    with pretending(monkeypatch, stranger) as caller, pytest.raises(OfftakeError) as caught:
        caller.get("/v1/counts")
    (fault,) = caught.value.faults
    assert (fault.code, fault.got) == ("OTK-H006", "502 text/plain; charset=utf-8")


def test_a_request_that_breaks_off_is_sent_again_under_its_key(monkeypatch: Patch) -> None:
    keys: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers.get("Idempotency-Key"))
        if len(keys) < 3:
            raise httpx.ReadError("the line broke", request=request)
        return httpx.Response(201, json={"jobs": ["j-1"], "again": False})

    with pretending(monkeypatch, answer) as caller:
        assert caller.post("/v1/jobs", [], key="one")["jobs"] == ["j-1"]
    assert keys == ["one"] * 3


def test_tokens_are_made_listed_and_revoked(capsys: Capsys, tmp_path: Path) -> None:
    store = ("--store", str(tmp_path / "tokens.db"))
    assert "taken for its owner" in call(capsys, "token", "list", *store).out
    made = call(capsys, "token", "make", "ada", "--role", "operator", "--days", "2", *store)
    assert made.out.startswith("otk_")
    again = call(capsys, "token", "make", "ada", *store)
    assert again.codes == ["OTK-B032"]
    (one,) = call(capsys, "token", "list", "--json", *store).data["tokens"]
    assert (one["id"], one["role"], one["revoked"]) == ("ada", "operator", None)
    assert call(capsys, "token", "revoke", "ada", *store).status == 0
    assert call(capsys, "token", "revoke", "bob", *store).codes == ["OTK-H003"]
    assert call(capsys, "token", "make", "x", "--days", "0", *store).codes == ["OTK-U004"]


def test_a_token_opens_the_door(capsys: Capsys, tmp_path: Path, monkeypatch: Patch) -> None:
    store = ("--store", str(tmp_path / "work.db"))
    token = call(capsys, "token", "make", "eve", "--role", "viewer", *store).out.strip()
    with live(tmp_path) as url:
        monkeypatch.setenv("OFFTAKE_URL", url)

        def asked(*words: str) -> Ran:
            return call(capsys, *words)

        assert asked("status").codes == ["OTK-H003"]
        monkeypatch.setenv("OFFTAKE_TOKEN", "0123456789abcdef" * 2)  # of an attempt, inside a job
        assert "shows no token" in asked("status").err
        monkeypatch.setenv("OFFTAKE_TOKEN", token)
        assert asked("status").status == 0
        assert asked("run", "--", "true").codes == ["OTK-H004"]


def test_without_what_calls_a_service(capsys: Capsys, monkeypatch: Patch) -> None:
    import sys

    for name in ("looking", "steering", "following", "handing", "calling"):
        monkeypatch.delitem(sys.modules, f"offtake.cli.{name}", raising=False)
        monkeypatch.delattr(f"offtake.cli.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "httpx", None)
    ran = call(capsys, "status")
    assert (ran.status, ran.codes) == (1, ["OTK-H018"])


def test_a_watch_misses_nothing_while_the_service_is_away(tmp_path: Path) -> None:
    pauses: list[float] = []
    with live(tmp_path) as url, Caller(url, pause=pauses.append) as caller:
        events = caller.events()
        streams: list[str | None] = []
        whole = caller._stream

        def noted(asked: Any, last: str | None) -> Iterator[Any]:
            streams.append(last)
            for number, event in enumerate(whole(asked, last)):
                yield event
                if len(streams) == 1 and number == 0:
                    caller.post("/v1/jobs", {"name": "unseen", "run": "true"})
                    raise httpx.ConnectError("nobody is there")

        caller._stream = noted  # type: ignore[method-assign]
        first = next(events)
    assert (first.body["kind"], streams, pauses) == ("queued", [None, "0"], [0.3])


def test_a_service_that_was_never_reached_is_not_waited_for(capsys: Capsys) -> None:
    pauses: list[float] = []
    with (
        Caller("http://127.0.0.1:9", pause=pauses.append) as caller,
        pytest.raises(OfftakeError),
    ):
        caller.get("/v1/counts")
    assert pauses == []
