"""Every figure is sound Vega-Lite, offline, in theme colours, and SVG that keeps its text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from offtake.draw import theme
from offtake.draw.figure import Figure, chart, figures
from offtake.draw.layout import NARROW, Frame
from offtake.draw.svg import to_svg
from offtake.draw.theme import Scheme
from offtake.model.plan import Plan
from tests.report.plans import (
    a_hostile_plan,
    a_plan,
    a_powered_plan,
    a_small_plan,
    an_idle_plan,
)

PLANS = {
    "plan": a_plan(),
    "small": a_small_plan(),
    "idle": an_idle_plan(),
    "hostile": a_hostile_plan(),
    "powered": a_powered_plan(),
    "powered-hostile": a_powered_plan("<b>'\"]&</svg>\x1b[31m\u202e"),
}
DRAWN = [
    (f"{name}-{figure.key}-{width}", plan, figure, frame)
    for name, plan in PLANS.items()
    for figure in figures(plan)
    for width, frame in (("wide", figure.wide), ("narrow", NARROW))
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=DRAWN, ids=[name for name, *_ in DRAWN], scope="module")
def drawn(request: pytest.FixtureRequest) -> tuple[Plan, Figure, Frame, str]:
    _, plan, figure, frame = request.param
    svg = to_svg(figure.draw(plan, frame), ident="x", described=figure.described)
    return plan, figure, frame, svg


def texts(svg: str) -> list[str]:
    return ["".join(t.itertext()) for t in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_spec_is_sound_and_asks_for_nothing(drawn: Any) -> None:
    plan, figure, frame, _ = drawn
    spec = figure.draw(plan, frame).to_dict(validate=True)
    assert '"url"' not in str(spec).replace("'", '"')


def test_the_picture_has_its_place_and_its_words(drawn: Any) -> None:
    _, figure, frame, svg = drawn
    root = ET.fromstring(svg)
    assert root.get("viewBox", "").split()[2] == str(frame.width)
    assert root.get("role") == "img"
    assert figure.title in root.get("aria-label", "")
    assert texts(svg), "text stays text"


def test_every_colour_is_the_theme_s(drawn: Any) -> None:
    *_, svg = drawn
    known = {c.light for c in theme.COLOURS}
    painted = re.findall(r'(?:fill|stroke)="([^"]+)"', svg)
    assert painted
    for paint in painted:
        assert re.fullmatch(r"none|var\(--[a-z-]+,#[0-9a-f]{6}\)|url\(#x-[a-z-]+\)", paint), paint
    assert set(re.findall("#[0-9a-f]{6}", svg)) <= known
    assert not [c.light for c in theme.COLOURS if c.hatched and f'"{c.light}"' in svg]


def test_the_picture_names_nothing_outside_itself(drawn: Any) -> None:
    *_, svg = drawn
    assert "href" not in svg
    assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= set(ids)
    assert len(ids) == len(set(ids))


def test_names_stay_text() -> None:
    plan = a_hostile_plan()
    svg = to_svg(chart(plan, "timeline"), ident="t", described=plan.portfolio)
    assert "<script" not in svg
    assert any("<script>" in text for text in texts(svg))


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_a_picture_may_have_one_scheme(scheme: Scheme) -> None:
    svg = to_svg(chart(a_plan(), "cash"), ident="c", described="cash", scheme=scheme)
    assert "var(" not in svg
    assert (theme.REVENUE.dark in svg) is (scheme is Scheme.DARK)


def test_a_picture_may_stand_alone() -> None:
    svg = to_svg(chart(a_plan(), "cash"), ident="c", described="cash", alone=True)
    root = ET.fromstring(svg)
    assert root.get("width")
    style = root.find(f"{SVG}style")
    assert style is not None
    assert "prefers-color-scheme:dark" in (style.text or "")


def test_the_same_plan_gives_the_same_picture() -> None:
    first, second = (to_svg(chart(a_plan(), "spread"), ident="s", described="s") for _ in "ab")
    assert first == second


def test_hatching_is_what_is_not_in_service() -> None:
    plan = a_plan()
    svg = to_svg(chart(plan, "timeline"), ident="t", described="t")
    assert 'id="t-lease-hatch"' in svg
    served = replace(plan, deliveries=plan.deliveries[:1])
    assert "hatch" not in to_svg(chart(served, "timeline"), ident="t", described="t")


def test_empty_figures_are_left_out() -> None:
    assert [figure.key for figure in figures(a_plan())] == [
        *("capacity", "cash", "timeline", "spread", "unserved", "limits")
    ]
    left = [figure.key for figure in figures(an_idle_plan())]
    assert "limits" not in left
    assert "timeline" not in left


def test_many_deliveries_keep_what_is_to_be_signed() -> None:
    plan = a_plan()
    crowd = [replace(d, id=f"{d.id}-{i}") for d in plan.deliveries if d.committed for i in range(9)]
    ours = [d for d in plan.deliveries if not d.committed]
    crowded = replace(plan, deliveries=(*crowd, *ours))
    figure = next(f for f in figures(crowded) if f.key == "timeline")
    assert "The largest of 68 deliveries are drawn" in figure.reading
    names = texts(to_svg(figure.draw(crowded, figure.wide), ident="t", described="t"))
    assert all(d.name in names for d in ours)
    assert len(figure.table.rows) == 68


def test_numbers_of_a_table_add_up() -> None:
    table = next(f for f in figures(a_plan()) if f.key == "capacity").table
    for row in table.rows:
        parts = [float(cell) for cell in row[2:-4]]
        assert sum(parts) == pytest.approx(float(row[-4]), abs=0.06 * len(parts))
    assert all(len(row) == len(table.head) for row in table.rows)
