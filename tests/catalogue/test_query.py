from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.catalogue import (
    TABLES,
    accelerator,
    accelerators,
    build_cost,
    contract,
    milestones,
    power_zone,
    rental_prices,
    site,
    sites,
    table,
)
from offtake.errors import Exit, OfftakeError
from offtake.units import it_mw

DECEMBER = date(2025, 12, 14)
MAY = date(2026, 5, 23)
OCTOBER = date(2026, 10, 5)
DAYS = st.dates(date(2020, 1, 1), date(2027, 12, 31))


@given(DAYS, st.sampled_from(list(TABLES)), st.booleans())
def test_no_question_sees_what_became_known_later(day: date, name: str, history: bool) -> None:
    for row in table(name, day, history=history):
        assert row.known_from <= day
        for dated, columns in row.PARTS.items():
            since = getattr(row, dated)
            assert since is None or since <= day
            if since is None:
                assert all(getattr(row, column) is None for column in columns)


@given(DAYS, DAYS, st.sampled_from(list(TABLES)))
def test_knowledge_only_grows(one: date, other: date, name: str) -> None:
    earlier, later = sorted((one, other))
    before = {row.key: row.known_from for row in table(name, earlier)}
    after = {row.key: row.known_from for row in table(name, later)}
    assert before.keys() <= after.keys()
    assert all(known <= after[key] for key, known in before.items())


@given(DAYS, st.sampled_from([name for name in TABLES if name != "delays"]))
def test_each_key_has_the_last_row_known_by_then(day: date, name: str) -> None:
    last: dict[tuple[str, ...], date] = {}
    for row in table(name, history=True):
        if row.known_from <= day:
            last[row.key] = max(row.known_from, last.get(row.key, row.known_from))
    assert {row.key: row.known_from for row in table(name, day)} == last


def test_without_a_day_all_is_known() -> None:
    for name in TABLES:
        assert table(name) == table(name, date(2026, 11, 22))


def test_a_moment_counts_with_its_day() -> None:
    assert sites(datetime(2026, 5, 23, 8, tzinfo=UTC)) == sites(MAY)


def expected(site: str, milestone: str, day: date) -> str | None:
    held = {row.key: row.expected.text for row in milestones(day)}
    return held.get((site, milestone))


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2025, 8, 18), None),
        (date(2025, 8, 19), "2026-H2"),
        (DECEMBER, "2026-H2"),
        (MAY, "2027-01-01"),
        (date(2026, 10, 4), "2027-01-01"),
        (OCTOBER, "2027-08-15"),
    ],
)
def test_shackelford_is_seen_as_it_was_seen_then(day: date, text: str | None) -> None:
    assert expected("shackelford", "bldg 1", day) == text
    first = {row.id: row.first_power for row in sites(day)}.get("shackelford")
    assert (first and first.text) == text


def test_earlier_values_are_given_for_earlier_days() -> None:
    assert expected("lordstown", "operational", MAY) == "2026"
    assert expected("lordstown", "operational", OCTOBER) == "2027-03-01"
    assert str(site("lordstown", MAY).full_power) == "2026"
    assert site("donaana", MAY).power_it_mw == it_mw(1578)
    assert site("donaana", OCTOBER).power_it_mw == it_mw(1750)
    assert [contract("coreweave-22", day).amount_usd for day in (date(2025, 3, 10), MAY)] == [
        11.9e9,
        22.4e9,
    ]
    assert [site("colossus-1", day).chain for day in (MAY, OCTOBER)] == [
        "SpaceXAI > self",
        "SpaceXAI > Anthropic",
    ]


@pytest.mark.parametrize("day", [DECEMBER, date(2026, 4, 30), MAY, OCTOBER])
def test_sites_and_milestones_of_one_vintage_agree(day: date) -> None:
    ends = {
        "abilene-1": ("bldg 1", "bldg 2"),
        "abilene-2": ("bldg 3-4", "bldg 3-4"),
        "abilene-3": ("bldg 5-8", "bldg 5-8"),
        "abilene-exp": ("bldg 1", "bldg 2"),
        "shackelford": ("bldg 1", "10 bldg"),
        "uae-1": ("200 MW", "200 MW"),
        "uae-2": (None, "1 GW"),
        "hyperion": ("phase 1", "phase 1"),
        "fairwater-ga": (None, "bldg 3-4"),
        "fairwater-wi": ("bldg 1", None),
        "lakemariner": (None, "CB5"),
        "lordstown": ("operational", "operational"),
    }
    seen = {(row.phase, row.milestone): row for row in milestones(day)}
    for row in sites(day):
        for name, when in zip(
            ends.get(row.id, ()), (row.first_power, row.full_power), strict=False
        ):
            there = seen.get((row.id, name or ""))
            if there is not None:
                assert when == there.expected, (row.id, name)


def test_later_parts_are_taken_out_of_a_row() -> None:
    early = accelerator("GB200", date(2025, 12, 31))
    assert early.bf16_dense_tflops == 2500
    assert (early.power_it_kw, early.power_quality, early.price_low_usd) == (None, None, None)
    assert accelerator("GB200", MAY).power_it_kw == 2.09
    assert accelerator("GB200").price_high_usd == 47_000
    assert power_zone("ERCOT", MAY).marginal_g_per_kwh is None
    assert power_zone("ERCOT", MAY).price_usd_per_mwh == 66.0
    assert site("saline", MAY).status is None
    assert site("saline").status == "groundwork"


def test_filters_narrow_the_rows() -> None:
    found = rental_prices(MAY, accelerator="H100", product="spot")
    assert [(row.provider, row.price_usd_per_gpu_hour) for row in found] == [("Nebius", 1.25)]
    assert {row.quality for row in table("power", quality="assumed")} == {"assumed"}
    assert rental_prices(provider="nobody") == ()
    assert "VR200" not in {row.id for row in accelerators(DECEMBER)}


def test_one_thing_by_its_name() -> None:
    assert build_cost("it_capex_usd_per_it_mw").value == 26.11e6
    assert power_zone("NO4").country == "NO"


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda: table("site"), "OTK-K201: no such table; got 'site'; did you mean 'sites'"),
        (
            lambda: table("sites", quality="repoted"),
            "OTK-K202: no such quality; got 'repoted'; did you mean 'reported'?",
        ),
        (
            lambda: site("shackleford"),
            "OTK-K203: not among the sites known on that day; got 'shackleford'; did you mean",
        ),
        (
            lambda: site("abilene-1", date(2019, 1, 1)),
            "OTK-K203: nothing was known then; got 'abilene-1'",
        ),
        (lambda: accelerator("VR200", DECEMBER), "OTK-K203: not among the accelerators known"),
    ],
)
def test_a_wrong_name_is_told(ask: Callable[[], object], text: str) -> None:
    with pytest.raises(OfftakeError) as raised:
        ask()
    assert str(raised.value).startswith(text)
    assert raised.value.exit is Exit.USAGE
