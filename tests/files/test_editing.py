"""One value changed where it stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from offtake import files
from offtake.errors import OfftakeError
from offtake.units import it_mw

WORLD = Path(__file__).resolve().parents[2] / "worlds" / "three-sites"


@pytest.fixture
def world(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WORLD, tmp_path / "world"))


def cut(diff: str) -> list[str]:
    return [
        line
        for line in diff.splitlines()
        if line[:1] in "+-" and not line.startswith(("+++", "---"))
    ]


CASES = {
    "a number with its unit, in an included file": (
        {"offers.mesa-own.power_it_mw": "0.08 GW"},
        ["-    power_it_mw: 60", "+    power_it_mw: 0.08 GW"],
    ),
    "by index": (
        {"offers.0.power_it_mw": "80"},
        ["-    power_it_mw: 60", "+    power_it_mw: 80"],
    ),
    "with a comment behind it": (
        {"as_of": "2026-05-24"},
        [
            "-as_of: 2026-05-23           # the day whose knowledge this is; nothing in here is "
            "younger",
            "+as_of: 2026-05-24           # the day whose knowledge this is; nothing in here is "
            "younger",
        ],
    ),
    "inside braces": (
        {"horizon.last": "2029Q4"},
        ["-horizon: {first: 2026Q3, last: 2028Q4}", "+horizon: {first: 2026Q3, last: 2029Q4}"],
    ),
    "text over many lines": (
        {"about": "Mine."},
        [
            "-about: >-",
            "-  A small lab with one lease chain in Norway that wants more: build in Texas, "
            "lease on",
            "-  both sides of the Atlantic, reserve or rent in Virginia. Everybody in it is made "
            "up.",
            "+about: Mine.",
        ],
    ),
    "a map's key": (
        {"capital.investment_limit_usd.2026Q4": "1 B USD"},
        ["-    2026Q4: 500 M USD", "+    2026Q4: 1 B USD"],
    ),
    "a new field goes where the model has it": (
        {"offers.fjell-lease.availability_share": "98 %"},
        ["+    availability_share: 98 %"],
    ),
    "a new field inside braces": (
        {"contracts.fjell-lab.tranches.t2.ramp_quarters": "1"},
        None,
    ),
    "a new entry with a field": (
        {"parties.lumen.provenance.source": "'x: y'"},
        ['+    provenance: {source: "x: y"}'],
    ),
    "a key that holds a dot": (
        {"offers.mesa-own.provenance.assumptions.price.quarter": "made up"},
        ["+        price.quarter: made up"],
    ),
    "a list": (
        {"offers.mesa-lease.chain": "[bluegrid, lumen]"},
        [
            "-    chain: [mesa-power, bluegrid, lumen]",
            "+    chain: [bluegrid, lumen]",
        ],
    ),
    "an item of a list": (
        {"offers.mesa-lease.chain.1": "nordic-compute"},
        [
            "-    chain: [mesa-power, bluegrid, lumen]",
            "+    chain: [mesa-power, nordic-compute, lumen]",
        ],
    ),
    "taken out": (
        {"offers.fjell-lease.last_signing": None},
        ["-    last_signing: 2027Q4"],
    ),
    "an entry taken out": (
        {"uncertainty.delays.none": None, "offers.harbor-rent.delay": None}
        | {"offers.harbor-reserve.delay": None},
        None,
    ),
    "a shared value, written out where it differs": (
        {"regions.us-east.provenance.source": "me"},
        None,
    ),
    "several at once, in several files": (
        {"lab": "bluegrid", "offers.mesa-own.block_it_mw": "null", "sites.fjell.country": "SE"},
        None,
    ),
}


@pytest.mark.parametrize(("values", "lines"), CASES.values(), ids=CASES)
def test_an_edit_changes_its_line_and_nothing_else(
    world: Path, values: dict[str, str | None], lines: list[str] | None
) -> None:
    before = {path: path.read_text() for path in world.glob("*.yaml")}
    preview = files.edit(world, values, dry_run=True)
    assert {path: path.read_text() for path in world.glob("*.yaml")} == before
    diff = files.edit(world, values)
    assert diff == preview
    if lines is not None:
        assert cut(diff) == lines
    assert len(cut(diff)) <= 12
    after = {path: path.read_text() for path in world.glob("*.yaml")}
    assert after != before
    for path, text in before.items():
        kept = [line for line in text.splitlines() if "#" in line]
        lost = [line for line in kept if line not in after[path].splitlines()]
        assert [line for line in lost if f"-{line}" not in cut(diff)] == []


def test_an_edit_is_what_a_reader_then_finds(world: Path) -> None:
    files.edit(
        world,
        {
            "offers.mesa-own.power_it_mw": "1.2 GW",
            "regions.us-east.provenance.source": "me",
            "contracts.fjell-lab.tranches.t2.due": "2027-01-31",
        },
    )
    portfolio = files.read(world)
    assert portfolio.offers[0].power_it_mw == it_mw(1200)
    assert portfolio.regions[1].provenance is not None
    assert portfolio.regions[1].provenance.source == "me"
    assert portfolio.regions[2].provenance is not None
    assert portfolio.regions[2].provenance.source == ""
    assert str(portfolio.contracts[1].tranches[1].due) == "2027-01-31"


REFUSED = {
    "a value that does not fit": (
        {"offers.mesa-own.power_it_mw": "80 MWh", "horizon.first": "soon"},
        [
            "OTK-F105 offers.yaml:… offers.mesa-own.power_it_mw: wrong unit 'MWh': this field is "
            "in MW IT; got '80 MWh'; did you mean 'MW'?",
            "OTK-F107 portfolio.yaml:… horizon.first: a quarter is written like 2026Q3; got 'soon'",
        ],
    ),
    "an entry that does not exist": (
        {"offers.mesa-onw.power_it_mw": "80"},
        [
            "OTK-F042 offers.yaml:… offers.mesa-onw.power_it_mw: there is no 'mesa-onw' to "
            "change; did you mean 'mesa-own'?"
        ],
    ),
    "a field that does not exist": (
        {"offers.mesa-own.power_mw": "80"},
        [
            "OTK-F042 offers.yaml:… offers.mesa-own.power_mw: there is no 'power_mw' to change; "
            "say power_it_mw (at the servers)"
        ],
    ),
    "a field of a value": (
        {"lab.name": "80"},
        ["OTK-F042 portfolio.yaml:… lab.name: there is no 'name' to change"],
    ),
    "the header": (
        {"offtake": "portfolio/2"},
        [
            "OTK-F042 portfolio.yaml:… offtake: there is no 'offtake' to change; change it in "
            "the file itself"
        ],
    ),
    "a required field taken out": (
        {"offers.mesa-own.seller": None},
        [
            "OTK-F102 offers.yaml:… offers.mesa-own.seller: the field is missing; `seller` is: "
            "Party that provides it; for own capacity the party that builds and owns it"
        ],
    ),
    "no value at all": (
        {"lab": "[a"},
        [
            "OTK-F008 lab: not YAML: a list or map in brackets is not closed, or a comma is "
            "missing; got '[a'"
        ],
    ),
    "two lines": (
        {"lab": "a\nname: b"},
        None,
    ),
}


@pytest.mark.parametrize(("values", "said"), REFUSED.values(), ids=REFUSED)
def test_what_would_not_be_sound_is_not_written(
    world: Path, values: dict[str, str | None], said: list[str] | None
) -> None:
    before = {path: path.read_text() for path in world.glob("*.yaml")}
    with pytest.raises(OfftakeError) as caught:
        files.edit(world, values)
    assert {path: path.read_text() for path in world.glob("*.yaml")} == before
    if said is not None:
        found = [str(fault).replace(f"{world}/", "") for fault in caught.value.faults]
        assert [_without_numbers(one) for one in found] == said


def _without_numbers(fault: str) -> str:
    code, place, *rest = fault.split(" ")
    name, line, _ = f"{place}::".split(":", 2)
    return " ".join([code, f"{name}:…" if line else place, *rest])


def test_nothing_to_do(world: Path) -> None:
    assert files.edit(world, {}) == ""
    assert files.edit(world, {"lab": "lumen"}) == ""
