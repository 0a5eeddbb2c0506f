"""Tables on stdout: whole rows for pipes, columns that fit for terminals.

On a terminal words wrap, numbers and dates never do, and the columns that have no room are
left out and named on stderr: a number is shown whole or not at all. What names the row and
what the table is about (`DEAR`) stays longest; of the others those at the end go first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from offtake.cli import screen

WIDE = 100_000
"""Columns where there is no terminal: a row stays one line, for grep."""
GAP = 2
LEAST = 14
"""Columns a cell of several words wants at least."""
HEAD = 9
"""Columns a heading may take beyond what stands below it."""
DEAR = frozenset(
    {"amount", "cash due", "days", "left", "net", "outcome", "reason", "state", "value"}
    | {"median", "theirs less ours", "worth", "price", "debit (credit is negative)"}
)
"""Heads, in small letters, of what a table is about: they stay when others have to go."""


@dataclass(frozen=True, slots=True)
class _Column:
    head: str
    cells: tuple[str, ...]
    right: bool

    @property
    def wraps(self) -> bool:
        return not self.right and any(" " in cell for cell in self.cells)

    @property
    def least(self) -> int:
        """The narrowest it may become."""
        longest = max(map(cell_len, self.cells), default=0)
        held = min(longest, max(LEAST, self._longest_word)) if self.wraps else longest
        return max(held, *map(cell_len, self.heading.split("\n")))

    @property
    def most(self) -> int:
        """The widest it is of any use."""
        return max(self.least, *map(cell_len, self.cells)) if self.cells else self.least

    @property
    def dear(self) -> bool:
        return self.head.partition(" [")[0].lower() in DEAR

    @property
    def heading(self) -> str:
        """The head, broken behind its underscores where it is longer than what is below."""
        room = max(HEAD, *map(cell_len, self.cells)) if self.cells else HEAD
        lines = [""]
        for piece in self.head.replace("_", "_\n").replace(" [", "\n[").split("\n"):
            fits = len(lines[-1]) + len(piece) <= room and not piece.startswith("[")
            lines = [*lines[:-1], lines[-1] + piece] if fits else [*lines, piece]
        return "\n".join(line for line in lines if line)

    @property
    def _longest_word(self) -> int:
        return max((cell_len(word) for cell in self.cells for word in cell.split()), default=0)


def say(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> None:
    """Print a table to stdout; the columns numbered in `right` are set flush right."""
    columns = [
        _Column(head, tuple(screen.clean(row[place]) for row in rows), place in right)
        for place, head in enumerate(heads)
    ]
    console = screen.out()
    if not console.is_terminal:
        console.width = WIDE
        screen.show(console, _laid_out(columns, None))
        return
    kept = _fitting(columns, console.width)
    screen.show(console, _laid_out(kept, _widths(kept, console.width)))
    if len(kept) < len(columns):
        left = ", ".join(column.head for column in columns if column not in kept)
        screen.note(f"no room for: {left}", "dim")


def _fitting(columns: Sequence[_Column], width: int) -> list[_Column]:
    """Keep what there is room for: the first column, what is dear, then the others in order."""
    ranked = sorted(range(len(columns)), key=lambda i: (i > 0, not columns[i].dear, i))
    kept: list[int] = []
    used = -GAP
    for place in ranked:
        used += columns[place].least + GAP
        if kept and used > width:
            break
        kept.append(place)
    return [columns[place] for place in sorted(kept)]


def _widths(columns: Sequence[_Column], width: int) -> list[int]:
    """Give each column its least, and what is left over to those that wrap, evenly."""
    found = [column.least for column in columns]
    spare = width - sum(found) - GAP * (len(columns) - 1)
    hungry = [i for i, column in enumerate(columns) if column.most > found[i]]
    while spare > 0 and hungry:
        for place in hungry[:spare]:
            found[place] += 1
        spare -= len(hungry[:spare])
        hungry = [i for i in hungry if columns[i].most > found[i]]
    return found


def _laid_out(columns: Sequence[_Column], widths: Sequence[int] | None) -> Table:
    """Lay a table out; without widths plainly, each row on one line."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    for place, column in enumerate(columns):
        made.add_column(
            Text(column.head if widths is None else column.heading),
            justify="right" if column.right else "left",
            vertical="top",
            no_wrap=widths is None or not column.wraps,
            width=None if widths is None else widths[place],
            overflow="fold",
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        made.add_row(*map(Text, row))
    return made
