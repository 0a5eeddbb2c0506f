"""Chains: a month of every link, each by its own clauses, and the money that comes and goes.

    utility ──> SiteCo ─0─> OpCo ─A─> HyperCo ─B─> Lab

Contracts are settled upstream first, because a link may hand on what the link above
charges. A contract may rest on several, and several may rest on one: the same facts are
settled at each by that link's own clauses. What one party owes another is what the other
is owed, so all margins add up to nothing, in every currency; that is checked each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from offtake.errors import Fault, OfftakeError, Where
from offtake.ledger.case import rounded
from offtake.ledger.corrections import billed, corrected, corrected_externals
from offtake.ledger.externals import externals
from offtake.ledger.known import Known, known
from offtake.ledger.settle import settle_known
from offtake.ledger.sharing import unshared
from offtake.model.chain import links
from offtake.model.charge import Invoice
from offtake.model.clause import CostOf
from offtake.model.contract import Contract
from offtake.model.month import Month
from offtake.model.records import Records
from offtake.model.statement import External, Statement


def settle_chain(
    contracts: Iterable[Contract],
    records: Records,
    month: Month,
    *,
    as_of: datetime,
    closed: Sequence[Statement] = (),
) -> Statement:
    """Settle one month of all contracts, upstream first.

    Args:
        contracts: Every contract of the portfolio, in any order.
        records: Everything that was recorded.
        month: The month to be settled.
        as_of: Moment whose knowledge counts.
        closed: Statements of closed months before it. What became known about them since
            is added as lines that correct them; they themselves are never changed.

    Raises:
        OfftakeError: with the faults of all contracts; two have one name (`OTK-L150`); a
            closed month does not come before this one, or is closed twice (`OTK-L151`), has
            an invoice of a contract that is gone (`OTK-L152`), is in another currency
            (`OTK-L153`), or was known later than `as_of` (`OTK-L156`); the money does not
            add up (`OTK-L154`).
    """
    ordered = in_order(contracts)
    faults = list(_closed_faults(ordered, month, as_of, closed))
    if faults:
        raise OfftakeError(faults)
    facts = known(records, as_of)
    statement = _settled(ordered, facts, month)
    conserve(statement, ordered)
    for earlier in sorted({one.month for one in closed}):
        was = billed(earlier, closed)
        anew = _settled(ordered, facts, earlier)
        invoices = tuple(
            corrected(invoice, anew.by_contract[invoice.contract], was, ordered[invoice.contract])
            for invoice in statement.invoices
        )
        money = (*statement.externals, *corrected_externals(anew.externals, was, month))
        statement = replace(statement, invoices=invoices, externals=money)
    _conserve_money(statement)
    return statement


def in_order(contracts: Iterable[Contract]) -> Mapping[str, Contract]:
    """Give contracts by name, upstream before downstream, else by name.

    Raises:
        OfftakeError: two contracts have one name (`OTK-L150`); as `links`.
    """
    found: dict[str, Contract] = {}
    twice: list[Fault] = []
    for contract in contracts:
        if found.setdefault(contract.id, contract) is not contract:
            where = Where(path=f"contracts.{contract.id}")
            hint = "give each contract a name of its own"
            twice.append(
                Fault(code="OTK-L150", what="two contracts have this name", where=where, hint=hint)
            )
    if twice:
        raise OfftakeError(twice)
    ordered: dict[str, Contract] = {}
    for name in sorted(found):
        ordered |= {link.id: link for link in links(found[name], found)}
    return ordered


def _settled(ordered: Mapping[str, Contract], facts: Known, month: Month) -> Statement:
    """Settle each contract once, without corrections; all faults of all contracts at once."""
    invoices: dict[str, Invoice] = {}
    faults = list(unshared(ordered, facts, month))
    for contract in ordered.values():
        above = {name: invoices[name] for name in contract.upstream if name in invoices}
        if len(above) < len(set(contract.upstream)) and _looks_up(contract):
            continue  # what it would hand on is not known; the fault above is told
        try:
            invoices[contract.id] = settle_known(contract, facts, month, upstream=above)
        except OfftakeError as error:
            faults += error.faults
    money: tuple[External, ...] = ()
    try:
        money = externals(tuple(ordered.values()), facts, month)
    except OfftakeError as error:
        faults += error.faults
    if faults:
        raise OfftakeError(dict.fromkeys(faults))
    return Statement(
        month=month, as_of=facts.as_of, invoices=tuple(invoices.values()), externals=money
    )


def _looks_up(contract: Contract) -> bool:
    handed_on = contract.pass_through
    return handed_on is not None and handed_on.cost_of is CostOf.UPSTREAM


def conserve(statement: Statement, contracts: Mapping[str, Contract]) -> None:
    """Hold a statement of a month's own lines against what must be true of any.

    Every line is its exact amount rounded once by the contract's rule, in the currency of
    its invoice, under a name no other line has; money is conserved.

    Raises:
        OfftakeError: it is not so (`OTK-L154`), which is a defect of offtake.
    """
    wrong: list[str] = []
    for invoice in statement.invoices:
        rule = contracts[invoice.contract].rounding.rule
        for charge in invoice.charges:
            kept = (charge.currency, charge.places, charge.contract, charge.month)
            if kept != (invoice.currency, invoice.places, invoice.contract, invoice.month):
                wrong.append(f"{charge.id} is not of its invoice")
            if charge.minor != rounded(charge.exact * 10**charge.places, rule):
                wrong.append(f"{charge.id} is not {charge.exact} rounded once")
            if charge.exact != charge.quantity * charge.price:
                wrong.append(f"{charge.id} is not quantity times price")
    _refuse(wrong, statement)
    _conserve_money(statement)


def _conserve_money(statement: Statement) -> None:
    """Refuse a statement whose lines share a name, or whose money comes from nowhere."""
    ids = sorted([c.id for c in statement.charges] + [e.id for e in statement.externals])
    wrong = [f"two lines are called {one}" for one, next_one in pairwise(ids) if one == next_one]
    wrong += [f"{e.id} is negative" for e in statement.externals if e.minor < 0]
    sums: dict[tuple[str, int], int] = {}
    for position in statement.positions:
        key = (position.currency, position.places)
        sums[key] = sums.get(key, 0) + position.in_minor - position.out_minor
    wrong += [f"{left} minor units of {key[0]} are left over" for key, left in sums.items() if left]
    _refuse(wrong, statement)


def _refuse(wrong: list[str], statement: Statement) -> None:
    if wrong:
        where, hint = Where(path=f"statement ({statement.month})"), "a defect of offtake: report it"
        raise OfftakeError(
            Fault(code="OTK-L154", what=what, where=where, hint=hint) for what in wrong
        )


def _closed_faults(
    contracts: Mapping[str, Contract], month: Month, as_of: datetime, closed: Sequence[Statement]
) -> Iterator[Fault]:
    """Give what keeps closed statements from being corrected."""
    ordered = sorted(closed, key=lambda statement: statement.month)
    for statement, after in pairwise(ordered):
        if statement.month == after.month:
            where = Where(path=f"statement ({statement.month})")
            yield Fault(code="OTK-L151", what="the month is closed twice", where=where)
    for statement in ordered:
        where = Where(path=f"statement ({statement.month})")
        if statement.month >= month:
            yield Fault(
                code="OTK-L151",
                what="a closed month comes before the month that is settled",
                where=where,
                got=f"{statement.month} closed, {month} to be settled",
                hint="settle the month after the last one closed; late facts become its lines",
            )
        if statement.as_of > as_of:
            yield Fault(
                code="OTK-L156",
                what="the month was closed knowing more than is known at `as_of`",
                where=where,
                got=f"closed as of {statement.as_of.isoformat()}, asked as of {as_of.isoformat()}",
                hint="settle with a later `as_of`",
            )
        for name in sorted(set(statement.by_contract) - set(contracts)):
            yield Fault(
                code="OTK-L152",
                what="a closed month has an invoice of a contract that is no longer there",
                where=where,
                got=name,
                hint="keep contracts that were invoiced; end one by an event instead",
            )
