"""Quotas as Kueue's: nominal, borrowing and lending within a cohort.

    guaranteed = nominal − lends          nobody else may use it
    may use    = what is left of guaranteed + what is left of the cohort's pool,
                 and not more than nominal + borrow in all

A tenant without a cohort has its nominal quota alone.
"""

from __future__ import annotations

from offtake.policy.compiled import inner
from offtake.policy.tables import Table


@inner
def guaranteed(t: Table) -> float:
    """Give the accelerators a tenant can count on without asking its cohort."""
    if t.cohort < 0:
        return float(t.nominal)
    return float(t.nominal - min(t.lend, t.nominal))


@inner
def allows(tenant: Table, cohort: Table, who: int, accelerators: float) -> float:
    """Give the accelerators a tenant may still take; `accelerators` or more lets the job start."""
    t = tenant[who]
    own = max(0.0, guaranteed(t) - t.used)
    if t.cohort < 0:
        return float(own)
    pool = cohort[t.cohort].pool - cohort[t.cohort].used
    return float(min(own + pool, t.nominal + t.borrow - t.used))


@inner
def book(tenant: Table, cohort: Table, who: int, accelerators: float) -> None:
    """Add accelerators to what a tenant uses; fewer than 0 gives them back."""
    t = tenant[who]
    mine = guaranteed(t)
    shared = max(0.0, t.used - mine)
    t.used += accelerators
    if t.cohort >= 0:
        cohort[t.cohort].used += max(0.0, t.used - mine) - shared
