"""Budgets in USD: whether a job may begin, by what is spent, promised to what runs, and its own.

    spent + committed + expected <= budget
    expected = accelerators · hours it may still run · (price, where it costs, + running price)

Pure functions. A job's limit is what it may cost at most, so a budget is never passed by a job
that keeps to its limit; a job that ends early gives the rest back.
"""

from __future__ import annotations

from dataclasses import dataclass

from offtake.model.fleet import Price
from offtake.units import USD


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant's budget and what is gone of it."""

    limit: USD | None = None
    """Most it may spend; None is no limit."""
    spent: USD = 0.0
    """What it was charged so far."""
    committed: USD = 0.0
    """What its running jobs may still cost."""

    @property
    def left(self) -> float:
        """Give what it may still promise; infinite without a limit."""
        return float("inf") if self.limit is None else self.limit - self.spent - self.committed


def expected_usd(price: Price, accelerators: int, hours: float, paid_hours: float) -> float:
    """Give what a job may cost at most on a cluster.

    Args:
        price: of the cluster's contract.
        accelerators: it holds.
        hours: it may still run.
        paid_hours: accelerator-hours that are paid for anyway and nobody has used yet.
    """
    used = accelerators * hours
    beyond = max(0.0, used - max(0.0, paid_hours))
    return used * price.running_usd_per_gpu_hour + beyond * price.usd_per_gpu_hour


def affords(account: Account, own: USD | None, expected: USD) -> bool:
    """Tell whether a job that may cost so much may begin, by its tenant's budget and its own."""
    return expected <= account.left and (own is None or expected <= own)
