"""The life of an attempt, as a pure function of what became known of it.

                    Submitted
        INTENT ───────────────> SUBMITTED
          │ │ began               │  │ began
          │ └──────────> BEGUN <──┘  │
     missing: revoke       │ │       missing: revoke
          v                │ │ missing, no end written down
        LOST               │ └─────────────> VANISHED
                           v ended
                         ENDED

A fact may come twice, late, or in any order; one that says nothing new changes nothing. An
attempt is given up (LOST) only after its token was revoked in the yard: then it can never begin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from offtake.model.work import AttemptState
from offtake.operate.engines.port import Answer, Refused, Report, Seen, Sighting, Submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to run a job on a cluster."""

    token: str
    """Who it is."""
    job: str
    """Job it is an attempt of."""
    number: int
    """Which attempt of the job, from 1."""
    cluster: str
    """Where."""
    accelerators: int
    """What it holds."""
    intended_at: float
    """When it was committed."""
    state: AttemptState = AttemptState.INTENT
    """Where it stands."""
    engine_id: str | None = None
    """What the engine calls it: a hint."""
    submitted_at: float | None = None
    """When the engine last said that it has it."""
    began_at: float | None = None
    """When its body began."""
    ended_at: float | None = None
    """When its body ended."""
    exit_code: int | None = None
    """How its body ended."""
    stopped: bool = False
    """Whether it was asked to stop before it ended."""
    node: str | None = None
    """Node its wrapper ran on."""
    reason: str | None = None
    """Why it was refused or given up."""
    missing_since: float | None = None
    """When a list first did not name it; None where the last one did. Not kept in the store."""

    @property
    def gpu_seconds(self) -> int:
        """Accelerator-seconds its wrapper metered, to the whole second; 0 until it ended."""
        if self.began_at is None or self.ended_at is None:
            return 0
        return round(max(0.0, self.ended_at - self.began_at) * self.accelerators)


@dataclass(frozen=True, slots=True)
class Absent:
    """A complete list of the engine, made at this time, that does not name the attempt."""

    listed_at: float
    """When the list was asked for."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """The yard was asked to revoke the token."""

    kept: bool
    """True: it never began and never will. False: it had begun before."""


Fact: TypeAlias = Answer | Report | Sighting | Absent | Revoked
"""What may become known of an attempt."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a fact makes of an attempt."""

    attempt: Attempt
    """The attempt as it is now."""
    revoke: bool = False
    """Whether its token is to be revoked next."""


def learn(attempt: Attempt, fact: Fact, *, now: float, settle_s: float) -> Step:
    """Give what a fact makes of an attempt.

    Args:
        attempt: as it was.
        fact: what became known.
        now: seconds since 1970 UTC.
        settle_s: longest from handing an attempt in until it is listed, or lost for good.
    """
    match fact:
        case Report():
            return Step(_reported(attempt, fact))
        case Submitted():
            if attempt.state is not AttemptState.INTENT:
                return Step(attempt)
            made = replace(
                attempt,
                state=AttemptState.SUBMITTED,
                engine_id=fact.engine_id,
                submitted_at=now,
            )
            return Step(made)
        case Refused():
            # Its token is revoked all the same: "refused" is the engine's word, no more.
            waits = attempt.state in _NOT_BEGUN
            return Step(replace(attempt, reason=fact.reason) if waits else attempt, revoke=waits)
        case Sighting():
            return _sighted(attempt, fact, now, settle_s)
        case Absent():
            return _absent(attempt, fact, settle_s)
        case Revoked():
            return _revoked(attempt, fact)
        case _:  # Unsure: the next list tells
            return Step(attempt)


_NOT_BEGUN = (AttemptState.INTENT, AttemptState.SUBMITTED)


def _reported(attempt: Attempt, report: Report) -> Attempt:
    if report.ended_at is None:
        if attempt.state not in _NOT_BEGUN:
            return attempt
        return replace(
            attempt, state=AttemptState.BEGUN, began_at=report.began_at, node=report.node
        )
    if attempt.state is AttemptState.ENDED:
        return attempt
    # The end that was written down is the truth, even of one that was given up for vanished.
    return replace(
        attempt,
        state=AttemptState.ENDED,
        began_at=report.began_at,
        ended_at=report.ended_at,
        exit_code=report.exit_code,
        stopped=report.stopped,
        node=report.node,
    )


def _sighted(attempt: Attempt, seen: Sighting, now: float, settle_s: float) -> Step:
    if attempt.state.final:
        return Step(attempt)
    if seen.seen is Seen.GONE:
        return _absent(attempt, Absent(now), settle_s)
    if attempt.missing_since is not None:
        attempt = replace(attempt, missing_since=None)
    if attempt.state is AttemptState.INTENT:
        made = replace(
            attempt,
            state=AttemptState.SUBMITTED,
            engine_id=seen.engine_id,
            submitted_at=now,
        )
        return Step(made)
    return Step(attempt)


def _absent(attempt: Attempt, absent: Absent, settle_s: float) -> Step:
    if attempt.state.final:
        return Step(attempt)
    since = attempt.missing_since
    if since is None:
        # It may have been handed in, or have begun, while the list was made.
        since = max(absent.listed_at, attempt.submitted_at or attempt.intended_at)
        attempt = replace(attempt, missing_since=since)
    if absent.listed_at < since + settle_s:
        return Step(attempt)
    if attempt.state in _NOT_BEGUN:
        return Step(attempt, revoke=True)
    reason = "it began, its engine no longer knows it, and no end was written down"
    return Step(replace(attempt, state=AttemptState.VANISHED, reason=reason))


def _revoked(attempt: Attempt, revoked: Revoked) -> Step:
    if attempt.state not in _NOT_BEGUN:
        return Step(attempt)
    if revoked.kept:
        reason = attempt.reason or "the engine no longer knows it, and it had not begun"
        return Step(replace(attempt, state=AttemptState.LOST, reason=reason))
    # It took its token before; that it began is written down, or will be.
    return Step(replace(attempt, state=AttemptState.BEGUN))
