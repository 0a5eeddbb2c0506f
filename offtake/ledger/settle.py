"""Settlement: one contract and one month, from its clauses and what is known, to an invoice.

    contract ─┐                ┌ rates ─ commitments ─ power ─ service levels ─ delay ─┐
    records ──┼─ known ─ case ─┤                                                       ├ lines
    month ────┘                └ demand response ─ options ─ taxes ─ prepayments ──────┘

It is a pure function: the same contract, records, month and moment give the same invoice
to the last digit. What several months decide together (tiers, minimums of a year, what was
prepaid) is worked out anew from the facts each time; nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.ledger.case import Case, Clause, window
from offtake.ledger.commitments import commitments
from offtake.ledger.delays import damages
from offtake.ledger.demand_response import shares
from offtake.ledger.intervals import closes, last_month, months
from offtake.ledger.known import Known, known
from offtake.ledger.options import options
from offtake.ledger.power import pass_through
from offtake.ledger.prepayments import prepayments
from offtake.ledger.rates import rates
from offtake.ledger.service_levels import credits
from offtake.ledger.services import service, stands
from offtake.ledger.standing import refuse
from offtake.ledger.taxes import taxes
from offtake.model.charge import Charge, Invoice
from offtake.model.clause import CostOf, Interval
from offtake.model.contract import Contract
from offtake.model.month import Month, epoch
from offtake.model.records import Records

CLAUSES: tuple[Clause, ...] = (
    rates,
    commitments,
    pass_through,
    credits,
    damages,
    shares,
    options,
    taxes,
    prepayments,
)
"""Clauses in the order they are settled in: each sees the lines of those before it."""


def settle(
    contract: Contract,
    records: Records,
    month: Month,
    *,
    as_of: datetime,
    upstream: Mapping[str, Invoice] | None = None,
) -> Invoice:
    """Settle one month of one contract.

    Args:
        contract: The contract as it was signed.
        records: Everything that was recorded, about this and other contracts.
        month: The month to be settled.
        as_of: Moment whose knowledge counts.
        upstream: The same month's invoices of the contracts it rests on, by contract.

    Raises:
        OfftakeError: with every fault of the contract and of what was recorded about it; see
            `docs/reference/errors.md`, `OTK-L…`.
    """
    return settle_known(contract, known(records, as_of), month, upstream=upstream)


def settle_known(
    contract: Contract,
    facts: Known,
    month: Month,
    *,
    upstream: Mapping[str, Invoice] | None = None,
) -> Invoice:
    """Settle one month of one contract from records as known at a moment.

    Who settles several contracts from the same records saves time with one `known` for all.

    Raises:
        OfftakeError: as `settle`.
    """
    case = case_of(contract, facts, month, upstream=upstream)
    refuse(case)
    charges: list[Charge] = []
    covered = tuple(t.id for t in case.contract.tranches)
    if _invoiced(case, covered):
        for then in months(case, contract.billing):
            charges += _charged(case.at(then), into=case)
        _note_provisional(case)
    if case.faults:
        raise OfftakeError(few(dict.fromkeys(case.faults)))
    return Invoice(
        contract=contract.id,
        month=month,
        seller=case.contract.seller,
        buyer=case.contract.buyer,
        currency=contract.currency,
        places=contract.rounding.decimal_count,
        as_of=facts.as_of,
        charges=tuple(sorted(charges, key=lambda charge: charge.kind.is_cash_only)),
        coverage=tuple(case.coverage),
        notes=tuple(case.notes),
    )


def case_of(
    contract: Contract,
    facts: Known,
    month: Month,
    *,
    upstream: Mapping[str, Invoice] | None = None,
) -> Case:
    """Make the case of a contract and a month, from which other months' can be had.

    Raises:
        OfftakeError: there is no such time zone (`OTK-L002`).
    """
    try:
        whole = window(month, contract.time_zone)
    except OfftakeError as error:
        where = Where(path=f"contracts.{contract.id}.time_zone ({month})")
        raise OfftakeError(replace(fault, where=where) for fault in error.faults) from None
    faults: list[Fault] = []
    made: dict[Month, Case] = {}
    standing = stands(contract, facts, month)
    services = {t.id: service(t, contract, facts) for t in standing.tranches}

    def other(then: Month) -> Case:
        if then not in made:
            made[then] = Case(
                contract=stands(contract, facts, then),
                month=then,
                window=window(then, contract.time_zone),
                as_of=facts.as_of,
                known=facts,
                services=services,
                faults=faults,
                months=other,
                written=contract,
            )
        return made[then]

    made[month] = Case(
        contract=standing,
        month=month,
        window=whole,
        as_of=facts.as_of,
        known=facts,
        services=services,
        upstream=dict(upstream or {}),
        faults=faults,
        months=other,
        written=contract,
    )
    return made[month]


def _invoiced(case: Case, covered: tuple[str, ...]) -> bool:
    """Tell whether a month is invoiced: the last of the contract's billing interval."""
    billing = case.contract.billing
    if billing is Interval.MONTH:
        return True
    handed = case.contract.pass_through
    looks_up = handed is not None and handed.cost_of is CostOf.UPSTREAM
    if looks_up or case.contract.demand_response is not None:
        case.fault(
            "OTK-L039",
            f"a contract billed by the {billing} cannot hand on what others charge by the month",
            "billing",
            hint="bill it by the month, or hand on electricity by its meter",
        )
    if closes(case, billing, covered):
        return True
    last = last_month(case, covered)
    ended = last is not None and case.month > last
    case.note(
        f"billed by the {billing}: nothing is invoiced for {case.month} "
        + ("after its end" if ended else "until that ends")
    )
    return False


def _charged(case: Case, into: Case) -> tuple[Charge, ...]:
    """Settle the clauses of one month, as lines of the month it is invoiced in."""
    lines: tuple[Charge, ...] = ()
    for clause in CLAUSES:
        lines = (*lines, *clause(case, lines))
    if case is into:
        return lines
    into.coverage.extend(replace(one, meter=f"{one.meter}, {case.month}") for one in case.coverage)
    for note in case.notes:
        into.note(f"{case.month}: {note}")
    return _moved(case, into, lines)


def _moved(case: Case, into: Case, lines: tuple[Charge, ...]) -> tuple[Charge, ...]:
    """Put the lines of an earlier month on an invoice: `A/2027-06/NAME.2027-04`."""
    start = f"{case.contract.id}/{case.month}/"
    names = {
        line.id: f"{case.contract.id}/{into.month}/{line.id.removeprefix(start)}.{case.month}"
        for line in lines
    }
    sources = {f"line:{old}": f"line:{new}" for old, new in names.items()}
    return tuple(
        replace(
            line,
            id=names[line.id],
            month=into.month,
            text=f"{line.text}, {case.month}",
            steps=tuple(
                replace(step, sources=tuple(sources.get(s, s) for s in step.sources))
                for step in line.steps
            ),
        )
        for line in lines
    )


def _note_provisional(case: Case) -> None:
    if epoch(case.as_of) < case.window[1]:
        case.note(
            f"{case.month} was not over at {case.as_of.isoformat()}: capacity in service then "
            "is taken to serve until its end"
        )
