"""`offtake cost` from arguments to files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]


def test_three_ways_side_by_side(capsys: Capsys) -> None:
    ran = call(capsys, "cost", "H100", "--use", "0.6")
    assert ran.status == 0
    for title in (
        *("Own, lease or rent", "What owning is worth", "How long servers are used"),
        *("What the cost of owning hangs on", "The ladder of prices"),
    ):
        assert title in ran.out
    assert "60% of hours used" in ran.out


def test_json_says_what_was_asked_and_where_prices_come_from(capsys: Capsys) -> None:
    words = ("--rent", "5.5", "--lease", "3", "--rate", "0.1", "--servers", "60000", "--json")
    data = call(capsys, "cost", "GB300", *words).data
    assert data["schema"] == "offtake.cost/1"
    assert [side["name"] for side in data["sides"]] == ["own", "lease", "rent"]
    assert data["question"]["servers_usd"] == 60000
    assert data["question"]["discount_share_per_year"] == 0.1
    assert all(rung["source"] and rung["observed"] for rung in data["ladder"])
    gw = {life["life_years"]: life["gw_usd_per_year"] for life in data["lives"]}
    assert gw[3.0] > gw[5.0] > gw[7.0]


def test_a_price_nobody_knows_is_told_and_left_out(capsys: Capsys) -> None:
    ran = call(capsys, "cost", "GB300")
    assert ran.status == 0
    assert "--rent says one" in ran.err
    assert "instead of renting" not in ran.out


def test_what_was_not_known_yet_is_not_there(capsys: Capsys) -> None:
    words = ("cost", "H100", "--json", "--as-of")
    late, early = call(capsys, *words, "2026-10-31").data, call(capsys, *words, "2026-05-25").data
    assert len(early["ladder"]) < len(late["ladder"])
    assert all(rung["known_from"] <= "2026-05-25" for rung in early["ladder"])


def test_figures_are_written(capsys: Capsys, tmp_path: Path) -> None:
    for _ in range(2):
        assert call(capsys, "cost", "B200", "--out", tmp_path / "cost").status == 0
    names = {path.name for path in (tmp_path / "cost").iterdir()}
    assert names == {"cost.json", "use.svg", "tornado.svg", "ladder.svg"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("GB9000",), "OTK-K203"),
        (("H100", "--life", "4.5"), "OTK-C030"),
        (("H100", "--life", "20"), "OTK-C031"),
        (("H100", "--use", "0"), "OTK-F120"),
        (("H100", "--as-of", "2022-12-31"), "OTK-C032"),
    ],
)
def test_what_cannot_be_is_named(capsys: Capsys, words: tuple[str, ...], code: str) -> None:
    ran = call(capsys, "cost", *words)
    assert ran.status != 0
    assert code in ran.codes
