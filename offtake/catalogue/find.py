"""Search over all tables: every word must be found in a row; names count more than remarks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from offtake.catalogue.facts import Fact, columns_of
from offtake.catalogue.query import TABLES
from offtake.catalogue.query import table as rows_of
from offtake.catalogue.sheet import Cell, Column, Sheet, cell_of, sheet_of
from offtake.errors import Exit, Fault, OfftakeError

_WORD = re.compile(r"\d+(?:\.\d+)+|[^\W_]+")

_ASIDE = ("table", "source", "power_source", "price_source", "remark", "known_from_basis")
"""Columns that say little about what a row is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One row that was found."""

    table: str
    fact: Fact
    score: float
    """Larger is nearer; only its order means something."""
    columns: tuple[str, ...]
    """The columns the words were found in, in the order of the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found, nearest first."""

    text: str
    hits: tuple[Hit, ...]
    hits_count: int
    """All that were found; `hits` may be cut to a limit."""
    hint: str | None
    """If nothing was found, words that are in the catalogue and look alike."""

    def sheet(self) -> Sheet:
        """Lay the hits out for printing: table, key, where found, what it says, since when."""
        names = ("table", "key", "found_in", "says", "quality", "known_from", "source")
        heads = tuple(Column(name=name, unit="", numeric=False) for name in names)
        return Sheet(table="search", columns=heads, rows=tuple(_line(hit) for hit in self.hits))


def search(
    text: str,
    table: str | None = None,
    as_of: date | None = None,
    quality: str | None = None,
    *,
    history: bool = False,
    limit: int = 20,
) -> Found:
    """Find the rows that hold every word of a text, whatever their table.

    A word counts most where it is a whole key (`abilene-1`), less at the start of one or
    inside it, least in a source or a remark; case and the signs `- _ / ,` do not matter.
    A word of one or two letters, or a number, must begin a word. The table's name is
    searched too, numbers in number columns are not. If nothing is found, `hint` names the
    nearest words there are.

    Args:
        text: one or more words.
        table: search only this table.
        as_of: the day whose knowledge is searched; None for all that is known.
        quality: only rows of this quality.
        history: every vintage instead of the latest of each key.
        limit: the most hits to give back, at least 1.

    Raises:
        OfftakeError: no words (`OTK-K206`), no such table (`OTK-K201`) or quality
            (`OTK-K202`).
    """
    words = _words(text)
    if not words:
        raise OfftakeError(
            Fault(code="OTK-K206", what="a word to search for is wanted", got=repr(text)),
            exit=Exit.USAGE,
        )
    names = tuple(TABLES) if table is None else (table,)
    rows = [row for name in names for row in rows_of(name, as_of, quality=quality, history=history)]
    scored = (_scored(row, words) for row in rows)
    hits = sorted((hit for hit in scored if hit is not None), key=lambda hit: -hit.score)
    return Found(
        text=text,
        hits=tuple(hits[: max(1, limit)]),
        hits_count=len(hits),
        hint=None if hits else _alike(words, rows),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


@cache
def _plain(text: str) -> str:
    """Give the words of a text with single spaces round them: ` abilene 1 `."""
    return " " + " ".join(_words(text)) + " "


def _scored(row: Fact, words: tuple[str, ...]) -> Hit | None:
    cells = tuple(_cells(row))
    total = 0.0
    found: list[str] = []
    for word in words:
        best, column = max(((_near(word, *cell), cell[0]) for cell in cells), default=(0.0, ""))
        if best == 0.0:
            return None
        total += best
        if column not in found:
            found.append(column)
    whole = " " + " ".join(words) + " "
    if any(is_key and plain == whole for _, plain, is_key in cells):
        total += 100.0
    return Hit(table=row.TABLE, fact=row, score=total, columns=tuple(found))


def _near(word: str, column: str, plain: str, is_key: bool) -> float:
    """Say how near a word is to a cell: 0 is not in it at all."""
    begins = len(word) < 3 or word[0].isdigit()
    if (f" {word}" if begins else word) not in plain:
        return 0.0
    weight = 4.0 if is_key else 0.5 if column in _ASIDE else 1.0
    if plain == f" {word} ":
        return 10.0 * weight
    if f" {word} " in plain:
        return 5.0 * weight
    return (3.0 if f" {word}" in plain else 1.0) * weight


def _cells(row: Fact) -> Iterator[tuple[str, str, bool]]:
    """Give the cells that can be searched: column, plain text, whether it is of the key."""
    yield "table", _plain(row.TABLE), False
    for name in columns_of(type(row)):
        cell = cell_of(getattr(row, name))
        if isinstance(cell, str):
            yield name, _plain(cell), name in row.KEY


def _alike(words: tuple[str, ...], rows: Iterable[Fact]) -> str | None:
    there: set[str] = set()
    for row in rows:
        for _, plain, _ in _cells(row):
            there.update(word for word in plain.split() if len(word) > 2 and not word.isdigit())
    missing = [word for word in words if not any(word in known for known in there)]
    close = [
        known
        for word in missing
        for known in difflib.get_close_matches(word, sorted(there), n=3, cutoff=0.7)
    ]
    if close:
        return "did you mean " + " or ".join(f"'{word}'" for word in dict.fromkeys(close)) + "?"
    if not missing and len(words) > 1:
        return "each word is there, but no row has all of them; try fewer words"
    return None


def _line(hit: Hit) -> tuple[Cell, ...]:
    fact = hit.fact
    left_out = (*fact.KEY, "quality", "known_from")
    names = [name for name in fact.SHOWN if name not in left_out]
    told = zip(names, sheet_of(type(fact), [fact], names).printed()[0], strict=True)
    return (
        hit.table,
        " / ".join(part for part in fact.key if part),
        ", ".join(hit.columns),
        ", ".join(f"{name} {text}" for name, text in told if text),
        fact.quality,
        fact.known_from.isoformat(),
        fact.source,
    )
