"""How far a plan is, on stderr: one live line on a terminal, a line a stage elsewhere.

⠹  12.3 s  improve   better blocks found; best 8.21 B USD, at most 41.0 M USD below …

Numbers of better plans come as the search finds them; the time is since it began.
"""

from __future__ import annotations

import math
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from offtake.cli.screen import clean
from offtake.draw import numbers
from offtake.progress import Progress

QUIET_SECONDS = 2.0
"""Where there is no terminal, better plans of one stage are told no more often."""


class Status:
    """Tells the stages of a long computation; use it as the `progress` of a plan."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._live: Live | None = None
        self._began = self._last = time.monotonic()
        self._now: Progress | None = None
        self._spinner = Spinner("dots")

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        if self._console.is_terminal and not self._quiet:
            self._live = Live(
                console=self._console,
                get_renderable=self._line,
                refresh_per_second=8,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the live line off the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def say(self, words: str) -> None:
        """Say something once, above the live line."""
        if not self._quiet:
            self._console.print(clean(words), soft_wrap=True)

    def __call__(self, progress: Progress) -> None:
        """Take in what is being done now."""
        before, self._now = self._now, progress
        if self._quiet or self._live is not None:
            return
        again = before is not None and before.stage == progress.stage
        if again and time.monotonic() - self._last < QUIET_SECONDS:
            return
        self._last = time.monotonic()
        self._console.print(self._words(), soft_wrap=True)

    def _line(self) -> Spinner:
        self._spinner.update(text=self._words())
        return self._spinner

    def _words(self) -> Text:
        spent = numbers.seconds(time.monotonic() - self._began)
        said = Text(f"{spent!s:>9}  ", style="dim")
        now = self._now
        if now is None:
            return said
        said.append(f"{now.stage:<8}  ", style="not dim bold")
        said.append(clean(now.words) + _standing(now), style="not dim")
        return said


def _standing(now: Progress) -> str:
    """Tell how good the best plan is so far."""
    best, bound = now.best_usd, now.bound_usd
    if best is None or not math.isfinite(best):
        return ""
    said = f"; best {numbers.usd(best)}"
    if bound is None or not math.isfinite(bound):
        return said
    return f"{said}, at most {numbers.usd(max(bound - best, 0.0))} below the best possible"
