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
    if t.cohort < 0:
        return left(t, 0.0, t.used)
    return left(t, cohort[t.cohort].pool - cohort[t.cohort].used, t.used)


@inner
def will_allow(tenant: Table, cohort: Table, who: int) -> float:
    """Give the accelerators a tenant may take once all that are stopped have left."""
    t = tenant[who]
    if t.cohort < 0:
        return left(t, 0.0, t.used - t.coming)
    c = cohort[t.cohort]
    return left(t, c.pool - c.used + c.coming, t.used - t.coming)


@inner
def left(t: Table, pool: float, used: float) -> float:
    """Give what a tenant may still take where it uses so much and its pool has so much left."""
    own = max(0.0, guaranteed(t) - used)
    if t.cohort < 0:
        return float(own)
    return float(min(own + pool, t.nominal + t.borrow - used))


@inner
def book(tenant: Table, cohort: Table, who: int, accelerators: float) -> None:
    """Add accelerators to what a tenant uses; fewer than 0 gives them back."""
    t = tenant[who]
    mine = guaranteed(t)
    was, was_kept = max(0.0, t.used - mine), max(0.0, t.used - t.coming - mine)
    t.used += accelerators
    if t.cohort >= 0:
        more = max(0.0, t.used - mine) - was
        kept = max(0.0, t.used - t.coming - mine) - was_kept
        cohort[t.cohort].used += more
        cohort[t.cohort].coming += more - kept


@inner
def promise(tenant: Table, cohort: Table, who: int, accelerators: float) -> None:
    """Add accelerators to those that come back to a tenant's quota; fewer than 0 have come."""
    t = tenant[who]
    mine = guaranteed(t)
    was = max(0.0, t.used - t.coming - mine)
    t.coming += accelerators
    if t.cohort >= 0:
        cohort[t.cohort].coming += was - max(0.0, t.used - t.coming - mine)
