"""The month's money along a chain, from who pays to who is paid: bands as wide as the money.

    Lab ▌▔▔▔▔▔▔▔▔▔▔▔▔▐HyperCo▌▔▔▔▔▔▔▔▔▔▐OpCo▌▔▔▔▔▔▔▐SiteCo
        ▌            ▐ keeps ▙▁▁▁▁▁▁▁▁▁▐    ▙▁▁▁▁▁▁▁▁▁▁▐ grid operator
        ▌▁▁▁▁▁▁▁▁▁▁▁▁▐

The blue end of a party's bar is what it keeps, a red one what it is short of. On a narrow
screen the money flows down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import altair as alt

from offtake.draw import statement_tables as told
from offtake.draw import theme, words
from offtake.draw.figure import Figure
from offtake.draw.layout import FULL, Frame
from offtake.draw.marks import Axis, Canvas, Row, bars, compose, labels, shapes
from offtake.draw.statement import currencies
from offtake.draw.tables import Table
from offtake.model.statement import Position, Statement

_BAR = 12.0
"""Thickness of a party's bar, in pixels."""
_LARGEST = 120.0
"""Width of the largest party's money, in pixels."""
_LINES = 32.0
"""Room for the two lines a party is labelled with."""
_STEPS = 24
_LETTER = 6.4
Ring = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Band:
    """Money of the month from one party to another, in minor units, above 0."""

    payer: str
    payee: str
    minor: int
    what: str
    """The contract, or what it is for."""


@dataclass(frozen=True, slots=True)
class Node:
    """A party's place: how far along the flow, and what passes through it in pixels."""

    party: str
    step: int
    begin: float
    """Where its bar begins, across the flow."""
    size: float
    """Length of its bar: the greater of what comes in and what goes out."""
    kept: float
    """Pixels it keeps; below 0 it is short of so many."""


def figures(statement: Statement) -> tuple[Figure[Statement], ...]:
    """Give the flow of each currency of a statement, with its words and its numbers."""
    return tuple(_figure(statement, currency) for currency in currencies(statement))


def _figure(statement: Statement, currency: str) -> Figure[Statement]:
    def drawn(held: Statement, frame: Frame) -> alt.LayerChart:
        return draw(held, currency, frame)

    return Figure(
        key=f"flow-{currency.lower()}",
        title=f"The chain as a flow of money, {currency}",
        says=told.margins_say(statement),
        reading="From who pays to who is paid, net, for the month; a band is as wide as its "
        "money. Blue: what a party keeps. Red: what it is short of. Prepayments, which only "
        "move cash in time, are left out.",
        kind="Bands between the bars of the parties.",
        table=table(statement, currency),
        draw=drawn,
        wide=FULL,
    )


def bands(statement: Statement, currency: str) -> tuple[Band, ...]:
    """Give what each party pays each other for the month; a negative invoice is paid back."""
    found = [
        _band(i.buyer, i.seller, i.net_minor, i.contract)
        for i in statement.invoices
        if i.currency == currency and i.net_minor
    ]
    found += [
        _band(e.payer, e.payee, e.minor, e.text)
        for e in statement.externals
        if e.currency == currency and e.minor
    ]
    return tuple(found)


def _band(payer: str, payee: str, minor: int, what: str) -> Band:
    if minor < 0:
        payer, payee, minor = payee, payer, -minor
    return Band(words.plain(payer), words.plain(payee), minor, words.plain(what))


def table(statement: Statement, currency: str) -> Table:
    """Give the bands, and what each leaves with the party it comes to."""
    places = _places(statement, currency)
    kept = {words.plain(p.party): p.in_minor - p.out_minor for p in _positions(statement, currency)}
    rows = tuple(
        (
            *(band.payer, band.payee, band.what, told.money(band.minor, places)),
            told.money(kept.get(band.payee, 0), places),
        )
        for band in bands(statement, currency)
    )
    return Table(
        caption=f"Who pays whom for the month, {currency}, net",
        head=("Payer", "Payee", "For", "Amount", "The payee is left with, of all"),
        rows=rows,
        texts=frozenset({0, 1, 2}),
    )


def _positions(statement: Statement, currency: str) -> tuple[Position, ...]:
    return tuple(p for p in statement.positions if p.currency == currency)


def _places(statement: Statement, currency: str) -> int:
    return next((p.places for p in _positions(statement, currency)), 2)


def steps(found: Sequence[Band]) -> dict[str, int]:
    """Give each party's step along the flow: one after the last of those that pay it.

    Where money goes round in a circle, its smallest band counts for no step. Who is paid by
    nobody stands one step before those it pays.
    """
    payers: dict[str, set[str]] = {}
    for band in sorted(found, key=lambda b: (-b.minor, b.payer, b.payee)):
        payers.setdefault(band.payer, set())
        payers.setdefault(band.payee, set())
        if band.payee not in _above(band.payer, payers):
            payers[band.payee].add(band.payer)
    given: dict[str, int] = {}

    def step(party: str) -> int:
        if party not in given:
            given[party] = max((step(payer) + 1 for payer in payers[party]), default=0)
        return given[party]

    for party in payers:
        step(party)
    for party, payees in _only_paying(found).items():
        given[party] = max(min(given[payee] for payee in payees) - 1, 0)
    return given


def _above(party: str, payers: dict[str, set[str]]) -> set[str]:
    """Give a party and all whose money comes to it."""
    seen, todo = {party}, [party]
    while todo:
        fresh = payers[todo.pop()] - seen
        seen |= fresh
        todo += fresh
    return seen


def _only_paying(found: Sequence[Band]) -> dict[str, list[str]]:
    """Give the parties nobody pays, with those they pay: they stand one step before these."""
    paid = {band.payee for band in found}
    payees: dict[str, list[str]] = defaultdict(list)
    for band in found:
        if band.payer not in paid:
            payees[band.payer].append(band.payee)
    return payees


def nodes(found: Sequence[Band], room: float) -> tuple[Node, ...]:
    """Place the parties: step by step, the largest of a step first, a gap between them."""
    comes: dict[str, int] = defaultdict(int)
    goes: dict[str, int] = defaultdict(int)
    for band in found:
        comes[band.payee] += band.minor
        goes[band.payer] += band.minor
    at = steps(found)
    size = {party: max(comes[party], goes[party]) for party in at}
    most = max(size.values(), default=1)
    by_step: dict[int, list[str]] = defaultdict(list)
    for party in sorted(at, key=lambda p: (-size[p], p)):
        by_step[at[party]].append(party)
    placed = []
    for step, members in by_step.items():
        begin = 0.0
        for party in members:
            length = size[party] / most * _LARGEST
            passes = comes[party] and goes[party]
            kept = (comes[party] - goes[party]) / most * _LARGEST if passes else 0.0
            placed.append(Node(party, step, begin, length, kept))
            begin += length + room
    return tuple(sorted(placed, key=lambda node: (node.step, node.begin)))


def draw(statement: Statement, currency: str, frame: Frame) -> alt.LayerChart:
    """Draw who pays whom, in one currency: to the right, or down where it is narrow."""
    found = bands(statement, currency)
    placed = nodes(found, 78.0 if frame.narrow else _LINES + 14)
    last = max((node.step for node in placed), default=0)
    across = max((node.begin + node.size for node in placed), default=40.0)
    height = last * 104.0 + _BAR + 2 * _LINES if frame.narrow else across + _LINES + 14
    canvas = Canvas(
        width=frame.width,
        height=height,
        left=0,
        right=0,
        top=0,
        bottom=0,
        x=Axis(0, frame.width),
        y=Axis(0, height),
        downwards=True,
    )
    return compose(canvas, _Flow(statement, currency, frame, found, placed).layers(canvas))


@dataclass(frozen=True, slots=True)
class _Flow:
    """A flow that is laid out; `along` and `across` it are turned into x and y at the end."""

    statement: Statement
    currency: str
    frame: Frame
    found: Sequence[Band]
    placed: Sequence[Node]

    @property
    def stride(self) -> float:
        """Pixels from one step to the next."""
        last = max((node.step for node in self.placed), default=0)
        if self.frame.narrow:
            return 104.0
        return (self.frame.width - 150.0) / max(last, 1)

    def layers(self, canvas: Canvas) -> Iterator[alt.Chart]:
        if not self.found:
            yield labels(canvas, [{"x": 4, "y": 20, "text": "No money changed hands."}])
            return
        yield shapes(canvas, self._rings(), theme.PAYMENT, opacity=0.45)
        yield bars(canvas, list(self._bars()))
        names, notes = zip(*self._told(), strict=True)
        yield labels(canvas, names, theme.INK, bold=True)
        yield labels(canvas, notes, theme.INK if self.frame.narrow else theme.SOFT)

    def _turned(self, along: float, across: float) -> tuple[float, float]:
        """Give x and y: money flows to the right, or down where it is narrow."""
        return (across, along + _LINES) if self.frame.narrow else (along, across + 4)

    def _rings(self) -> Iterator[tuple[Ring, str]]:
        by_party = {node.party: node for node in self.placed}
        most = max((node.size for node in self.placed), default=1.0)
        total = self._most_minor()
        left = dict.fromkeys(by_party, 0.0)
        right = dict.fromkeys(by_party, 0.0)
        order = sorted(self.found, key=lambda b: (by_party[b.payer].begin, by_party[b.payee].begin))
        for band in order:
            wide = band.minor / total * most
            source, target = by_party[band.payer], by_party[band.payee]
            begin = source.begin + left[band.payer]
            end = target.begin + right[band.payee]
            left[band.payer] += wide
            right[band.payee] += wide
            first, last = source.step * self.stride + _BAR, target.step * self.stride
            yield self._ring(first, last, begin, end, wide), ""

    def _most_minor(self) -> int:
        comes: dict[str, int] = defaultdict(int)
        goes: dict[str, int] = defaultdict(int)
        for band in self.found:
            comes[band.payee] += band.minor
            goes[band.payer] += band.minor
        return max([*comes.values(), *goes.values()])

    def _ring(self, first: float, last: float, begin: float, end: float, wide: float) -> Ring:
        wide = max(wide, 0.7)
        there = [self._point(first, last, begin, end, k / _STEPS) for k in range(_STEPS + 1)]
        back = [
            self._point(first, last, begin + wide, end + wide, k / _STEPS)
            for k in range(_STEPS, -1, -1)
        ]
        ring = [self._turned(*point) for point in (*there, *back)]
        rounded = [(round(x, 1), round(y, 1)) for x, y in ring]
        return [*rounded, rounded[0]]

    @staticmethod
    def _point(
        first: float, last: float, begin: float, end: float, part: float
    ) -> tuple[float, float]:
        """Give a point of a curve that leaves and arrives straight: 3t² − 2t³."""
        smooth = part * part * (3 - 2 * part)
        return first + (last - first) * part, begin + (end - begin) * smooth

    def _bars(self) -> Iterator[Row]:
        for node in self.placed:
            along, end = node.step * self.stride, node.begin + node.size
            kept = abs(node.kept)
            parts = [(node.begin, end - kept, theme.PAYMENT.light)]
            if kept:
                tone = theme.REVENUE if node.kept > 0 else theme.ALERT
                parts.append((end - kept, end, tone.light))
            for low, high, fill in parts:
                if high <= low:
                    continue
                x, y = self._turned(along, low)
                x2, y2 = self._turned(along + _BAR, high)
                yield {"x": x, "x2": x2, "y": y, "y2": y2, "fill": fill}

    def _told(self) -> Iterator[tuple[Row, Row]]:
        by_party = {words.plain(p.party): p for p in _positions(self.statement, self.currency)}
        for node in self.placed:
            along = node.step * self.stride
            if self.frame.narrow:
                x, y = self._turned(along, node.begin)
                y -= 24
                letters = 24
            else:
                x, y = self._turned(along, node.begin + node.size)
                y += 12
                letters = int(min(self.stride - 6, 150) / _LETTER)
            name = words.squeezed(node.party, letters)
            text = words.shortened(_says(by_party.get(node.party)), letters + 4)
            yield {"x": x, "y": y, "text": name}, {"x": x, "y": y + 14, "text": text}


def _says(position: Position | None) -> str:
    if position is None:
        return ""
    left = position.in_minor - position.out_minor
    if not position.in_minor:
        return f"pays {told.money(position.out_minor, position.places)}"
    if not position.out_minor:
        return f"is paid {told.money(position.in_minor, position.places)}"
    if left < 0:
        return f"is short of {told.money(-left, position.places)}"
    return f"keeps {told.money(left, position.places)}"
