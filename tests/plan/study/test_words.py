"""Words of a study: money, shares, lists and what two plans sign differently."""

from __future__ import annotations

import pytest

from offtake.errors import Fault, OfftakeError, Where
from offtake.model import Quarter, Tenure
from offtake.model.outlook import Lot
from offtake.plan.study.words import differences, listed, megawatts, money, percent, reasons
from offtake.units import it_mw


@pytest.mark.parametrize(
    ("usd", "said"),
    [
        (1.234e9, "1.23 B USD"),
        (-240e6, "−240 M USD"),
        (12.34e6, "12.3 M USD"),
        (999.9e6, "1.00 B USD"),
        (1_500, "1.50 k USD"),
        (0, "0 USD"),
        (1.2e12, "1,200 B USD"),
    ],
)
def test_money(usd: float, said: str) -> None:
    assert money(usd) == said


def test_shares_and_power() -> None:
    assert [percent(s) for s in (0.0012, 0.034, 0.25, -0.5)] == ["0.12 %", "3.4 %", "25 %", "−50 %"]
    assert [megawatts(p) for p in (3.25, 1250.0)] == ["3.2 MW", "1,250 MW"]
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


def lot(offer: str, mw: float, quarter: int = 1, tenure: Tenure = Tenure.LEASE) -> Lot:
    return Lot(
        offer=offer,
        name=offer.title(),
        tenure=tenure,
        site="here",
        period=Quarter(2027, quarter),
        power_it_mw=it_mw(mw),
    )


def test_what_is_signed_differently() -> None:
    before = (lot("a", 100), lot("b", 50), lot("c", 30), lot("d", 10))
    after = (lot("a", 250), lot("c", 30, 3), lot("d", 10.2), lot("e", 20, tenure=Tenure.OWN))
    assert differences(before, after) == (
        "150 MW more of A (lease), no B (lease) instead of 50 MW, 20 MW more of E (own), "
        "30 MW of C (lease) 2 quarters later on average"
    )
    assert differences(after, after) == "signs the same"


def test_lots_of_an_offer_add_up() -> None:
    assert differences((lot("a", 60), lot("a", 40, 2)), (lot("a", 100),)) == "signs the same"


def test_many_changes_are_counted() -> None:
    after = tuple(lot(name, 10.0 * size) for size, name in enumerate("abcdef", 1))
    assert differences((), after).endswith("and 2 smaller changes")


def test_reasons_are_told_in_a_sentence() -> None:
    faults = [Fault(code="OTK-P301", what=f"w{n}", where=Where(path=f"p{n}")) for n in range(5)]
    assert reasons(OfftakeError(faults)) == "p0: w0; p1: w1; p2: w2; and 2 more"
