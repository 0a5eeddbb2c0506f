"""Laws of the shipped rows."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from offtake.catalogue import (
    QUALITIES,
    TABLES,
    BuildCost,
    Contract,
    Demand,
    Fact,
    Site,
    accelerators,
    columns_of,
    contracts,
    milestones,
    power,
    rental_prices,
    sites,
    table,
)
from offtake.catalogue.figures import ENDINGS
from offtake.catalogue.grid import HourlyFile

READ_ON = date(2026, 11, 22)
STORED = [name for name in TABLES if name != "delays"]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def every(name: str) -> tuple[Fact, ...]:
    return table(name, history=True)


def dates_in(text: str) -> list[date]:
    """The first day of everything in a text that looks like a date of day or month."""
    days = [date.fromisoformat(found) for found in re.findall(r"\d{4}-\d{2}-\d{2}", text)]
    named = re.findall(rf"\b({'|'.join(MONTHS)})(?:uary|ust|ober)? (20\d\d)", text)
    return [*days, *(date(int(year), MONTHS.index(month) + 1, 1) for month, year in named)]


@pytest.mark.parametrize(
    ("name", "count", "vintages"),
    [
        ("sites", 30, 53),
        ("contracts", 22, 29),
        ("accelerators", 18, 18),
        ("rental_prices", 57, 57),
        ("power", 21, 21),
        ("build_costs", 68, 68),
        ("milestones", 33, 67),
        ("demand", 45, 45),
        ("hourly", 6, 6),
        ("overruns", 3, 3),
    ],
)
def test_every_row_is_there(name: str, count: int, vintages: int) -> None:
    assert (len(table(name)), len(every(name))) == (count, vintages)


@pytest.mark.parametrize("name", STORED)
def test_every_row_has_source_quality_and_a_day(name: str) -> None:
    for row in every(name):
        assert row.source.strip()
        assert row.quality in QUALITIES
        assert row.known_from <= READ_ON
        assert row.known_from_basis


@pytest.mark.parametrize("name", STORED)
def test_every_part_has_its_day_exactly_when_it_has_a_value(name: str) -> None:
    for row in every(name):
        for dated, columns in row.PARTS.items():
            since = getattr(row, dated)
            held = [column for column in columns if getattr(row, column) is not None]
            assert (since is not None) == bool(held), (row.key, dated)
            assert since is None or since <= READ_ON


@pytest.mark.parametrize("name", STORED)
def test_keys_are_unique(name: str) -> None:
    counted = Counter((row.key, row.known_from) for row in every(name))
    assert max(counted.values()) == 1


@pytest.mark.parametrize("name", STORED)
def test_rows_of_unknown_date_take_the_day_they_were_read_and_say_so(name: str) -> None:
    for row in every(name):
        if row.known_from == READ_ON:
            assert "day the facts were read" in row.known_from_basis


@pytest.mark.parametrize("kind", TABLES.values(), ids=list(TABLES))
def test_every_number_ends_in_its_unit(kind: type[Fact]) -> None:
    for name, unit in columns_of(kind).items():
        if unit is not None:
            assert any(name.endswith(suffix) for suffix in unit.suffixes), name
    bare = [name for name, unit in columns_of(kind).items() if unit is None]
    for row in every(kind.TABLE):
        for name in bare:
            number = isinstance(getattr(row, name), (int, float))
            assert not number or (kind is HourlyFile and name == "year")


@pytest.mark.parametrize("name", ["build_costs", "demand"])
def test_every_figure_is_named_after_its_unit(name: str) -> None:
    for row in every(name):
        assert isinstance(row, BuildCost | Demand)
        label = row.parameter if isinstance(row, BuildCost) else row.metric
        assert label.endswith(ENDINGS[row.unit]), label
        if isinstance(row, BuildCost) and row.low is not None and row.high is not None:
            assert row.low <= row.value <= row.high


def test_nothing_that_was_only_recalled_is_there() -> None:
    held = {row.key[0] for name in STORED for row in every(name)}
    assert held.isdisjoint({"broadcom-10", "MI455X", "WSE-3"})


@pytest.mark.parametrize("name", ["sites", "contracts", "milestones", "rental_prices", "demand"])
def test_no_row_speaks_of_a_later_day(name: str) -> None:
    for row in every(name):
        said = " ".join([row.source, row.remark or "", str(getattr(row, "structure", ""))])
        late = [day for day in dates_in(said) if day > row.known_from]
        # A contract may name a day that lies ahead, such as the end of a loan.
        assert not [day for day in late if day < date(2027, 1, 1)], (row.key, said)


def test_no_status_is_told_before_it_was_known() -> None:
    rows: list[Site | Contract] = [*sites(history=True), *contracts(history=True)]
    for row in rows:
        if row.status is not None:
            assert row.status_known_from is not None
            assert row.status_known_from >= row.known_from or row.known_from == READ_ON


def test_what_was_partly_recalled_says_so() -> None:
    recalled = {row.key[0] for row in sites() if "recalled" in (row.remark or "")}
    assert recalled == set(
        "abilene-1 abilene-2 abilene-3 donaana saline portwash uae-1 uae-2 cobalt loughton denton "
        "fairwater-wi lakemariner".split()
    )
    assert {row.id for row in accelerators() if "recalled" in (row.remark or "")} == set(
        "VR200 MI300X MI325X MI355X TPUv5p TPUv6e TPUv7 Trainium2 Trainium3 Maia100 Maia200".split()
    )
    assert {row.id for row in contracts() if "recalled" in (row.remark or "")} == set(
        "azure-250 aws-38 coreweave-22 nvidia-loi meta-nebius anthropic-azure meta-hyperion-spv "
        "vantage-loan stargate-llc".split()
    )


def test_names_of_other_tables_are_in_them() -> None:
    zones = {row.zone for row in power()}
    hourly = {row.key[0] for row in table("hourly")}
    for site in sites(history=True):
        assert site.power_zone in zones
        assert site.onsite_zone is None or site.onsite_zone in zones
    for zone in power():
        assert zone.hourly_zone is None or zone.hourly_zone in hourly
    phases = {site.id for site in sites()}
    for milestone in milestones(history=True):
        assert milestone.phase is None or milestone.phase in phases


def test_prices_lie_in_their_ranges() -> None:
    for price in rental_prices():
        low = price.low_usd_per_gpu_hour or price.price_usd_per_gpu_hour
        high = price.high_usd_per_gpu_hour or price.price_usd_per_gpu_hour
        assert low <= price.price_usd_per_gpu_hour <= high
    lists = {price.provider for price in rental_prices(product="on-demand list")}
    assert lists == {"Oracle OCI"}
