"""The whole cycle of a world: plan, stress, adopt, run, lose a site, settle, learn, plan again.

world ──plan──> plan ──stress──> derating
└──adopt──> contracts, clusters
└──run──> real jobs here; a month by a moved clock
└──close──> statement
plan again <──learn── differences between plan and actual ──┘
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from offtake.cycle.adopted import Proposal, propose, take_effect
from offtake.cycle.comparing import differences
from offtake.cycle.differences import Difference
from offtake.cycle.here import Here, run_here
from offtake.cycle.month import Ran, live
from offtake.cycle.recording import records_of
from offtake.cycle.relearning import Lesson, learned
from offtake.cycle.scripting import Scene, scene
from offtake.cycle.stress import case_of
from offtake.model.learned import Learned
from offtake.model.month import Month
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio
from offtake.model.statement import Statement
from offtake.plan import plan as planned
from offtake.simulate.parameters import Parameters
from offtake.simulate.stress import Stressed, stress
from offtake.store.month_end import close_month
from offtake.store.opening import open_store

STORE, ADOPTED, HERE = "work.db", "adopted", "here"
"""What the store and the folders of a cycle are called."""
AFTER = timedelta(days=2)
"""How long after a month it is closed, by the clock that is moved."""
Tell = Callable[[str, str], None]
"""Told the step that begins, in one word, and what it does, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a cycle is to go."""

    month: Month | None = None
    """Month that is lived through; None is the last of the plan's second quarter."""
    scenarios: int = 12
    """Scenarios of both plans."""
    replications: int = 2
    """How often the plan is put to the test; 0 leaves it out."""
    risk: float = 0.2
    """Weight of the tail in both plans."""
    seed: int = 7
    """Seed of the test and of the month's work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a cycle, and how long it took."""

    name: str
    """One word."""
    words: str
    """What it did, in a sentence."""
    wall_s: float
    """Elapsed time, measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A cycle that was gone through."""

    world: Portfolio
    """The world it began with."""
    plan: Plan
    """The first plan."""
    stressed: Stressed | None
    """What it delivers under test; None was left out."""
    proposal: Proposal
    """What was adopted."""
    here: Here
    """Real jobs on this machine."""
    scene: Scene
    """The month that was lived through."""
    ran: Ran
    """What became of its work."""
    statement: Statement
    """The month, settled and closed."""
    differences: tuple[Difference, ...]
    """Why contracts cost another sum than planned."""
    lessons: tuple[Lesson, ...]
    """What was learnt of contracts."""
    learned: Learned
    """What was seen of failures, lateness and accelerator time."""
    again: Plan
    """The next plan."""
    steps: tuple[Step, ...]
    """What was done, in order."""


class _Steps:
    """Tells each step as it begins, and keeps how long it took."""

    def __init__(self, tell: Tell, clock: Callable[[], float]) -> None:
        self._tell, self._clock = tell, clock
        self._open: tuple[str, str, float] | None = None
        self.done: list[Step] = []

    def begin(self, name: str, words: str) -> None:
        self.end()
        self._tell(name, words)
        self._open = (name, words, self._clock())

    def end(self) -> None:
        if self._open is not None:
            name, words, began = self._open
            self.done.append(Step(name=name, words=words, wall_s=self._clock() - began))
            self._open = None


def go_round(
    world: Portfolio,
    folder: Path,
    wanted: Wanted,
    *,
    tell: Tell = lambda _name, _words: None,
    clock: Callable[[], float] = time.monotonic,
) -> Cycle:
    """Go through a whole cycle of a world; all that is kept is below a folder.

    Args:
        world: what is owned, signed, offered and wanted.
        folder: gets the store, the adopted world and the logs of real jobs; an empty one.
        wanted: how it is to go.
        tell: told each step as it begins.
        clock: gives seconds, for the effort that is told.

    Raises:
        OfftakeError: a step failed; what was done before it stays in the folder.
    """
    steps = _Steps(tell, clock)
    steps.begin("plan", "draft a plan: what to sign and when")
    plan = planned(world, risk=wanted.risk, scenarios=wanted.scenarios)
    stressed = None
    if wanted.replications:
        steps.begin("stress", "put it to the test: late, failing, and asked for work")
        case = case_of(plan, world, Parameters(), wanted.seed)
        stressed = stress(case, replications=wanted.replications)
    steps.begin("adopt", "sign what its first quarter signs: contracts and clusters")
    store = open_store(folder / STORE, upgrade=True)
    try:
        proposal = propose(plan, world, store, folder / ADOPTED)
        month = wanted.month or _month_of(plan)
        acted = scene(proposal.adoption.world, proposal.installation, month, seed=wanted.seed)
        at = acted.script.starts.timestamp()
        take_effect(proposal, store, folder / ADOPTED, now=at)
        steps.begin("here", "run real jobs on this machine, and give one of two sites up")
        here = run_here(folder / HERE)
        steps.begin("month", f"live through {month} by a moved clock, and lose {acted.lost}")
        ran = live(store, proposal.installation, acted.script)
        steps.begin("close", "settle the chain to the cent, and close the books")
        closed = close_month(
            store,
            proposal.adoption.world.contracts,
            month,
            records=records_of(acted, proposal.installation, ran),
            now=acted.script.ends + AFTER,
        )
        steps.begin(
            "measure", "split what it cost beyond the plan: price, volume, delay, efficiency"
        )
        found = differences(plan, acted, proposal.installation, closed.statement, ran)
        steps.begin("learn", "take what happened into the world")
        after, lessons, seen = learned(acted, proposal.installation, store)
    finally:
        store.close()
    steps.begin("again", "plan again, from what is known now")
    again = planned(after, risk=wanted.risk, scenarios=wanted.scenarios)
    steps.end()
    return Cycle(
        world=world,
        plan=plan,
        stressed=stressed,
        proposal=proposal,
        here=here,
        scene=acted,
        ran=ran,
        statement=closed.statement,
        differences=found,
        lessons=lessons,
        learned=seen,
        again=again,
        steps=tuple(steps.done),
    )


def _month_of(plan: Plan) -> Month:
    """Give the last month of the second quarter of a plan."""
    second = min(plan.horizon.first + 1, plan.horizon.last)
    return Month.of(second.last_day)
