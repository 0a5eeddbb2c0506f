"""The calendar of claims: every service level that was missed, its proof and its deadline.

A breach is in the calendar whether its credit is automatic, claimed, still open or lapsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from offtake.errors import Fault, OfftakeError, few
from offtake.ledger.breaches import Breach, breaches, deadline, promised, state
from offtake.ledger.case import Case
from offtake.ledger.known import Known
from offtake.ledger.rates import rates
from offtake.ledger.settle import case_of
from offtake.model.charge import Charge
from offtake.model.claim import Claim
from offtake.model.contract import Contract
from offtake.model.event import EventKind
from offtake.model.month import Month, epoch

NEVER = 2**62
"""The deadline, in seconds, of what needs no asking."""


def calendar(
    contracts: Iterable[Contract], facts: Known, months: Iterable[Month]
) -> tuple[Claim, ...]:
    """Give the claims of contracts over months, the next deadline first, then the automatic.

    Only what claims rest on is settled, so a fault elsewhere does not hide a deadline.

    Raises:
        OfftakeError: with the faults of what the claims rest on.
    """
    found: list[Claim] = []
    faults: list[Fault] = []
    covered = tuple(months)
    for contract in contracts:
        for month in covered:
            case = case_of(contract, facts, month)
            found += claims(case, rates(case, ())) if case.contract.service_levels else ()
            faults += case.faults
    if faults:
        raise OfftakeError(few(dict.fromkeys(faults)))
    return tuple(sorted(found, key=lambda c: (_last(c), c.contract, c.id)))


def _last(claim: Claim) -> int:
    return NEVER if claim.deadline is None else epoch(claim.deadline)


def claims(case: Case, charges: Sequence[Charge]) -> tuple[Claim, ...]:
    """Give the claims of one contract and one month, in the order of its lines."""
    proof = _proof(case)
    found: list[Claim] = []
    for level in case.contract.service_levels:
        found += (_claim(case, breach, proof, charges) for breach in breaches(case, level, charges))
    return tuple(found)


def _claim(
    case: Case, breach: Breach, proof: dict[str, tuple[str, ...]], charges: Sequence[Charge]
) -> Claim:
    line, level = breach.line, breach.level
    tranche = str(line.tranche)
    told = (*breach.evidence, *(own for e in breach.evidence for own in proof.get(e, ())))
    return Claim(
        id=line.id,
        contract=case.contract.id,
        month=case.month,
        seller=case.contract.seller,
        buyer=case.contract.buyer,
        service_level=level.id,
        tranche=tranche,
        subject=str(line.subject),
        availability=breach.availability,
        promised=promised(level),
        credit_share=Fraction(breach.tier.credit_share),
        credit_minor=-line.minor,
        currency=line.currency,
        places=line.places,
        deadline=deadline(case, level),
        state=state(case, level, tranche),
        evidence=(*dict.fromkeys(told), *_readings(line, charges)),
        sole_remedy=level.sole_remedy,
    )


def _proof(case: Case) -> dict[str, tuple[str, ...]]:
    """Give the proof each outage and maintenance was recorded with."""
    kinds = (EventKind.OUTAGE, EventKind.MAINTENANCE)
    return {f"event:{e.id}": e.evidence for kind in kinds for e in case.known.of(kind)}


def _readings(line: Charge, charges: Sequence[Charge]) -> Iterator[str]:
    """Give the readings the fee of a credit rests on."""
    under = {source for step in line.steps for source in step.sources}
    for charge in charges:
        if f"line:{charge.id}" in under:
            sources = (s for step in charge.steps for s in step.sources)
            yield from (s for s in sources if s.startswith("reading"))
