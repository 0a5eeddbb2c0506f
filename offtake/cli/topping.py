"""The work of `offtake top`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from offtake.cli import looking, screen, tables
from offtake.cli.calling import Caller, Plain
from offtake.errors import Exit, Fault, OfftakeError, Where

HEADS = ("cluster", "site", "accelerator", "usable", "in use", "health")
RIGHT = (3, 4)
_JOBS = 20
"""Jobs shown below the clusters."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is there at one moment."""

    clusters: list[Plain]
    counts: dict[str, int]
    jobs: list[Plain]
    at: float

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The clusters as the cells of `HEADS`."""
        return [_row(each) for each in self.clusters]


def top(url: str | None, *, once: bool, every: float, as_json: bool) -> None:
    """Show clusters and the queue.

    Raises:
        OfftakeError: the pause is none (`OTK-U004`), or the service cannot be reached.
    """
    if not 0.1 <= every <= 3600:
        what, where = "--every is from 0.1 to 3600 seconds", Where(path="offtake top")
        raise OfftakeError(
            Fault(code="OTK-U004", what=what, where=where, got=f"{every:g}"), exit=Exit.USAGE
        )
    console = screen.out()
    with Caller(url) as caller:
        if as_json:
            seen = _seen(caller)
            told = {"clusters": seen.clusters, "counts": seen.counts, "jobs": seen.jobs}
            screen.say_json({"schema": "offtake.top/1", **told})
        elif once or not console.is_terminal:
            seen = _seen(caller)
            tables.say(HEADS, seen.rows, RIGHT)
            screen.say(looking.counted(seen.counts))
            if seen.jobs:
                rows = [looking.job_row(each, seen.at) for each in seen.jobs]
                tables.say(looking.HEADS, rows, looking.RIGHT)
        else:
            live(caller, console, every, time.sleep)


def live(caller: Caller, console: Console, every: float, pause: Callable[[float], None]) -> None:
    """Show it again and again until Ctrl-C."""
    with Live(laid_out(_seen(caller)), console=console, auto_refresh=False, screen=True) as shown:
        while True:
            pause(every)
            shown.update(laid_out(_seen(caller)), refresh=True)


def laid_out(seen: Seen) -> Group:
    """Lay out what is there for a terminal."""
    clusters = _table(HEADS, seen.rows, RIGHT)
    rows = [looking.job_row(each, seen.at) for each in seen.jobs]
    queue = _table(looking.HEADS, rows, looking.RIGHT)
    return Group(clusters, Text(f"\n{looking.counted(seen.counts)}\n", style="bold"), queue)


def _table(heads: Any, rows: Any, right: Any) -> Table:
    made = Table(box=None, pad_edge=False, header_style="dim")
    for place, head in enumerate(heads):
        made.add_column(head, justify="right" if place in right else "left")
    for row in rows:
        made.add_row(*(Text(screen.clean(cell)) for cell in row))
    return made


def _row(cluster: Plain) -> tuple[str, ...]:
    health = "drained" if cluster["drained"] else cluster["health"]
    words = (cluster["id"], cluster["site"], cluster["accelerator"])
    return (*words, f"{cluster['usable']:,}", f"{cluster['taken']:,}", health)


def _seen(caller: Caller) -> Seen:
    clusters = caller.get("/v1/clusters")["clusters"]
    jobs = caller.get("/v1/jobs", state=looking.OPEN, limit=_JOBS)["jobs"]
    return Seen(clusters, caller.get("/v1/counts"), jobs, looking.clock())
