"""Outlines are reduced, not redrawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import outlines

ARCS = [[[0, 0], [10, 0], [0, 10]], [[10, 10], [-10, 0], [0, -10]], [[3, 3], [0, 0], [0, 0]]]


def topology(arcs: list[list[int]], **ids: object) -> dict[str, object]:
    shape = {"type": "Polygon", "arcs": arcs, **ids}
    return {
        "transform": {"scale": [1.0, 1.0], "translate": [0.0, 0.0]},
        "arcs": ARCS,
        "objects": {"countries": {"geometries": [shape]}},
    }


def test_arcs_are_joined_and_a_point_stands_once() -> None:
    (ring,) = outlines.rings(topology([[0, 1]]))
    assert ring == [(0, 0), (200, 0), (200, 200), (0, 200), (0, 0)]
    assert outlines.steps(ring) == [0, 0, 200, 0, 0, 200, -200, 0, 0, -200]


def test_an_arc_is_walked_backwards_by_its_complement() -> None:
    (ring,) = outlines.rings(topology([[~1, ~0]]))
    assert ring == [(0, 0), (0, 200), (200, 200), (200, 0), (0, 0)]


def test_antarctica_and_dots_are_left_out() -> None:
    assert list(outlines.rings(topology([[0, 1]], id="010"))) == []
    assert list(outlines.rings(topology([[2]]))) == []


def test_a_ring_goes_on_beyond_the_180th_meridian() -> None:
    ring = [(3590, 0), (-3590, 0), (-3590, 20), (3590, 20)]
    assert [x for x, _ in outlines._unwrapped(ring)] == [3590, 3610, 3610, 3590]


def test_another_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.json").write_text("{}")
    assert outlines.main(str(tmp_path / "in.json"), str(tmp_path / "out.json")) == 1
    assert "not the file" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()
