"""Out again: what is written reads back equal, and what is there stays as it was."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offtake import files
from offtake.errors import OfftakeError
from offtake.files.change import changed_texts
from offtake.files.splice import Uncuttable
from offtake.files.writing import canonical_text, said_with
from offtake.model import Capital, Limits, Party, Portfolio, Quarter, Role
from offtake.model.canonical import sha256
from offtake.units import it_mw
from tests.files.texts import HEAD
from tests.strategies import changes, portfolios

QUICK = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
WORLD = Path(__file__).resolve().parents[2] / "worlds" / "three-sites"

AWKWARD = {
    "portfolio.yaml": """\
# top
offtake: portfolio/1
include: [more.yaml]
name: &n awkward      # the name
"as_of": '2026-05-23'
lab: lumen
about: |
  two
  lines

horizon: {first: 2026Q3, last: 2028Q4,}
parties:
- {id: lumen, name: Lumen, roles: [lab, vendor]}
-   id: b
    name: *n
    roles:
    - operator   # why
    - vendor
    provenance: &p
      quality: assumed
      # inside
      assumptions: &a {name: made up}
-   id: c
    name: "C"
    provenance: *p
- id: d
  name: D
  provenance: {assumptions: *a}
offers:
  - &first
    id: o1
    tenure: lease
    seller: b
    site: s
    accelerator: GB300
    power_it_mw: 1.2 GW   # big
    price: &price
      usd_per_gpu_hour: 2.5

      take_or_pay_share: 90 %
  - <<: *first
    id: o2
    price:
      <<: *price
      usd_per_gpu_hour: 3
  - {<<: *first, id: o3, block_it_mw: 10}
capital:
  investment_limit_usd: {2026Q3: 1 B USD, 2026Q4: 2_000_000, # note
     2027Q1: 5}
demand:
  inference:
    - id: i
      region: r
      latency_ms: 5
      median_h100e:
        2026Q3: 5

        2028Q4: 6
      revenue_usd_per_h100e_hour: {2026Q3: 5, 2028Q4: 5}
      countries: [NO, SE]
# end
""",
    "more.yaml": """\
parties:
  # first
  - id: e
    name: >-
      folded
      name
    country: NO
  # last

sites:
  - id: s
    name: S
    country: NO
    region: r
    phases: [{id: p, power_it_mw: 5}, {id: q, power_it_mw: 6}]
    supplies:
    - kind: grid
      energy_share: 1
      price_usd_per_mwh: 5
      carbon_g_per_kwh: 5
regions: [{id: r}]

demand: {training: [{id: j, size_h100e_hours: 5, earliest: 2026Q3, deadline: 2027Q4,
  block_it_mw: 3, value_usd_per_h100e_hour: 2}]}""",
}
"""Every way of writing the same thing that YAML has, in two files."""
TEXTS = {Path("w", name): text for name, text in AWKWARD.items()}
DOCUMENT = files.open_document("w/portfolio.yaml", TEXTS)


@QUICK
@given(portfolio=portfolios())
def test_what_is_written_reads_back_equal(portfolio: Portfolio) -> None:
    text = canonical_text(portfolio)
    path = Path("made-up.yaml")
    document = files.open_document(path, {path: text})
    assert document.portfolio == portfolio
    assert document.sha256 == sha256(portfolio)
    assert canonical_text(document.portfolio) == text


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_change_is_cut_into_files_that_are_written_in_any_way(data: st.DataObject) -> None:
    portfolio = DOCUMENT.portfolio
    for _ in range(data.draw(st.integers(1, 3))):
        portfolio = data.draw(changes(portfolio))  # type: ignore[assignment]
    try:
        texts = changed_texts(DOCUMENT.root, DOCUMENT.portfolio, portfolio)
    except Uncuttable:
        return
    assert said_with(DOCUMENT, texts).portfolio == portfolio


def copy(folder: Path) -> Path:
    return Path(shutil.copytree(WORLD, folder / "world"))


def lines_changed(world: Path) -> list[str]:
    """The lines that differ from the original, with + and -, file by file."""
    made: list[str] = []
    for path in sorted(world.glob("*.yaml")):
        before = (WORLD / path.name).read_text().splitlines()
        after = path.read_text().splitlines()
        made += [f"-{line}" for line in before if line not in after]
        made += [f"+{line}" for line in after if line not in before]
    return made


def test_writing_the_same_again_touches_nothing(tmp_path: Path) -> None:
    world = copy(tmp_path)
    portfolio = files.read(world)
    assert files.write(portfolio, world) == ()
    assert lines_changed(world) == []


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    world = copy(tmp_path)
    before = files.read(world)
    offers = tuple(
        replace(offer, power_it_mw=it_mw(33), chain=()) if offer.id == "mesa-lease" else offer
        for offer in before.offers
        if offer.id != "harbor-rent"
    )
    parties = (*before.parties, Party(id="new", name="New: one", roles=(Role.LENDER,)))
    limits = replace(before.limits, seller_share={"bluegrid": 0.5})
    after = replace(before, offers=offers, parties=parties, limits=limits)
    changed = files.write(after, world)
    assert {path.name for path in changed} == {"offers.yaml", "parties.yaml", "portfolio.yaml"}
    assert files.read(world) == after
    lines = lines_changed(world)
    assert "+    power_it_mw: 33" in lines
    assert "-    chain: [mesa-power, bluegrid, lumen]" in lines
    assert "+  seller_share: {bluegrid: 0.5}" in lines
    assert '+    name: "New: one"' in lines
    assert not [line for line in lines if "#" in line and "power_it_mw: 12" not in line]


def test_a_new_file_is_canonical(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    made = Portfolio(
        name="no",
        about="word " * 40 + "end",
        as_of=files.read(WORLD).as_of,
        lab="1e3",
        horizon=files.read(WORLD).horizon,
        parties=(Party(id="a", name="x: y", country="NO"),),
        capital=Capital(investment_limit_usd={Quarter(2026, 3): 5e8}),
        limits=Limits(carbon_t_co2={"2027": 1.5}),
    )
    assert files.write(made, path) == (path,)
    assert path.read_text() == (
        "offtake: portfolio/1\n"
        "\n"
        'name: "no"\n'
        "\n"
        "about: >-\n"
        "  " + "word " * 16 + "word\n"
        "  " + "word " * 16 + "word\n"
        "  word word word word word word end\n"
        "as_of: 2026-05-23\n"
        'lab: "1e3"\n'
        "horizon: {first: 2026Q3, last: 2028Q4}\n"
        "\n"
        "parties:\n"
        "  - id: a\n"
        '    name: "x: y"\n'
        "    country: NO\n"
        "\n"
        "capital:\n"
        "  investment_limit_usd: {2026Q3: 500000000}\n"
        'limits:\n  carbon_t_co2: {"2027": 1.5}\n'
    ).replace("limits:", "\nlimits:")
    assert files.read(path) == made


def test_windows_lines_stay(tmp_path: Path) -> None:
    path = tmp_path / "portfolio.yaml"
    path.write_bytes(HEAD.replace("\n", "\r\n").encode())
    portfolio = files.read(path)
    files.write(replace(portfolio, parties=(*portfolio.parties, Party(id="b", name="B"))), path)
    raw = path.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") == HEAD.count("\n") + 2


def test_a_shared_value_is_written_out_where_it_differs(tmp_path: Path) -> None:
    world = copy(tmp_path)
    before = files.read(world)
    first, second, third = before.regions
    assert second.provenance is not None
    other = replace(second, provenance=replace(second.provenance, source="me"))
    after = replace(before, regions=(first, other, third))
    files.write(after, world)
    assert files.read(world) == after
    text = (world / "regions.yaml").read_text()
    assert (text.count("&map"), text.count("*map"), text.count("source: me")) == (1, 1, 1)


def test_an_anchor_that_changes_leaves_its_aliases_as_they_were(tmp_path: Path) -> None:
    world = copy(tmp_path)
    before = files.read(world)
    first, *others = before.regions
    assert first.provenance is not None
    other = replace(first, provenance=replace(first.provenance, source="me"))
    after = replace(before, regions=(other, *others))
    files.write(after, world)
    assert files.read(world) == after
    text = (world / "regions.yaml").read_text()
    assert (text.count("*map"), text.count("source: me")) == (0, 1)


def test_a_list_over_two_files_that_is_turned_round_stands_in_the_first() -> None:
    before = DOCUMENT.portfolio
    after = replace(before, parties=tuple(reversed(before.parties)))
    texts = changed_texts(DOCUMENT.root, before, after)
    assert said_with(DOCUMENT, texts).portfolio == after
    assert "parties: []" in texts[Path("w/more.yaml")]


def test_a_file_that_is_not_sound_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "portfolio.yaml"
    path.write_text("my notes\n")
    with pytest.raises(OfftakeError, match="OTK-F015"):
        files.write(files.read(WORLD), path)
    assert path.read_text() == "my notes\n"


def test_what_no_file_can_say_is_refused(tmp_path: Path) -> None:
    portfolio = replace(files.read(WORLD), about="\ud800")
    with pytest.raises(OfftakeError) as caught:
        files.write(portfolio, tmp_path / "a.yaml")
    assert caught.value.faults[0].code == "OTK-F006"
    assert list(tmp_path.iterdir()) == []
    unnamed = replace(files.read(WORLD), limits=Limits(seller_share={"": 0.5}))
    with pytest.raises(OfftakeError, match="OTK-F013"):
        files.write(unnamed, tmp_path / "a.yaml")


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(OfftakeError) as caught:
        files.write(files.read(WORLD), tmp_path / "no" / "where.yaml")
    assert str(caught.value) == (
        f"OTK-F041 {tmp_path}/no/where.yaml: cannot be written: No such file or directory"
    )


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")
    path.chmod(0o600)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    files.write_text(link, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)
    assert link.is_symlink()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a.yaml", "link.yaml"]
