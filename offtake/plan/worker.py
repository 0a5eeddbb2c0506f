"""A worker: holds the blocks of some scenarios, and answers what they are worth at a point.

What a worker is made from is a `Question`, so it can be made anew anywhere: in this
process, in another, on another machine. Scenarios come in chunks of a few; the chunks up
to `most_columns` stay in memory with warm solvers, the others lie on disk between
questions, so that memory does not grow with the number of scenarios.
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from offtake.plan.blocks import Block, cut_out, split
from offtake.plan.program import ABSENT, Floats, Ints
from offtake.plan.question import Part, Question, in_chunks

CHUNK = 25
"""Scenarios whose program is written at a time."""
MOST_COLUMNS = 600_000
"""Columns of blocks that stay in memory with their solvers."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one worker is to hold."""

    question: Question
    """On its own scenarios alone."""
    group: Ints
    """[W] cut each scenario belongs to."""
    groups: int
    threads: int = 1
    chunk: int = CHUNK
    most_columns: int = MOST_COLUMNS
    folder: Path | None = None
    """Where blocks lie that do not stay in memory; None is a folder of the worker's own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What some scenarios are worth at a point, and how fast that changes."""

    value: Floats
    """[G] by group."""
    slope: Floats
    """[G, F] by group and first-stage column."""
    broken: Floats
    """[W] how far limits inside each scenario are broken."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The last answer of one chunk, by rows and columns of its part."""

    which: Ints
    values: Floats
    row_dual: Floats
    column_dual: Floats


@dataclass(slots=True)
class _Shelf:
    """The blocks of one chunk: in memory, or in a file."""

    which: Ints
    shape: tuple[int, int]
    """Rows and columns of its part."""
    spend: tuple[list[Ints], list[Floats]]
    """For each block the columns of cash out, by their place in it, and their weights."""
    blocks: list[Block] | None
    file: Path | None = None

    def open(self) -> list[Block]:
        """Give the blocks."""
        if self.blocks is not None:
            return self.blocks
        assert self.file is not None
        found: list[Block] = pickle.loads(self.file.read_bytes())
        return found

    def close(self, blocks: list[Block]) -> None:
        """Put the blocks back."""
        if self.file is None:
            return
        for block in blocks:
            block.rest()
        self.file.write_bytes(pickle.dumps(blocks, protocol=pickle.HIGHEST_PROTOCOL))


class Worker:
    """Blocks of some scenarios, ready to be asked."""

    def __init__(self, task: Task) -> None:
        """Write the programs of the task's scenarios, chunk by chunk, and cut them apart."""
        self.task = task
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._held = 0
        self._shelves = [
            self._shelve(task.question.part(which), number)
            for number, which in enumerate(in_chunks(task.question.scenarios.count, task.chunk))
        ]

    def ask(self, point: Floats, allowance: Floats) -> Answer:
        """Ask every scenario.

        Args:
            point: [F] the first stage.
            allowance: [K, W] share of each limit on a mean.
        """
        task = self.task
        value = np.zeros(task.groups)
        slope = np.zeros((task.groups, len(point)))
        broken = np.zeros(len(task.group))

        def solve(block: Block, number: int) -> None:
            block.ask(point, allowance[:, number])

        for shelf, blocks in self._all(solve):
            group = task.group[shelf.which]
            np.add.at(value, group, [b.value for b in blocks])
            for number, block in zip(group, blocks, strict=True):
                slope[number] += block.slope
            broken[shelf.which] = [b.broken for b in blocks]
        return Answer(value, slope, broken)

    def reprice(self, price: Floats, aimless: bool = False) -> None:
        """Charge prices [K] for limits on a mean; or want nothing but to keep limits."""
        for _ in self._all(lambda block, _: block.reprice(price, aimless=aimless)):
            pass

    def taken(self) -> Floats:
        """Give what each scenario took of each limit on a mean, [K, W]."""
        found = [
            np.array([b.taken() for b in shelf.open()]).reshape(len(shelf.which), -1)
            for shelf in self._shelves
        ]
        return np.concatenate(found).T

    def volume(self) -> float:
        """Add up discounted cash out of the last answer, each scenario by its chance."""
        total = 0.0
        for shelf in self._shelves:
            for block, columns, weight in zip(shelf.open(), *shelf.spend, strict=True):
                total += float(weight @ np.maximum(block.solution[columns], 0.0))
        return total

    def share_dual(self) -> Floats:
        """Give what one more unit of its allowance is worth to each scenario, [K, W]."""
        found = [
            np.array([b.dual[b.shares] for b in shelf.open()]).reshape(len(shelf.which), -1)
            for shelf in self._shelves
        ]
        return np.concatenate(found).T

    def piece(self, number: int) -> Piece:
        """Give the last answer of one chunk."""
        shelf = self._shelves[number]
        values, row_dual = np.zeros(shelf.shape[1]), np.zeros(shelf.shape[0])
        column_dual = np.zeros(shelf.shape[1])
        for block in shelf.open():
            values[block.columns] = block.solution[: len(block.columns)]
            column_dual[block.columns] = block.reduced[: len(block.columns)]
            row_dual[block.rows] = block.dual
        return Piece(shelf.which, values, row_dual, column_dual)

    def in_memory(self) -> int:
        """Count the chunks that stay in memory."""
        return sum(shelf.file is None for shelf in self._shelves)

    def digest(self) -> list[str]:
        """Name every block, [W]."""
        return [block.digest() for shelf in self._shelves for block in shelf.open()]

    def chunks(self) -> int:
        """Count the chunks."""
        return len(self._shelves)

    def close(self) -> None:
        """Take away what lies on disk."""
        for shelf in self._shelves:
            if shelf.file is not None:
                shelf.file.unlink(missing_ok=True)
        if self._folder is not None:
            self._folder.cleanup()

    def _room(self) -> Path:
        if self.task.folder is not None:
            return self.task.folder
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="offtake-")
        return Path(self._folder.name)

    def _all(self, do: Callable[[Block, int], None]) -> Iterator[tuple[_Shelf, list[Block]]]:
        """Do something to every block, as many at a time as there are threads."""
        with ThreadPoolExecutor(self.task.threads) as pool:
            kept = [s for s in self._shelves if s.file is None]
            pairs = [
                (b, int(w)) for s in kept for b, w in zip(s.blocks or (), s.which, strict=True)
            ]
            list(pool.map(lambda pair: do(*pair), pairs))
            yield from ((shelf, shelf.blocks or []) for shelf in kept)
            for shelf in self._shelves:
                if shelf.file is not None:
                    blocks = shelf.open()
                    list(pool.map(do, blocks, map(int, shelf.which)))
                    shelf.close(blocks)
                    yield shelf, blocks

    def _shelve(self, part: Part, number: int) -> _Shelf:
        parts = split(part.assembled, part.first, held=part.allowance.ravel(), anchors=part.npv)
        facts = part.made.facts
        chance = facts.scenarios.probability
        blocks = cut_out(part.assembled, parts, part.hard, part.shares, chance)
        place = np.full(part.assembled.matrix.shape[1], ABSENT, np.int64)
        columns, weights = [], []
        for row, block in enumerate(blocks):
            place[block.columns] = np.arange(len(block.columns))
            columns.append(place[part.made.spend[row]])
            weights.append(chance[row] * facts.discount)
        shelf = _Shelf(part.which, part.assembled.matrix.shape, (columns, weights), blocks)
        self._held += sum(len(b.program.cost) for b in blocks)
        if self._held > self.task.most_columns:
            shelf.file, shelf.blocks = self._room() / f"{number}.blocks", None
            shelf.close(blocks)
        return shelf
