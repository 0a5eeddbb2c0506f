"""Chains: every link by its own clauses, in order, and all money accounted for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from offtake.errors import OfftakeError
from offtake.ledger.chain import conserve, in_order, settle_chain
from offtake.model.chain import links
from offtake.model.charge import ChargeKind
from offtake.model.contract import Contract
from offtake.model.reading import Meter
from offtake.model.records import Readings
from offtake.model.statement import Statement
from tests.ledger.june import (
    AS_OF,
    CONTRACT_0,
    CONTRACT_A,
    CONTRACT_B,
    CONTRACTS,
    JUNE,
    READINGS,
    RECORDS,
)
from tests.ledger.june import june as june_day


@pytest.fixture(scope="module")
def june() -> Statement:
    return settle_chain(CONTRACTS, RECORDS, JUNE, as_of=AS_OF)


def codes(raised: pytest.ExceptionInfo[OfftakeError]) -> list[str]:
    return [fault.code for fault in raised.value.faults]


def test_nets_and_margins_of_the_worked_month(june: Statement) -> None:
    assert {i.contract: i.net for i in june.invoices} == {
        "0": Decimal("1291552.88"),
        "A": Decimal("6643634.41"),
        "B": Decimal("6842320.90"),
    }
    margins = {p.party: p.margin for p in june.positions}
    assert set(margins) == {"siteco", "opco", "hyperco", "lab", "grid"}
    assert margins["siteco"] == Decimal("936000.00")
    assert margins["opco"] == Decimal("5353881.53")
    assert margins["hyperco"] == Decimal("198686.49")
    assert sum(margins.values()) == 0


def test_links_are_settled_upstream_first_in_any_order(june: Statement) -> None:
    assert list(in_order(reversed(CONTRACTS))) == ["0", "A", "B"]
    assert settle_chain(reversed(CONTRACTS), RECORDS, JUNE, as_of=AS_OF) == june


def test_one_contract_may_serve_two_and_two_may_serve_one() -> None:
    """B is split over two labs, and A over two sellers: the parts add up to the whole."""
    first, second = CONTRACT_A.tranches
    halves = tuple(
        replace(CONTRACT_A, id=name, seller=seller, tranches=(tranche,), pass_through=None)
        for name, seller, tranche in (("A1", "opco", first), ("A2", "opco2", second))
    )
    labs = tuple(
        replace(
            CONTRACT_B,
            id=name,
            buyer=lab,
            upstream=(above,),
            tranches=(tranche,),
            pass_through=None,
        )
        for name, lab, above, tranche in (("B1", "lab", "A1", first), ("B2", "lab2", "A2", second))
    )
    readings = Readings.of(
        replace(r, tranche=r.tranche.replace("B.T", f"B{r.tranche[-1]}.T")) if r.tranche else r
        for r in READINGS
    )
    events = tuple(
        replace(e, tranches=tuple(_split(path) for path in e.tranches)) for e in RECORDS.events
    )
    contracts = (CONTRACT_0, *halves, *labs)
    records = replace(RECORDS, readings=readings, events=events)
    made = settle_chain(contracts, records, JUNE, as_of=AS_OF)
    assert [i.contract for i in made.invoices] == ["0", "A1", "A2", "B1", "B2"]
    base = [
        sum(c.amount for c in made.by_contract[name].charges if c.kind is ChargeKind.CAPACITY)
        for name in ("A1", "A2")
    ]
    assert base == [Decimal("5603328.00"), Decimal("933888.00")]
    assert sum(p.margin for p in made.positions) == 0


def _split(path: str) -> str:
    contract, tranche = path.split(".")
    return path if contract == "0" else f"{contract}{tranche[-1]}.{tranche}"


def test_electricity_of_two_contracts_above_is_handed_on_once() -> None:
    """B rests on A1 and A2, each with a meter of its own: it hands both bills on, whole."""
    parts = []
    for name, tranche in zip(("A1", "A2"), CONTRACT_A.tranches, strict=True):
        parts.append(replace(CONTRACT_A, id=name, tranches=(tranche,)))
    lower = replace(CONTRACT_B, upstream=("A1", "A2"))
    events = tuple(
        replace(
            e,
            starts=june_day(1) if e.id == "accept-t2" else e.starts,
            recorded=june_day(1) if e.id == "accept-t2" else e.recorded,
            tranches=tuple(_split(p) if p.startswith("A.") else p for p in e.tranches),
        )
        for e in RECORDS.events
    )
    it = next(r for r in READINGS if r.meter is Meter.IT_ENERGY)
    shares = (("A1.T1", 3), ("A2.T2", 1), ("B.T1", 3), ("B.T2", 1))
    own = [
        replace(it, source=f"pdu-{path}", tranche=path, amount=it.amount * quarters // 4)
        for path, quarters in shares
    ]
    records = replace(RECORDS, events=events, readings=Readings.of((*READINGS, *own)))
    made = settle_chain((CONTRACT_0, *parts, lower), records, JUNE, as_of=AS_OF)
    power = (ChargeKind.POWER_ENERGY, ChargeKind.POWER_DEMAND)
    above = {
        name: sum(c.amount for c in made.by_contract[name].charges if c.kind in power)
        for name in ("A1", "A2")
    }
    handed = [
        c.amount for c in made.by_contract["B"].charges if c.kind is ChargeKind.POWER_UPSTREAM
    ]
    assert handed == list(above.values())
    assert all(handed)


def test_a_name_twice_and_a_circle_are_refused() -> None:
    with pytest.raises(OfftakeError) as raised:
        in_order((CONTRACT_0, CONTRACT_A, replace(CONTRACT_A, buyer="other")))
    assert codes(raised) == ["OTK-L150"]
    circle = (replace(CONTRACT_0, upstream=("B",)), CONTRACT_A, CONTRACT_B)
    with pytest.raises(OfftakeError) as raised:
        in_order(circle)
    assert codes(raised) == ["OTK-C110"]


def test_faults_of_all_links_are_told_at_once() -> None:
    """No fixing: 0 and A and the bill of the grid all say so; B, which hands A's on, waits."""
    with pytest.raises(OfftakeError) as raised:
        settle_chain(CONTRACTS, replace(RECORDS, fixings=()), JUNE, as_of=AS_OF)
    told = " ".join(fault.where.path for fault in raised.value.faults)
    assert set(codes(raised)) == {"OTK-L130"}
    for place in ("contracts.0.", "contracts.A.", "tariffs.fjord-power"):
        assert place in told
    assert "contracts.B." not in told


def test_a_closed_month_comes_before_and_once(june: Statement) -> None:
    def refused(*closed: Statement, as_of_days: int = 0) -> list[str]:
        moment = AS_OF + timedelta(days=as_of_days)
        with pytest.raises(OfftakeError) as raised:
            settle_chain(CONTRACTS, RECORDS, JUNE + 1, as_of=moment, closed=closed)
        return codes(raised)

    later = replace(june, month=JUNE + 1)
    assert refused(june, june) == ["OTK-L151"]
    assert refused(later) == ["OTK-L151"]
    assert refused(june, as_of_days=-1) == ["OTK-L156"]
    gone = replace(june.invoices[0], contract="gone")
    assert refused(replace(june, invoices=(*june.invoices, gone))) == ["OTK-L152"]


def test_the_check_sees_what_does_not_add_up(june: Statement) -> None:
    """A cent more, another currency, a factor that is not the amount's, a line twice."""
    contracts = {contract.id: contract for contract in CONTRACTS}
    invoice = june.invoices[0]
    line = invoice.charges[0]
    for wrong in (
        replace(line, minor=line.minor + 1),
        replace(line, currency="EUR"),
        replace(line, price=line.price * 2),
        invoice.charges[1],
    ):
        charges = (wrong, *invoice.charges[1:])
        broken = replace(june, invoices=(replace(invoice, charges=charges), *june.invoices[1:]))
        with pytest.raises(OfftakeError) as raised:
            conserve(broken, contracts)
        assert codes(raised) == ["OTK-L154"]
    conserve(june, contracts)


def test_a_negative_payment_from_outside_is_refused(june: Statement) -> None:
    external = replace(june.externals[0], minor=-1)
    with pytest.raises(OfftakeError):
        conserve(replace(june, externals=(external,)), {c.id: c for c in CONTRACTS})


def test_every_link_is_there_once(june: Statement) -> None:
    known: dict[str, Contract] = {c.id: c for c in CONTRACTS}
    assert [i.contract for i in june.invoices] == [c.id for c in links(CONTRACT_B, known)]
