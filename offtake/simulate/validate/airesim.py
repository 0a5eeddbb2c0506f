"""AIReSim's defaults: its own model of one gang job, simulated by ours."""

from __future__ import annotations

from offtake.simulate.gang import Gang, Outcome, simulate_gang
from offtake.simulate.parameters import (
    Cause,
    Checkpoint,
    Hazard,
    Lemons,
    Parameters,
    Recovery,
    Repair,
    Spares,
    Topology,
)
from offtake.simulate.validate.case import Case, Kind, Row

REPLICATIONS = 200
SERVERS = 4096
JOB = Gang(accelerators_count=SERVERS * 8, work_hours=256 * 24.0, limit_hours=100_000.0)
"""A job of 256 days of undisturbed work on 4,096 servers."""


def defaults(only_unfixed: bool) -> Parameters:
    """Give AIReSim's defaults (its Table 1) as parameters of ours.

    `only_unfixed` is its release after a fix: only what the automatic repair left broken may
    go on to manual repair. Before it four in five of all did.
    """
    return Parameters(
        topology=Topology(accelerators_per_node_count=8),
        hazards=(Hazard(cause=Cause.UNKNOWN, rate_per_day=0.01),),
        lemons=Lemons(lemon_share=0.15, hazard_ratio=6.0),
        recovery=Recovery(restart_minutes=20.0, sheltered=True),
        spares=Spares(
            standby_count=16,
            pool_count=48,
            select_minutes=3.0,
            borrowed_count=200,
            borrow_minutes=20.0,
            refilled=True,
        ),
        repair=Repair(
            automatic_hours=2.0,
            automatic_silent_share=0.4,
            manual_share=0.8,
            manual_only_unfixed=only_unfixed,
            manual_hours=48.0,
            manual_silent_share=0.2,
        ),
        checkpoint=Checkpoint(interval_minutes=0.0),
    )


def case() -> Case:
    """Hold the simulation of a gang job against both releases of AIReSim."""
    before, after = (
        simulate_gang(defaults(fixed), JOB, replications=REPLICATIONS) for fixed in (False, True)
    )
    return Case(
        title="AIReSim, defaults: one gang job on 4,096 servers",
        source="Lin, Pattabiraman, Patel: AIReSim, arXiv 2603.07041 (2026), Table 1, and the "
        "simulation report in its repository (karthikp-ubc/airesim, 2026-04-02 and 2026-09-20)",
        convention="Training time on the wall clock; ETR is hours of work over it. No failure "
        "strikes in a recovery, no work is lost, only nodes at work fail.",
        calibrated="Nothing. The parameters are AIReSim's own; the model was written anew from "
        "its description.",
        rows=(
            *_rows("first release", before, (9865.97, 0.6228, 11_145.6, 42.9)),
            *_rows("release after its repair fix", after, (9832.32, 0.6249, 11_062.0, 19.8)),
        ),
        remarks=(
            "AIReSim prints ±12.55 h and ±11.96 h (95 %, 30 replications) about its means; ours "
            f"are of {REPLICATIONS} replications. Expected by hand for the second release: "
            "10,485.8 random failures and 624 lemons in the pool, each failing systematically "
            "0.974 times before it is cured, 11,093 in all; its 30 replications lie below that.",
            "Selections of hosts differ most: they depend on how often 16 standbys are used up.",
        ),
    )


def _rows(name: str, made: Outcome, printed: tuple[float, float, float, float]) -> tuple[Row, ...]:
    hours, share, failures, selections = printed
    exact = Kind.EXACT
    return (
        Row(
            what=f"{name}: training time",
            published=hours,
            ours=made.wall.mean,
            unit="h",
            kind=exact,
            half_width=made.wall.half_width,
            digits=6,
        ),
        Row(
            what=f"{name}: ETR",
            published=share,
            ours=made.ettr.mean,
            unit="share",
            kind=exact,
            half_width=made.ettr.half_width,
        ),
        Row(
            what=f"{name}: failures",
            published=failures,
            ours=made.failures.mean,
            kind=exact,
            half_width=made.failures.half_width,
            digits=5,
        ),
        Row(
            what=f"{name}: selections of hosts",
            published=selections,
            ours=made.selections.mean,
            kind=exact,
            half_width=made.selections.half_width,
            digits=3,
        ),
    )
