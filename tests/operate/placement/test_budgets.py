"""Budgets: what a job may cost at most, and whether that is left."""

from __future__ import annotations

import math

from offtake.model.fleet import Price
from offtake.operate.placement.budgets import Account, affords, expected_usd

PRICE = Price(usd_per_gpu_hour=3.0, running_usd_per_gpu_hour=0.5)


def test_hours_that_are_paid_for_cost_their_power_alone() -> None:
    assert expected_usd(PRICE, 8, 10.0, 0.0) == 80 * 3.5
    assert expected_usd(PRICE, 8, 10.0, 60.0) == 80 * 0.5 + 20 * 3.0
    assert expected_usd(PRICE, 8, 10.0, 100.0) == 80 * 0.5
    assert expected_usd(PRICE, 8, 10.0, -5.0) == 80 * 3.5


def test_a_job_begins_only_where_all_of_it_is_left() -> None:
    account = Account(limit=100.0, spent=40.0, committed=35.0)
    assert account.left == 25.0
    assert affords(account, None, 25.0)
    assert not affords(account, None, 25.01)
    assert not affords(account, 20.0, 24.0)


def test_without_a_budget_there_is_no_limit() -> None:
    assert math.isinf(Account(spent=1e12).left)
    assert affords(Account(spent=1e12), None, 1e12)
