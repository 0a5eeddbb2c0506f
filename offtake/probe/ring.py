"""An all-reduce of NumPy arrays round a ring of processes over TCP: no torch is needed.

    rank 0 ──> rank 1 ──> … ──> rank n−1 ──> rank 0

In n − 1 steps every rank hands a part on and adds what it gets; in n − 1 more the finished
parts go round. Each link carries 2 (n − 1)/n of the array, which is why bandwidth over a
ring is told as bytes · 2 (n − 1)/n / time (Patarasuk and Yuan, 2009).
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Thread
from time import perf_counter, sleep
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
WAIT_S = 60.0
"""How long a rank waits for its neighbours."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What one rank of an all-reduce is told."""

    backend: str
    rank: int
    hosts: tuple[str, ...]
    """HOST:PORT of every rank, in their order."""
    local: int
    """Which accelerator of its node a rank uses."""
    megabytes: int
    warmups: int
    repetitions: int


def seconds(spec: Spec) -> list[float]:
    """Reduce again and again round the ring, and give how long each time took.

    Raises:
        OSError: a neighbour does not answer in time, or went away.
        ArithmeticError: a sum came out wrong.
    """
    before, after = _linked(spec.rank, spec.hosts)
    count = len(spec.hosts)
    taken: list[float] = []
    with before, after:
        for _ in range(spec.warmups + spec.repetitions):
            held = np.full(spec.megabytes * 250_000, spec.rank + 1, np.float32)
            begun = perf_counter()
            reduce(held, spec.rank, count, before, after)
            taken.append(perf_counter() - begun)
            if not np.all(held == count * (count + 1) / 2):
                raise ArithmeticError("an all-reduce gave a wrong sum")
    return taken[spec.warmups :]


def reduce(held: Array, rank: int, count: int, before: socket.socket, after: socket.socket) -> None:
    """Make every number of an array the sum over all ranks."""
    parts = np.array_split(held, count)
    for step in range(count - 1):
        coming = parts[(rank - step - 1) % count]
        coming += _swapped(parts[(rank - step) % count], coming, before, after)
    for step in range(count - 1):
        coming = parts[(rank - step) % count]
        coming[:] = _swapped(parts[(rank - step + 1) % count], coming, before, after)


def _swapped(going: Array, like: Array, before: socket.socket, after: socket.socket) -> Array:
    """Hand a part on while the next one comes in."""
    sending = Thread(target=after.sendall, args=(going.data.cast("B"),))
    sending.start()
    got = np.empty_like(like)
    view = got.data.cast("B")
    while view:
        read = before.recv_into(view)
        if not read:
            raise ConnectionError("a neighbour of the ring went away")
        view = view[read:]
    sending.join()
    return got


def _linked(rank: int, hosts: Sequence[str]) -> tuple[socket.socket, socket.socket]:
    """Connect to the next rank, and let the one before connect."""
    with socket.create_server(address(hosts[rank])) as server:
        server.settimeout(WAIT_S)
        after = _reached(address(hosts[(rank + 1) % len(hosts)]))
        before, _ = server.accept()
    before.settimeout(WAIT_S)
    return before, after


def _reached(target: tuple[str, int]) -> socket.socket:
    until = perf_counter() + WAIT_S
    while True:
        try:
            return socket.create_connection(target, WAIT_S)
        except ConnectionRefusedError:
            if perf_counter() > until:
                raise
            sleep(0.02)


def address(text: str) -> tuple[str, int]:
    """Read HOST:PORT.

    Raises:
        ValueError: it is not written so.
    """
    host, sign, port = text.rpartition(":")
    if not (host and sign and port.isdecimal() and 0 < int(port) < 65_536):
        raise ValueError("a host is written HOST:PORT")
    return host.strip("[]"), int(port)


def free(count: int) -> tuple[str, ...]:
    """Give so many addresses of this machine that nobody listens on."""
    held: list[Any] = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    made = tuple(f"127.0.0.1:{one.getsockname()[1]}" for one in held)
    for one in held:
        one.close()
    return made
