"""Numbers are written with three significant digits, one sign and one unit; never `nan`."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.draw import numbers

FINITE = st.floats(-1e14, 1e14, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0 USD"),
        (0.4, "0.40 USD"),
        (999, "999 USD"),
        (999.6, "1.00 k USD"),
        (12_345, "12.3 k USD"),
        (999_960, "1.00 M USD"),
        (12.345e9, "12.3 B USD"),
        (-3.2e9, "−3.20 B USD"),
        (1.2345e12, "1,234 B USD"),
        (None, "—"),
        (math.nan, "—"),
        (math.inf, "—"),
    ],
)
def test_money(value: float | None, written: str) -> None:
    assert str(numbers.usd(value)) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (411.2, "411 MW IT"),
        (85.0, "85 MW IT"),
        (8.42, "8.4 MW IT"),
        (0.5, "0.50 MW IT"),
        (12_345.6, "12,346 MW IT"),
        (0, "0 MW IT"),
    ],
)
def test_power_is_always_in_mw(value: float, written: str) -> None:
    assert str(numbers.power(value)) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0237, "2.4 %"),
        (0.00237, "0.24 %"),
        (0.00001, "<0.01 %"),
        (-0.00001, ">−0.01 %"),
        (0, "0 %"),
        (1, "100 %"),
        (0.798, "79.8 %"),
    ],
)
def test_shares_are_per_cent(value: float, written: str) -> None:
    assert str(numbers.share(value)) == written


def test_a_gain_may_have_a_plus() -> None:
    assert str(numbers.usd(1.3e9, signed=True)) == "+1.30 B USD"
    assert str(numbers.usd(0, signed=True)) == "0 USD"
    assert str(numbers.points(0.003)) == "+0.30 percentage points"


def test_elapsed_time_and_residuals() -> None:
    assert str(numbers.seconds(0.421)) == "0.42 s"
    assert str(numbers.seconds(41.3)) == "41.3 s"
    assert str(numbers.seconds(123)) == "2 min 3 s"
    assert numbers.tiny(3.1e-9) == "3.1e−9"
    assert numbers.tiny(0) == "0"


def test_a_column_has_one_unit_for_all() -> None:
    unit = numbers.column([23e9, -200e9, None, math.nan], numbers.USD)
    assert unit.unit == "B USD"
    assert [unit(v) for v in (23e9, -200e9, 4e6, None, math.nan)] == [
        "23.0",
        "−200.0",
        "0.0",
        "—",
        "—",
    ]
    assert numbers.column([], numbers.USD)(0) == "0"


def test_any_unit_has_its_own_form() -> None:
    assert str(numbers.amount(6e9, "USD")) == "6.00 B USD"
    assert str(numbers.amount(0.4, "share")) == "40.0 %"
    assert str(numbers.amount(260, "MW facility")) == "260 MW facility"


@given(FINITE)
def test_three_digits_are_near_enough(value: float) -> None:
    shown = numbers.usd(value)
    size = dict(numbers.USD)[shown.unit]
    read = float(shown.number.replace(",", "").replace("−", "-")) * size
    assert read == pytest.approx(value, rel=0.0051, abs=0.0051)


@given(st.one_of(FINITE, st.just(math.nan), st.just(math.inf), st.none()), st.booleans())
def test_no_form_writes_what_is_no_number(value: float | None, signed: bool) -> None:
    forms = (
        numbers.usd,
        numbers.h100e,
        numbers.energy,
        numbers.carbon,
        numbers.power,
        numbers.share,
    )
    for form in forms:
        written = str(form(value, signed=signed))
        assert re.fullmatch(r"—|[<>]?[+−]?[\d,]+(\.\d+)? \S.*", written), written
        assert not re.match(r"[+−]0(\.0+)? ", written), "zero has no sign"
