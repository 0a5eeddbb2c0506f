"""Laws of one contract's month that hold for any facts: split readings, shifts, parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from offtake.model.clause import Interval, Quantity, TakeOrPay, Tier
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from offtake.model.reading import Reading
from tests.ledger.small import (
    HELD,
    TRANCHE,
    USED,
    accepted,
    contract,
    event,
    gpu_hours,
    on,
    settled,
)

JUNE = Month(2027, 6)
MADE = contract(
    USED,
    commitments=(TakeOrPay(level_share=Decimal("0.85"), base=Quantity.AVAILABLE),),
)

CUTS = st.sets(st.integers(1, 719), max_size=8).map(lambda cuts: sorted({0, 720, *cuts}))


def hourly(cuts: list[int], total: int) -> list[Reading]:
    """Split a month's use into readings that begin and end at given hours."""
    made, left = [], total
    for i, (first, last) in enumerate(pairwise(cuts)):
        part = left if last == 720 else min(left, total * (last - first) // 720)
        left -= part
        day, hour = divmod(first, 24)
        end = on(2027, 7) if last == 720 else on(2027, 6, last // 24 + 1, last % 24)
        starts = on(2027, 6, day + 1, hour)
        made.append(gpu_hours(JUNE, 0, id=f"r{i}", starts=starts, ends=end, amount=part))
    return made


@given(CUTS, st.integers(0, 50_000 * 3600))
def test_how_readings_are_split_changes_nothing(cuts: list[int], total: int) -> None:
    whole = settled(MADE, "2027-06", *hourly([0, 720], total))
    parts = settled(MADE, "2027-06", *hourly(cuts, total))
    assert [(c.id, c.minor, c.exact) for c in parts.charges] == [
        (c.id, c.minor, c.exact) for c in whole.charges
    ]
    assert parts.coverage[0].share == whole.coverage[0].share == 1


OUTAGES = st.lists(
    st.tuples(st.integers(0, 700), st.integers(1, 60), st.integers(1, 10), st.booleans()),
    max_size=8,
)


def outages(drawn: list[tuple[int, int, int, bool]]) -> list[Event]:
    made = []
    for i, (first, lasts, node, planned) in enumerate(drawn):
        starts = on(2027, 6, first // 24 + 1, first % 24)
        ends = starts + (on(2027, 1, 1, 1) - on(2027, 1, 1)) * lasts
        kind = EventKind.MAINTENANCE if planned else EventKind.OUTAGE
        scope = None if planned else "node"
        made.append(
            event(kind, starts, f"e{i}", ends=ends, scope=scope, site="s", nodes=f"n{node:02}")
        )
    return made


@given(OUTAGES)
def test_available_is_what_every_node_was_up(drawn: list[tuple[int, int, int, bool]]) -> None:
    """Counted here hour by hour and node by node, as a set."""
    down = {
        (node, hour)
        for first, lasts, node, _ in drawn
        for hour in range(first, min(first + lasts, 720))
    }
    made = contract(replace(HELD, quantity=Quantity.AVAILABLE))
    invoice = settled(made, "2027-06", *outages(drawn))
    assert sum(c.quantity for c in invoice.charges) == 72_000 - 10 * len(down)


@given(st.lists(st.tuples(st.integers(0, 719), st.integers(1, 5)), max_size=4))
def test_parts_accepted_add_up(parts: list[tuple[int, int]]) -> None:
    kept: list[tuple[int, int]] = []
    for hour, nodes in parts:
        if hour not in {h for h, _ in kept} and sum(n for _, n in kept) + nodes <= 10:
            kept.append((hour, nodes))
    made = contract(tranches=(replace(TRANCHE, accepted=None, due=date(2027, 6, 1)),))
    events = [accepted(on(2027, 6, hour // 24 + 1, hour % 24), n) for hour, n in kept]
    invoice = settled(made, "2027-06", *events)
    wanted = sum(10 * nodes * (720 - hour) for hour, nodes in kept)
    assert sum(c.quantity for c in invoice.charges) == wanted


@given(st.lists(st.integers(0, 70_000), min_size=12, max_size=12))
def test_a_year_of_minimums_is_what_its_months_lack_together(hours: list[int]) -> None:
    """Paid by the month, and settled once a year: use and shortfall add up to no less."""
    uses = [gpu_hours(Month(2027, 1 + k), min(h, 67_200)) for k, h in enumerate(hours)]
    promise = TakeOrPay(level_share=Decimal("0.5"), interval=Interval.YEAR)
    made = contract(USED, commitments=(promise,))
    paid = sum((settled(made, f"2027-{month:02}", *uses).net for month in (1, 6, 12)), Decimal(0))
    used = [min(h, 67_200) for h in hours]
    short = max(0, 438_000 - sum(used))
    assert paid == used[0] + used[5] + used[11] + short


@settings(max_examples=25)
@given(st.lists(st.integers(0, 60_000), min_size=12, max_size=12))
def test_make_up_never_gives_back_more_than_was_paid(hours: list[int]) -> None:
    """After twelve months: paid = use + shortfalls − make-up, at least the use itself."""
    uses = [gpu_hours(Month(2027, 1 + k), h) for k, h in enumerate(hours)]
    promise = TakeOrPay(level_share=Decimal("0.4"), carry_forward_months=12)
    made = contract(USED, commitments=(promise,))
    balance = Fraction(0)
    for k in range(12):
        for charge in settled(made, f"2027-{k + 1:02}", *uses).charges:
            if charge.clause == "commitments[0]":
                balance += charge.exact
                assert balance >= 0


TIERS = (
    Tier(from_amount=Decimal(50_000), price=Decimal("0.5")),
    Tier(from_amount=Decimal(120_000), price=Decimal("0.25")),
)


@given(st.lists(st.integers(0, 60_000), min_size=3, max_size=3))
def test_tiers_over_a_quarter_charge_what_its_sum_does(hours: list[int]) -> None:
    uses = [gpu_hours(Month(2027, 4 + k), h) for k, h in enumerate(hours)]
    made = contract(replace(USED, tiers=TIERS, tier_interval=Interval.QUARTER))
    exact = sum(
        (c.exact for k in range(3) for c in settled(made, f"2027-{4 + k:02}", *uses).charges),
        Fraction(0),
    )
    total = sum(hours)
    wanted = min(total, 50_000) + Fraction(min(max(total - 50_000, 0), 70_000), 2)
    assert exact == wanted + Fraction(max(total - 120_000, 0), 4)


@given(st.integers(0, 40), st.sampled_from(["UTC", "Europe/Oslo", "Asia/Kolkata"]))
def test_a_month_in_service_costs_its_own_hours(shift: int, zone: str) -> None:
    """All else equal, months differ by their hours alone; the term is 24 of them."""
    month = Month(2027, 1) + shift
    made = contract(time_zone=zone)
    net = settled(made, str(month)).net
    days = (month.last_day - month.first_day).days + 1
    lost = {3: -1, 10: 1}.get(month.month, 0) if zone == "Europe/Oslo" else 0
    assert net == (2400 * days + 100 * lost if shift < 24 else 0)
