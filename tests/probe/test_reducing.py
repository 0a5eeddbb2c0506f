"""All-reduce: sums come out right over real sockets, within a node and between nodes."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from offtake.probe import reducing, ring
from offtake.probe.port import UnableError
from offtake.probe.ring import Spec


@pytest.mark.parametrize("count", [2, 3, 5])
def test_every_rank_ends_with_the_sum_of_all(count: int) -> None:
    links = [socket.socketpair() for _ in range(count)]
    held = [np.arange(11, dtype=np.float32) * (rank + 1) for rank in range(count)]
    with ThreadPoolExecutor(count) as pool:
        list(
            pool.map(
                lambda rank: ring.reduce(
                    held[rank], rank, count, links[rank - 1][1], links[rank][0]
                ),
                range(count),
            )
        )
    wanted = np.arange(11, dtype=np.float32) * (count * (count + 1) // 2)
    assert all((one == wanted).all() for one in held)
    for pair in links:
        for end in pair:
            end.close()


def test_ranks_find_each_other_over_tcp() -> None:
    hosts = ring.free(3)
    specs = [Spec("ring", rank, hosts, 0, 1, 1, 2) for rank in range(3)]
    with ThreadPoolExecutor(3) as pool:
        taken = list(pool.map(ring.seconds, specs))
    assert [len(one) for one in taken] == [2, 2, 2]
    assert min(min(one) for one in taken) > 0


def test_two_nodes_reduce_together_in_processes_of_their_own() -> None:
    nodes = ring.free(2)
    size = {"megabytes": 1, "warmups": 0, "repetitions": 2}
    with ThreadPoolExecutor(2) as pool:
        both = list(
            pool.map(lambda node: reducing.between("ring", node, nodes, 1, **size), range(2))
        )
    assert [len(one) for one in both] == [2, 2]


def test_one_rank_has_nobody_to_reduce_with() -> None:
    with pytest.raises(UnableError, match="nobody"):
        reducing.within("nccl", 1, megabytes=1, warmups=0, repetitions=1)


def test_a_rank_that_fails_is_told_with_its_reason() -> None:
    with pytest.raises(UnableError, match="a rank failed"):
        reducing.within("no such backend", 2, megabytes=1, warmups=0, repetitions=1)


@pytest.mark.parametrize("text", ["host", "host:", ":1", "host:0", "host:70000", "host:x"])
def test_an_address_is_host_and_port(text: str) -> None:
    assert ring.address("10.0.0.1:29500") == ("10.0.0.1", 29500)
    with pytest.raises(ValueError, match="HOST:PORT"):
        ring.address(text)
