"""Waterfall: what vehicles took in, paid and left in every scenario, read back from a plan.

    the lab's rent − running cost = cfads ──> service ──> lenders
                                      │
                                      ├──> account, kept while cover is low
                                      └──> distributions ──> lab and minority, by share

All money is added up again with numpy from what is signed, financed and handed over, and
from what shareholders paid in and took out; the program's own cash rows are not used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from offtake.plan.formulate import Facts, Formulation, site_up
from offtake.plan.program import Floats, Ints
from offtake.plan.vehicles import Fenced, Key, fenced, gone_columns, signed_columns

Take = Callable[[Ints], Floats]
"""Gives the values of columns."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Money of all vehicles, million USD; every array has scenarios on its second axis."""

    keys: tuple[Key, ...]
    """Offer and quarter of each signing, K of them."""
    signed: Floats
    """[K, W] MW."""
    financed: Floats
    """[K, W] MW."""
    handed: Floats
    """[K, W, J] MW left to lenders by the end of each year."""
    gone: Floats
    """[K, W, T] MW left to lenders before each quarter."""
    cfads: Floats
    """[V, W, T] cash available for debt service."""
    service: Floats
    """[V, W, T] interest and principal due, without a balloon."""
    balloon: Floats
    """[V, W, T] debt due at once at maturity."""
    draws: Floats
    """[V, W, T] what lenders lend."""
    fee: Floats
    """[V, W, T] what the vehicle pays the lab for its guarantee."""
    investment: Floats
    """[V, W, T]"""
    cure: Floats
    """[V, W, T] what shareholders pay in beyond their part of the investment."""
    distribution: Floats
    """[V, W, T]"""
    swept: Floats
    """[V, W, T] cash kept in the vehicle that goes to lenders with what they take over."""
    account: Floats
    """[V, W, T] cash kept in the vehicle, after the quarter."""
    released: Floats
    """[V, W] what shareholders get of it at the end of the horizon."""
    guarantee: Floats
    """[V, W, T + 1] what the lab pays lenders when it leaves; last, at the horizon's end."""
    value: Floats
    """[V, W] value of what is left at the end less what is owed on it."""
    lost: Floats
    """[V, W] what lenders lose on what they took over, not discounted."""

    @property
    def equity(self) -> Floats:
        """What shareholders pay of the investment, [V, W, T]."""
        return self.investment - self.draws

    @property
    def lenders(self) -> Floats:
        """What lenders get from the vehicle less what they lend, [V, W, T]."""
        return self.service + self.balloon + self.swept - self.draws


@dataclass(frozen=True, slots=True)
class Beyond:
    """What vehicles change of what offers say to the lab; million USD."""

    investment: Floats
    """[W, T]"""
    payment: Floats
    """[W, T]"""
    residual: Floats
    """[W] discounted."""
    capacity: Floats
    """[C, W, T] useful MW that were handed over."""


@dataclass(frozen=True, slots=True)
class _Amounts:
    """What the plan says of signings."""

    signed: Floats
    """[K, W] MW."""
    financed: Floats
    """[K, W] MW."""
    handed: Floats
    """[K, W, J] MW."""
    gone: Floats
    """[K, W, T] MW."""


def settle(made: Formulation, take: Take) -> Settled | None:
    """Read what became of the vehicles; None where there are none."""
    book = fenced(made.facts)
    if book is None:
        return None
    columns = made.program.columns
    held = [signed_columns(made, key) for key in book.keys]
    gone = [take(gone_columns(made, book, number)) for number in range(len(book.keys))]
    amounts = _Amounts(
        signed=np.array([size * take(x) for x, _, size in held]),
        financed=np.array([take(column) for _, column, _ in held]),
        handed=take(columns["handed"]),
        gone=np.array(gone),
    )
    sums = _sums(book, amounts)
    for name in ("cure", "distribution", "swept"):
        sums[name] = take(columns[name])
    into = sums["cfads"] + sums["cure"]
    out = sum(sums[name] for name in ("service", "balloon", "fee", "distribution", "swept"))
    guarantee, lost, value = _ends(book, amounts)
    return Settled(
        keys=book.keys,
        signed=amounts.signed,
        financed=amounts.financed,
        handed=amounts.handed,
        gone=amounts.gone,
        account=np.cumsum(into - out, axis=2),
        released=take(columns["released"]),
        guarantee=guarantee,
        value=value,
        lost=lost,
        **sums,
    )


def together(parts: Sequence[Settled | None], order: Ints) -> Settled | None:
    """Put what became of vehicles in some scenarios each together into that in all."""
    known = [part for part in parts if part is not None]
    if not known:
        return None
    made: dict[str, Any] = {"keys": known[0].keys}
    for field in fields(Settled):
        if field.name != "keys":
            held = np.concatenate([getattr(part, field.name) for part in known], axis=1)
            made[field.name] = held.take(order, axis=1)
    return Settled(**made)


def _sums(book: Fenced, held: _Amounts) -> dict[str, Floats]:
    """Add up one MW of each signing to vehicles, [V, W, T]."""
    shape = (len(book.vehicles), *held.gone.shape[1:])
    names = ("cfads", "service", "balloon", "fee", "draws", "investment")
    sums = {name: np.zeros(shape) for name in names}
    for number, (owner, _, _, line) in enumerate(book.each()):
        there = held.signed[number][:, None] - held.gone[number]
        owed = held.financed[number][:, None] - held.gone[number]
        for name, amount, mw in (
            ("cfads", line.cash, there),
            ("investment", line.investment, there),
            ("service", line.service, owed),
            ("balloon", line.balloon, owed),
            ("fee", line.fee, owed),
            ("draws", line.draws, owed),
        ):
            sums[name][owner] += amount * mw
    return sums


def _ends(book: Fenced, held: _Amounts) -> tuple[Floats, Floats, Floats]:
    """Guarantees paid [V, W, T + 1], loss of lenders [V, W], value less debt at the end [V, W]."""
    count, periods = book.lines[0].cash.shape
    shape = (len(book.vehicles), count)
    paid, lost, value = np.zeros((*shape, periods + 1)), np.zeros(shape), np.zeros(shape)
    for number, (owner, _, _, line) in enumerate(book.each()):
        new = np.diff(held.handed[number], axis=1, prepend=0.0)
        paid[owner][:, book.ends + 1] += new * line.guaranteed
        lost[owner] += (new * line.lost).sum(axis=1)
        left = held.handed[number, :, -1]
        value[owner] += line.residual * (held.signed[number] - left)
        value[owner] -= line.due * (held.financed[number] - left)
    return paid, lost, value


def beyond_offers(made: Formulation, held: Settled) -> Beyond:
    """Tell what vehicles change of the lab's money and capacity beyond what offers say.

    Flows of offers hold the lab's rent, its share of all investment and of what is left, as
    if there were neither debt nor hand-over, and no distributions.
    """
    facts = made.facts
    book = fenced(facts)
    assert book is not None
    share = np.array([v.ownership_share for v in book.vehicles])[:, None, None]
    investment = (share * (held.equity + held.cure)).sum(axis=0)
    back = share * held.distribution + held.fee - held.guarantee[:, :, :-1]
    payment = -back.sum(axis=0)
    left = share[:, :, 0] * (held.value + held.released) - held.guarantee[:, :, -1]
    residual = left.sum(axis=0)
    up = site_up(facts)
    capacity = np.zeros_like(up)
    for number, key in enumerate(book.keys):
        source, moved = facts.supply.offered[key[0]], facts.offered[key]
        investment -= held.signed[number][:, None] * moved.investment
        residual -= held.signed[number] * moved.residual
        payment -= held.gone[number] * moved.payment
        useful = source.availability * moved.share * up[source.pool]
        capacity[source.pool] += held.gone[number] * useful
    return Beyond(investment, payment, facts.final_discount * residual, capacity)


def back(facts: Facts, held: Settled) -> dict[Key, float]:
    """Tell what comes back to the lab of each signing beyond what its offer says.

    A discounted mean, million USD. Distributions and cures are shared among the signings of
    a vehicle by the cash they bring.
    """
    book = fenced(facts)
    assert book is not None
    chance, discount, final = facts.scenarios.probability, facts.discount, facts.final_discount

    def worth(flow: Floats, end: Floats | float = 0.0) -> float:
        return float(chance @ ((flow * discount).sum(axis=1) + final * end))

    pooled = [
        v.ownership_share * worth(held.distribution[n] - held.cure[n], held.released[n])
        for n, v in enumerate(book.vehicles)
    ]
    cash = [
        max(worth(line.cash * (held.signed[k][:, None] - held.gone[k])), 0.0)
        for k, line in enumerate(book.lines)
    ]
    whole = np.zeros(len(book.vehicles))
    np.add.at(whole, np.array(book.owner), cash)
    found = {}
    for k, (owner, key, vehicle, line) in enumerate(book.each()):
        share, owed = vehicle.ownership_share, held.financed[k][:, None] - held.gone[k]
        flow = (share * line.draws + line.fee) * owed + facts.offered[key].paid * held.gone[k]
        paid = np.diff(held.handed[k], axis=1, prepend=0.0) * line.guaranteed
        flow[:, book.ends[:-1] + 1] -= paid[:, :-1]
        left = held.handed[k][:, -1]
        end = -share * (line.residual * left + line.due * (held.financed[k] - left)) - paid[:, -1]
        part = cash[k] / whole[owner] if whole[owner] > 0 else 0.0
        found[key] = worth(flow, end) + part * pooled[owner]
    return found
