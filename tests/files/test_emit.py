"""How values are written."""

from __future__ import annotations

from decimal import Decimal

import pytest

from offtake.files.emit import entry, flow, item, scalar
from offtake.files.nodes import meaning
from offtake.model.canonical import Leaf, Plain


@pytest.mark.parametrize(
    ("held", "written"),
    [
        (None, "null"),
        (True, "true"),
        (12, "12"),
        (12.0, "12"),
        (-0.15, "-0.15"),
        (1e22, "1e+22"),
        (Decimal("2.50"), "2.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        ("plain words", "plain words"),
        ("NO", "NO"),
        ("no", '"no"'),
        ("Yes", '"Yes"'),
        ("2026Q3", "2026Q3"),
        ("2026-05-23", "2026-05-23"),
        ("12", '"12"'),
        ("1_000", '"1_000"'),
        ("12:30", '"12:30"'),
        ("", '""'),
        (" a", '" a"'),
        ("a ", '"a "'),
        ("- a", '"- a"'),
        ("a: b", '"a: b"'),
        ("a:", '"a:"'),
        ("a #b", '"a #b"'),
        ("*a", '"*a"'),
        ("100 % of it", "100 % of it"),
        ("a, b", '"a, b"'),
        ('say "a"', '"say \\"a\\""'),
        ("ende\u2028", '"ende\\u2028"'),
        ("fjørd ☃", "fjørd ☃"),
    ],
)
def test_a_value_on_one_line(held: Leaf, written: str) -> None:
    assert scalar(held) == written


def test_outside_brackets_text_needs_fewer_quotes() -> None:
    assert scalar("a, b [c] {d}", in_brackets=False) == "a, b [c] {d}"
    assert scalar("a:b", in_brackets=False) == "a:b"
    assert scalar("a: b", in_brackets=False) == '"a: b"'


def test_a_decimal_too_long_for_digits_has_an_exponent() -> None:
    assert scalar(Decimal("1E+150")) == "1E+150"
    assert meaning("1E+150") == 1e150


@pytest.mark.parametrize(
    ("held", "written"),
    [
        ({}, "k: {}\n"),
        ([], "k: []\n"),
        ({"a": 1, "b": [1, 2]}, "k:\n  a: 1\n  b: [1, 2]\n"),
        ({"a": 1, "b": "x"}, "k: {a: 1, b: x}\n"),
        ([{"a": 1}, {"id": "x"}], "k:\n  - {a: 1}\n  - id: x\n"),
        (["x" * 50, "y" * 50], f"k:\n  - {'x' * 50}\n  - {'y' * 50}\n"),
        ("one\ntwo\n", "k: |\n  one\n  two\n"),
        ("one\n\n two", "k: |-\n  one\n\n   two\n"),
        (" one\ntwo", 'k: " one\\ntwo"\n'),
        ("w " * 50 + "w", "k: >-\n  " + "w " * 42 + "w\n  " + "w " * 7 + "w\n"),
        ("w  " * 50 + "w", "k: " + "w  " * 50 + "w\n"),
    ],
)
def test_a_field(held: Plain, written: str) -> None:
    assert entry("k", held, "") == written


def test_an_item_of_a_list() -> None:
    assert item({"id": "a", "b": {"c": [{"d": 1}]}}, "  ") == (
        "  - id: a\n    b:\n      c:\n        - {d: 1}\n"
    )
    assert item("a", "") == "- a\n"


def test_everything_on_one_line() -> None:
    assert flow({"a": [1, {"2027": None}], "b:": "x"}) == '{a: [1, {"2027": null}], "b:": x}'
