"""Which windows of the world a map shows, and where they stand on the picture.

Sites nearer to each other than a fifth of a continent share a window. The window with the
most sites is the largest; at most four others stand beside it, two by two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, radians

from offtake.draw.holdings import Holding
from offtake.draw.layout import Frame
from offtake.draw.outlines import Box, View

_NEAR_DEGREES = 14.0
_MOST = 5
_GAP = 8.0
_LEAST_DEGREES = 12.0
"""A window shows at least so much around a site, so that a coast or border is seen."""
_ROUND = 20.0
"""Room for circles at the edges of a window, in pixels."""
_MAIN_SHARE = 0.52
_LEAST_HEIGHT, _SMALL_HEIGHT, _MOST_HEIGHT = 210.0, 130.0, 420.0

Placed = tuple[Holding, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the world with the holdings in it."""

    view: View
    placed: tuple[Placed, ...]
    """Each holding with its place on the picture, in pixels."""
    label_width: float
    """Room for names at its right edge, in pixels."""

    @property
    def labels_at(self) -> float:
        """Tell where names begin: right of all marks, in pixels from the left."""
        box = self.view.box
        last = max(x for _, (x, _) in self.placed)
        return min(box.left + box.width - self.label_width, last + 2 * _ROUND)


def windows(found: Sequence[Holding], frame: Frame) -> tuple[Window, ...]:
    """Group the holdings by where they lie, and give each group a window of the picture."""
    if not found:
        return ()
    groups = sorted(_groups(found), key=lambda group: (-_sites(group), -_power(group)))
    boxes = _stacked(groups, frame) if frame.narrow else _beside(groups, frame)
    return tuple(_window(group, box, frame) for group, box in zip(groups, boxes, strict=True))


def _sites(group: Sequence[Holding]) -> int:
    return len({h.site for h in group})


def _power(group: Sequence[Holding]) -> float:
    return sum(h.held_it_mw for h in group)


def _at(holding: Holding) -> tuple[float, float]:
    assert holding.longitude_degrees is not None
    assert holding.latitude_degrees is not None
    return holding.longitude_degrees, holding.latitude_degrees


def _groups(found: Sequence[Holding]) -> list[list[Holding]]:
    """Join what lies near, and widen what counts as near until the windows are few."""
    near = _NEAR_DEGREES
    while True:
        groups: list[list[Holding]] = []
        for holding in found:
            close = [g for g in groups if any(_apart(holding, other) <= near for other in g)]
            joined = [holding, *(other for group in close for other in group)]
            groups = [g for g in groups if g not in close] + [joined]
        if len(groups) <= _MOST:
            return groups
        near *= 1.5


def _apart(one: Holding, other: Holding) -> float:
    """Give how far two sites lie apart, in degrees of latitude, roughly."""
    (x, y), (x2, y2) = _at(one), _at(other)
    return hypot((x - x2) * cos(radians((y + y2) / 2)), y - y2)


def _height(group: Sequence[Holding], least: float) -> float:
    return min(max(least, _sites(group) * 13.0 + 34), _MOST_HEIGHT)


def _stacked(groups: Sequence[Sequence[Holding]], frame: Frame) -> list[Box]:
    boxes, top = [], 0.0
    for group in groups:
        height = _height(group, _SMALL_HEIGHT)
        boxes.append(Box(0, top, frame.width, height))
        top += height + _GAP
    return boxes


def _beside(groups: Sequence[Sequence[Holding]], frame: Frame) -> list[Box]:
    """Put the first at the left, the others in a grid of two columns at its right."""
    if len(groups) == 1:
        return [Box(0, 0, frame.width, _height(groups[0], _LEAST_HEIGHT))]
    main = _height(groups[0], 2 * _SMALL_HEIGHT + _GAP if len(groups) > 2 else _LEAST_HEIGHT)
    left = round(frame.width * _MAIN_SHARE)
    room, others = frame.width - left - _GAP, groups[1:]
    across = 1 if len(others) <= 2 else 2
    down = -(-len(others) // across)
    height = max((main - _GAP * (down - 1)) / down, *(_height(g, _SMALL_HEIGHT) for g in others))
    whole = height * down + _GAP * (down - 1)
    boxes = [Box(0, 0, left, whole)]
    for index in range(len(others)):
        row, column = divmod(index, across)
        alone = across == 1 or (column == 0 and index == len(others) - 1)
        width = room if alone else (room - _GAP) / 2
        boxes.append(
            Box(left + _GAP + column * (width + _GAP), row * (height + _GAP), width, height)
        )
    return boxes


def _window(group: Sequence[Holding], box: Box, frame: Frame) -> Window:
    longest = max(len(h.name) for h in group) + 6
    label_width = min(max(70.0, longest * 6.4 + 8), box.width * (0.48 if frame.narrow else 0.42))
    view = _view(group, box, label_width)
    return Window(view, _side_by_side(group, view), label_width)


def _view(group: Sequence[Holding], box: Box, label_width: float) -> View:
    """Choose the largest scale that shows all of a group left of its names."""
    xs, ys = zip(*map(_at, group), strict=True)
    latitude = (min(ys) + max(ys)) / 2
    squeeze = cos(radians(latitude))
    across = max((max(xs) - min(xs)) * squeeze, _LEAST_DEGREES)
    down = max(max(ys) - min(ys), _LEAST_DEGREES)
    room = box.width - label_width - 2 * _ROUND
    scale = min(room / across, (box.height - 2 * _ROUND) / down)
    # What names take at the right moves the middle of the window to the east.
    east = label_width / 2 / scale / squeeze
    return View(box, (min(xs) + max(xs)) / 2 + east, latitude, scale)


def _side_by_side(group: Sequence[Holding], view: View) -> tuple[Placed, ...]:
    """Place holdings; those of one site stand side by side."""
    together: dict[str, list[Holding]] = {}
    for holding in group:
        together.setdefault(holding.site, []).append(holding)
    placed: list[Placed] = []
    for members in together.values():
        x, y = view.place(*_at(members[0]))
        held = [h for h in members if h.held_it_mw > 0] or members[:1]
        for index, holding in enumerate(held):
            placed.append((holding, (x + (index - (len(held) - 1) / 2) * 14, y)))
    return tuple(placed)
