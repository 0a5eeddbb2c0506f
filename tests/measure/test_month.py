"""The worked month, measured: figures that follow by hand, and what is left out and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from offtake.cli.worlds import find
from offtake.files import open_document
from offtake.files.hours import read_hours
from offtake.files.records import read_records
from offtake.ledger.chain import settle_chain
from offtake.ledger.known import known
from offtake.measure.asked import Asked
from offtake.measure.month import sheet_of
from offtake.model.metric import Boundary, Metric, Sheet
from offtake.model.month import Month
from offtake.model.power import PowerKind
from offtake.model.reading import Meter
from offtake.model.records import METERS, Readings

LATER = datetime(2027, 7, 5, tzinfo=UTC)
JUNE = Month(2027, 6)
START = int(datetime(2027, 6, 1, tzinfo=UTC).timestamp())
DAY = 86_400


def june(**changed: object) -> Asked:
    document = open_document(find("june-chain"))
    records = read_records(document)
    contracts = document.portfolio.contracts
    made = Asked(
        portfolio=document.portfolio,
        known=known(records, LATER),
        month=JUNE,
        statement=settle_chain(contracts, records, JUNE, as_of=LATER),
        hours={"fjord": read_hours(document.files[0].parent / "hours" / "fjord.csv", "fjord")},
    )
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def asked() -> Asked:
    return june(flop_per_token=140e9, embodied_kg=1300.0)


@pytest.fixture(scope="module")
def sheet(asked: Asked) -> Sheet:
    return sheet_of(asked, "lab")


def find_one(sheet: Sheet, name: str, of: str, boundary: Boundary | None = None) -> Metric:
    found = [
        m
        for m in sheet.metrics
        if m.id == name and m.of.name == of and boundary in (None, m.boundary)
    ]
    assert len(found) == 1, (name, of, len(found))
    return found[0]


def reason(sheet: Sheet, name: str, of: str) -> str:
    return next(a.reason for a in sheet.absent if a.id == name and a.of.name == of)


def test_use_is_over_what_was_in_service(sheet: Sheet) -> None:
    """2,702,400 of 4,096 · 720 + 2,048 · 240 accelerator-hours."""
    made = find_one(sheet, "utilisation-allocated", "contract B")
    assert made.value == pytest.approx(2_702_400 / (4096 * 720 + 2048 * 240))
    assert made.covered_share == 1.0
    assert find_one(sheet, "utilisation-sold", "site fjord").value == 1.0


def test_energy_money_and_tokens(sheet: Sheet) -> None:
    pue = find_one(sheet, "pue", "site fjord")
    assert pue.value == pytest.approx(6_007_100 / 4_730_000)
    it = find_one(sheet, "tokens-per-joule", "site fjord", Boundary.IT)
    assert it.value == pytest.approx(2_161_920e6 / (4_730_000 * 3.6e6))
    usd = find_one(sheet, "usd-per-million-tokens-effective", "chain 0 > A > B")
    assert usd.value == pytest.approx(6_842_320.90 / 2_161_920)
    flop = find_one(sheet, "flop-per-joule", "site fjord")
    assert flop.value == pytest.approx(140e9 * it.value)
    assert flop.evidence == "assumed"


def test_carbon_is_always_told_in_three_ways(sheet: Sheet) -> None:
    for of in {m.of for m in sheet.metrics if m.id.startswith("scope-2")}:
        kinds = {m.id for m in sheet.metrics if m.of == of and m.id.startswith("scope-2")}
        assert kinds == {"scope-2-location", "scope-2-market-annual", "scope-2-market-hourly"}
    location = find_one(sheet, "scope-2-location", "site fjord")
    grams = find_one(sheet, "g-per-million-tokens-location", "site fjord")
    assert grams.value == pytest.approx(location.value * 1e6 / 2_161_920)
    hourly = find_one(sheet, "clean-share-hourly", "site fjord").value
    assert hourly < find_one(sheet, "clean-share-annual", "site fjord").value < 1
    embodied = find_one(sheet, "embodied", "site fjord").value
    assert embodied == pytest.approx(1.3 * (4096 * 720 + 2048 * 240) / (5 * 8766))
    sci = find_one(sheet, "sci", "site fjord").value
    assert sci == pytest.approx((location.value + embodied) * 1e6 / 2_161_920)


def test_a_response_costs_goodput(sheet: Sheet) -> None:
    """6 MWh at the meter ÷ 1.27 ÷ 1.39 kW are 3,399 accelerator-hours."""
    made = find_one(sheet, "goodput-lost-to-response", "site fjord")
    assert made.numerator_amount / 3600 == pytest.approx(6000 / 1.27 / 1.39)
    assert made.evidence == "modelled"


def test_what_is_not_known_says_why(sheet: Sheet) -> None:
    assert "measured" not in reason(sheet, "goodput-ml", "site fjord")
    assert reason(sheet, "utilisation-allocated", "contract A").endswith("under B")
    bare = sheet_of(june(hours={}, statement=None), "lab")
    assert reason(bare, "scope-2-location", "site fjord") == "there are no hours of its site"
    assert "no invoice" in reason(bare, "usd-per-million-tokens-billed", "contract B")
    assert "declared" in reason(bare, "mfu", "contract B")


def test_hours_of_60_per_cent_are_shown_and_never_filled(asked: Asked) -> None:
    hours = asked.hours["fjord"]
    kept = np.arange(len(hours)) < 432
    names = ("starts", "load_mwh", "clean_mwh", "grid_t_per_mwh", "residual_t_per_mwh", "water_l")
    part = replace(hours, **{name: getattr(hours, name)[kept] for name in names})
    made = sheet_of(replace(asked, hours={"fjord": part}), "lab")
    location = find_one(made, "scope-2-location", "site fjord")
    assert location.covered_share == pytest.approx(0.6)
    assert location.value == pytest.approx(float((part.load_mwh * part.grid_t_per_mwh).sum()))
    told = reason(made, "g-per-million-tokens-location", "site fjord")
    assert told == "tokens were read for 100% of the month, hours for 60%; neither is filled"


def daily(asked: Asked, meter: Meter, days: range) -> Asked:
    """Give the same month with readings of one meter of the site a day instead of a month."""
    old = asked.known.readings
    rows = old.where(old.meter != METERS.index(meter))
    first = int(np.flatnonzero(old.meter == METERS.index(meter))[0])
    count = len(days)
    picked = old.where(np.arange(len(old)) == first)
    starts = START + np.array(days, np.int64) * DAY
    columns = {
        name: np.concatenate([getattr(rows, name), np.repeat(getattr(picked, name), count)])
        for name in ("source", "meter", "site", "tranche", "node", "recorded")
    }
    made = Readings(
        names=old.names,
        id=np.concatenate([rows.id, np.array([f"day-{d}" for d in days], object)]),
        starts=np.concatenate([rows.starts, starts]),
        ends=np.concatenate([rows.ends, starts + DAY]),
        amount=np.concatenate([rows.amount, np.full(count, 157_666_666)]),
        **columns,
    )
    return replace(asked, known=replace(asked.known, readings=made))


def test_a_meter_read_for_18_days_is_shown_as_60_per_cent(asked: Asked) -> None:
    made = sheet_of(daily(asked, Meter.IT_ENERGY, range(18)), "lab")
    energy = find_one(made, "it-energy", "site fjord")
    assert energy.covered_share == pytest.approx(0.6)
    assert energy.value == pytest.approx(18 * 157.666666)
    told = "the two meters were not read over the same time"
    assert reason(made, "pue", "site fjord") == told
    assert "do not cover" in reason(made, "cue", "site fjord")


def test_a_ratio_is_taken_over_the_days_both_were_read(asked: Asked) -> None:
    both = daily(daily(asked, Meter.IT_ENERGY, range(18)), Meter.FACILITY_ENERGY, range(10, 30))
    made = find_one(sheet_of(both, "lab"), "pue", "site fjord")
    assert made.value == 1.0
    assert made.covered_share == pytest.approx(8 / 30)


def test_fuel_that_nobody_metered_leaves_scope_1_out(asked: Asked) -> None:
    site = asked.portfolio.sites[0]
    gas = replace(site.supplies[0], kind=PowerKind.GAS_TURBINE, clean=False)
    portfolio = replace(asked.portfolio, sites=(replace(site, supplies=(gas,)),))
    made = sheet_of(replace(asked, portfolio=portfolio), "lab")
    for name in ("scope-1-power", "cue", "g-per-million-tokens-location", "sci"):
        assert "burns fuel" in reason(made, name, "site fjord")
