"""A site agent in a thread, and the service it asks, in one process: all they say is JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from offtake.operate.engines.agent import AgentEngine, AgentYard, Post
from offtake.operate.engines.agent.near import Near, identity
from offtake.operate.engines.agent.turns import Turns
from offtake.operate.engines.port import Engine, Yard
from tests.ports.engines import Bench


class Wire:
    """What lies between agent and service; tests cut it, each way on its own."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.cut = False
        self.lost_on_the_way_back = 0
        self.turns = 0

    def __call__(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        woken = threading.Event()
        end = self.post.wake_by(woken.set)
        try:
            if self.cut:
                woken.wait(0.01)
                raise httpx.ConnectError("cut")
            self.turns += 1
            said = json.loads(json.dumps(body))
            calls = self.post.turn(said["answers"])
            if not calls:
                woken.wait(0.05)
                calls = self.post.turn([])
            if calls and self.lost_on_the_way_back > 0:
                self.lost_on_the_way_back -= 1
                raise httpx.ReadError("the answer was lost")
            made: Mapping[str, Any] = {"calls": json.loads(json.dumps(calls))}
            return made
        finally:
            end()


class Attending:
    """An agent that takes turns in a thread until it is killed."""

    def __init__(self, wire: Wire, engine: Engine, yard: Yard) -> None:
        self.turns = Turns(Near(engine, yard), identity(yard), wire)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ends.is_set():
            try:
                self.turns.turn()
            except httpx.HTTPError:
                continue

    def kill(self) -> None:
        """End it with what it has not told."""
        self._ends.set()
        self._thread.join()


@contextmanager
def attended(bench: Bench, *, timeout_s: float = 5.0) -> Iterator[Bench]:
    """Put an agent between a bench's engine and whoever tries it."""
    post = Post(bench.engine.cluster, timeout_s=timeout_s)
    agent = Attending(Wire(post), bench.engine, bench.yard)
    try:
        far, yard = AgentEngine(post), AgentYard(post)
        yield Bench(far, yard, bench.pass_time, bench.patience, bench.real)
    finally:
        agent.kill()
