"""Rates by hand: 100 accelerators at 1 an hour are 72,000 in a month of 30 days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from offtake.model.clause import Basis, Interval, Quantity, Rate, Tier
from offtake.model.contract import Rounding, RoundingRule
from offtake.model.event import EventKind
from offtake.model.month import Month
from offtake.model.reading import Meter
from offtake.units import it_mw
from tests.ledger.small import (
    HELD,
    TRANCHE,
    USED,
    accepted,
    amounts,
    contract,
    event,
    gpu_hours,
    on,
    refused,
    settled,
)

JUNE = Month(2027, 6)


def rate(basis: Basis, price: str, quantity: Quantity = Quantity.DELIVERED) -> Rate:
    return Rate(id="r", basis=basis, price=Decimal(price), quantity=quantity)


@pytest.mark.parametrize(
    ("basis", "price", "amount"),
    [
        (Basis.GPU_HOUR, "1.5", "108000.00"),  # 100 · 720 h
        (Basis.NODE_MONTH, "5000", "50000.00"),  # 10 nodes
        (Basis.KW_MONTH, "135", "135000.00"),  # 1,000 kW
    ],
)
def test_a_whole_month_of_each_unit(basis: Basis, price: str, amount: str) -> None:
    made = contract(rate(basis, price), tranches=(replace(TRANCHE, power_it_mw=it_mw(1.0)),))
    assert amounts(settled(made, "2027-06")) == {"rates.r.T": amount}


def test_a_part_of_a_month_is_taken_by_its_seconds() -> None:
    late = replace(TRANCHE, accepted=date(2027, 6, 21), power_it_mw=it_mw(1.0))
    made = contract(
        replace(HELD, id="gpu"),
        replace(rate(Basis.NODE_MONTH, "3000"), id="node"),
        replace(rate(Basis.KW_MONTH, "3"), id="kw"),
        replace(rate(Basis.FLAT_MONTH, "900"), id="flat"),
        replace(rate(Basis.FLAT_ONCE, "77"), id="once"),
        tranches=(late,),
    )
    assert amounts(settled(made, "2027-06")) == {  # 10 of 30 days
        "rates.gpu.T": "24000.00",
        "rates.node.T": "10000.00",
        "rates.kw.T": "1000.00",
        "rates.flat": "300.00",
        "rates.once": "77.00",
    }
    assert "rates.once" not in amounts(settled(made, "2027-07"))


def test_a_month_with_a_lost_hour_is_an_hour_shorter() -> None:
    """Oslo loses an hour on 28 March 2027 and gains one on 31 October."""
    made = contract(
        HELD,
        replace(rate(Basis.KW_MONTH, "1"), id="kw"),
        time_zone="Europe/Oslo",
        tranches=(replace(TRANCHE, power_it_mw=it_mw(1.0)),),
    )
    march = amounts(settled(made, "2027-03"))
    assert march == {"rates.held.T": "74300.00", "rates.kw.T": "1000.00"}
    assert amounts(settled(made, "2027-10"))["rates.held.T"] == "74500.00"


def test_contracted_delivered_available_and_used_differ() -> None:
    """Due 1 June, accepted the 11th; a node is down for 10 hours and maintained for 5."""
    late = replace(TRANCHE, due=date(2027, 6, 1), accepted=date(2027, 6, 11))
    down = event(
        EventKind.OUTAGE,
        on(2027, 6, 15),
        scope="node",
        site="s",
        nodes="n01",
        ends=on(2027, 6, 15, 10),
    )
    kept = event(
        EventKind.MAINTENANCE, on(2027, 6, 16), site="s", nodes="n02", ends=on(2027, 6, 16, 5)
    )
    use = gpu_hours(JUNE, 30_000, starts=on(2027, 6, 11))
    wanted = {
        Quantity.CONTRACTED: "72000.00",
        Quantity.DELIVERED: "48000.00",
        Quantity.AVAILABLE: "47850.00",  # less 10 · 10 and 10 · 5
        Quantity.USED: "30000.00",
    }
    for quantity, amount in wanted.items():
        made = contract(replace(HELD, quantity=quantity), tranches=(late,))
        told = amounts(settled(made, "2027-06", down, kept, use))
        assert told == {"rates.held.T": amount}, quantity


def test_a_rate_holds_on_its_own_days() -> None:
    made = contract(
        replace(HELD, id="old", ends=date(2027, 6, 11)),
        replace(HELD, id="new", starts=date(2027, 6, 11), price=Decimal(2)),
    )
    told = amounts(settled(made, "2027-06"))
    assert told == {"rates.old.T": "24000.00", "rates.new.T": "96000.00"}


def test_a_gap_between_rates_is_refused() -> None:
    made = contract(
        replace(HELD, id="old", ends=date(2027, 6, 11)),
        replace(HELD, id="new", starts=date(2027, 6, 12)),
    )
    told = refused(made, "2027-06")
    assert told == [
        "OTK-L030 contracts.C.rates (2027-06): T is in service and no rate prices it; got 86400 "
        "seconds from 2027-06-11 on; give a rate that holds for the tranche and the day"
    ]


def test_nodes_are_read_where_the_tranche_is_not() -> None:
    """Three nodes read: 3 of 10 nodes' time is covered."""
    readings = [gpu_hours(JUNE, 100 * n, None, id=f"r{n}", node=f"n{n:02}") for n in (1, 2, 3)]
    other = gpu_hours(JUNE, 999, None, id="else", node="m01")
    invoice = settled(contract(USED), "2027-06", *readings, other)
    assert amounts(invoice) == {"rates.use.T": "600.00"}
    assert [str(one.share) for one in invoice.coverage] == ["3/10"]


def test_a_gap_of_the_meter_shows() -> None:
    half = gpu_hours(JUNE, 100, ends=on(2027, 6, 16), recorded=on(2027, 7, 1))
    invoice = settled(contract(USED), "2027-06", half)
    assert [(one.meter, str(one.share), one.reading_count) for one in invoice.coverage] == [
        ("gpu-time of C.T", "1/2", 1)
    ]


def test_what_nobody_ever_metered_is_said() -> None:
    invoice = settled(contract(USED), "2027-06")
    assert amounts(invoice) == {}
    assert invoice.coverage[0].share == 0
    assert invoice.notes == ("nothing was ever metered of gpu-time of C.T",)


def test_use_outside_of_service_is_not_charged_and_said() -> None:
    late = contract(USED, tranches=(replace(TRANCHE, accepted=date(2027, 6, 11)),))
    before = gpu_hours(JUNE, 5, id="test", ends=on(2027, 6, 11))
    after = gpu_hours(JUNE, 100, starts=on(2027, 6, 11))
    invoice = settled(late, "2027-06", before, after)
    assert amounts(invoice) == {"rates.use.T": "100.00"}
    assert "18000 GPU-seconds of C.T were metered while it was not in service" in invoice.notes[0]


def test_tokens_and_kwh_are_metered() -> None:
    tokens = gpu_hours(JUNE, 0, id="tok", meter=Meter.TOKENS, amount=2_500_000)
    power = gpu_hours(JUNE, 0, None, id="kwh", meter=Meter.FACILITY_ENERGY, amount=12_345_000)
    made = contract(
        replace(rate(Basis.MILLION_TOKENS, "0.40", Quantity.USED), id="tokens"),
        replace(rate(Basis.KWH, "0.10", Quantity.USED), id="power"),
    )
    told = amounts(settled(made, "2027-06", tokens, power))
    assert told == {"rates.tokens.T": "1.00", "rates.power.T": "1234.50"}
    codes = [one[:8] for one in refused(made, "2027-06", tokens)]
    assert codes == ["OTK-L045"]
    assert "no meter reads its tokens" in refused(made, "2027-06", power)[0]


@pytest.mark.parametrize(
    ("basis", "quantity", "code"),
    [
        (Basis.KW_MONTH, Quantity.DELIVERED, "OTK-L032"),
        (Basis.KW_MONTH, Quantity.USED, "OTK-L031"),
        (Basis.NODE_MONTH, Quantity.USED, "OTK-L031"),
        (Basis.MILLION_TOKENS, Quantity.AVAILABLE, "OTK-L031"),
        (Basis.FLAT_MONTH, Quantity.USED, "OTK-L031"),
    ],
)
def test_a_unit_that_does_not_fit_is_refused(basis: Basis, quantity: Quantity, code: str) -> None:
    told = refused(contract(rate(basis, "1", quantity)), "2027-06")
    assert [one[:8] for one in told] == [code]
    assert "contracts.C.rates.r (2027-06)" in told[0]


TIERS = (
    Tier(from_amount=Decimal(1000), price=Decimal("0.5")),
    Tier(from_amount=Decimal(3000), price=Decimal("0.25")),
)


def test_tiers_of_a_month() -> None:
    made = contract(replace(USED, tiers=TIERS))
    told = amounts(settled(made, "2027-06", gpu_hours(JUNE, 5000)))
    assert told == {
        "rates.use.T.tier-0": "1000.00",
        "rates.use.T.tier-1": "1000.00",
        "rates.use.T.tier-2": "500.00",
    }


@pytest.mark.parametrize(
    ("interval", "first"),
    [(Interval.QUARTER, "2027-04"), (Interval.YEAR, "2027-01"), (Interval.TERM, "2027-01")],
)
def test_tiers_add_up_over_their_interval(interval: Interval, first: str) -> None:
    """Each month uses 900: 900 before May, so 100 of it are below 1,000 and 800 above."""
    made = contract(replace(USED, tiers=TIERS, tier_interval=interval))
    start = Month.parse(first)
    uses = [gpu_hours(start + k, 900) for k in range(4)]
    assert amounts(settled(made, first, *uses)) == {"rates.use.T.tier-0": "900.00"}
    second = amounts(settled(made, str(start + 1), *uses))
    assert second == {"rates.use.T.tier-0": "100.00", "rates.use.T.tier-1": "400.00"}
    fourth = amounts(settled(made, str(start + 3), *uses))
    if interval is Interval.QUARTER:  # July begins a new one
        assert fourth == {"rates.use.T.tier-0": "900.00"}
    else:  # 2,700 before: 300 at 0.5, 600 at 0.25
        assert fourth == {"rates.use.T.tier-1": "150.00", "rates.use.T.tier-2": "150.00"}


def test_tranches_reach_a_tier_together() -> None:
    """1,200 and 600 reach 1,000 and 800 of the tiers: each has two thirds, and a third."""
    tranches = (TRANCHE, replace(TRANCHE, id="U", nodes="m[01-10]"))
    made = contract(replace(USED, tiers=TIERS), tranches=tranches)
    uses = (gpu_hours(JUNE, 1200), gpu_hours(JUNE, 600, "C.U"))
    assert amounts(settled(made, "2027-06", *uses)) == {
        "rates.use.T.tier-0": "666.67",
        "rates.use.T.tier-1": "266.67",
        "rates.use.U.tier-0": "333.33",
        "rates.use.U.tier-1": "133.33",
    }


@pytest.mark.parametrize(
    ("places", "rule", "amount"),
    [
        (0, RoundingRule.HALF_UP, "1001"),
        (2, RoundingRule.HALF_UP, "1000.51"),
        (2, RoundingRule.HALF_EVEN, "1000.50"),
        (2, RoundingRule.DOWN, "1000.50"),
        (2, RoundingRule.UP, "1000.51"),
        (3, RoundingRule.HALF_UP, "1000.505"),
    ],
)
def test_a_line_is_rounded_once_by_its_rule(places: int, rule: RoundingRule, amount: str) -> None:
    currency = {0: "JPY", 2: "USD", 3: "KWD"}[places]
    made = contract(
        rate(Basis.NODE_MONTH, "100.0505"),
        currency=currency,
        rounding=Rounding(rule=rule, decimal_count=places),
    )
    assert amounts(settled(made, "2027-06")) == {"rates.r.T": amount}


def test_a_currency_has_its_own_places() -> None:
    told = refused(contract(currency="JPY"), "2027-06")
    assert [one[:8] for one in told] == ["OTK-L038"]
    assert "write `decimal_count: 0`" in told[0]


def test_a_flat_price_of_a_contract_without_tranches() -> None:
    made = contract(rate(Basis.FLAT_MONTH, "500"), tranches=(), signed=date(2027, 6, 16))
    assert amounts(settled(made, "2027-06")) == {"rates.r": "250.00"}
    assert amounts(settled(made, "2027-07")) == {"rates.r": "500.00"}
    told = refused(replace(made, signed=None), "2027-06")
    assert [one[:8] for one in told] == ["OTK-L036"]


def test_parts_accepted_and_withdrawn_are_charged_by_their_days() -> None:
    """4 nodes for 30 days, 6 more for 20, 1 less for the last 5."""
    tranche = replace(TRANCHE, accepted=None, due=date(2027, 6, 1))
    gone = event(EventKind.WITHDRAWN, on(2027, 6, 26), tranches=("C.T",), node_count=1)
    told = settled(
        contract(tranches=(tranche,)),
        "2027-06",
        accepted(on(2027, 6, 1), 4),
        accepted(on(2027, 6, 11), 6),
        gone,
    )
    # (4 · 30 + 6 · 20 − 1 · 5) days · 24 h · 10 accelerators a node
    assert amounts(told) == {"rates.held.T": "56400.00"}
