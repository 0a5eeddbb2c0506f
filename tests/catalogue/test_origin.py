"""The shipped figures against the tables they were carried over from, where those exist.

`../shared/facts` has other units and one row a thing; the latest vintage of each shipped
thing must hold its figures. Texts may differ: the shipped ones are split by vintage.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from offtake.catalogue import (
    Fact,
    accelerators,
    build_costs,
    contracts,
    delays,
    demand,
    milestones,
    power,
    rental_prices,
    sites,
)
from offtake.catalogue.vintages import data_file
from tests.catalogue.test_derived import CHECKS

Raw = Mapping[str, str]


@pytest.fixture(scope="module")
def facts(shared: Path) -> Path:
    folder = shared / "facts"
    if not folder.is_dir():
        pytest.skip("the folder ../shared has no facts")
    return folder


def read(path: Path) -> list[Raw]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def same(fact: Fact, row: Raw, columns: Mapping[str, tuple[str, float]]) -> None:
    """Compare numbers: ours by name, with theirs and what one of theirs is in our unit."""
    for ours, (theirs, factor) in columns.items():
        held = getattr(fact, ours)
        wanted = row[theirs]
        assert (held is None) == (wanted == ""), (fact.key, ours)
        if held is not None:
            assert held == pytest.approx(float(wanted) * factor, rel=1e-12), (fact.key, ours)


def same_text(fact: Fact, row: Raw, columns: Mapping[str, str]) -> None:
    for ours, theirs in columns.items():
        assert str(getattr(fact, ours) or "") == row[theirs], (fact.key, ours)


def by_id(rows: Iterable[Fact]) -> dict[str, Fact]:
    return {row.key[0]: row for row in rows}


def test_sites(facts: Path) -> None:
    held = by_id(sites())
    rows = [row for row in read(facts / "sites.csv") if row["seen"] != "no"]
    assert held.keys() == {row["id"] for row in rows}
    for row in rows:
        fact = held[row["id"]]
        numbers = {
            "power_it_mw": ("mw_it", 1),
            "power_facility_mw": ("mw_facility", 1),
            "accelerators_count": ("count", 1),
            "capex_usd": ("capex_usd_b", 1e9),
            "latitude_degrees": ("lat", 1),
            "longitude_degrees": ("lon", 1),
        }
        same(fact, row, numbers)
        texts = ("country", "announced", "first_power", "full_power", "quality", "phase")
        same_text(fact, row, {"chain": "offtaker_chain", **{name: name for name in texts}})


def test_contracts(facts: Path) -> None:
    held = {row.id: row for row in contracts()}
    rows = [row for row in read(facts / "contracts.csv") if row["seen"] != "no"]
    assert held.keys() == {row["id"] for row in rows}
    for row in rows:
        fact = held[row["id"]]
        same(fact, row, {"amount_usd": ("amount_usd_b", 1e9), "term_years": ("term_years", 1)})
        same_text(fact, row, {name: name for name in ("buyer", "seller", "start", "end")})
        power_mw = fact.power_facility_mw or fact.power_unstated_mw
        assert (power_mw or 0) == pytest.approx(float(row["capacity_gw"] or 0) * 1e3)
        assert (fact.power_facility_mw is not None) == row["capacity_basis"].startswith("facility")
        if row["gpus"].isdigit():
            assert fact.accelerators_count == int(row["gpus"])


def test_accelerators(facts: Path) -> None:
    held = by_id(accelerators())
    rows = [row for row in read(facts / "hardware.csv") if row["seen"] != "no"]
    assert held.keys() == {row["id"] for row in rows}
    names = {
        **{f"{kind}_dense_tflops": f"{kind}_dense_tflops" for kind in ("bf16", "fp8", "fp4")},
        "memory_gb": "mem_gb",
        "memory_tb_per_s": "mem_tb_s",
        "tdp_watts": "chip_tdp_w",
        "scale_up_count": "scale_up_domain",
        "scale_up_gb_per_s": "scale_up_gb_s_per_accel",
        "power_it_kw": "it_kw_per_accel_allin",
        "price_low_usd": "price_usd_low",
        "price_high_usd": "price_usd_high",
    }
    for row in rows:
        same(held[row["id"]], row, {ours: (theirs, 1) for ours, theirs in names.items()})
        texts = ("vendor", "release", "interconnect", "price_basis", "quality")
        same_text(held[row["id"]], row, {name: name for name in texts})


def test_rental_prices(facts: Path) -> None:
    rows = read(facts / "rental_prices.csv")
    assert len(rows) == len(rental_prices())
    for fact, row in zip(rental_prices(), rows, strict=True):
        same(
            fact,
            row,
            {
                "price_usd_per_gpu_hour": ("usd_per_gpu_hour", 1),
                "low_usd_per_gpu_hour": ("low", 1),
                "high_usd_per_gpu_hour": ("high", 1),
            },
        )
        texts = {name: name for name in ("provider", "accelerator", "product", "quality")}
        same_text(fact, row, {"observed": "date", **texts})


def test_power(facts: Path) -> None:
    held = {row.zone: row for row in power()}
    rows = read(facts / "power_carbon.csv")
    assert held.keys() == {row["zone"] for row in rows}
    for row in rows:
        fact = held[row["zone"]]
        same(
            fact,
            row,
            {
                "carbon_g_per_kwh": ("avg_g_per_kwh", 1),
                "marginal_g_per_kwh": ("marginal_g_per_kwh", 1),
                "price_usd_per_mwh": ("industrial_usd_per_mwh", 1),
            },
        )
        assert (fact.hourly_zone or "") == row["hourly_file"].partition("_")[0]


def test_hourly_files_are_byte_for_byte_the_same(facts: Path) -> None:
    files = sorted((facts / "hourly").glob("*.csv.gz"))
    assert len(files) == 6
    for path in files:
        assert data_file(f"hourly/{path.name}").read_bytes() == path.read_bytes()


FACTORS = {
    "M USD/MW_IT": 1e6,
    "M USD/MW_IT/yr": 1e6,
    "B USD": 1e9,
    "B USD/yr": 1e9,
    "B USD/GW": 1e6,
    "%/yr": 0.01,
    "weeks": 7,
    "GW of 16 GW": 1e3,
    "GW": 1e3,
    "M": 1e6,
    "B": 1e9,
    "k H100e": 1e3,
    "M H100e": 1e6,
    "k USD": 1e3,
}
"""What one of their units is in ours, where it is not 1."""


def test_build_costs(facts: Path) -> None:
    rows = read(facts / "build_costs.csv")
    assert len(rows) == len(build_costs())
    for fact, row in zip(build_costs(), rows, strict=True):
        factor = FACTORS.get(row["unit"], 1)
        same(fact, row, {name: (name, factor) for name in ("value", "low", "high")})
        same_text(fact, row, {"scope": "scope", "quality": "quality"})
        first = row["parameter"].lower().split("_")[0]
        assert first in fact.parameter or first in ("total", "tco", "share", "fom"), fact.parameter


def test_demand(facts: Path) -> None:
    rows = read(facts / "demand.csv")
    assert len(rows) == len(demand())
    for fact, row in zip(demand(), rows, strict=True):
        same(fact, row, {"value": ("value", FACTORS.get(row["unit"], 1))})
        same_text(fact, row, {"entity": "entity", "quality": "quality", "source": "source"})
        assert str(fact.observed or "trend") == row["date"]


def test_delays(facts: Path) -> None:
    held = {row.key: row for row in delays()}
    rows = read(facts / "schedule_vintages.csv")
    assert held.keys() == {(row["site"], row["milestone"]) for row in rows}
    for row in rows:
        fact = held[row["site"], row["milestone"]]
        same(fact, row, {"slip_days": ("slip_days", 1), "power_facility_mw": ("mw_facility", 1)})
        same_text(fact, row, {name: name for name in ("kind", "first_date", "later_date")})
        assert fact.first_vintage.isoformat().startswith(row["first_vintage"][:7])
    assert len(milestones(history=True)) == 2 * len(rows) + 3


def test_every_check_is_made(facts: Path) -> None:
    printed = sorted(float(row["value"]) for row in read(facts / "derived_checks.csv"))
    assert sorted(expected for _, expected, _ in CHECKS.values()) == printed
