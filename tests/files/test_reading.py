"""Every kind of wrong value, in the words a planner is told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from offtake import files
from offtake.model import Accelerator, Contract
from offtake.units import Unit
from tests.files.texts import HEAD, NEXT, faults, phase, told

PHASES = {
    "an unknown unit": (
        "power_it_mw: 1.2 GWh",
        "OTK-F105 17 sites.narvik.phases.a.power_it_mw: wrong unit 'GWh': this field is in MW IT; "
        "got '1.2 GWh'; did you mean 'GW'?",
    ),
    "a unit in small letters": (
        "power_it_mw: 120 mw",
        "OTK-F105 17 sites.narvik.phases.a.power_it_mw: wrong unit 'mw': this field is in MW IT; "
        "got '120 mw'; did you mean 'MW'?",
    ),
    "power at the wrong side": (
        "power_mw: 120",
        "OTK-F101 17 sites.narvik.phases.a.power_mw: unknown field; got 'power_mw'; "
        "say power_it_mw (at the servers) or power_facility_mw (at the meter)",
    ),
    "a negative power": (
        "power_it_mw: -5",
        "OTK-F120 17 sites.narvik.phases.a.power_it_mw: must be at least 0 MW IT; got -5",
    ),
    "a negative power with its unit": (
        "power_it_mw: -5 GW",
        "OTK-F120 17 sites.narvik.phases.a.power_it_mw: must be at least 0 MW IT; got '-5 GW'",
    ),
    "no number at all": (
        "power_it_mw: lots",
        "OTK-F104 17 sites.narvik.phases.a.power_it_mw: a number in MW IT is wanted; got 'lots'",
    ),
    "a number in quotes": (
        "power_it_mw: '120'",
        "OTK-F104 17 sites.narvik.phases.a.power_it_mw: a number in MW IT is wanted, not text; "
        "got '120'; write 120 without quotes or separators",
    ),
    "a thousand's comma in quotes": (
        "power_it_mw: '1,200'",
        "OTK-F104 17 sites.narvik.phases.a.power_it_mw: a number in MW IT is wanted, not text; "
        "got '1,200'; write 1200 without quotes or separators",
    ),
    "true for a number": (
        "power_it_mw: true",
        "OTK-F104 17 sites.narvik.phases.a.power_it_mw: a number in MW IT is wanted; got true",
    ),
    "nothing": (
        "power_it_mw: ",
        "OTK-F102 17 sites.narvik.phases.a.power_it_mw: nothing is written behind it; "
        "`power_it_mw` is: Power at its servers when complete",
    ),
    "infinity": (
        "power_it_mw: .inf",
        "OTK-F120 17 sites.narvik.phases.a.power_it_mw: must be a finite number; got .inf",
    ),
    "beyond all numbers": (
        "power_it_mw: 1e999",
        "OTK-F120 17 sites.narvik.phases.a.power_it_mw: must be a finite number; got 1e999",
    ),
    "a list for a number": (
        "power_it_mw: [1, 2]",
        "OTK-F104 17 sites.narvik.phases.a.power_it_mw: a number in MW IT is wanted; "
        "got a list of 2",
    ),
    "half an accelerator": (
        "power_it_mw: 1, accelerator_count: 2.5",
        "OTK-F104 33 sites.narvik.phases.a.accelerator_count: a whole number is wanted; got 2.5",
    ),
    "no such day": (
        "power_it_mw: 1, first_power: 2026-02-30",
        "OTK-F106 33 sites.narvik.phases.a.first_power: there is no such day; got '2026-02-30'; "
        "February 2026 has 28 days",
    ),
    "no such month": (
        "power_it_mw: 1, first_power: 2026-13-01",
        "OTK-F106 33 sites.narvik.phases.a.first_power: there is no such day; got '2026-13-01'; "
        "a day is written year-month-day: 2026-05-23",
    ),
    "a day in words": (
        "power_it_mw: 1, first_power: 1 May 2026",
        "OTK-F106 33 sites.narvik.phases.a.first_power: a day is wanted; got '1 May 2026'; "
        "a day is written like 2026-05-23",
    ),
    "a day as a number": (
        "power_it_mw: 1, first_power: 20260501",
        "OTK-F106 33 sites.narvik.phases.a.first_power: a day is wanted; got 20260501; "
        "a day is written like 2026-05-23",
    ),
    "a day with a time": (
        "power_it_mw: 1, first_power: 2026-05-01T00:00:00Z",
        "OTK-F106 33 sites.narvik.phases.a.first_power: a day is wanted; "
        "got '2026-05-01T00:00:00Z'; a day is written like 2026-05-23",
    ),
    "another word": (
        "power_it_mw: 1, status: Letter of intent",
        "OTK-F108 33 sites.narvik.phases.a.status: none of the words this field knows; "
        "got 'Letter of intent'; did you mean 'letter-of-intent'?",
    ),
    "a word unlike all others": (
        "power_it_mw: 1, status: xyz",
        "OTK-F108 33 sites.narvik.phases.a.status: none of the words this field knows; got 'xyz'; "
        "known: construction, letter-of-intent, operating, paused, planned",
    ),
    "a number for text": (
        "power_it_mw: 1, note: 007",
        "OTK-F103 33 sites.narvik.phases.a.note: text is wanted; got 007; put it in quotes: '007'",
    ),
    "a comma in braces": (
        "power_it_mw: 1,200",
        "OTK-F101 32 sites.narvik.phases.a.200: unknown field; got '200'; "
        "a comma inside braces begins a new field: write 1200 or 1_200, not 1,200",
    ),
}


@pytest.mark.parametrize(("fields", "said"), PHASES.values(), ids=PHASES)
def test_a_wrong_value_is_told_with_its_place(fields: str, said: str) -> None:
    found = phase(fields)
    missing = [one for one in found if "the field is missing" in one]
    assert [one for one in found if one not in missing] == [said]
    assert len(missing) == ("power_mw" in fields)


OTHERS = {
    "a missing field": (
        "contracts: [{id: c, seller: lumen}]\n",
        f"OTK-F102 {NEXT}:13 contracts.c.buyer: the field is missing; `buyer` is: Party that pays",
    ),
    "yes for true": (
        "capital: {vehicles: [{party: lumen, ownership_share: 1, controlled: yes}]}\n",
        f"OTK-F109 {NEXT}:57 capital.vehicles.lumen.controlled: true or false is wanted; "
        "got 'yes'; write true",
    ),
    "1 for true": (
        "capital: {vehicles: [{party: lumen, ownership_share: 1, controlled: 1}]}\n",
        f"OTK-F109 {NEXT}:57 capital.vehicles.lumen.controlled: true or false is wanted; got 1",
    ),
    "a share as a percentage": (
        "limits: {any_seller_share: 85}\n",
        f"OTK-F120 {NEXT}:10 limits.any_seller_share: must be at most 1: a share runs from 0 to 1; "
        "got 85; is it 85 %? then write `85 %`",
    ),
    "a quarter with a month": (
        "limits: {shares_from: 2028-02}\n",
        f"OTK-F107 {NEXT}:10 limits.shares_from: a quarter is written like 2026Q3; got '2028-02'; "
        "did you mean '2028Q1'?",
    ),
    "a quarter the other way round": (
        "limits: {shares_from: q3 2028}\n",
        f"OTK-F107 {NEXT}:10 limits.shares_from: a quarter is written like 2026Q3; got 'q3 2028'; "
        "did you mean '2028Q3'?",
    ),
    "a fifth quarter": (
        "limits: {shares_from: 2028Q5}\n",
        f"OTK-F107 {NEXT}:10 limits.shares_from: a quarter is written like 2026Q3; got '2028Q5'",
    ),
    "a quarter of another age": (
        "limits: {shares_from: 1066Q4}\n",
        f"OTK-F107 {NEXT}:10 limits.shares_from: a quarter is written like 2026Q3; got '1066Q4'",
    ),
    "a wrong key": (
        "capital: {investment_limit_usd: {2026-08-01: 5}}\n",
        f"OTK-F107 {NEXT}:34 capital.investment_limit_usd.2026-08-01: a quarter is written like "
        "2026Q3; got '2026-08-01'; did you mean '2026Q3'?",
    ),
    "a list of one without brackets": (
        "uncertainty: {delays: construction}\n",
        f"OTK-F110 {NEXT}:15 uncertainty.delays: a list is wanted; got 'construction'; "
        "write [construction]",
    ),
    "a list without dashes": (
        "offers:\n  id: a\n  tenure: own\n",
        f"OTK-F110 {NEXT}:1 offers: a list is wanted; got a map with id, tenure; "
        "begin each entry of the list with '- '",
    ),
    "a dash too many": (
        "capital:\n  - discount_share_per_year: 0.1\n",
        f"OTK-F110 {NEXT}:1 capital: an entry with fields is wanted; got a list of 1; "
        "remove the '- ': there is one entry, not a list",
    ),
    "text for a map": (
        "limits: {vendor_share: most}\n",
        f"OTK-F110 {NEXT}:10 limits.vendor_share: a map is wanted; got 'most'",
    ),
    "a field of what is inside": (
        "uncertainty: {inference_per_root_year: 0.3}\n",
        f"OTK-F101 {NEXT}:15 uncertainty.inference_per_root_year: unknown field; "
        "got 'inference_per_root_year'; it belongs under `demand`: write "
        "`demand: {inference_per_root_year: …}`",
    ),
    "long text is cut": (
        f"limits: {{any_seller_share: {'x' * 90}}}\n",
        f"OTK-F104 {NEXT}:10 limits.any_seller_share: a number in share is wanted; "
        f"got '{'x' * 57}…'",
    ),
}


@pytest.mark.parametrize(("behind", "said"), OTHERS.values(), ids=OTHERS)
def test_a_wrong_entry_is_told_with_its_place(behind: str, said: str) -> None:
    assert [one for one in faults(behind) if not one.startswith("OTK-C")] == [said]


def test_names_are_looked_up_though_a_field_is_wrong() -> None:
    assert faults(
        "offers:\n"
        "  - {id: o, tenure: lease, seller: lumne, site: narvik, accelerator: GB300,\n"
        "     power_it_mw: -1, price: {}, chain: [lumen, lab]}\n"
    ) == [
        f"OTK-C210 {NEXT + 1}:28 offers.o.seller: there is no such party; got 'lumne'; "
        "did you mean 'lumen'?",
        f"OTK-C210 {NEXT + 1}:43 offers.o.site: there is no such site; got 'narvik'; "
        "there is none at all: add it",
        f"OTK-C210 {NEXT + 1}:57 offers.o.accelerator: there is no such accelerator; got 'GB300'; "
        "there is none at all: add it",
        f"OTK-F120 {NEXT + 2}:6 offers.o.power_it_mw: must be at least 0 MW IT; got -1",
        f"OTK-C210 {NEXT + 2}:49 offers.o.chain.1: there is no such party; got 'lab'; known: lumen",
    ]


def test_sound_files_are_not_checked_for_names() -> None:
    assert faults("uncertainty: {default_delay: nix}\n") == []


def test_an_entry_without_a_name_goes_by_its_number() -> None:
    assert faults("parties: []\n")[0].startswith("OTK-F010")
    assert faults("sites: [{name: a}]\n") == [
        f"OTK-F102 {NEXT}:9 sites.0.id: the field is missing; `id` is: Short name used everywhere "
        "else in the portfolio",
        f"OTK-F102 {NEXT}:9 sites.0.country: the field is missing; `country` is: ISO 3166 "
        "two-letter code; decides residency and sovereignty",
        f"OTK-F102 {NEXT}:9 sites.0.region: the field is missing; `region` is: Region of the "
        "latency map it lies in",
    ]


def test_no_message_speaks_of_the_validator() -> None:
    everything = "".join(fault for _, fault in (*PHASES.values(), *OTHERS.values()))
    for jargon in ("pydantic", "Input should", "dataclass", "NoneType", "dict", "keyword"):
        assert jargon not in everything


def read(behind: str) -> files.Document:
    path = Path("made-up.yaml")
    return files.open_document(path, {path: HEAD + behind})


def test_norway_is_a_country() -> None:
    portfolio = read("sites: [{id: a, name: A, country: no, region: NO}]\n").portfolio
    assert (portfolio.sites[0].country, portfolio.sites[0].region) == ("no", "NO")


def test_what_is_left_empty_is_a_default() -> None:
    portfolio = read("offers:\ncapital:\nlimits:\n  seller_share:\nsites: ~\n").portfolio
    assert portfolio == read("").portfolio


def test_prices_keep_every_digit() -> None:
    contract = (
        "contracts: [{id: c, seller: a, buyer: b, rates: [{id: r, basis: kwh,"
        " price: 0.12345678901234567890123}, {id: s, basis: kwh, price: 1_000.50},"
        " {id: t, basis: kwh, price: 3}, {id: u, basis: flat-once, price: 1.10,"
        " escalator: {step_share: -0.3}}], commitments: [{level_share: 85 %}]}]\n"
    )
    (made,) = read(contract).portfolio.contracts
    assert isinstance(made, Contract)
    assert [str(rate.price) for rate in made.rates] == [
        "0.12345678901234567890123",
        "1000.50",
        "3",
        "1.10",
    ]
    assert made.rates[3].escalator is not None
    assert made.rates[3].escalator.step_share == Decimal("-0.3")
    assert made.commitments[0].level_share == Decimal("0.85")


def test_units_are_understood() -> None:
    kinds = (
        "accelerators: [{id: A, vendor: lumen, power_it_kw: 1400 W,"
        " throughput_ratio: {training: 2}, price_usd: 0.05 M USD,"
        " memory_gb: 0.3 TB, price_share_per_year: -15e-2}]\n"
    )
    (made,) = read(kinds).portfolio.accelerators
    assert isinstance(made, Accelerator)
    assert made.power_it_kw == 1.4
    assert made.price_usd == 50_000
    assert made.memory_gb == 300
    assert made.price_share_per_year == -0.15


def test_a_unit_lists_what_may_be_written() -> None:
    assert Unit("MW", ()).symbols == ("W", "kW", "MW", "GW")
    assert Unit("g/kWh", ()).symbols == ("g/kWh",)


def test_one_fault_a_place() -> None:
    said = told(HEAD.replace("2026-05-23", "yesterday").replace("2026Q3", "soon"))
    assert said == [
        "OTK-F106 3:1 as_of: a day is wanted; got 'yesterday'; a day is written like 2026-05-23",
        "OTK-F107 5:11 horizon.first: a quarter is written like 2026Q3; got 'soon'",
    ]
