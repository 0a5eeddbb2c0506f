"""A month by a clock that is moved: a site is lost, work goes on, all of it is metered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from offtake.cycle.month import Delivered, Outage, Script, Submission, live
from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec, Installation
from offtake.model.work import JobSpec
from offtake.store import MEMORY, open_store
from offtake.store.facts import records

STARTS = datetime(2026, 12, 1, tzinfo=UTC)


def cluster(name: str) -> ClusterSpec:
    return ClusterSpec(
        id=name,
        site=name,
        accelerator="H100",
        accelerator_count=16,
        contract="c",
        tranche=name,
        engine=EngineSpec(kind=EngineKind.SIMULATED),
    )


def test_a_lost_site_s_work_begins_elsewhere_and_every_second_that_ran_is_metered() -> None:
    store = open_store(MEMORY)
    hours = timedelta(hours=1)
    job = JobSpec(name="train", run="simulate 36000", accelerator_count=16, limit_hours=20)
    script = Script(
        starts=STARTS,
        ends=STARTS + timedelta(days=2),
        submissions=(Submission(at=STARTS + hours, jobs=(job, job)),),
        outages=(Outage(site="north", starts=STARTS + 4 * hours, ends=STARTS + 8 * hours),),
        delivered=(
            Delivered(cluster="north", at=STARTS, accelerator_count=16),
            Delivered(cluster="south", at=STARTS, accelerator_count=16),
        ),
    )
    installation = Installation(clusters=(cluster("north"), cluster("south")))
    ran = live(store, installation, script)
    assert ran.states["succeeded"] == 2
    assert (ran.attempts, ran.again) == (3, 1)
    assert sum(ran.useful_s.values()) == 2 * 16 * 36_000
    # What ran for three hours at the site that went dark was metered there, and was no use.
    wasted = ran.metered_s["north"] - ran.useful_s["north"]
    assert abs(wasted - 16 * 3 * 3600) < 16 * 300
    with store.reading() as connection:
        held = records(connection)
    # What was gone without a word has no reading; what ended was metered to the second.
    assert int(held.readings.amount.sum()) == 2 * 16 * 36_000
    store.close()
