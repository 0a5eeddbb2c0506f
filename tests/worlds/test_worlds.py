"""Every world can be read, is sound, says what it assumes, and knows nothing too early."""

from __future__ import annotations

import re
from datetime import date

import pytest

from offtake import checks, plan
from offtake.catalogue import profiles
from offtake.model import Portfolio, Provenance, Quality, Tenure
from offtake.model.uncertainty import PriceProcess
from offtake.model.value import Value
from tests.worlds.worlds import NAMES, WORLDS, entries, world

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

EXPECTED = {
    "three-sites": set(),
    # The links of a chain differ on purpose, and one piece of land has several offers.
    "stargate": {"OTK-C233", "OTK-C235", "OTK-C269"},
    "norway-chain": {"OTK-C233", "OTK-C235"},
    "june-chain": {"OTK-C233", "OTK-C235"},
    "ring-fence": set(),
}
"""Codes of the warnings each world gives, and why they stay."""

every_world = pytest.mark.parametrize("name", NAMES)


@every_world
def test_the_worlds_named_here_are_those_there_are(name: str) -> None:
    assert {path.parent.name for path in WORLDS.glob("*/portfolio.yaml")} == set(NAMES)
    assert world(name).name == name


@every_world
def test_the_first_key_says_what_the_file_is(name: str) -> None:
    lines = (WORLDS / name / "portfolio.yaml").read_text().splitlines()
    keys = [line for line in lines if line and not line.startswith("#")]
    assert keys[0].split("#")[0].strip() == "offtake: portfolio/1"
    assert "Change first" in (WORLDS / name / "README.md").read_text()


@every_world
def test_no_check_finds_what_is_not_meant(name: str) -> None:
    found = checks.run(world(name))
    assert [str(f) for f in found if f.level is checks.Level.ERROR] == []
    assert {f.fault.code for f in found} == EXPECTED[name]


def provenances(name: str) -> list[tuple[str, object, Provenance]]:
    found = [(path, e, getattr(e, "provenance", None)) for path, e in entries(world(name))]
    return [(path, e, p) for path, e, p in found if isinstance(p, Provenance)]


@every_world
def test_an_assumption_names_a_field_that_says_something(name: str) -> None:
    for path, entry, provenance in provenances(name):
        for field, reason in provenance.assumptions.items():
            assert hasattr(entry, field), f"{path}.{field}"
            assert getattr(entry, field) not in (None, (), ""), f"{path}.{field}"
            assert len(reason.split()) >= 1, f"{path}.{field}"


@every_world
def test_what_is_assumed_has_a_reason_and_what_is_not_has_a_source(name: str) -> None:
    for path, _, provenance in provenances(name):
        if provenance.quality is Quality.ASSUMED:
            assert provenance.assumptions, path
        else:
            assert provenance.source, path


@every_world
def test_every_entry_with_numbers_says_where_they_come_from(name: str) -> None:
    portfolio = world(name)
    held: dict[str, tuple[Value, ...]] = {
        "sites": portfolio.sites,
        "accelerators": portfolio.accelerators,
        "contracts": portfolio.contracts,
        "offers": portfolio.offers,
        "regions": portfolio.regions,
        "inference": portfolio.demand.inference,
        "training": portfolio.demand.training,
        "delays": portfolio.uncertainty.delays,
        "scenarios": portfolio.uncertainty.scenarios,
        "vehicles": portfolio.capital.vehicles,
        "phases": tuple(phase for site in portfolio.sites for phase in site.phases),
        "supplies": tuple(supply for site in portfolio.sites for supply in site.any_supplies),
        "options": tuple(option for site in portfolio.sites for option in site.power_options),
        "purchases": tuple(bought for site in portfolio.sites for bought in site.purchases),
        "profiles": portfolio.profiles,
        "processes": (
            portfolio.uncertainty.demand,
            portfolio.uncertainty.rental_price,
            *(b for b in (portfolio.uncertainty.spot_basis,) if b != PriceProcess()),
            portfolio.uncertainty.electricity_price,
            portfolio.capital,
            portfolio.limits,
        ),
    }
    for kind, group in held.items():
        for entry in group:
            assert getattr(entry, "provenance", None), (kind, getattr(entry, "id", entry))


def test_profiles_are_those_the_catalogue_makes() -> None:
    held = world("three-sites").profiles
    made = profiles(
        "ERCO", solar_factor_share=0.242, wind_factor_share=0.353, days=3, utc_offset_hours=-6
    )
    assert [p.id for p in held] == [p.id for p in made]
    for ours, theirs in zip(held, made, strict=True):
        assert ours.hourly_ratio == theirs.hourly_ratio, ours.id


@every_world
def test_carbon_is_counted_on_one_basis(name: str) -> None:
    portfolio = world(name)
    basis = portfolio.carbon_basis
    assert basis is not None
    for site in portfolio.sites:
        assert all(supply.carbon(basis) is not None for supply in site.any_supplies), site.id


@every_world
def test_no_price_is_given_without_saying_whose_it_is(name: str) -> None:
    for offer in world(name).offers:
        assert offer.provenance is not None
        built = offer.tenure is Tenure.OWN and offer.provenance.source
        assert built or "price" in offer.provenance.assumptions, offer.id
        assert "power_it_mw" in offer.provenance.assumptions, offer.id
    for contract in world(name).contracts:
        assert contract.provenance is not None
        assert "rates" in contract.provenance.assumptions, contract.id


def told(text: str) -> list[date]:
    """Days a text names, each as early as its words allow."""
    exact = [date.fromisoformat(d) for d in re.findall(r"\b\d{4}-\d\d-\d\d\b", text)]
    months = re.findall(r"\b(?:(\d{1,2}) )?(" + "|".join(MONTHS) + r") (\d{4})\b", text)
    named = [date(int(y), MONTHS.index(m) + 1, int(d or 1)) for d, m, y in months]
    return [*exact, *named]


@every_world
def test_nothing_was_known_too_early(name: str) -> None:
    portfolio = world(name)
    late: list[str] = []
    for path, entry, provenance in provenances(name):
        days = [*told(provenance.source), provenance.as_of or date.min]
        late += [f"{path}: source of {day}" for day in days if day > portfolio.as_of]
        announced = getattr(entry, "announced", None)
        late += [f"{path}: announced"] if announced and announced > portfolio.as_of else []
    for contract in portfolio.contracts:
        assert contract.signed is not None, contract.id
        happened = [contract.signed, *(t.accepted for t in contract.tranches if t.accepted)]
        late += [contract.id for day in happened if day > portfolio.as_of]
    assert late == []


def test_days_are_found_in_a_source() -> None:
    text = "CNBC, 15 April 2026; vintage 2025-12-14; Morgan Stanley, May 2026; plans for 2030"
    assert told(text) == [date(2025, 12, 14), date(2026, 4, 15), date(2026, 5, 1)]


@every_world
def test_epochs_data_carries_its_licence(name: str) -> None:
    for path, _, provenance in provenances(name):
        if "Epoch AI, " in provenance.source:
            assert "CC BY 4.0" in provenance.source, path
    assert "Epoch AI, CC BY 4.0" in (WORLDS / name / "README.md").read_text()


@every_world
def test_work_is_counted_by_one_convention(name: str) -> None:
    for accelerator in world(name).accelerators:
        assert accelerator.fp8_dense_tflops
        assert accelerator.memory_tb_per_s
        counted = 0.6 if accelerator.id == "VR200" else 1.0
        training = counted * accelerator.fp8_dense_tflops / 1979
        inference = (training * accelerator.memory_tb_per_s / 3.35) ** 0.5
        ratio = {w.value: r for w, r in accelerator.throughput_ratio.items()}
        assert ratio.get("training", training) == pytest.approx(training, rel=1e-3)
        assert ratio["inference"] == pytest.approx(inference, rel=1e-3)


@every_world
def test_norway_stays_norway(name: str) -> None:
    assert {s.country for s in world(name).sites if s.grid_zone == "NO4"} == {"NO"}


@pytest.mark.parametrize("name", ["three-sites", "norway-chain"])
def test_a_small_world_plans_to_something_sensible(name: str) -> None:
    made = plan(world(name))
    assert made.gap_share <= 0.005
    assert made.npv.mean_usd > 0
    assert made.unserved_share < 0.3
    first = made.by_period[0]
    assert first.served_h100e > 0.9 * first.demand.mean_h100e
    assert {s.offer for s in made.signed}


def tenures(portfolio: Portfolio) -> set[Tenure]:
    return {offer.tenure for offer in portfolio.offers}


def test_three_sites_shows_every_way_to_hold_capacity_that_is_signed_ahead() -> None:
    assert tenures(world("three-sites")) == {Tenure.OWN, Tenure.LEASE, Tenure.RESERVE, Tenure.RENT}
    made = plan(world("three-sites"))
    assert {s.tenure for s in made.signed} == tenures(world("three-sites"))


def test_stargate_offers_every_tenure() -> None:
    assert tenures(world("stargate")) == set(Tenure)
