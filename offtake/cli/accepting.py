"""The work of `offtake accept`: read a contract's tests and evidence, decide, tell, write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from offtake.cli import outputs, screen, settling, tables
from offtake.cli.soundness import sound
from offtake.errors import Exit, Fault, OfftakeError, Where, did_you_mean
from offtake.files.records.writing import events_text
from offtake.measure.acceptance import Decision, Judged, Proof, Tested, event_of, judge
from offtake.model.canonical import sha256
from offtake.model.contract import Tranche
from offtake.model.event import Event
from offtake.model.evidence import Evidence

SCHEMA = "offtake.acceptance/1"
"""Name and version of the form of what is printed as JSON."""
SHOWN = 10
"""Nodes that did not pass and are told test by test; the counts have all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be decided, as it was asked for."""

    world: str
    tranche: str
    tests: tuple[Path, ...]
    trust: tuple[str, ...]
    since: str | None
    recorded: str | None
    out: Path | None


@dataclass(frozen=True, slots=True)
class Target:
    """A tranche whose tests count."""

    path: str
    tranche: Tranche


@dataclass(frozen=True, slots=True)
class Decided:
    """What evidence came to."""

    judged: Judged
    event: Event | None


def accept(asked: Asked, *, as_json: bool, force: bool) -> Exit:
    """Decide, print the decision and its event, and give 3 where it is undecided.

    Raises:
        OfftakeError: the world has faults, or the evidence has (`OTK-A…`).
    """
    from offtake.probe import signing

    if asked.out is not None:
        outputs.claim([asked.out], force=force)
    against = target((asked.world, asked.tranche))
    signed = signing.read(asked.tests, asked.trust)
    proofs = [Proof(evidence=s.evidence, sha256=s.sha256, place=s.file) for s in signed]
    since = None if asked.since is None else settling.moment_of(asked.since)
    found = judge(against.path, against.tranche, proofs, since=since)
    event = event_of(found, _recorded(asked.recorded), (one.key for one in signed))
    if not asked.trust:
        screen.note("no key is named by --trust: whoever signed, counts", "yellow")
    decided = Decided(found, event)
    tell(decided, asked.out, as_json=as_json)
    if as_json:
        screen.say_json({"schema": SCHEMA, **plainly(decided)})
    return Exit.FAULTS if found.decision is Decision.UNDECIDED else Exit.OK


def target(named: tuple[str, str]) -> Target:
    """Find the tranche of a world whose tests count; both are named.

    Raises:
        OfftakeError: the world has faults, or no such tranche (`OTK-A010`).
    """
    world, path = named
    document = sound(world, quiet=True)
    known = {
        f"{contract.id}.{tranche.id}": tranche
        for contract in document.portfolio.contracts
        for tranche in contract.tranches
    }
    if path not in known:
        what, hint = "there is no tranche of this name", did_you_mean(path, known)
        where = Where(file=world)
        fault = Fault(code="OTK-A010", what=what, where=where, got=f"'{path}'", hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)
    return Target(path, known[path])


def judged(against: Target, evidence: Evidence, signers: Iterable[str]) -> Decided:
    """Decide by the evidence of one node that was just made.

    Raises:
        OfftakeError: it does not fit the contract's tests (`OTK-A…`).
    """
    proof = Proof(evidence=evidence, sha256=sha256(evidence), place="this node")
    found = judge(against.path, against.tranche, [proof])
    return Decided(found, event_of(found, evidence.ends, signers))


def _recorded(text: str | None) -> datetime:
    if text is not None:
        return settling.moment_of(text)
    return datetime.now(UTC).replace(microsecond=0)


def tell(decided: Decided, out: Path | None, *, as_json: bool) -> None:
    """Print a decision and its event, or write the event to a file."""
    if not as_json:
        _say(decided.judged)
    if decided.event is None:
        return
    text = events_text([decided.event])
    if out is not None:
        outputs.fill(out, text)
        screen.note(f"wrote {out}")
    elif not as_json:
        screen.say("")
        screen.say(text)


def _say(found: Judged) -> None:
    counts = [f"{one.outcome}" for one in found.tested]
    said = ", ".join(f"{counts.count(kind)} {kind}" for kind in sorted(set(counts)))
    untested = found.nodes - len(found.tested)
    share = f"{float(found.share) * 100:g} %"
    screen.say(f"{found.tranche}: {found.decision}")
    screen.say(f"{found.nodes} nodes, {share} of them must pass: {said}, {untested} not tested")
    screen.say("")
    shown = [one for one in found.tested if one.outcome != "passed"][:SHOWN] or found.tested[:1]
    rows = [row for one in shown for row in _rows(one)]
    tables.say(("Node", "Test", "Result", "Wanted", "Unit", "Outcome", "Because"), rows, (2, 3))
    left = sum(one.outcome != "passed" for one in found.tested) - len(shown)
    if left > 0:
        screen.note(f"{left} more nodes did not pass; --json tells them all")


def _rows(one: Tested) -> Sequence[tuple[str, ...]]:
    return [
        (
            one.node,
            held.test.name,
            "unknown" if held.amount is None else f"{float(held.amount):.4g}",
            f"{held.test.comparison} {held.test.threshold_amount}".replace("-", " "),
            held.test.metric,
            str(held.outcome),
            held.why,
        )
        for held in one.held
    ]


def plainly(decided: Decided) -> dict[str, object]:
    """Give a decision as data JSON can hold, exact numbers as text."""
    found, event = decided.judged, decided.event
    return {
        "tranche": found.tranche,
        "decision": str(found.decision),
        "nodes": found.nodes,
        "passing_share": str(found.share),
        "tested": [
            {
                "node": one.node,
                "outcome": str(one.outcome),
                "evidence": one.proof.sha256,
                "tests": [
                    {
                        "name": held.test.name,
                        "amount": None if held.amount is None else str(held.amount),
                        "threshold": str(held.test.threshold_amount),
                        "outcome": str(held.outcome),
                        "unknown": held.why,
                    }
                    for held in one.held
                ],
            }
            for one in found.tested
        ],
        "event": None if event is None else event.id,
    }
