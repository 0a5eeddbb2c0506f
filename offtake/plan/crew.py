"""A crew: workers here, in other processes or on other machines, asked as one.

    agree ──point──> crew ──> worker 0: scenarios 0, 2, 4 …
          <─answer──      ──> worker 1: scenarios 1, 3, 5 …

A worker that dies is made anew from its task, told again what it had been told, and
asked again: the search goes on and does not notice.
"""

from __future__ import annotations

import hashlib
import importlib
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.plan.program import Floats, Ints
from offtake.plan.question import Question
from offtake.plan.worker import CHUNK, MOST_COLUMNS, Answer, Piece, Task, Worker

MOST_CUTS = 25
"""Cuts added a round; scenarios beyond that share cuts."""
MOST_DEATHS = 5
"""Workers that may die before a crew gives up."""


class WorkerDiedError(Exception):
    """A worker does not answer any more."""


class Handle(Protocol):
    """A worker, wherever it is: told to begin, and asked for what came out."""

    def begin(self, verb: str, *arguments: object) -> None:
        """Begin something."""

    def finish(self) -> Any:
        """Wait for it."""

    def close(self) -> None:
        """Let the worker go."""


class Here:
    """A worker in this process."""

    def __init__(self, task: Task) -> None:
        """Make the worker."""
        self._worker = Worker(task)
        self._found: Any = None

    def begin(self, verb: str, *arguments: object) -> None:
        """Do it."""
        self._found = getattr(self._worker, verb)(*arguments)

    def finish(self) -> Any:
        """Give what came out."""
        return self._found

    def close(self) -> None:
        """Let it tidy up."""
        self._worker.close()


class Apart:
    """A worker in a process of its own, at the other end of a pipe."""

    def __init__(self, task: Task) -> None:
        """Start the process; it makes its worker while others start."""
        context = multiprocessing.get_context("spawn")
        self._line, there = context.Pipe()
        self.process = context.Process(target=_serve, args=(there,), daemon=True)
        self.process.start()
        there.close()
        self._line.send(task)

    def begin(self, verb: str, *arguments: object) -> None:
        """Send what to do."""
        try:
            self._line.send((verb, arguments))
        except OSError as error:
            raise WorkerDiedError from error

    def finish(self) -> Any:
        """Receive what came out."""
        try:
            found = self._line.recv()
        except (EOFError, OSError) as error:
            raise WorkerDiedError from error
        if isinstance(found, BaseException):
            raise found
        return found

    def close(self) -> None:
        """End the process."""
        self._line.close()
        self.process.terminate()
        self.process.join(timeout=5)


def _serve(line: Connection) -> None:
    """Be a worker: take a task, then do what comes down the line until it closes."""
    worker = Worker(line.recv())
    while True:
        try:
            verb, arguments = line.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            line.send(getattr(worker, verb)(*arguments))
        except OfftakeError as error:
            line.send(error)


class OnRay:
    """A worker that Ray places on one of its machines."""

    def __init__(self, task: Task) -> None:
        """Ask Ray for an actor."""
        self._ray = importlib.import_module("ray")
        self.actor = self._ray.remote(Worker).options(num_cpus=task.threads).remote(task)
        self._waits: Any = None

    def begin(self, verb: str, *arguments: object) -> None:
        """Send what to do."""
        self._waits = getattr(self.actor, verb).remote(*arguments)

    def finish(self) -> Any:
        """Receive what came out."""
        try:
            return self._ray.get(self._waits)
        except self._ray.exceptions.RayActorError as error:
            raise WorkerDiedError from error

    def close(self) -> None:
        """Let the actor tidy up and go."""
        try:
            self._ray.get(self.actor.close.remote())
        except self._ray.exceptions.RayActorError:
            return
        self._ray.kill(self.actor)


Hire = Callable[[Task], Handle]


def hiring(workers: str | None) -> tuple[Hire, int, int]:
    """Read how the work is to be done.

    Args:
        workers: None is this process with two threads; `4` is four processes; `ray` is Ray
            on this machine, `ray://HOST:PORT` a Ray cluster, with `?4` for four workers.

    Returns:
        How to hire, how many, and threads each.

    Raises:
        OfftakeError: it is none of these, or Ray is not installed (`OTK-P193`).
    """
    if workers is None:
        return Here, 1, 2
    if workers.startswith("ray"):
        address, _, number = workers.partition("?")
        _join_ray(None if address == "ray" else address)
        return OnRay, _number(number or "2", workers), 1
    return Apart, _number(workers, workers), 1


def _number(text: str, shown: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise _refused(shown, "a number of processes, ray, or ray://HOST:PORT?NUMBER")
    return int(text)


def _refused(shown: str, hint: str) -> OfftakeError:
    return OfftakeError(
        Fault(
            code="OTK-P193",
            what="nobody can be hired this way",
            where=Where(path="workers"),
            got=shown,
            hint=hint,
        ),
        exit=Exit.USAGE,
    )


def _join_ray(address: str | None) -> None:
    try:
        ray = importlib.import_module("ray")
    except ImportError as error:
        raise _refused("ray", "install Ray: pip install 'offtake[ray]'") from error
    if not ray.is_initialized():
        ray.init(address=address, include_dashboard=False, log_to_driver=False)


@dataclass(slots=True)
class Post:
    """One place in a crew: its task, who fills it, and what it was told."""

    task: Task
    which: Ints
    handle: Handle
    price: tuple[Floats, bool] | None = None
    asked: tuple[Floats, Floats] | None = None


class Crew:
    """All scenarios of a question, asked as one."""

    def __init__(
        self,
        question: Question,
        workers: str | None = None,
        *,
        chunk: int = CHUNK,
        most_columns: int = MOST_COLUMNS,
        hire: Hire | None = None,
    ) -> None:
        """Hire workers and share out the scenarios among them.

        Raises:
            OfftakeError: nobody can be hired this way (`OTK-P193`).
        """
        hires, number, threads = hiring(workers)
        self._hire = hire or hires
        self.question = question
        count = question.scenarios.count
        self.groups = min(MOST_CUTS, count)
        self.deaths = 0
        self._afar = self._hire is OnRay
        self._folder = None if self._afar else tempfile.TemporaryDirectory(prefix="offtake-")
        number = min(number, count)
        self.posts = []
        for first in range(number):
            which = np.arange(first, count, number, dtype=np.int64)
            task = Task(
                question.take(which),
                which % self.groups,
                self.groups,
                threads,
                chunk,
                most_columns // number,
                self._room(first),
            )
            self.posts.append(Post(task, which, self._hire(task)))

    def ask(self, point: Floats, allowance: Floats) -> Answer:
        """Ask every scenario at a first-stage point, with allowances [K, W]."""
        for post in self.posts:
            post.asked = (point, allowance[:, post.which])
        answers: list[Answer] = self._together("ask", lambda post: post.asked or ())
        broken = np.zeros(allowance.shape[1])
        for post, answer in zip(self.posts, answers, strict=True):
            broken[post.which] = answer.broken
        return Answer(
            sum((a.value for a in answers), np.zeros(self.groups)),
            sum((a.slope for a in answers), np.zeros((self.groups, len(point)))),
            broken,
        )

    def reprice(self, price: Floats, *, aimless: bool = False) -> None:
        """Charge prices [K] for limits on a mean; or want nothing but to keep limits."""
        for post in self.posts:
            post.price = (price, aimless)
        self._together("reprice", lambda post: post.price or ())

    def taken(self) -> Floats:
        """Give what each scenario took of each limit on a mean, [K, W]."""
        return self._by_scenario("taken")

    def digest(self) -> str:
        """Name all scenarios' programs; cuts hold wherever the name is the same."""
        named = [""] * self.question.scenarios.count
        for post, part in zip(self.posts, self._together("digest", lambda _: ()), strict=True):
            for number, name in zip(post.which, part, strict=True):
                named[number] = name
        return hashlib.sha256("".join(named).encode()).hexdigest()

    def share_dual(self) -> Floats:
        """Give what one more unit of its allowance is worth to each scenario, [K, W]."""
        return self._by_scenario("share_dual")

    def _by_scenario(self, verb: str) -> Floats:
        found: list[Floats] = self._together(verb, lambda _: ())
        whole = np.zeros((found[0].shape[0], self.question.scenarios.count))
        for post, part in zip(self.posts, found, strict=True):
            whole[:, post.which] = part
        return whole

    def volume(self) -> float:
        """Add up the discounted cash out of the last answer, in the mean of scenarios."""
        return float(sum(self._together("volume", lambda _: ())))

    def pieces(self) -> Iterator[Piece]:
        """Give the last answer chunk by chunk, with scenarios numbered as in the whole."""
        for post in self.posts:
            for number in range(self._one(post, "chunks")):
                piece: Piece = self._one(post, "piece", number)
                yield replace(piece, which=post.which[piece.which])

    def close(self) -> None:
        """Let everybody go."""
        for post in self.posts:
            post.handle.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _room(self, number: int) -> Path | None:
        """Make room for a worker's blocks where all workers share this machine's disk."""
        if self._folder is None:
            return None
        room = Path(self._folder.name) / str(number)
        room.mkdir()
        return room

    def _together(self, verb: str, arguments: Callable[[Post], tuple[object, ...]]) -> list[Any]:
        """Let everybody do the same at once; who dies meanwhile is replaced and does it too."""
        begun = []
        for post in self.posts:
            try:
                post.handle.begin(verb, *arguments(post))
                begun.append(True)
            except WorkerDiedError:
                begun.append(False)
        found = []
        for post, under_way in zip(self.posts, begun, strict=True):
            try:
                if not under_way:
                    raise WorkerDiedError
                found.append(post.handle.finish())
            except WorkerDiedError:
                found.append(self._again(post, verb, *arguments(post)))
        return found

    def _one(self, post: Post, verb: str, *arguments: object) -> Any:
        try:
            post.handle.begin(verb, *arguments)
            return post.handle.finish()
        except WorkerDiedError:
            return self._again(post, verb, *arguments)

    def _again(self, post: Post, verb: str, *arguments: object) -> Any:
        """Replace a worker that died, bring the new one up to date, and have it do the same.

        Raises:
            OfftakeError: too many workers died (`OTK-P192`).
        """
        self.deaths += 1
        if self.deaths > MOST_DEATHS:
            raise OfftakeError(
                Fault(
                    code="OTK-P192",
                    what=f"{self.deaths} workers died, one after the other",
                    where=Where(path="workers"),
                    hint="they may lack memory: use fewer workers or scenarios",
                ),
                exit=Exit.FAILED,
            )
        post.handle = self._hire(post.task)
        told: list[tuple[str, tuple[object, ...]]] = []
        if post.price is not None and verb != "reprice":
            told.append(("reprice", post.price))
        if post.asked is not None and verb not in ("ask", "reprice"):
            told.append(("ask", post.asked))
        for before, with_these in told:
            self._one(post, before, *with_these)
        return self._one(post, verb, *arguments)
