"""Vehicles: ring-fenced companies that build, borrow, sell to the lab, and may be left.

    decided now              financed[o, n] ≤ x[o, n]     MW of a signing that carry a loan
    in a future w            handed[k, w, j]              MW left to lenders by the end of year j
                             cure, distribution, swept, account [v, w, t], released[v, w]

    account[t] = account[t−1] + cfads[t] + cure[t]
                 − service[t] − dues[t] − distribution[t] − swept[t]

Rows on cash flow are linear in what is signed, financed and handed over, because all that
one MW draws, owes and pays is known beforehand (`financing`). They always have a solution:
shareholders can pay in what is missing. Symbols as in `docs/understanding/vehicle.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offtake.model.party import Vehicle
from offtake.model.period import Quarter
from offtake.plan.financing import Financed, Loan, financed, loan, vehicle_of
from offtake.plan.formulate import Facts, Formulation, followed, site_up
from offtake.plan.program import ABSENT, Floats, Ints, Limit, Term
from offtake.plan.workloads import MILLION

Key = tuple[int, int]

NARROW = 1e-9
"""Lock-up and covenant closer than this are one."""


@dataclass(frozen=True, slots=True)
class Fenced:
    """All that the vehicles of a portfolio may build, one MW of each signing."""

    vehicles: tuple[Vehicle, ...]
    """Those that build something that is offered."""
    keys: tuple[Key, ...]
    """Offer and signing quarter of each signing."""
    owner: tuple[int, ...]
    """Vehicle of each signing."""
    lines: tuple[Financed, ...]
    ends: Ints
    """[J] quarters at whose end capacity may be handed over; the last is the horizon's."""
    state: Ints
    """[T] the last of `ends` before a quarter; −1 before the first."""

    def each(self) -> Iterator[tuple[int, Key, Vehicle, Financed]]:
        """Go through all signings: number of the vehicle, offer and quarter, vehicle, loan."""
        for owner, key, line in zip(self.owner, self.keys, self.lines, strict=True):
            yield owner, key, self.vehicles[owner], line

    def indebted(self) -> npt.NDArray[np.bool_]:
        """Mark where a vehicle may owe anything, [V, W, T]."""
        shape = self.lines[0].cash.shape
        marked = np.zeros((len(self.vehicles), *shape), bool)
        for owner, _, _, line in self.each():
            marked[owner] |= line.owed > 0
        return marked


def fenced(facts: Facts) -> Fenced | None:
    """Follow everything vehicles may build through every scenario; None where that is nothing."""
    portfolio, supply, scenarios = facts.portfolio, facts.supply, facts.scenarios
    builder = {o: vehicle_of(portfolio, offer) for o, offer in enumerate(supply.offers)}
    keys = tuple(key for key in facts.offered if builder[key[0]] is not None)
    if not keys:
        return None
    ends = year_ends(portfolio.horizon.quarters)
    found: dict[str, Vehicle] = {}
    owner, lines = [], []
    for key in keys:
        vehicle, source = builder[key[0]], supply.offered[key[0]]
        assert vehicle is not None
        found.setdefault(vehicle.party, vehicle)
        owner.append(list(found).index(vehicle.party))
        raw = followed(supply, scenarios, key)
        late = scenarios.late_days[source.id]
        lines.append(financed(vehicle, source, key[1], raw, late, scenarios.rental_price, ends))
    state = np.searchsorted(ends, np.arange(facts.shape[1])) - 1
    return Fenced(tuple(found.values()), keys, tuple(owner), tuple(lines), ends, state)


def year_ends(quarters: tuple[Quarter, ...]) -> Ints:
    """List the last quarters of calendar years, and the last quarter of all."""
    last = len(quarters) - 1
    return np.array([t for t, q in enumerate(quarters) if q.quarter == 4 or t == last], np.int64)


def add(made: Formulation) -> None:
    """Add the vehicles of a portfolio to a program; nothing where no offer names one."""
    book = fenced(made.facts)
    if book is None:
        return
    _columns(made, book)
    _financed(made, book)
    _leverage(made, book)
    _handed(made, book)
    _flows(made, book)
    _covenants(made, book)
    _trapped(made, book)
    _capacity(made, book)
    _lab(made, book)
    _worth(made, book)


def _columns(made: Formulation, book: Fenced) -> None:
    program, (count, periods) = made.program, made.facts.shape
    lent = np.zeros_like(made.x, bool)
    for _, (offer, period), _, line in book.each():
        lent[offer, made.facts.tracks[:, period]] = line.loan.drawn > 0
    program.add("financed", made.x.shape, where=lent)
    begun = np.array([line.loan.first for line in book.lines])[:, None, None]
    shape = (len(book.keys), count, len(book.ends))
    program.add("handed", shape, where=book.ends >= begun)
    flat = (len(book.vehicles), count, periods)
    for name in ("cfads", "service"):
        program.add(name, flat, lower=-np.inf)
    for name in ("cure", "distribution", "swept", "account"):
        program.add(name, flat)
    program.add("released", flat[:2])


def signed_columns(made: Formulation, key: Key) -> tuple[Ints, Ints, float]:
    """Columns [W] of what is signed and of what is financed, and the MW one signed unit is."""
    node = made.facts.node[:, key[1]]
    debt = made.program.columns["financed"][key[0], node]
    return made.x[key[0], node], debt, float(made.facts.size[key[0]])


def gone_columns(made: Formulation, book: Fenced, number: int) -> Ints:
    """Columns [W, T] of what was handed over before each quarter."""
    handed = made.program.columns["handed"][number]
    gone: Ints = np.where(book.state >= 0, handed[:, np.maximum(book.state, 0)], ABSENT)
    return gone


def _financed(made: Formulation, book: Fenced) -> None:
    """Keep financed ≤ signed, once for each path through the information structure."""
    facts, program = made.facts, made.program
    shape = (len(book.keys), len(facts.tracks))
    rows = program.con("financed", shape, [], upper=0.0).index
    for row, (offer, period) in zip(rows, book.keys, strict=True):
        nodes = facts.tracks[:, period]
        program.put(row, 1.0, program.columns["financed"][offer, nodes])
        program.put(row, -facts.size[offer], made.x[offer, nodes])


def _leverage(made: Formulation, book: Fenced) -> None:
    """Keep balance ≤ limit · equity paid in, as planned, every quarter.

    Σ_k balance_k[t]·financed_k ≤ ℓ·Σ_k (Σ_s≤t invested_k[s]·x_k − draws_k[s]·financed_k)
    """
    facts, program = made.facts, made.program
    tracks, quarters = facts.tracks, facts.portfolio.horizon.quarters
    shape = (len(book.vehicles), len(tracks), len(quarters))
    names, when = np.empty(shape, object), np.empty(shape, object)
    when[:] = np.array(quarters, object)
    ratio = np.full(shape, np.inf)
    for number, vehicle in enumerate(book.vehicles):
        names[number] = f"capital.vehicles.{vehicle.party}.leverage_limit_ratio"
        if vehicle.leverage_limit_ratio is not None:
            ratio[number] = vehicle.leverage_limit_ratio
    kind = "capital.vehicles.leverage_limit_ratio"
    limit = Limit(kind, names, "USD", MILLION, when, ratio)
    there = np.isfinite(ratio)
    rows = program.con("leverage", shape, [], upper=0.0, where=there, limit=limit).index
    for owner, (offer, period), vehicle, line in book.each():
        most = vehicle.leverage_limit_ratio
        if most is not None:
            plan, last = line.loan, len(quarters)
            owes = plan.balance[:last] + most * np.cumsum(plan.draws[:last])
            nodes = tracks[:, period]
            debt, signed = program.columns["financed"][offer, nodes], made.x[offer, nodes]
            paid = most * facts.size[offer] * np.cumsum(plan.invested[:last])
            program.put(rows[owner], owes, debt[:, None])
            program.put(rows[owner], -paid, signed[:, None])


def put_invested(made: Formulation, rows: Ints) -> None:
    """Take what loans pay, as planned, from the lab's own investment in rows [P, T]."""
    if "financed" not in made.program.columns:
        return
    facts = made.facts
    for (offer, period), vehicle, plan in loans(facts):
        drawn = vehicle.ownership_share * plan.draws[: facts.shape[1]]
        debt = made.program.columns["financed"][offer, facts.tracks[:, period]]
        made.program.put(rows, -drawn, debt[:, None])


def _handed(made: Formulation, book: Fenced) -> None:
    """What was handed over stays so, and carries a loan on which something is owed.

    Only what is due can be missed: nothing is handed over before debt service begins.
    """
    program = made.program
    handed = program.columns["handed"]
    owing = np.array([line.balance[:, book.ends] > 0 for line in book.lines])
    rows = program.con(
        "handed",
        handed.shape,
        [(1.0, handed)],
        lower=0.0,
        upper=np.where(owing, np.inf, 0.0),
        where=handed != ABSENT,
    ).index
    program.put(rows[:, :, 1:], -1.0, handed[:, :, :-1])
    last = handed[:, :, -1]
    most = program.con(
        "handed_most", last.shape, [(1.0, last)], upper=0.0, where=last != ABSENT
    ).index
    for number, key in enumerate(book.keys):
        program.put(most[number], -1.0, signed_columns(made, key)[1])


def _flows(made: Formulation, book: Fenced) -> None:
    """Cash available, debt service, and the account they pass through."""
    program = made.program
    columns = program.columns
    shape = columns["cfads"].shape
    cash = program.con("cfads", shape, [(1.0, columns["cfads"])], lower=0.0, upper=0.0).index
    owed = program.con("service", shape, [(1.0, columns["service"])], lower=0.0, upper=0.0).index
    out = [(1.0, columns[name]) for name in ("account", "service", "distribution", "swept")]
    into = [(-1.0, columns[name]) for name in ("cfads", "cure")]
    kept = program.con("account", shape, [*out, *into], lower=0.0, upper=0.0).index
    program.put(kept[:, :, 1:], -1.0, columns["account"][:, :, :-1])
    for number, (owner, key, _, line) in enumerate(book.each()):
        signed, debt, size = signed_columns(made, key)
        gone = gone_columns(made, book, number)
        program.put(cash[owner], -size * line.cash, signed[:, None])
        program.put(cash[owner], line.cash, gone)
        for rows, amount in ((owed, -line.service), (kept, line.balloon + line.fee)):
            program.put(rows[owner], amount, debt[:, None])
            program.put(rows[owner], -amount, gone)


def _covenants(made: Formulation, book: Fenced) -> None:
    """Cover by cash or cure, and distributions that grow from covenant to lock-up.

    cfads + cure ≥ c·service        distribution ≤ (L−1)/(L−c)·(cfads + cure − c·service)
    """
    program, columns = made.program, made.program.columns
    cash, owed, cure = (columns[name] for name in ("cfads", "service", "cure"))
    paid = columns["distribution"]

    def each(values: list[float]) -> Floats:
        return np.array(values).reshape(-1, 1, 1)

    covenant = each([v.dscr_covenant_ratio for v in book.vehicles])
    lockup = each([v.dscr_lockup_ratio for v in book.vehicles])
    covered: list[Term] = [(1.0, cash), (1.0, cure), (-covenant, owed)]
    program.con("covenant", cash.shape, covered, lower=0.0)
    wide = lockup - covenant > NARROW
    slope = np.where(wide, (lockup - 1) / np.where(wide, lockup - covenant, 1.0), 0.0)
    ramp: list[Term] = [
        (1.0, paid),
        *((-slope * np.asarray(part), column) for part, column in covered),
    ]
    program.con("lockup", cash.shape, ramp, upper=0.0, where=wide & book.indebted())


def _trapped(made: Formulation, book: Fenced) -> None:
    """Cures make up for what is missing and no more; what is kept secures what is owed.

    cure ≤ Σ_k missing_k·(financed − gone)_k        account ≤ Σ_k owed_k·(financed − gone)_k
    """
    program, columns = made.program, made.program.columns
    cure, account, released = (columns[name] for name in ("cure", "account", "released"))
    need = program.con("cure", cure.shape, [(1.0, cure)], upper=0.0).index
    held = program.con("security", account.shape, [(1.0, account)], upper=0.0).index
    last = account[:, :, -1]
    program.con("released", released.shape, [(1.0, released), (-1.0, last)], upper=0.0)
    free = program.con("released_most", released.shape, [(1.0, released)], upper=0.0).index
    for number, (owner, key, vehicle, line) in enumerate(book.each()):
        signed, debt, size = signed_columns(made, key)
        gone = gone_columns(made, book, number)
        missing, bare = missing_cash(vehicle, line)
        program.put(need[owner], bare - missing, debt[:, None])
        program.put(need[owner], missing, gone)
        program.put(need[owner], -size * bare, signed[:, None])
        program.put(held[owner], -line.owed, debt[:, None])
        program.put(held[owner], line.owed, gone)
        program.put(free[owner], -line.owed[:, -1], debt)
        program.put(free[owner], line.owed[:, -1], columns["handed"][number, :, -1])


def missing_cash(vehicle: Vehicle, line: Financed) -> tuple[Floats, Floats]:
    """What a financed MW lacks to be covered and paid, and one without debt, [W, T] each."""
    wanted = np.maximum(
        vehicle.dscr_covenant_ratio * line.service, line.service + line.balloon + line.fee
    )
    return np.maximum(wanted - line.cash, 0.0), np.maximum(-line.cash, 0.0)


def _capacity(made: Formulation, book: Fenced) -> None:
    """Capacity handed over no longer serves the lab."""
    facts, program = made.facts, made.program
    up = site_up(facts)
    for number, key in enumerate(book.keys):
        source = facts.supply.offered[key[0]]
        useful = source.availability * facts.offered[key].share * up[source.pool]
        gone = gone_columns(made, book, number)
        program.put(program.rows["capacity"].index[source.pool], useful, gone)
        paid = useful * source.terms.paid_share
        program.put(program.rows["paid"].index[source.pool], paid, gone)


def _lab(made: Formulation, book: Fenced) -> None:
    """The lab's own cash: its share of equity, less its share of distributions."""
    facts, program = made.facts, made.program
    spend, columns = program.rows["spend"].index, program.columns
    share = np.array([v.ownership_share for v in book.vehicles])[:, None, None]
    program.put(spend[None], -share, columns["cure"])
    program.put(spend[None], share, columns["distribution"])
    for number, (_, key, vehicle, line) in enumerate(book.each()):
        _, debt, _ = signed_columns(made, key)
        gone = gone_columns(made, book, number)
        lent = vehicle.ownership_share * line.draws + line.fee
        program.put(spend, lent, debt[:, None])
        program.put(spend, facts.offered[key].paid - lent, gone)
        handed = columns["handed"][number]
        for j, end in enumerate(book.ends[:-1]):
            program.put(spend[:, end + 1], -line.guaranteed[:, j], handed[:, j])
            if j:
                program.put(spend[:, end + 1], line.guaranteed[:, j], handed[:, j - 1])


def _worth(made: Formulation, book: Fenced) -> None:
    """What is left at the end: the lab's share of value less debt, or nothing if handed over."""
    final, columns = made.facts.final_discount, made.program.columns
    for number, (_, key, vehicle, line) in enumerate(book.each()):
        _, debt, _ = signed_columns(made, key)
        share, handed = vehicle.ownership_share, columns["handed"][number]
        claim = share * (line.residual - line.due)
        made.worth.append((-final * share * line.due, debt))
        made.worth.append((-final * (claim + line.guaranteed[:, -1]), handed[:, -1]))
        if len(book.ends) > 1:
            made.worth.append((final * line.guaranteed[:, -1], handed[:, -2]))
    for number, vehicle in enumerate(book.vehicles):
        back = np.full(made.facts.shape[0], final * vehicle.ownership_share)
        made.worth.append((back, columns["released"][number]))


def cash_relief(made: Formulation, row_dual: Floats) -> dict[Key, float]:
    """What a MW of each signing gains by the cash its vehicle gets.

    The duals of cash rows tell what a dollar in a vehicle is worth to the objective.
    """
    if "cfads" not in made.program.rows:
        return {}
    book = fenced(made.facts)
    assert book is not None
    cash = row_dual[made.program.rows["cfads"].index]
    return {key: float((cash[owner] * line.cash).sum()) for owner, key, _, line in book.each()}


def loan_relief(made: Formulation, row_dual: Floats) -> dict[Key, float]:
    """What a MW of each signing gains by the loan it may carry, and lets others carry.

    The duals of two rows of the first stage: `financed` and `leverage`.
    """
    rows, facts = made.program.rows, made.facts
    if "financed" not in rows:
        return {}
    owed, periods = row_dual[rows["financed"].index].sum(axis=1), facts.tracks.shape[1]
    leverage = rows["leverage"].index
    room = np.where(leverage == ABSENT, 0.0, row_dual[np.maximum(leverage, 0)]).sum(axis=1)
    number: dict[str, int] = {}
    found: dict[Key, float] = {}
    for key, vehicle, plan in loans(facts):
        owner = number.setdefault(vehicle.party, len(number))
        paid = np.cumsum(plan.invested[:periods])
        most = vehicle.leverage_limit_ratio or 0.0
        found[key] = float(owed[len(found)]) + most * float(room[owner] @ paid)
    return found


def loans(facts: Facts) -> Iterator[tuple[Key, Vehicle, Loan]]:
    """Give the loan of every signing of a vehicle, as planned."""
    supply = facts.supply
    for key in facts.offered:
        vehicle = vehicle_of(facts.portfolio, supply.offers[key[0]])
        if vehicle is not None:
            yield key, vehicle, loan(vehicle, supply.offered[key[0]], key[1], facts.shape[1])
