"""Less SVG, the same picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from offtake.draw import svg
from offtake.draw.figure import chart
from offtake.draw.slim import slim
from offtake.draw.svg import to_svg
from tests.report.plans import a_plan

SVG = "{http://www.w3.org/2000/svg}"


def slimmed(inside: str) -> str:
    root = ET.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>')
    slim(root)
    text = ET.tostring(root, encoding="unicode")
    return re.sub(r"</?(?:ns\d:)?svg[^>]*>|ns\d:", "", text).replace(" />", "/>")


def test_lines_that_look_alike_become_one_path() -> None:
    lines = (
        '<line transform="translate(10,20.5)" x2="5" y2="0"/>'
        '<line transform="translate(1,2)" x2="0" y2="-6"/><line x1="1" y1="1" x2="4" y2="5"/>'
    )
    made = slimmed(f'<g stroke="red">{lines}</g>')
    assert made == '<g stroke="red"><path d="M10,20.5h5M1,2v-6M1,1l3,4" fill="none"/></g>'


def test_lines_that_differ_stay() -> None:
    for line in (
        '<line x2="5" y2="0" stroke="red"/>',
        '<line transform="rotate(45)" x2="5" y2="0"/>',
        "<rect/>",
    ):
        group = f'<g stroke="blue"><line x2="1" y2="0"/>{line}</g>'
        assert slimmed(group) == group


def test_words_stand_where_they_stood() -> None:
    made = slimmed('<g fill="red"><text transform="translate(3.5,-2)">a &lt; b</text></g>')
    assert made == '<g fill="red"><text x="3.5" y="-2">a &lt; b</text></g>'
    turned = '<text transform="translate(1,2) rotate(9)">a</text>'
    assert slimmed(turned) == turned


def test_groups_without_a_say_are_taken_out_and_points_said_once() -> None:
    made = slimmed(
        '<g><g transform="translate(0,0)"><g id="k"><path d="M1,2L1,2L3,4L3,4L3,4L3,45Z" '
        'fill-opacity="1"/></g></g><rect/></g>'
    )
    assert made == '<g id="k"><path d="M1,2L3,4L3,45Z"/></g><rect/>'


def test_nothing_that_is_seen_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in ("capacity", "timeline", "cash", "limits"):
        small = to_svg(chart(a_plan(), key), ident="k", described="d")
        monkeypatch.setattr(svg, "slim", lambda root: None)
        large = to_svg(chart(a_plan(), key), ident="k", described="d")
        monkeypatch.undo()
        assert len(small) < 0.95 * len(large)
        before, after = ET.fromstring(large), ET.fromstring(small)
        for tag in ("text", "rect", "pattern"):
            assert told(after, tag) == told(before, tag)
        assert strokes(after) == strokes(before)


def told(root: ET.Element, tag: str) -> list[str]:
    return ["".join(e.itertext()) for e in root.iter(f"{SVG}{tag}")]


def strokes(root: ET.Element) -> int:
    """Count straight lines, alone or in a path that only lines were joined to."""
    joined = [p.get("d", "") for p in root.iter(f"{SVG}path") if p.get("fill") == "none"]
    pieces = sum(d.count("M") for d in joined if re.search(r"[hvl]", d))
    return pieces + len(list(root.iter(f"{SVG}line")))
