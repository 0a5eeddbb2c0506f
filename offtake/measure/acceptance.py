"""Acceptance: what evidence of a tranche's nodes is worth to the tests of its contract.

    node: every test passed ─> passed      any failed ─> failed      else ─> unproven
    tranche: passed ≥ share · nodes ─> accepted
             nodes − failed < share · nodes ─> rejected              else ─> undecided

All evidence that counts lies in one window. What a probe could not measure proves nothing,
for or against: an unknown never passes a test, and never fails one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.ledger.hosts import folded, hosts
from offtake.model.clause import Scope
from offtake.model.contract import Acceptance, AcceptanceTest, Comparison, Tranche
from offtake.model.event import Event, EventKind
from offtake.model.evidence import Evidence, Measured


class Outcome(StrEnum):
    """What evidence says of a test or a node."""

    PASSED = "passed"
    FAILED = "failed"
    UNPROVEN = "unproven"
    """Something a test asks for is not known."""


class Decision(StrEnum):
    """What all evidence together says of a tranche."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    """Nodes without proof could still turn it either way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Evidence, and where it came from."""

    evidence: Evidence
    sha256: str
    """Hash of what it says, by which an event refers to it."""
    place: str
    """The file, for faults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One test held against the evidence of one node."""

    test: AcceptanceTest
    amount: Decimal | None
    """The worst of what the test is about; None is unknown."""
    outcome: Outcome
    why: str = ""
    """Why something is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One node, with every test."""

    node: str
    held: tuple[Held, ...]
    proof: Proof

    @property
    def outcome(self) -> Outcome:
        """Failed where a test is; else unproven where one is; else passed."""
        found = {one.outcome for one in self.held}
        order = (Outcome.FAILED, Outcome.UNPROVEN)
        return next((one for one in order if one in found), Outcome.PASSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A tranche, with every node that was tested."""

    tranche: str
    """Written CONTRACT.TRANCHE."""
    tested: tuple[Tested, ...]
    nodes: int
    """Nodes the tranche has, tested or not."""
    share: Decimal
    """Share of them that must pass."""
    decision: Decision

    def of(self, outcome: Outcome) -> tuple[str, ...]:
        """Name the nodes of an outcome."""
        return tuple(one.node for one in self.tested if one.outcome is outcome)


def judge(
    path: str, tranche: Tranche, proofs: Sequence[Proof], *, since: datetime | None = None
) -> Judged:
    """Hold evidence against the tests of a tranche.

    Args:
        path: the tranche, written CONTRACT.TRANCHE.
        tranche: with its `acceptance`.
        proofs: evidence of some or all of its nodes, one of each.
        since: when the window of the tests begins; else with the first evidence. Where the
            contract gives it no length (0 days) it has no end.

    Raises:
        OfftakeError: with all faults of what was given: no tests (`OTK-A011`), no evidence
            (`OTK-A018`), a test nobody looked at (`OTK-A012`) or in another unit
            (`OTK-A013`), a node twice (`OTK-A014`), outside the window (`OTK-A015`) or not
            of the tranche (`OTK-A016`); or the tranche does not tell its nodes (`OTK-A017`).
    """
    rules = tranche.acceptance
    if rules is None or not rules.tests:
        what = "no test says when this tranche is accepted"
        raise OfftakeError(Fault(code="OTK-A011", what=what, where=Where(path=path)))
    faults = [*_nodes_faults(path, tranche, proofs), *_window_faults(rules, proofs, since)]
    faults += [fault for proof in proofs for fault in _test_faults(rules.tests, proof)]
    nodes = _node_count(tranche)
    if nodes is None:
        what = "the tranche does not say how many nodes it has"
        faults.append(Fault(code="OTK-A017", what=what, where=Where(path=path)))
    if faults or nodes is None:
        raise OfftakeError(faults)
    tested = tuple(_tested(rules.tests, proof) for proof in proofs)
    return Judged(
        tranche=path,
        tested=tuple(sorted(tested, key=lambda one: one.node)),
        nodes=nodes,
        share=rules.passing_share,
        decision=_decided(tested, nodes, rules.passing_share),
    )


def event_of(judged: Judged, recorded: datetime, signers: Iterable[str] = ()) -> Event | None:
    """Give the event that a decision is, as a world's records take it; None where undecided.

    It is true from when the last evidence was complete.

    Args:
        judged: the decision and what it rests on.
        recorded: when it became known.
        signers: public keys the evidence is signed with.

    Raises:
        OfftakeError: it would be recorded before the evidence was complete (`OTK-A015`).
    """
    if judged.decision is Decision.UNDECIDED:
        return None
    ends = max(one.proof.evidence.ends for one in judged.tested)
    if recorded < ends:
        what = "an event cannot be known before its evidence is complete"
        where, hint = Where(path=judged.tranche), f"the evidence ends at {_said(ends)}"
        raise OfftakeError(
            Fault(code="OTK-A015", what=what, where=where, got=_said(recorded), hint=hint)
        )
    kind = EventKind(judged.decision.value)
    return Event(
        id=f"{judged.tranche}-{kind}-{ends.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        kind=kind,
        starts=ends,
        recorded=recorded,
        tranches=(judged.tranche,),
        evidence=tuple(f"{one.node} sha256:{one.proof.sha256}" for one in judged.tested),
        note=_told(judged, signers),
    )


def _told(judged: Judged, signers: Iterable[str]) -> str:
    said = [f"{len(judged.of(Outcome.PASSED))} of {judged.nodes} nodes passed all tests"]
    for outcome in (Outcome.FAILED, Outcome.UNPROVEN):
        names = judged.of(outcome)
        if names:
            said.append(f"{outcome}: {folded(names)}")
    keys = sorted(set(signers))
    if keys:
        said.append(f"signed by {', '.join(keys)}")
    return "; ".join(said) + "."


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# ------------------------------------------------------------------ what is wrong


def _node_count(tranche: Tranche) -> int | None:
    if tranche.node_count is not None:
        return tranche.node_count
    return len(hosts(tranche.nodes)) if tranche.nodes is not None else None


def _nodes_faults(path: str, tranche: Tranche, proofs: Sequence[Proof]) -> Iterator[Fault]:
    if not proofs:
        yield Fault(code="OTK-A018", what="there is no evidence", where=Where(path=path))
    names = frozenset(hosts(tranche.nodes)) if tranche.nodes is not None else None
    seen: dict[str, str] = {}
    for proof in proofs:
        node, where = proof.evidence.node, Where(file=proof.place)
        if node in seen:
            what = f"evidence of node {node} is given twice"
            yield Fault(code="OTK-A014", what=what, where=where, got=f"also {seen[node]}")
        elif names is not None and node not in names:
            what = f"evidence of a node that is not of {path}"
            hint = f"its nodes are {tranche.nodes}"
            yield Fault(code="OTK-A016", what=what, where=where, got=f"'{node}'", hint=hint)
        seen.setdefault(node, proof.place)
    count = _node_count(tranche)
    if names is None and count is not None and len(seen) > count:
        what = f"evidence of more nodes than {path} has"
        got = f"{len(seen)} nodes, of {count}"
        yield Fault(code="OTK-A016", what=what, where=Where(path=path), got=got)


def _window_faults(
    rules: Acceptance, proofs: Sequence[Proof], since: datetime | None
) -> Iterator[Fault]:
    if not proofs:
        return
    begins = since if since is not None else min(one.evidence.starts for one in proofs)
    closes = begins + timedelta(days=rules.window_days) if rules.window_days else None
    hint = f"the window is from {_said(begins)}" + (f" to {_said(closes)}" if closes else "")
    for proof in proofs:
        held = proof.evidence
        late = closes is not None and held.ends > closes
        if held.ends <= held.starts or held.starts < begins or late:
            what = "the evidence does not lie in the window of the tests"
            got = f"{_said(held.starts)} to {_said(held.ends)}"
            where = Where(file=proof.place)
            yield Fault(code="OTK-A015", what=what, where=where, got=got, hint=hint)


def _test_faults(tests: Sequence[AcceptanceTest], proof: Proof) -> Iterator[Fault]:
    where = Where(file=proof.place)
    measured = proof.evidence.measured
    for test in tests:
        found = [one for one in measured if one.name == test.name and one.scope is test.scope]
        if not found:
            scopes = sorted({str(one.scope) for one in measured if one.name == test.name})
            names = did_you_mean(test.name, (one.name for one in measured))
            what = f"the probe did not look at what the test '{test.name}' asks for"
            hint = f"it looked at it for scope {', '.join(scopes)}" if scopes else names
            got = f"scope {test.scope}"
            yield Fault(code="OTK-A012", what=what, where=where, got=got, hint=hint)
        for metric in sorted({one.metric for one in found} - {test.metric}):
            what = f"the test '{test.name}' is in {test.metric}, its evidence is not"
            yield Fault(code="OTK-A013", what=what, where=where, got=metric)


# ---------------------------------------------------------------------- the tests


def _tested(tests: Sequence[AcceptanceTest], proof: Proof) -> Tested:
    held = tuple(_held(test, proof.evidence) for test in tests)
    return Tested(node=proof.evidence.node, held=held, proof=proof)


def _held(test: AcceptanceTest, evidence: Evidence) -> Held:
    found = [one for one in evidence.measured if one.name == test.name and one.scope is test.scope]
    amounts = [one.median_amount for one in found if one.median_amount is not None]
    least = test.comparison is Comparison.AT_LEAST
    worst = (min if least else max)(amounts, default=None)
    if worst is not None and _breaks(worst, test.threshold_amount, least):
        return Held(test=test, amount=worst, outcome=Outcome.FAILED)
    why = _silence(test, found, evidence)
    outcome = Outcome.UNPROVEN if why else Outcome.PASSED
    return Held(test=test, amount=worst, outcome=outcome, why=why)


def _breaks(worst: Decimal, threshold: Decimal, least: bool) -> bool:
    return worst < threshold if least else worst > threshold


def _silence(test: AcceptanceTest, found: Sequence[Measured], evidence: Evidence) -> str:
    """Say why not all that a test is about is known; nothing where it is."""
    for one in found:
        if one.median_amount is None:
            return one.unknown or "no reason told"
    told = len({one.part for one in found})
    if test.scope is Scope.GPU and told < evidence.part_count:
        return f"{told} of {evidence.part_count} accelerators told anything"
    return ""


def _decided(tested: Sequence[Tested], nodes: int, share: Decimal) -> Decision:
    passed = sum(one.outcome is Outcome.PASSED for one in tested)
    failed = sum(one.outcome is Outcome.FAILED for one in tested)
    if passed >= share * nodes:
        return Decision.ACCEPTED
    if nodes - failed < share * nodes:
        return Decision.REJECTED
    return Decision.UNDECIDED
