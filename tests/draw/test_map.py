"""The map: sound, offline, everything inside its window."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

import offtake
from offtake.draw import holdings, outlines
from offtake.draw import map as sitemap
from offtake.draw.holdings import Holding
from offtake.draw.layout import FULL, NARROW, Frame
from offtake.draw.outlines import Box, View
from offtake.draw.svg import to_svg
from offtake.draw.windows import windows
from offtake.model.contract import Tenure

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def stargate() -> tuple[Holding, ...]:
    portfolio = offtake.read("worlds/stargate/portfolio.yaml")
    return holdings.of_portfolio(portfolio, portfolio.as_of)


def held(site: str, longitude: float, latitude: float, **more: float) -> Holding:
    amounts = {"serving_it_mw": 10.0, **more}
    return Holding(site, site, "NO", longitude, latitude, Tenure.LEASE, **amounts)


@pytest.mark.parametrize("frame", [FULL, NARROW])
def test_it_is_sound_small_and_asks_for_nothing(
    stargate: tuple[Holding, ...], frame: Frame
) -> None:
    figure = sitemap.figure(stargate)
    spec = figure.draw(stargate, frame).to_dict(validate=True)
    assert "'url'" not in str(spec)
    svg = to_svg(figure.draw(stargate, frame), ident="m", described=figure.described)
    assert len(svg) < 45_000
    texts = ["".join(t.itertext()) for t in ET.fromstring(svg).iter(f"{SVG}text")]
    assert any("Abilene" in text for text in texts)
    assert "url(#m-lease-hatch)" in svg
    assert "var(--alert," in svg


@pytest.mark.parametrize("frame", [FULL, NARROW])
def test_every_mark_stands_in_its_window_and_no_window_over_another(
    stargate: tuple[Holding, ...], frame: Frame
) -> None:
    known = [h for h in stargate if h.latitude_degrees is not None]
    found = windows(known, frame)
    assert len(found) <= 5
    assert {h.site for w in found for h, _ in w.placed} == {h.site for h in known}
    for window in found:
        box = window.view.box
        assert box.left + box.width <= frame.width + 1e-9
        for _, (x, y) in window.placed:
            assert box.left < x < window.labels_at
            assert box.top < y < box.top + box.height
    boxes = [w.view.box for w in found]
    for index, one in enumerate(boxes):
        for other in boxes[:index]:
            apart = (
                one.left >= other.left + other.width
                or other.left >= one.left + one.width
                or one.top >= other.top + other.height
                or other.top >= one.top + one.height
            )
            assert apart


def test_area_is_power_and_the_core_is_what_serves() -> None:
    whole, core = sitemap._areas(held("a", 0, 0, serving_it_mw=25.0, coming_it_mw=75.0), 100.0)
    assert core / whole == pytest.approx(0.25)
    half, _ = sitemap._areas(held("b", 0, 0, serving_it_mw=50.0), 100.0)
    assert half / whole == pytest.approx(0.5)


def test_sites_without_coordinates_give_words_not_a_guess() -> None:
    nowhere = (Holding("a", "A", "US", None, None, Tenure.RENT, serving_it_mw=3.0),)
    svg = to_svg(sitemap.draw(nowhere, FULL), ident="m", described="none")
    assert "No site has coordinates." in svg


def test_two_ways_to_hold_a_site_stand_side_by_side() -> None:
    one = held("a", 10, 60)
    other = Holding("a", "a", "NO", 10, 60, Tenure.OWN, serving_it_mw=5.0)
    (window,) = windows([one, other], FULL)
    (x, _), (x2, _) = (place for _, place in window.placed)
    assert x != x2


def test_a_name_too_long_loses_its_brackets_first() -> None:
    assert sitemap._short("Narvik (Kvandal, Norway)", 12) == "Narvik"


def test_land_is_cut_at_the_window() -> None:
    view = View(Box(10, 20, 300, 200), 10.0, 62.0, 12.0)
    rings = list(view.land())
    assert rings
    for ring in rings:
        assert ring[0] == ring[-1]
        assert all(9.9 <= x <= 310.1 and 19.9 <= y <= 220.1 for x, y in ring)


def test_a_window_across_the_180th_meridian_has_land_on_both_sides() -> None:
    view = View(Box(0, 0, 300, 200), 180.0, 66.0, 8.0)
    xs = [x for ring in view.land() for x, _ in ring]
    assert min(xs) < 60
    assert max(xs) > 240


def test_a_square_cut_in_half() -> None:
    square = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]
    cut = outlines.clipped(square, 1.0, -1.0, 3.0, 3.0)
    assert sorted(set(cut)) == [(1.0, 0.0), (1.0, 2.0), (2.0, 0.0), (2.0, 2.0)]
    assert outlines.clipped(square, 5, 5, 6, 6) == []


def test_outlines_are_small_whole_and_never_jump_across_the_world() -> None:
    assert outlines._FILE.stat().st_size < 60_000
    rings = outlines.rings()
    assert len(rings) > 250
    assert min(y for ring in rings for _, y in ring) > -60  # no Antarctica
    assert all(abs(x - x2) < 60 for ring in rings for (x, _), (x2, _) in pairwise(ring))
