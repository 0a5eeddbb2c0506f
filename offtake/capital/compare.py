"""Own, lease or rent one accelerator: what a used hour costs, and what it hangs on.

    own    levelised yearly cost / (8760 · u)         lease  price / u: paid used or not
    rent   price of the hour                          u      share of hours that are used

    NPV of owning instead of renting
        −servers − shell + Σ_t (8760 · u · rent · (1+g)^(t−1) − running) / (1+r)^t
        + (residual + what is left of the shell) / (1+r)^n

What is left of a shell after n years is worth the level payments that remain of it, so that
the NPV is 0 exactly where the rent is the levelised cost. Flows come at the ends of years.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from offtake.capital.levelised import (
    HOURS_PER_YEAR,
    Levelised,
    Owning,
    Part,
    levelised,
    recovery_factor,
)
from offtake.capital.vehicle.returns import irr
from offtake.errors import Fault, OfftakeError, Where
from offtake.model.value import Value
from offtake.units import (
    USD,
    Growth,
    ItKW,
    PositiveShare,
    Share,
    SharePerYear,
    Tflops,
    UsdPerGpuHour,
    UsdPerYear,
    Years,
)

EFLOP_PER_TFLOPS_HOUR = 3600 / 1e6
"""10^18 floating-point operations of one TFLOP/s kept up for an hour."""
LIVES = (3, 5, 7)
"""Useful lives of servers that are shown side by side, in years."""
KW_PER_GW = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Value):
    """One accelerator with its share of everything round it, and what else could be had."""

    accelerator: str
    """What it is."""
    power_it_kw: ItKW
    """Power at the servers, its share of processors, network and storage included."""
    speed_tflops: Tflops
    """Dense BF16 speed."""
    mfu_share: PositiveShare = 0.4
    """Share of that speed that becomes useful work in a used hour."""
    servers_usd: USD
    """What it and its share of servers and network cost."""
    shell_usd: USD
    """Its share of buildings, power and cooling."""
    running_usd_per_year: UsdPerYear
    """Its share of energy, staff and maintenance."""
    discount_share_per_year: SharePerYear
    """Yearly cost of capital."""
    life_years: Years = 5.0
    """Whole years the servers are used for."""
    shell_life_years: Years = 14.0
    """Years the shell is used for."""
    residual_share: Share = 0.0
    """Share of the servers' cost they are sold for at the end of their life."""
    utilisation_share: PositiveShare = 0.8
    """Share of all hours that are used."""
    lease_usd_per_gpu_hour: UsdPerGpuHour | None = None
    """Price of a lease, paid for every hour; None knows none."""
    rent_usd_per_gpu_hour: UsdPerGpuHour | None = None
    """Price of a rented hour; None knows none."""
    rent_change_share_per_year: Growth = 0.0
    """By what the rental price changes each year."""
    progress_share_per_year: Growth = 0.0
    """By how much more work new servers do for the same money, each year later."""

    @property
    def work_eflop(self) -> float:
        """Useful work of one used hour, in 10^18 operations."""
        return self.speed_tflops * self.mfu_share * EFLOP_PER_TFLOPS_HOUR


@dataclass(frozen=True, slots=True)
class Side:
    """What one way to hold the accelerator costs."""

    name: str
    usd_per_year: float
    usd_per_used_hour: float
    usd_per_eflop: float


@dataclass(frozen=True, slots=True)
class Worth:
    """Owning instead of paying somebody else by the hour."""

    instead_of: str
    npv_usd: float
    irr_share_per_year: float | None
    """None where no single rate fits."""
    break_even_share: float
    """Share of used hours above which owning is cheaper; above 1 it never is."""


@dataclass(frozen=True, slots=True)
class Life:
    """What one useful life of the servers means; the shell lives on, servers are bought anew."""

    life_years: float
    usd_per_used_hour: float
    usd_per_eflop: float
    """With servers bought anew at the end of each life, each generation better by progress."""
    gw_usd_per_year: float
    """A gigawatt at the servers, for a year."""


@dataclass(frozen=True, slots=True)
class Swing:
    """What one input turned down and up does to the cost of a used hour of owning."""

    name: str
    low: str
    high: str
    low_usd_per_used_hour: float
    high_usd_per_used_hour: float

    @property
    def size(self) -> float:
        """How far apart both ends are."""
        return abs(self.high_usd_per_used_hour - self.low_usd_per_used_hour)


@dataclass(frozen=True, slots=True)
class Answer:
    """Own, lease and rent side by side."""

    question: Question
    sides: tuple[Side, ...]
    worths: tuple[Worth, ...]
    lives: tuple[Life, ...]
    swings: tuple[Swing, ...]
    """The largest first."""


def compare(question: Question) -> Answer:
    """Put owning, leasing and renting side by side.

    Raises:
        OfftakeError: a life that is not whole years (`OTK-C030`), or a share of the shell that
            outlives it (`OTK-C031`).
    """
    _refuse(question)
    own = own_usd_per_year(question)
    sides = [_side(question, "own", own)]
    worths = []
    hours = HOURS_PER_YEAR * question.utilisation_share
    if question.lease_usd_per_gpu_hour is not None:
        lease = question.lease_usd_per_gpu_hour
        sides.append(_side(question, "lease", lease * HOURS_PER_YEAR))
        worths.append(_worth(question, "lease", lease, HOURS_PER_YEAR, 0.0))
    if question.rent_usd_per_gpu_hour is not None:
        rent = question.rent_usd_per_gpu_hour
        sides.append(_side(question, "rent", rent * hours))
        worths.append(_worth(question, "rent", rent, hours, question.rent_change_share_per_year))
    return Answer(
        question=question,
        sides=tuple(sides),
        worths=tuple(worths),
        lives=tuple(_life(question, float(years)) for years in LIVES),
        swings=tuple(sorted(_swings(question), key=lambda swing: -swing.size)),
    )


def spread(question: Question) -> Levelised:
    """Spread what owning costs over years in equal payments, part by part."""
    servers = Part(
        name="servers",
        capex_usd=question.servers_usd,
        life_years=question.life_years,
        residual_usd=question.servers_usd * question.residual_share,
    )
    shell = Part(name="shell", capex_usd=question.shell_usd, life_years=question.shell_life_years)
    return levelised(
        Owning(
            parts=(servers, shell),
            running_usd_per_year=question.running_usd_per_year,
            discount_share_per_year=question.discount_share_per_year,
        )
    )


def own_usd_per_year(question: Question) -> float:
    """Give the levelised yearly cost of owning one accelerator."""
    return float(spread(question).total_usd_per_year)


def _refuse(question: Question) -> None:
    faults = []
    if question.life_years != int(question.life_years):
        what = "servers are used for whole years"
        faults.append(("OTK-C030", what, f"{question.life_years:g}", "such as 3, 5 or 7"))
    if question.life_years > question.shell_life_years:
        what = "servers outlive the shell they stand in"
        got = f"{question.life_years:g} and {question.shell_life_years:g} years"
        faults.append(("OTK-C031", what, got, "give the shell a longer life"))
    if faults:
        where = Where(path="cost.life_years")
        raise OfftakeError(
            Fault(code=code, what=what, where=where, got=got, hint=hint)
            for code, what, got, hint in faults
        )


def _side(question: Question, name: str, usd_per_year: float) -> Side:
    hour = usd_per_year / (HOURS_PER_YEAR * question.utilisation_share)
    return Side(name, usd_per_year, hour, hour / question.work_eflop)


def _worth(question: Question, name: str, price: float, hours: float, change: float) -> Worth:
    """Value owning against paying a price for some hours of each year."""
    years = int(question.life_years)
    saved = price * hours * (1 + change) ** np.arange(years)
    flows = np.concatenate([[0.0], saved - question.running_usd_per_year])
    flows[0] = -question.servers_usd - question.shell_usd
    flows[-1] += question.servers_usd * question.residual_share + _left(question)
    rate = question.discount_share_per_year
    npv = float(flows @ (1 + rate) ** -np.arange(years + 1.0))
    found = float(irr(flows[:, None])[0])
    even = own_usd_per_year(question) / (HOURS_PER_YEAR * price) if price > 0 else np.inf
    return Worth(name, npv, None if np.isnan(found) else found, float(even))


def _left(question: Question) -> float:
    """Give what a shell is worth after the servers' life: its level payments that remain."""
    rest = question.shell_life_years - question.life_years
    if rest <= 0:
        return 0.0
    rate = question.discount_share_per_year
    payment = question.shell_usd * recovery_factor(rate, question.shell_life_years)
    return payment / recovery_factor(rate, rest)


def _life(question: Question, years: float) -> Life:
    held = replace(
        question, life_years=years, shell_life_years=max(years, question.shell_life_years)
    )
    total = own_usd_per_year(held)
    side = _side(held, "own", total)
    return Life(
        life_years=years,
        usd_per_used_hour=side.usd_per_used_hour,
        usd_per_eflop=_refreshed(held, total),
        gw_usd_per_year=total * KW_PER_GW / question.power_it_kw,
    )


def _refreshed(question: Question, total: float) -> float:
    """Spread cost over the work of generations that follow each other in one shell.

        Σ_t cost · v^t / Σ_t work · (1 + p)^(L·⌊(t−1)/L⌋) · v^t,   t = 1 … life of the shell

    Every generation costs the same and is better by what was learned since the first; the
    last counts for the years the shell still stands.
    """
    many = int(question.shell_life_years)
    v = (1 + question.discount_share_per_year) ** -np.arange(1.0, many + 1)
    age = np.arange(many) // question.life_years * question.life_years
    better = (1 + question.progress_share_per_year) ** age
    work = HOURS_PER_YEAR * question.utilisation_share * question.work_eflop
    return float(total * v.sum() / (work * (better * v).sum()))


def _swings(question: Question) -> Iterator[Swing]:
    """Turn each input down and up, all others held."""
    for name, field, low, high in (
        ("Servers' cost", "servers_usd", 0.8, 1.2),
        ("Shell's cost", "shell_usd", 0.8, 1.2),
        ("Running cost", "running_usd_per_year", 0.8, 1.2),
        ("Cost of capital", "discount_share_per_year", 0.75, 1.25),
    ):
        stands = float(getattr(question, field))
        yield _swing(question, name, field, (stands * low, stands * high), (low, high))
    lives = (float(LIVES[0]), float(LIVES[-1]))
    most = question.shell_life_years
    told = tuple(f"{years:g} years" for years in lives)
    ends = [_hour(replace(question, life_years=min(years, most))) for years in lives]
    yield Swing("Life of servers", told[0], told[1], ends[0], ends[1])
    used = question.utilisation_share
    lower, upper = max(used - 0.2, 0.05), min(used + 0.2, 1.0)
    yield Swing(
        "Used hours",
        f"{lower:.0%}",
        f"{upper:.0%}",
        _hour(replace(question, utilisation_share=lower)),
        _hour(replace(question, utilisation_share=upper)),
    )
    sold = [_hour(replace(question, residual_share=share)) for share in (0.0, 0.2)]
    yield Swing("Residual value", "none", "20% of cost", sold[0], sold[1])


def _swing(
    question: Question,
    name: str,
    field: str,
    values: tuple[float, float],
    shown: tuple[float, float],
) -> Swing:
    changes: list[dict[str, Any]] = [{field: value} for value in values]
    ends = [_hour(replace(question, **change)) for change in changes]
    return Swing(name, f"{shown[0] - 1:+.0%}", f"{shown[1] - 1:+.0%}", ends[0], ends[1])


def _hour(question: Question) -> float:
    return own_usd_per_year(question) / (HOURS_PER_YEAR * question.utilisation_share)
