"""SVG without what a reader never sees: the same picture in fewer bytes.

Lines that look alike become one path, words say where they stand without a transform,
groups that say nothing are taken out, and points that are said twice are said once.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

_NS: Final = "{http://www.w3.org/2000/svg}"
_PLACED: Final = re.compile(r"translate\((-?[\d.]+),(-?[\d.]+)\)\Z")
_AGAIN: Final = re.compile(r"([ML])(-?[\d.]+,-?[\d.]+)(?:L\2(?![\d.]))+")
_ENDS: Final = ("x1", "y1", "x2", "y2")


def slim(root: ET.Element) -> None:
    """Make the same picture of fewer parts, in place."""
    for element in list(root.iter()):
        if element.tag == f"{_NS}text":
            _place(element)
        elif element.tag == f"{_NS}path":
            element.set("d", _AGAIN.sub(r"\1\2", element.get("d", "")))
        for name, unsaid in (("fill-opacity", "1"), ("transform", "translate(0,0)")):
            if element.get(name) == unsaid:
                del element.attrib[name]
    _unwrap(root)
    for group in list(root.iter(f"{_NS}g")):
        _join_lines(group)


def _place(text: ET.Element) -> None:
    """Say where words stand by `x` and `y`; a transform takes more room."""
    placed = _PLACED.match(text.get("transform", ""))
    if placed:
        del text.attrib["transform"]
        text.set("x", placed[1])
        text.set("y", placed[2])


def _unwrap(element: ET.Element) -> None:
    """Put what groups without a say hold in the place of the groups."""
    kept: list[ET.Element] = []
    for child in list(element):
        _unwrap(child)
        bare = child.tag == f"{_NS}g" and not child.attrib
        kept += list(child) if bare else [child]
        element.remove(child)
    element.extend(kept)


def _join_lines(group: ET.Element) -> None:
    """Make one path of a group of lines that differ in nothing but where they are."""
    lines = list(group)
    if len(lines) < 2 or any(line.tag != f"{_NS}line" for line in lines):
        return
    if any(set(line.attrib) - {"transform", *_ENDS} for line in lines):
        return
    drawn = [_drawn(line) for line in lines]
    if None in drawn:
        return
    for line in lines:
        group.remove(line)
    ET.SubElement(group, f"{_NS}path", {"d": "".join(map(str, drawn)), "fill": "none"})


def _drawn(line: ET.Element) -> str | None:
    """Write a line as a piece of a path; None where it is turned or scaled."""
    placed = _PLACED.match(line.get("transform", "translate(0,0)"))
    if placed is None:
        return None
    x1, y1, x2, y2 = (float(line.get(end, 0)) for end in _ENDS)
    start = f"M{float(placed[1]) + x1:g},{float(placed[2]) + y1:g}"
    across, down = round(x2 - x1, 2), round(y2 - y1, 2)
    if not down:
        return f"{start}h{across:g}"
    return f"{start}v{down:g}" if not across else f"{start}l{across:g},{down:g}"
