"""Chart to SVG text: small, offline, right in light, in dark and on paper.

vl-convert draws the chart without a browser and without the network. What it writes is
then made fit for a page: every colour becomes the CSS variable of its meaning, stand-ins
become hatching, ids become unique, and what a reader never sees is taken out, which
leaves about a quarter of the size. Text stays text, in the page's own font.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree as ET

import altair as alt
import vl_convert as vlc

from offtake.draw import theme, words
from offtake.draw.slim import slim
from offtake.draw.theme import Colour, Scheme

_NS: Final = "{http://www.w3.org/2000/svg}"
_VL_VERSION: Final = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
_UNSEEN: Final = frozenset({"role", "pointer-events", "class", "font-family", "stroke-miterlimit"})
_INHERITED: Final = frozenset(
    {
        *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray"),
        *("font-size", "font-weight", "text-anchor"),
    }
)
_LONG: Final = re.compile(r"-?\d*\.\d{3,}(?:e-?\d+)?")
_LOCAL: Final = re.compile(r"url\(#([^)]+)\)")
_BY_HEX: Final = {colour.light: colour for colour in theme.COLOURS}
_BY_NAME: Final = {colour.name: colour for colour in theme.COLOURS}

ET.register_namespace("", _NS[1:-1])


def to_svg(
    chart: alt.LayerChart,
    *,
    ident: str,
    described: str,
    scheme: Scheme = Scheme.AUTO,
    alone: bool = False,
) -> str:
    """Write a chart as SVG text.

    Args:
        chart: What to draw.
        ident: Begins every id inside; unique on the page.
        described: What it shows, for who cannot see it.
        scheme: `auto` uses the page's CSS variables, with the light colours behind them.
        alone: Whether it is a file of its own; then it brings the variables with it.
    """
    spec: dict[str, Any] = chart.to_dict(validate=False)  # was checked when made
    drawn: str = vlc.vegalite_to_svg(spec, vl_version=_VL_VERSION, allowed_base_urls=[])
    root = ET.fromstring(drawn)
    hatches = _tidy(root, ident, scheme)
    _hoist(root)
    slim(root)
    for part in reversed(list(_patterns(hatches, ident, scheme))):
        root.insert(0, part)
    if alone and scheme is Scheme.AUTO:
        root.insert(0, _style())
    width, height = root.attrib.pop("width"), root.attrib.pop("height")
    root.attrib.clear()
    root.set("viewBox", f"0 0 {width} {height}")
    root.set("role", "img")
    root.set("aria-label", words.plain(described))
    if alone:
        root.set("width", width)
        root.set("height", height)
    # On the page itself: the font of the page, else of the reader's machine.
    root.set("font-family", theme.FONT)
    return ET.tostring(root, encoding="unicode").replace(" />", "/>")


def paint(colour: Colour, scheme: Scheme) -> str:
    """Write a colour as SVG wants it: a variable with a fallback, or the colour itself."""
    if scheme is Scheme.AUTO:
        return f"var(--{colour.name},{colour.light})"
    return colour.dark if scheme is Scheme.DARK else colour.light


def _tidy(root: ET.Element, ident: str, scheme: Scheme) -> list[Colour]:
    """Clean all elements below the root; give the hatchings they use."""
    hatches: dict[str, Colour] = {}
    for element in root.iter():
        for child in [c for c in element if _is_empty(c)]:
            element.remove(child)
        for name in [n for n in element.attrib if n in _UNSEEN or n.startswith("aria-")]:
            del element.attrib[name]
        if element.get("opacity") == "1":
            del element.attrib["opacity"]
        for name, value in element.attrib.items():
            colour = _BY_HEX.get(value.lower()) if name in ("fill", "stroke") else None
            if colour is None:
                element.set(name, _shortened(name, value, ident))
            elif colour.hatched:
                hatches[colour.name] = colour
                element.set(name, f"url(#{ident}-{colour.name})")
            else:
                element.set(name, paint(colour, scheme))
    return list(hatches.values())


def _is_empty(element: ET.Element) -> bool:
    """Tell whether an element paints nothing: a group's unpainted ground, an empty group."""
    if element.get("fill") == "transparent":
        return True
    if element.tag == f"{_NS}path":
        return not element.get("d") or not (element.get("fill") or element.get("stroke"))
    return element.tag == f"{_NS}g" and len(element) == 0


def _hoist(element: ET.Element) -> None:
    """Move to a group what all its members say alike: half the size."""
    for child in element:
        _hoist(child)
    if element.tag != f"{_NS}g" or len(element) < 2:
        return
    for name in _INHERITED & set(element[0].attrib):
        value = element[0].get(name, "")
        if all(child.get(name) == value for child in element):
            element.set(name, value)
            for child in element:
                del child.attrib[name]


def _shortened(name: str, value: str, ident: str) -> str:
    if name == "id":
        return f"{ident}-{value}"
    if "url(" in value:
        return _LOCAL.sub(rf"url(#{ident}-\1)", value)
    if name in ("font-weight", "text-anchor", "fill", "stroke"):
        return value
    return _LONG.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value)


def _patterns(hatches: list[Colour], ident: str, scheme: Scheme) -> Iterator[ET.Element]:
    for hatch in hatches:
        stripe = paint(_BY_NAME[hatch.name.removesuffix("-hatch")], scheme)
        pattern = ET.Element(
            f"{_NS}pattern",
            {
                "id": f"{ident}-{hatch.name}",
                "width": "5",
                "height": "5",
                "patternUnits": "userSpaceOnUse",
                "patternTransform": "rotate(45)",
            },
        )
        ET.SubElement(pattern, f"{_NS}rect", {"width": "1.7", "height": "5", "fill": stripe})
        yield pattern


def _style() -> ET.Element:
    style = ET.Element(f"{_NS}style")
    light, dark = theme.css(dark=False), theme.css(dark=True)
    style.text = f"svg{{{light}}}@media (prefers-color-scheme:dark){{svg{{{dark}}}}}"
    return style
