"""YAML itself: what is refused, in which words, and what scalars mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.files.compose import compose
from offtake.files.nodes import Source, held, meaning
from tests.files.texts import HEAD, NEXT, faults, told


def tree(text: str) -> object:
    node, wrong = compose(Source("x.yaml", Path("x.yaml"), text))
    assert wrong == []
    assert node is not None
    return held(node)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("", None),
        ("~", None),
        ("null", None),
        ("12", 12),
        ("-012", -12),
        ("64_800", 64_800),
        ("1_000.5", 1000.5),
        ("_1", "_1"),
        ("1__0", "1__0"),
        ("0o17", 15),
        ("0x1F", 31),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        (".inf", float("inf")),
        ("2026-05-23", "2026-05-23"),
        ("2026Q3", "2026Q3"),
        ("12:30:45", "12:30:45"),
        ("1.2 GW", "1.2 GW"),
        ("9" * 101, "9" * 101),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(text: str, means: object) -> None:
    found = meaning(text)
    assert found == means
    assert type(found) is type(means)


def test_quotes_and_the_tag_of_text_make_text() -> None:
    assert tree("a: '12'\nb: \"true\"\nc: !!str 12\nd: ! 12\ne: !!int 12") == {
        "a": "12",
        "b": "true",
        "c": "12",
        "d": "12",
        "e": 12,
    }


def test_anchors_aliases_and_merge_keys_are_followed() -> None:
    text = "a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}\nd:\n  <<: [*x, {r: 4}]\n  s: 5\n"
    assert tree(text) == {
        "a": {"p": 1, "q": 2},
        "b": {"p": 1, "q": 2},
        "c": {"p": 1, "q": 3},
        "d": {"p": 1, "q": 2, "r": 4, "s": 5},
    }


def test_a_quoted_merge_key_is_a_key() -> None:
    assert tree('a: {"<<": 1}') == {"a": {"<<": 1}}


CASES = {
    "a second colon": (
        "about: a: b\n",
        f"OTK-F008 {NEXT}:9: not YAML: a colon where no field can begin; put text that holds ': ' "
        "in quotes, and check the indentation",
    ),
    "an open quote": (
        "about: 'a\nlimits: {}\n",
        f"OTK-F008 {NEXT}:8: not YAML: a quote is not closed; close it, or double a quote that "
        "belongs to the text",
    ),
    "a tab": (
        "\tabout: a\n",
        f"OTK-F008 {NEXT}:1: not YAML: a tab where spaces are wanted; indent with spaces",
    ),
    "an at sign": (
        "about: @a\n",
        f"OTK-F008 {NEXT}:8: not YAML: text cannot begin with ` or @; put it in quotes",
    ),
    "an open bracket": (
        "about: {a, b\nlimits: x\n",
        f"OTK-F008 {NEXT + 1}:7: not YAML: a list or map in brackets is not closed, or a comma is "
        "missing; check the commas and the closing bracket",
    ),
    "wrong indentation": (
        "offers:\n  - id: x\n   site: y\n",
        f"OTK-F008 {NEXT + 2}:4: not YAML: the indentation does not fit what is above; align the "
        "fields of one entry, and the entries of one list, in one column",
    ),
    "no colon": (
        "offers:\n  - id: x\n    site y\n    phase: z\n",
        f"OTK-F008 {NEXT + 3}:5: not YAML: a field without a colon; write `field: value`, with a "
        "space behind the colon",
    ),
    "a bad escape": (
        'about: "a\\qb"\n',
        f"OTK-F008 {NEXT}:11: not YAML: a backslash in double quotes begins an escape; take single "
        "quotes, or write it twice",
    ),
    "a key twice": (
        "about: a\nabout: b\n",
        f"OTK-F010 {NEXT + 1}:1: the key is given twice; got 'about'; it is first on line {NEXT}; "
        "keep one of the two",
    ),
    "a tag": (
        "about: !secret a\n",
        f"OTK-F011 {NEXT}:8: a tag that is not understood; got '!secret'; remove it, or put the "
        "text in quotes",
    ),
    "a tag of Python": (
        "about: !!python/object:os.system a\n",
        f"OTK-F011 {NEXT}:8: a tag that is not understood; got '!!python/object:os.system'; "
        "remove it, or put the text in quotes",
    ),
    "a tag that does not fit": (
        "about: !!int a\n",
        f"OTK-F011 {NEXT}:8: a tag that is not understood; got '!!int'; remove it, or put the "
        "text in quotes",
    ),
    "an unknown alias": (
        "about: *a\n",
        f"OTK-F012 {NEXT}:8: an alias without an anchor; got *a",
    ),
    "an alias in its own anchor": (
        "about: &a [*a]\n",
        f"OTK-F012 {NEXT}:12: an alias inside its own anchor; got *a",
    ),
    "a merge of text": (
        "capital: {<<: a}\n",
        f"OTK-F012 {NEXT}:11: `<<` merges a map, or a list of maps",
    ),
    "a list as a key": (
        "? [a]\n: b\n",
        f"OTK-F013 {NEXT}:3: a key is a list or map; write the name of the field before the colon",
    ),
    "an empty key": (
        ": b\n",
        f"OTK-F013 {NEXT}:1: a key is empty; write the name of the field before the colon",
    ),
    "a second document": (
        "---\na: b\n",
        f"OTK-F014 {NEXT}:1: more than one document in a file",
    ),
    "too deep": (
        "about: " + "[" * 100 + "]" * 100 + "\n",
        f"OTK-F009 {NEXT}:71: nested deeper than 64 levels",
    ),
}


@pytest.mark.parametrize(("behind", "said"), CASES.values(), ids=CASES)
def test_what_is_no_yaml_is_told_in_plain_words(behind: str, said: str) -> None:
    assert faults(behind) == [said]


def test_yaml_1_1_is_refused() -> None:
    assert told("%YAML 1.1\n---\n" + HEAD) == [
        "OTK-F008 2:1: written for YAML 1.1; remove the line `%YAML`; files are read as YAML 1.2"
    ]
    assert told("%YAML 1.2\n---\n" + HEAD) == []


def test_a_list_is_no_portfolio() -> None:
    assert told("[1, 2]\n") == [
        "OTK-F015 1:1: a file is a map of fields; got a list of 2; begin with "
        "`offtake: portfolio/1`"
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "null\n"])
def test_an_empty_file_is_told(text: str) -> None:
    assert told(text) == ["OTK-F007 1:1: the file is empty"]


def test_a_billion_laughs_are_not_laughed() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    assert told("\n".join(lines)) == [
        "OTK-F012 6:8: aliases repeat more than 100,000 values; got *e"
    ]


def test_aliases_cannot_nest_deeper_than_is_allowed() -> None:
    lines = ["a: &a [x]"]
    names = [f"n{number}" for number in range(80)]
    for before, name in zip(["a", *names], names, strict=False):
        lines.append(f"{name}: &{name} [*{before}]")
    assert told("\n".join(lines)) == ["OTK-F009 62:12: nested deeper than 64 levels"]
