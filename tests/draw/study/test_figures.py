"""Every figure of a study is sound, in theme colours, in its place, and says what it shows."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from offtake.draw import theme
from offtake.draw.figure import Figure
from offtake.draw.layout import NARROW, Frame
from offtake.draw.study import reading
from offtake.draw.study.figures import figures
from offtake.draw.svg import to_svg
from offtake.model.study import Study
from offtake.units import it_mw
from tests.report.studies import a_hostile_study, a_small_study, a_study

STUDIES = {"study": a_study(), "small": a_small_study(), "hostile": a_hostile_study()}
DRAWN = [
    (f"{name}-{figure.key}-{width}", study, figure, frame)
    for name, study in STUDIES.items()
    for figure in figures(study)
    for width, frame in (("wide", figure.wide), ("narrow", NARROW))
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=DRAWN, ids=[name for name, *_ in DRAWN], scope="module")
def drawn(request: pytest.FixtureRequest) -> tuple[Study, Figure[Study], Frame, str]:
    _, study, figure, frame = request.param
    svg = to_svg(figure.draw(study, frame), ident="x", described=figure.described)
    return study, figure, frame, svg


def texts(svg: str) -> list[str]:
    return ["".join(t.itertext()) for t in ET.fromstring(svg).iter(f"{SVG}text")]


def shown(study: Study, key: str, frame: Frame | None = None) -> list[str]:
    figure = next(f for f in figures(study) if f.key == key)
    return texts(to_svg(figure.draw(study, frame or figure.wide), ident="x", described="x"))


def test_a_study_has_a_figure_for_each_part() -> None:
    assert [f.key for f in figures(a_study())] == [
        *("strategies", "frontier", "value", "fresh", "regret", "tornado", "ranges", "rolling")
    ]
    assert [f.key for f in figures(a_small_study())] == ["strategies"]


def test_the_spec_is_sound_and_asks_for_nothing(drawn: Any) -> None:
    study, figure, frame, _ = drawn
    spec = figure.draw(study, frame).to_dict(validate=True)
    assert '"url"' not in str(spec).replace("'", '"')


def test_the_picture_has_its_place_its_words_and_its_numbers(drawn: Any) -> None:
    _, figure, frame, svg = drawn
    root = ET.fromstring(svg)
    assert root.get("viewBox", "").split()[2] == str(frame.width)
    assert figure.title in root.get("aria-label", "")
    assert texts(svg)
    assert figure.table.rows
    assert {len(row) for row in figure.table.rows} == {len(figure.table.head)}
    assert figure.reading


def test_every_colour_is_the_theme_s(drawn: Any) -> None:
    *_, svg = drawn
    known = {c.light for c in theme.COLOURS}
    for paint in re.findall(r'(?:fill|stroke)="([^"]+)"', svg):
        assert re.fullmatch(r"none|var\(--[a-z-]+,#[0-9a-f]{6}\)|url\(#x-[a-z-]+\)", paint), paint
    assert set(re.findall("#[0-9a-f]{6}", svg)) <= known


def test_tenures_have_their_colours() -> None:
    for key in ("strategies", "ranges"):
        figure = next(f for f in figures(a_study()) if f.key == key)
        svg = to_svg(figure.draw(a_study(), figure.wide), ident="x", described="x")
        for colour in (theme.OWN, theme.LEASE, theme.RESERVE):
            assert f"var(--{colour.name}," in svg, key


def test_each_point_of_the_frontier_is_named_once() -> None:
    named = [text for text in shown(a_study(), "frontier") if "λ" in text]
    weights = [w for text in named for w in text.removeprefix("λ ").split(", ")]
    assert sorted(weights) == ["0", "0.2", "0.5", "0.8", "1"]


def test_a_strategy_without_a_plan_says_so() -> None:
    assert "no plan keeps the limits" in shown(a_small_study(), "strategies")
    study = a_small_study()
    assert study.strategies is not None
    none = replace(study.strategies, strategies=study.strategies.strategies[:1])
    assert shown(replace(study, strategies=none), "strategies")


def test_a_mean_future_without_a_plan_is_left_out() -> None:
    study = a_study()
    assert study.value is not None
    none = replace(study.value, eev_usd=None, mean_value=None, vss_usd=None)
    changed = replace(study, value=none)
    assert [name for name, *_ in reading.steps(changed)] == ["This plan", "Knowing the future"]
    assert "Plan for the mean future" not in shown(changed, "value")


def test_an_end_without_a_plan_has_no_bar() -> None:
    study = a_study()
    assert study.tornado is not None
    bars = tuple(
        replace(b, low=replace(b.low, held_usd=None, planned_usd=None)) for b in study.tornado.bars
    )
    changed = replace(study, tornado=replace(study.tornado, bars=bars))
    words = shown(changed, "tornado")
    assert "25 % higher" in words
    assert "20 % lower" not in words


def test_ranges_are_those_of_the_least_tolerance_and_name_what_is_always_signed() -> None:
    study = a_study()
    assert study.alternatives is not None
    wider = tuple(
        replace(r, tolerance_share=0.05, least_it_mw=it_mw(0), always=False)
        for r in study.alternatives.ranges
    )
    both = replace(study.alternatives, ranges=(*wider, *study.alternatives.ranges))
    changed = replace(study, alternatives=both)
    assert reading.ranges(changed) == reading.ranges(study)
    assert [r.kind for r in reading.ranges(study)][:3] == ["tenure"] * 3
    assert "own, always" in shown(changed, "ranges")
    assert "reserve" in shown(changed, "ranges")


def test_regret_is_told_by_story_and_darker_where_it_is_more() -> None:
    study = a_study()
    assert study.regret is not None
    words = shown(study, "regret")
    assert {"slow", "base", "boom", "mean", "largest"} <= set(words)
    figure = next(f for f in figures(study) if f.key == "regret")
    svg = to_svg(figure.draw(study, figure.wide), ident="x", described="x")
    assert len(set(re.findall(r'fill-opacity="([^"]+)"', svg))) > 2
    told = reading.stories(study.regret.lines)
    bare = tuple(replace(line, story_usd={}) for line in study.regret.lines)
    plain = replace(study, regret=replace(study.regret, lines=bare))
    assert told == ["slow", "base", "boom"]
    assert "slow" not in shown(plain, "regret")


def test_the_interval_is_told_against_the_plan_s_own() -> None:
    words = shown(a_study(), "fresh")
    assert "Mean, 27.9 B USD" in words
    assert "−1.10" in words
    table = next(f for f in figures(a_study()) if f.key == "fresh").table
    assert table.rows[0] == ("Mean", "26.8", "25.7", "27.9", "27.9")


def test_the_same_study_gives_the_same_picture() -> None:
    figure = figures(a_study())[0]
    first, second = (
        to_svg(figure.draw(a_study(), figure.wide), ident="s", described="s") for _ in "ab"
    )
    assert first == second
