"""The worked month of norway-chain follows from its clauses and the facts of its README."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from offtake.model.chain import parties
from offtake.model.clause import Basis, CreditTier, Quantity
from offtake.model.contract import Contract
from tests.worlds.worlds import WORLDS, contract, world

HOURS = 30 * 24
README = (WORLDS / "norway-chain" / "README.md").read_text()


def link(ident: str) -> Contract:
    return contract("norway-chain", ident)


def cents(amount: Decimal) -> str:
    """An amount as the README's table shows it."""
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP):,}".replace("-", "−")


def credit(tiers: tuple[CreditTier, ...], up: Decimal) -> Decimal:
    """Credit of the lowest tier that is reached."""
    reached = [t for t in tiers if up < t.below_share]
    return min(reached, key=lambda t: t.below_share).credit_share if reached else Decimal(0)


def count(ident: str, tranche: str) -> int:
    found = next(t for t in link(ident).tranches if t.id == tranche)
    return found.accelerator_count or 0


def test_the_chain_runs_from_the_site_to_the_lab() -> None:
    contracts = {c.id: c for c in world("norway-chain").contracts}
    assert list(contracts) == ["0", "A", "B"]
    assert parties(contracts["B"], contracts) == ("siteco", "opco", "hyperco", "lab")


def test_the_second_tranche_was_still_to_come() -> None:
    assert world("norway-chain").as_of < date(2027, 6, 1)
    for ident in ("A", "B"):
        first, second = link(ident).tranches
        assert (first.node_count, first.accelerator_count) == (512, 4_096)
        assert first.accepted == date(2025, 6, 1)
        assert (second.node_count, second.accelerator_count) == (256, 2_048)
        assert (second.due, second.accepted) == (date(2027, 6, 11), None)


def test_rent_and_its_abatement() -> None:
    (rate,), (late,) = link("0").rates, link("0").delay_damages
    one, two = (Decimal(str(t.power_it_mw)) * 1000 for t in link("0").tranches)
    assert rate.basis is Basis.KW_MONTH
    assert cents(one * rate.price) == "864,000.00"
    assert cents(two * rate.price * 15 / 30) == "216,000.00"
    days = 15 - int(late.grace_days)
    assert late.abates_rent
    assert cents(-days * late.daily_fee_share * two * rate.price / 30) == "−144,000.00"


def test_the_price_of_nodes_and_their_credits() -> None:
    (rate,), (level,), (late,) = (
        link("A").rates,
        link("A").service_levels,
        link("A").delay_damages,
    )
    assert rate.quantity is Quantity.DELIVERED
    assert cents(count("A", "T1") * HOURS * rate.price) == "5,603,328.00"
    assert cents(count("A", "T2") * 240 * rate.price) == "933,888.00"
    # n001 was down for 12 h with the fabric, n002 for 8 h 35 min, n600 for 60 of 240 h.
    outages = [(Decimal(12), 720), (Decimal(8) + Decimal(35) / 60, 720), (Decimal(60), 240)]
    credits = [
        credit(level.credits, 1 - down / hours) * 8 * hours * rate.price for down, hours in outages
    ]
    assert [cents(c) for c in credits] == ["3,283.20", "3,283.20", "3,648.00"]
    assert f"−{cents(sum(credits, Decimal(0)))}" in README
    others = 1 - (Decimal(3) + Decimal(35) / 60) / 720
    assert credit(level.credits, others) == 0
    damages = (
        (10 - int(late.grace_days)) * late.daily_fee_share * count("A", "T2") * 24 * rate.price
    )
    assert cents(damages) == "233,472.00"


def test_the_price_of_used_hours_their_minimum_and_credit() -> None:
    (rate,), (held,), (level,), (late,) = (
        link("B").rates,
        link("B").commitments,
        link("B").service_levels,
        link("B").delay_damages,
    )
    assert rate.quantity is Quantity.USED
    used = Decimal(2_330_000) + Decimal(372_400)
    assert cents(2_330_000 * rate.price) == "5,475,500.00"
    assert cents(372_400 * rate.price) == "875,140.00"
    available = Decimal(10_275_982) / 3
    short = held.level_share * available - used
    assert held.base is Quantity.AVAILABLE
    assert cents(short * rate.price) == "491,451.35"
    up = 1 - (Decimal(3) + Decimal(35) / 60) / 720
    assert cents(credit(level.credits, up) * 2_330_000 * rate.price) == "273,775.00"
    damages = (
        (10 - int(late.grace_days)) * late.daily_fee_share * count("B", "T2") * 24 * rate.price
    )
    assert cents(damages) == "86,630.40"


def test_electricity_is_capped_converted_and_marked_up() -> None:
    at_cost, capped, marked = (link(i).pass_through for i in ("0", "A", "B"))
    assert at_cost
    assert capped
    assert marked
    assert capped.pue_cap_ratio
    assert at_cost.pue_cap_ratio is None
    price, rate = Decimal("0.50"), Decimal("10.4")
    peak = Decimal(78) * 8_900 / rate
    billable = min(Decimal(6_007_100), Decimal(4_730_000) * capped.pue_cap_ratio)
    assert billable == 5_912_500
    assert cents(6_007_100 * price / rate) == "288,802.88"
    assert cents(billable * price / rate) == "284,254.81"
    assert cents(peak) == "66,750.00"
    passed = Decimal(cents(billable * price / rate).replace(",", "")) + peak
    assert cents(passed) == "351,004.81"
    assert cents(passed * marked.markup_share) == "10,530.14"
    assert marked.pue_cap_ratio == capped.pue_cap_ratio


def test_the_prepayment_and_its_instalments() -> None:
    (rate,), (ahead,) = link("A").rates, link("A").prepayments
    hours = (date(2030, 6, 1) - date(2025, 6, 1)).days * 24
    total = count("A", "T1") * hours * rate.price
    balance = total * ahead.share
    assert (cents(total), cents(balance)) == ("341,055,897.60", "68,211,179.52")
    assert ahead.credit_from_month == 25
    assert cents(balance / ahead.instalment_count) == "1,894,754.99"


def test_income_from_demand_response_is_shared_once() -> None:
    first, second = link("A").demand_response, link("B").demand_response
    assert first
    assert second
    paid = Decimal(2 * 3 * 300)
    assert paid * first.share == paid * first.share * second.share == 900


@pytest.mark.parametrize("total", ["1,291,552.88", "6,643,634.41", "6,842,320.90"])
def test_the_readme_adds_up(total: str) -> None:
    rows = [line.strip("|").split("|") for line in README.splitlines() if line.startswith("|")]
    sums = {cell.strip(" *"): column for column, cell in enumerate(rows[-1])}
    column = sums[total]
    cells = [row[column].strip() for row in rows[2:-1]]
    amounts = [Decimal(c.replace(",", "").replace("−", "-")) for c in cells if c]
    assert cents(sum(amounts, Decimal(0))) == total
