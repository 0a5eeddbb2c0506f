"""Scenes at the command line: find one, ask it one question, tell and write the answer."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from offtake.cli import outputs, pagefile, screen, tables, worlds
from offtake.cli.asked import Asked
from offtake.cli.interruptible import interruptible
from offtake.cli.progress import Status
from offtake.draw import numbers
from offtake.files.valued import read_value
from offtake.model.bucket import Bucket
from offtake.progress import Progress
from offtake.simulate.gang.job import Mean
from offtake.simulate.scene import Scene
from offtake.simulate.shock.paired import Change, Told

FORM = "scene/1"
"""Name and version of the form of a scene's file."""
FILE = "scene.yaml"
"""The file of a folder that holds a scene."""
CHANCE = "± is half the 95 % interval over replications: chance alone, not what is assumed."
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Question(Generic[Made]):
    """One question: its name, how it is worked out, and how the answer is told."""

    name: str
    """What its files are called."""
    schema: str
    work: Callable[[Scene, Told], Made]
    data: Callable[[Made], dict[str, Any]]
    figure: Callable[[Made], str]
    say: Callable[[Made], None]
    done: Callable[[Made], int]
    """Replications that were done."""


def read(name: str) -> Scene:
    """Read a scene: a file, a folder that holds scene.yaml, or a world that comes with offtake.

    Raises:
        OfftakeError: it is not there, or not sound (`OTK-F…`).
    """
    return read_value(_find(name), Scene, FORM)


def _find(name: str) -> Path:
    path = Path(name)
    if path.is_dir():
        return path / FILE
    shipped = None if path.exists() else worlds.held(name, FILE)
    return path if shipped is None else shipped


def answer(asked: Asked, question: Question[Made]) -> None:
    """Work a question out, print the answer, and write what is wanted.

    Raises:
        OfftakeError: the scene or the question is at fault, or a file must not be written.
    """
    saved, figure = _files(asked, question.name)
    scene = read(asked.scene)
    made = _made(asked, question, scene)
    said = {"schema": question.schema, "scene": asked.scene, "seed": asked.seed}
    data = {**said, **question.data(made)}
    text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    written: list[Path] = []
    try:
        written += [outputs.fill(saved, text)] if saved is not None else []
        written += [outputs.fill(figure, question.figure(made))] if figure is not None else []
    finally:
        screen.say_json_text(text) if asked.as_json else question.say(made)
    for path in written:
        screen.note(f"wrote {path}") if asked.as_json else screen.say(f"wrote {path}")
    if question.done(made) < asked.replications:
        screen.note(f"interrupted: {question.done(made)} replications were done")


def _made(asked: Asked, question: Question[Made], scene: Scene) -> Made:
    status, stop = Status(screen.err(), quiet=asked.quiet), threading.Event()

    def task() -> Made:
        status(Progress("load", "the simulation; the first time on a machine it is compiled"))

        def told(done: int, all_of: int) -> bool:
            status(Progress("simulate", f"{done:,} of {all_of:,} replications"))
            return not stop.is_set()

        return question.work(scene, told)

    def interrupted() -> None:
        status.stop()
        sys.stderr.write("offtake: interrupted; nothing was written\n")

    with status:
        return interruptible(task, interrupted, stop.set)


def _files(asked: Asked, name: str) -> tuple[Path | None, Path | None]:
    """Say where data and figure are to be written, and make sure that they may be."""
    if asked.out is None:
        return None, None
    ending = asked.out.suffix.lower()
    lacking = None if ending == ".json" else pagefile.missing()
    if lacking is not None:
        screen.note(f"the figure will not be written: {lacking}")
    saved = None if ending == ".svg" else asked.out
    figure = None if ending == ".json" or lacking is not None else asked.out
    if ending not in (".json", ".svg"):
        saved = asked.out / f"{name}.json"
        figure = None if figure is None else asked.out / f"{name}.svg"
    outputs.claim([path for path in (saved, figure) if path is not None], force=asked.force)
    return saved, figure


def plain(made: Any) -> Any:
    """Give dataclasses, maps and means as plain data."""
    data = asdict(made)
    return _plain(data)


def _plain(held: Any) -> Any:
    if isinstance(held, Mapping):
        return {str(key): _plain(value) for key, value in held.items()}
    if isinstance(held, (list, tuple)):
        return [_plain(value) for value in held]
    return held


def told(mean: Mean, digits: int = 0) -> str:
    """Write a mean with its interval."""
    return f"{mean.mean:,.{digits}f} ± {mean.half_width:,.{digits}f}"


def small(mean: Mean) -> str:
    """Write a mean to three digits, with its interval to two."""
    return f"{mean.mean:,.3g} ± {mean.half_width:.2g}"


def say_change(change: Change) -> None:
    """Print what a cause changed, a row for each bucket it touched."""
    screen.say("\nAccelerator-hours with it, less without it, by the end")
    rows = [[str(bucket), _interval(mean)] for bucket, mean in _touched(change)]
    rows.append(["all: capacity", _interval(change.capacity)])
    tables.say(["bucket", "accelerator-hours"], rows, [1])


def _interval(mean: Mean) -> str:
    return numbers.interval(mean.mean, mean.half_width)


def _touched(change: Change) -> Iterator[tuple[Bucket, Mean]]:
    for bucket in Bucket:
        mean = change.buckets[bucket]
        if mean.mean or mean.half_width:
            yield bucket, mean


def figure_of(change: Change, ident: str, described: str) -> str:
    """Draw what a cause changed, as SVG text."""
    from offtake.draw import change as drawn
    from offtake.draw.layout import WIDE
    from offtake.draw.svg import to_svg

    held = {bucket: (m.mean, m.half_width) for bucket, m in change.buckets.items()}
    made = drawn.draw(held, WIDE)
    return to_svg(made, ident=ident, described=f"offtake: {described}", alone=True)
