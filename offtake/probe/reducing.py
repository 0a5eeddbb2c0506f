"""All-reduce over processes: those of this node alone, or together with other nodes.

Both start ranks in the same way; within a node all ranks are here, between nodes each node
starts its own and is told the addresses of all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict

from offtake.probe import ring
from offtake.probe.port import UnableError
from offtake.probe.ring import Spec

PATIENCE_S = 300.0
"""Seconds after which ranks that do not come back are ended."""


def within(
    backend: str, ranks: int, *, megabytes: int, warmups: int, repetitions: int
) -> list[float]:
    """Give the seconds of an all-reduce between ranks of this machine, slowest rank first.

    Raises:
        UnableError: there is nobody to reduce with, or a rank failed.
    """
    if ranks < 2:
        raise UnableError("one accelerator has nobody to reduce with")
    hosts = ring.free(ranks)
    specs = [
        Spec(backend, rank, hosts, rank, megabytes, warmups, repetitions) for rank in range(ranks)
    ]
    return _slowest(specs)


def between(
    backend: str,
    node: int,
    nodes: Sequence[str],
    ranks: int,
    *,
    megabytes: int,
    warmups: int,
    repetitions: int,
) -> list[float]:
    """Give the seconds of an all-reduce with other nodes, that do the same at this time.

    Args:
        backend: what reduces; the same on all nodes.
        node: which of the nodes this one is, from 0.
        nodes: HOST:PORT of every node, in one order on all of them; a node takes as many
            ports from there on as it has ranks.
        ranks: ranks of each node; the same on all nodes.
        megabytes: size of the array.
        warmups: repetitions that do not count.
        repetitions: those that do.

    Raises:
        UnableError: a rank failed, or the others did not come.
    """
    hosts = tuple(
        f"{host}:{port + rank}" for host, port in map(ring.address, nodes) for rank in range(ranks)
    )
    specs = [
        Spec(backend, node * ranks + rank, hosts, rank, megabytes, warmups, repetitions)
        for rank in range(ranks)
    ]
    return _slowest(specs)


def _slowest(specs: Sequence[Spec]) -> list[float]:
    """Run ranks here; give for each repetition the seconds of the slowest."""
    command = [sys.executable, "-m", "offtake.probe.rank"]
    running = [
        subprocess.Popen(
            [*command, json.dumps(asdict(spec))],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for spec in specs
    ]
    try:
        told = [one.communicate(timeout=PATIENCE_S) for one in running]
    except subprocess.TimeoutExpired:
        raise UnableError(f"a rank did not come back within {PATIENCE_S:.0f} s") from None
    finally:
        for one in running:
            if one.poll() is None:
                one.kill()
                one.communicate()
    for one, (_, said) in zip(running, told, strict=True):
        if one.returncode:
            last = (said.strip().splitlines() or ["no reason told"])[-1]
            raise UnableError(f"a rank failed: {last[:120]}")
    return [max(taken) for taken in zip(*(json.loads(out) for out, _ in told), strict=True)]
