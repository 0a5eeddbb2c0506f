"""The leak report: what the middle of a chain cannot hand on, in words and in money.

    fact ──settled at the link above──> brings the middle party +x
         ──settled at the link below──> costs  the middle party -y      x - y < 0: it leaks

Each fact of the month is priced by settling the month with it alone and without any; each
what-if by settling the month with and without it. Both are settled by the same clauses as
the invoices, so a leak is a sum of lines and can be traced.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from offtake.errors import OfftakeError
from offtake.ledger.chain import in_order, settle_chain
from offtake.ledger.externals import outside_topic
from offtake.ledger.facts import Fact, World, facts, without
from offtake.ledger.remetered import cut_power
from offtake.ledger.terms import secured
from offtake.ledger.twins import gaps
from offtake.ledger.whatifs import WhatIf, standard
from offtake.model.contract import Contract
from offtake.model.leak import TOGETHER, TOPICS, Gap, Leak, LeakReport, Shift, Topic
from offtake.model.month import Month
from offtake.model.records import Records
from offtake.model.statement import Statement


def leaks(
    contracts: Iterable[Contract],
    records: Records,
    month: Month,
    *,
    as_of: datetime,
    most: int = 24,
) -> LeakReport:
    """Compare neighbouring contracts, and price what their differences do to a month.

    Args:
        contracts: Every contract of the portfolio, in any order.
        records: Everything that was recorded.
        month: The month.
        as_of: Moment whose knowledge counts.
        most: Outages and the like that are priced one by one; the smallest beyond are
            priced as one.

    Raises:
        OfftakeError: the month cannot be settled; as `settle_chain`.
    """
    ordered = in_order(contracts)
    world = World(contracts=tuple(ordered.values()), records=records)
    actual = settle_chain(world.contracts, records, month, as_of=as_of)
    priced, notes = _facts(world, actual, month, as_of, most)
    what_ifs, more = _what_ifs(world, month, as_of)
    return LeakReport(
        month=month,
        as_of=as_of,
        gaps=differences(ordered),
        facts=priced,
        what_ifs=what_ifs,
        notes=(*notes, *more),
    )


def differences(contracts: Mapping[str, Contract]) -> tuple[Gap, ...]:
    """Tell every difference between each contract and those it rests on, upstream first."""
    return tuple(
        gap
        for below in contracts.values()
        for name in below.upstream
        for gap in gaps(contracts[name], below)
    )


def _facts(
    world: World, actual: Statement, month: Month, as_of: datetime, most: int
) -> tuple[tuple[Leak, ...], tuple[str, ...]]:
    """Price each fact alone against a month without any; what is left is of all together."""
    found = facts(world, month, as_of=as_of, most=most)
    if not found:
        return (), ()
    notes: list[str] = []
    try:
        calm = flows(_without(world, found, month, as_of))
    except OfftakeError as error:
        return (), (f"facts are not priced, for the month without them is not sound: {error}",)
    rows: list[Leak] = []
    middle = Middle.of(world.contracts, actual)
    rest = change(calm, flows(actual))
    for fact in found:
        others = [other for other in found if other is not fact]
        try:
            alone = flows(_without(world, others, month, as_of))
        except OfftakeError as error:
            notes.append(f"{fact.id} is not priced alone: {error}")
            continue
        did = change(calm, alone)
        rest = change(did, rest)
        rows += middle.leaks(did, fact.id, fact.says)
    says = "what facts do together beyond what each does alone"
    return (*rows, *middle.leaks(rest, TOGETHER, says)), tuple(notes)


def _without(world: World, gone: Sequence[Fact], month: Month, as_of: datetime) -> Statement:
    """Settle a month in which some facts did not happen."""
    thought = without(world, gone, as_of=as_of)
    if any(fact.late for fact in gone):
        thought = cut_power(thought, month, as_of)
    return _settle(thought, month, as_of)


def _what_ifs(
    world: World, month: Month, as_of: datetime
) -> tuple[tuple[Leak, ...], tuple[str, ...]]:
    """Price each what-if against the month it is added to."""
    found, notes = standard(world, month, as_of=as_of)
    rows: list[Leak] = []
    told = list(notes)
    settled: dict[int, Statement] = {}
    for what_if in found:
        try:
            for side in (what_if.base, what_if.then):
                if id(side) not in settled:
                    settled[id(side)] = _settle(side, month, as_of)
        except OfftakeError as error:
            told.append(f"{what_if.id} is not priced, for it cannot be settled: {error}")
            continue
        before, after = settled[id(what_if.base)], settled[id(what_if.then)]
        did = _unpaid(what_if, before) or change(flows(before), flows(after, what_if.void))
        middle = Middle.of(world.contracts, before)
        rows += middle.leaks(did, what_if.id, what_if.says)
    return tuple(rows), tuple(told)


def _settle(world: World, month: Month, as_of: datetime) -> Statement:
    return settle_chain(world.contracts, world.records, month, as_of=as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Money of one line, from who pays to who is paid."""

    line: str
    contract: str | None
    """None is from outside the chain."""
    payer: str
    payee: str
    topic: Topic
    currency: str
    places: int


Flows = dict[Flow, int]
"""Minor units of each line."""


def flows(statement: Statement, void: Collection[str] = ()) -> Flows:
    """Give the money of every line of a statement, cash-only lines left out.

    Args:
        statement: The month.
        void: Contracts under which nothing is owed.
    """
    found: Flows = {}
    for invoice in statement.invoices:
        if invoice.contract in void:
            continue
        for charge in invoice.charges:
            if not charge.kind.is_cash_only:
                flow = Flow(
                    line=charge.id,
                    contract=invoice.contract,
                    payer=invoice.buyer,
                    payee=invoice.seller,
                    topic=TOPICS[charge.kind],
                    currency=invoice.currency,
                    places=invoice.places,
                )
                found[flow] = charge.minor
    for external in statement.externals:
        flow = Flow(
            line=external.id,
            contract=None,
            payer=external.payer,
            payee=external.payee,
            topic=outside_topic(external),
            currency=external.currency,
            places=external.places,
        )
        found[flow] = external.minor
    return found


def change(before: Flows, after: Flows) -> Flows:
    """Give what lines differ by, in the order of the lines after, then those that are gone."""
    names = dict.fromkeys((*after, *before))
    differences = {flow: after.get(flow, 0) - before.get(flow, 0) for flow in names}
    return {flow: minor for flow, minor in differences.items() if minor}


@dataclass(frozen=True, slots=True, kw_only=True)
class Middle:
    """Parties in the middle, with the contracts they buy and sell under."""

    above: Mapping[str, tuple[str, ...]]
    """For each, those it buys under."""
    below: Mapping[str, tuple[str, ...]]
    """For each, those it sells under."""
    upstream: Mapping[str, tuple[str, ...]]
    """For each contract, those it rests on."""

    @classmethod
    def of(cls, contracts: Sequence[Contract], statement: Statement) -> Middle:
        """Find who is in the middle, by the parties of a statement's invoices."""
        above: dict[str, tuple[str, ...]] = {}
        below: dict[str, tuple[str, ...]] = {}
        for invoice in statement.invoices:
            above[invoice.buyer] = (*above.get(invoice.buyer, ()), invoice.contract)
            below[invoice.seller] = (*below.get(invoice.seller, ()), invoice.contract)
        both = [party for party in above if party in below]
        return cls(
            above={party: above[party] for party in both},
            below={party: below[party] for party in both},
            upstream={contract.id: contract.upstream for contract in contracts},
        )

    def leaks(self, did: Flows, fact: str, says: str) -> Iterator[Leak]:
        """Give what changed lines leave with each party in the middle, by topic and currency."""
        order = list(Topic)
        for party in self.above:
            keys = {
                (order.index(flow.topic), flow.currency, flow.places)
                for flow in did
                if party in (flow.payer, flow.payee)
            }
            for at, currency, places in sorted(keys):
                mine = {
                    flow: minor
                    for flow, minor in did.items()
                    if party in (flow.payer, flow.payee)
                    and (flow.topic, flow.currency, flow.places) == (order[at], currency, places)
                }
                yield self._leak(party, mine, fact, says)

    def _leak(self, party: str, mine: Flows, fact: str, says: str) -> Leak:
        first = next(iter(mine))
        touched = {flow.contract for flow in mine}
        above = tuple(
            name
            for name in self.above[party]
            if name in touched
            or any(name in self.upstream[low] for low in self.below[party] if low in touched)
        )
        below = tuple(
            name
            for name in self.below[party]
            if name in touched or any(up in touched for up in self.upstream[name])
        )
        sums = {"above": 0, "below": 0, "outside": 0}
        for flow, minor in mine.items():
            side = "outside"
            if flow.contract is not None:
                side = "above" if flow.payer == party else "below"
            sums[side] += minor * ((flow.payee == party) - (flow.payer == party))
        return Leak(
            party=party,
            above=above,
            below=below,
            fact=fact,
            fact_says=says,
            topic=first.topic,
            currency=first.currency,
            places=first.places,
            above_minor=sums["above"],
            below_minor=sums["below"],
            outside_minor=sums["outside"],
            shifts=tuple(Shift(line=flow.line, minor=minor) for flow, minor in mine.items()),
        )


def _unpaid(what_if: WhatIf, statement: Statement) -> Flows:
    """Give what is lost where buyers do not pay: what they owe, less what stands behind it."""
    contracts = {contract.id: contract for contract in what_if.base.contracts}
    lost: Flows = {}
    for name in sorted(what_if.unpaid):
        invoice = statement.by_contract[name]
        held = int(secured(contracts[name], invoice.buyer) * 10**invoice.places)
        owed = max(invoice.net_minor, 0)
        flow = Flow(
            line=invoice.id,
            contract=name,
            payer=invoice.buyer,
            payee=invoice.seller,
            topic=Topic.SECURITY,
            currency=invoice.currency,
            places=invoice.places,
        )
        lost[flow] = -(owed - min(owed, held))
    return lost
