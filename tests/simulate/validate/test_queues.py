"""Theory of queues: the formulas themselves, against numbers in print and limits."""

from __future__ import annotations

import pytest

from offtake.simulate.validate.queues import case, erlang_wait, pollaczek_wait


def test_one_server_is_the_textbook_formula() -> None:
    assert erlang_wait(1, 0.6, 1.0) == pytest.approx(0.6 / 0.4)
    assert pollaczek_wait(0.6, 1.0, 1.0) == pytest.approx(0.6 / 0.4)


def test_fixed_times_halve_the_wait() -> None:
    assert pollaczek_wait(0.6, 0.0) == pytest.approx(0.5 * pollaczek_wait(0.6, 1.0))


def test_erlang_c_of_two_servers() -> None:
    # 2·ρ²/(1 + ρ) of all wait, for 1/(2·(1 − ρ)).
    load = 0.5
    assert erlang_wait(2, load, 1.0) == pytest.approx(2 * load**2 / (1 + load) / (2 * (1 - load)))


def test_more_servers_wait_less() -> None:
    waits = [erlang_wait(servers, 0.7) for servers in (1, 2, 4, 8, 16)]
    assert waits == sorted(waits, reverse=True)


def test_requests_wait_as_theory_says() -> None:
    found = case()
    assert found.misses == 0
    assert all(row.half_width < 0.05 * row.ours for row in found.rows)
