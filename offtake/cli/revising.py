"""The work of `offtake revise`: read, check, simulate, tell and write."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from offtake.cli import outputs, planning, screen
from offtake.cli.interruptible import interruptible
from offtake.cli.progress import Status
from offtake.cli.soundness import sound
from offtake.draw import numbers
from offtake.errors import InfeasibleError, OfftakeError, Where
from offtake.model.canonical import plain
from offtake.model.outlook import Estimate
from offtake.model.period import Quarter
from offtake.model.revising import SCHEMA, Revising
from offtake.plan.rolling import Effort, rolling

WIDTH = 100
"""Columns a paragraph is set in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be simulated."""

    reviews: tuple[Quarter, ...]
    paths: int
    seed: int | None
    effort: Effort


def revise(
    world: str, asked: Asked, out: Path | None, *, as_json: bool, quiet: bool, force: bool
) -> None:
    """Simulate looking at a world's plan again, tell what it is worth, and write it.

    Raises:
        OfftakeError: the world has errors, or an option is out of range.
        InfeasibleError: no plan satisfies the limits; the faults say where they stand.
    """
    planning.refuse_negative(asked.seed, "offtake revise --seed")
    if out is not None:
        outputs.claim([out], force=force)
    document = sound(world, quiet)
    status = Status(screen.err(), quiet=quiet)

    def task() -> Revising:
        return rolling(
            document.portfolio,
            reviews=asked.reviews,
            paths=asked.paths,
            effort=asked.effort,
            seed=asked.seed,
            progress=status,
        )

    def interrupted() -> None:
        status.stop()
        sys.stderr.write("offtake: interrupted; nothing was written\n")

    try:
        with status:
            made = interruptible(task, interrupted)
    except InfeasibleError as error:
        raise InfeasibleError([document.place(fault) for fault in error.faults]) from None
    except OfftakeError as error:
        faults = [
            replace(fault, where=Where(path=f"offtake revise --{fault.where.path}"))
            if fault.code in planning.OPTIONS
            else fault
            for fault in error.faults
        ]
        raise OfftakeError(faults, exit=error.exit) from None
    text = json.dumps({"schema": SCHEMA, **_data(made)}, indent=1, ensure_ascii=False) + "\n"
    if out is not None:
        outputs.fill(out, text)
    if as_json:
        screen.say_json_text(text)
    else:
        screen.say("\n".join(lines(made)))
    if out is not None:
        screen.note(f"wrote {out}") if as_json else screen.say(f"wrote {out}")


def _data(made: Revising) -> dict[str, object]:
    found = plain(made)
    assert isinstance(found, dict)
    return dict(found)


def lines(made: Revising) -> Iterator[str]:
    """Tell what revising is worth, and each future."""
    reviews = ", ".join(map(str, made.reviews))
    yield f"Looking again at the plan of {made.portfolio} before {reviews}"
    yield ""
    proven = made.worth.low_usd > 0 or made.worth.high_usd < 0
    yield f"  is worth      {_spread(made.worth)}"
    yield f"  held          {_spread(made.held)}"
    yield f"  looked again  {_spread(made.revised)}"
    yield ""
    said = (
        f"Net present value in the mean of {len(made.paths)} futures no plan was made for, and the "
        f"interval it lies in ({made.worth.confidence_share:.0%}). Better in "
        f"{numbers.share(made.better_share)} of them."
    )
    more_would = " The interval holds zero: more futures (--paths) would tell."
    yield textwrap.fill(said + ("" if proven else more_would), WIDTH)
    yield ""
    yield "Future  Story         Chance          Held  Looked again    Difference"
    for number, path in enumerate(made.paths, 1):
        held, revised = path.held_npv_usd, path.revised_npv_usd
        more = revised - held
        kept = f"  earlier plan kept {path.kept_count} times" if path.kept_count else ""
        yield (
            f"{number:>6}  {path.story[:12]:<12}  {numbers.share(path.probability_share)!s:>6}"
            f"  {numbers.usd(held)!s:>12}  {numbers.usd(revised)!s:>12}"
            f"  {numbers.usd(more, signed=True)!s:>12}{kept}"
        )
    yield ""
    yield textwrap.fill(made.about, WIDTH)


def _spread(one: Estimate) -> str:
    low, high = numbers.usd(one.low_usd), numbers.usd(one.high_usd)
    return f"{numbers.usd(one.mean_usd)} ({low} to {high})"
