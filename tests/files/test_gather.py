"""Several files that are one portfolio."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake import files
from offtake.errors import OfftakeError
from tests.files.texts import HEAD, NEXT, told_of


def said(include: str, **others: str) -> list[str]:
    texts = {"portfolio.yaml": HEAD + f"include: {include}\n"}
    return told_of({**texts, **{f"{name}.yaml": text for name, text in others.items()}})


def test_lists_are_joined_and_maps_are_merged() -> None:
    instead = {
        Path("w/portfolio.yaml"): HEAD
        + "include: [a.yaml]\ncapital: {discount_share_per_year: 0.1}\n",
        Path("w/a.yaml"): "parties: [{id: b, name: B}]\ninclude: [more/c.yaml]\n",
        Path("w/more/c.yaml"): "offtake: portfolio/1\ncapital:\n  vehicles:\n"
        "    - {party: b, ownership_share: 1}\nparties: [{id: c, name: C}]\n",
    }
    document = files.open_document("w/portfolio.yaml", instead)
    assert [party.id for party in document.portfolio.parties] == ["lumen", "b", "c"]
    assert document.portfolio.capital.discount_share_per_year == 0.1
    assert document.portfolio.capital.vehicles[0].party == "b"
    assert document.files == tuple(instead)
    assert str(document.place("parties.c.name")) == "w/more/c.yaml:5:19 parties.c.name"
    assert str(document.place("capital.vehicles.b")) == "w/more/c.yaml:4:7 capital.vehicles.b"


def test_a_list_may_be_empty_in_one_file_and_full_in_another() -> None:
    assert said("[a.yaml]\nlimits:\noffers:", a="limits: {any_seller_share: 1}\noffers: []\n") == []


def test_a_value_may_be_said_once() -> None:
    assert said(
        "[a.yaml]\nabout: x\nlimits: {any_seller_share: 0.5}",
        a="about: y\nlimits: {any_seller_share: 0.6}\nparties: {a: b}\n",
    ) == [
        "OTK-F023 made-up/a.yaml:1:1 about: said in two files; got 'y'; "
        f"{NEXT + 1} says 'x'; keep one of the two",
        "OTK-F023 made-up/a.yaml:2:10 limits.any_seller_share: said in two files; got 0.6; "
        f"{NEXT + 2} says 0.5; keep one of the two",
        "OTK-F023 made-up/a.yaml:3:1 parties: said in two files; got a map with a; "
        "6 says a list of 1; keep one of the two",
    ]


def test_what_cannot_be_included_is_told_at_its_line() -> None:
    names = "[nix.yaml, ../x.yaml, /etc/passwd, portfolio.yaml, 3, a.yaml, ./a.yaml]"
    found = said(names, a="limits: {}\n")
    folder = Path("made-up")
    assert found == [
        f"OTK-F021 {NEXT}:11 include: there is no such file or folder; got 'nix.yaml'",
        f"OTK-F020 {NEXT}:21 include: a file outside the portfolio's folder; got '../x.yaml'; "
        f"only files below {folder} can be included, named relative to this file",
        f"OTK-F020 {NEXT}:32 include: a file outside the portfolio's folder; got '/etc/passwd'; "
        f"only files below {folder} can be included, named relative to this file",
        f"OTK-F022 {NEXT}:45 include: includes itself; got 'portfolio.yaml'; remove one of the "
        "lines",
        f"OTK-F020 {NEXT}:61 include: the name of a file is wanted; got 3",
        f"OTK-F022 {NEXT}:72 include: included twice; got './a.yaml'; remove one of the lines",
    ]


def test_a_name_alone_is_no_list_of_files() -> None:
    assert said("a.yaml") == [
        f"OTK-F020 {NEXT}:1 include: a list of files is wanted; got 'a.yaml'; write [a.yaml]"
    ]
    assert said("") == []


def test_files_that_include_each_other() -> None:
    assert said("[a.yaml]", a="include: [b.yaml]\n", b="include: [a.yaml]\n") == [
        "OTK-F022 made-up/b.yaml:1:11 include: includes itself; got 'a.yaml'; remove one of the "
        "lines"
    ]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out.yaml").write_text("about: secret\n")
    world = tmp_path / "world"
    world.mkdir()
    (world / "portfolio.yaml").write_text(HEAD + "include: [in.yaml]\n")
    (world / "in.yaml").symlink_to(tmp_path / "out.yaml")
    with pytest.raises(OfftakeError) as caught:
        files.read(world)
    assert [fault.code for fault in caught.value.faults] == ["OTK-F020"]


def test_the_faults_of_all_files_come_together() -> None:
    found = said(
        "[a.yaml, b.yaml, c.yaml]\nabuot: x",
        a="parties: [{id: a, nam: A}]\n",
        b="about: 'x\n",
        c="offers: 3\n",
    )
    assert found == [
        f"OTK-F101 {NEXT + 1}:1 abuot: unknown field; got 'abuot'; did you mean 'about'?",
        "OTK-F102 made-up/a.yaml:1:11 parties.a.name: the field is missing; `name` is: Name as "
        "people write it",
        "OTK-F101 made-up/a.yaml:1:19 parties.a.nam: unknown field; got 'nam'; did you mean "
        "'name'?",
        "OTK-F008 made-up/b.yaml:1:8: not YAML: a quote is not closed; close it, or double a "
        "quote that belongs to the text",
        "OTK-F110 made-up/c.yaml:1:1 offers: a list is wanted; got 3; write [3]",
    ]


def test_what_may_stand_in_an_unread_file_is_not_missed() -> None:
    texts = {
        "portfolio.yaml": "offtake: portfolio/1\nname: x\ninclude: [a.yaml]\n"
        "parties: [{id: a, name: A, guarantor: b}]\n",
        "a.yaml": "lab: 'x\n",
    }
    assert [one.split()[0] for one in told_of(texts)] == ["OTK-F008"]


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (
            "",
            "OTK-F030 1:1: the file does not say what it is; begin it with `offtake: portfolio/1`",
        ),
        (
            "offtake: portfolio/2\n",
            "OTK-F031 1:1 offtake: written for a newer offtake; got 'portfolio/2'; this one reads "
            "portfolio/1; upgrade offtake",
        ),
        (
            "offtake: plan/1\n",
            "OTK-F031 1:1 offtake: not the header of a portfolio; got 'plan/1'; write "
            "`offtake: portfolio/1`",
        ),
        (
            "offtake: {a: b}\n",
            "OTK-F031 1:1 offtake: not the header of a portfolio; got a map with a; write "
            "`offtake: portfolio/1`",
        ),
        (
            "offtake: portfolio/²\n",
            "OTK-F031 1:1 offtake: not the header of a portfolio; got 'portfolio/²'; write "
            "`offtake: portfolio/1`",
        ),
    ],
)
def test_a_file_says_what_it_is(header: str, fault: str) -> None:
    body = HEAD.partition("\n")[2]
    assert told_of({"portfolio.yaml": header + body}) == [fault]
