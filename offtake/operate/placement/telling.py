"""Why a job waits: a pass on a copy of the tables, with all that was looked at."""

from __future__ import annotations

import numpy as np

from offtake.operate.placement.kept import Core, acts
from offtake.policy import tables as rules
from offtake.policy.decide import decide
from offtake.policy.deciding import Action, Decision, Option, Reason, reasons
from offtake.policy.packed import pack
from offtake.policy.resident import look
from offtake.policy.tables import NEVER, Tables, rows


def copied(t: Tables) -> Tables:
    """Give tables that may be changed without changing those."""
    return Tables(*(table.copy() for table in t))


def why(core: Core, job: str, now: float) -> Decision:
    """Give what a pass would decide about a waiting job now, and change nothing.

    A job that stands behind all that a pass looks at is looked at after it, with the room that
    is left then: its reason is `depth`, its options are real.
    """
    t = copied(core.t)
    t.option[0]["explains"] = 1
    t = t._replace(why=rows(rules.WHY, (t.window.size + 2) * (2 * len(t.cluster) + 2)))
    packed = pack(rules.COLUMNS, t._asdict())
    a = core.row[job]
    decide(packed, now)
    began = next((act for act in acts(t) if act.row == a and act.start), None)
    options = _options(core, t, a)
    deep = False
    if not options:
        kind = int(t.active[a]["kind"])
        deep = a not in t.window["active"][kind, : t.kind[kind]["waiting"]]
        look(packed, a, now)
        options = _options(core, t, a)
    if began is not None:
        place = core.clusters[began.cluster].id
        return Decision(job, Action.START, Reason.CHOSEN, place, options=options)
    ends = float(t.active[a]["ends"])
    starts = ends if ends < NEVER and not deep else None
    found = [option.reason for option in options]
    reason = Reason.DEPTH if deep else next((r for r in found if r is not Reason.SPEED), found[0])
    return Decision(job, Action.WAIT, reason, starts_s=starts, options=options)


def dear(job: str) -> Decision:
    """Give the decision about a job that its tenant, or its own budget, has not the money for."""
    return Decision(job, Action.WAIT, Reason.BUDGET)


def _options(core: Core, t: Tables, a: int) -> tuple[Option, ...]:
    looked = t.why[: t.count[rules.N_WHY]]
    mine = looked[np.flatnonzero(looked["active"] == a)]
    return tuple(
        Option(
            None if row["cluster"] < 0 else core.clusters[row["cluster"]].id,
            reasons(int(row["code"])),
            (float(row["a"]), float(row["b"])),
        )
        for row in mine
    )
