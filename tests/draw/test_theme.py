"""Tenures can be told apart by everybody, and words can be read in both schemes."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest

from offtake.draw import theme
from offtake.draw.theme import Colour
from offtake.model.contract import Tenure

# Full dichromacy in linear RGB (Machado, Oliveira and Fernandes 2009, severity 1.0).
SEEN = {
    "everybody": np.eye(3),
    "protanopia": np.array(
        [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]
    ),
    "deuteranopia": np.array(
        [[0.3673, 0.8607, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]
    ),
    "tritanopia": np.array(
        [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = TO_XYZ @ rgb / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(a: str, b: str) -> float:
    high, low = sorted((float(TO_XYZ[1] @ linear(c)) for c in (a, b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def shades(colour: Colour) -> tuple[str, str]:
    return colour.light, colour.dark


@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize("dark", [False, True])
def test_no_two_tenures_look_alike(eyes: str, dark: bool) -> None:
    seen = {
        tenure: lab(np.clip(SEEN[eyes] @ linear(shades(theme.of_tenure(tenure))[dark]), 0, 1))
        for tenure in Tenure
    }
    for a, b in combinations(Tenure, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 12, (a, b)


@pytest.mark.parametrize("dark", [False, True])
def test_words_can_be_read(dark: bool) -> None:
    for text in (theme.INK, theme.SOFT, theme.ALERT, theme.OWN):
        for ground in (theme.PAPER, theme.GROUND):
            assert contrast(shades(text)[dark], shades(ground)[dark]) >= 4.5, (text, ground)


@pytest.mark.parametrize("dark", [False, True])
def test_fills_stand_out_from_the_paper(dark: bool) -> None:
    marked = [theme.of_tenure(t) for t in Tenure if t is not Tenure.SPOT]
    for colour in (*marked, theme.REVENUE, theme.INVESTMENT, theme.ALERT):
        assert contrast(shades(colour)[dark], shades(theme.PAPER)[dark]) >= 2.9, colour


def test_each_colour_means_one_thing() -> None:
    assert len({c.light for c in theme.COLOURS}) == len(theme.COLOURS)
    assert len({c.name for c in theme.COLOURS}) == len(theme.COLOURS)
    assert all(re.fullmatch("#[0-9a-f]{6}", h) for c in theme.COLOURS for h in shades(c))


def test_red_is_kept_for_what_is_wrong() -> None:
    assert theme.ALERT not in [theme.of_tenure(t) for t in Tenure]
