"""Financing: what one MW of a vehicle's capacity costs, borrows, owes and pays.

    quarters   τ ………… due ─────────────────────────────────────> due + term
    capacity   built      in service, sold to the lab at one price
    loan       drawn …… | first ── repaid, sculpted ── last |

All of it is worked out before the program is written: the loan as planned, which is the
same whatever happens, and what of it is drawn, owed and paid in each scenario. The program
is then linear in how many MW are financed. Symbols and reasons stand in
`docs/understanding/vehicle.md`.

Money is in million USD for one MW of IT, and moves in the middle of a quarter, as the
planner's discount factors have it. Arrays of a loan begin with the first quarter of the
horizon and may end long after the last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.model.contract import Offer
from offtake.model.party import Vehicle
from offtake.model.portfolio import Portfolio
from offtake.plan.flows import Flow, flow
from offtake.plan.supply import Source

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MILLION = 1e6
MONTHS = 3
"""Months of a quarter."""
NEITHER = (None, None)


@dataclass(frozen=True, slots=True)
class Loan:
    """The loan on one MW signed in one quarter, if all goes as planned."""

    price: float
    """What the lab pays for a quarter in service."""
    drawn: float
    """All draws together; interest is added to them until `first`."""
    equity: float
    """What the shareholders pay for the same investment."""
    debt: float
    """Balance when repayment begins, interest during construction included."""
    first: int
    """First quarter of service of the debt: the one after the last investment."""
    last: int
    """Quarter it matures in."""
    invested: Floats
    """[L]"""
    cash: Floats
    """[L] cash available for debt service: what the lab pays less running cost."""
    draws: Floats
    """[L]"""
    service: Floats
    """[L] interest and principal, without the balloon."""
    balance: Floats
    """[L] owed after the quarter."""
    portion: Floats
    """[L] share of what is owed in a quarter, interest included, that is paid in it."""


@dataclass(frozen=True, slots=True)
class Financed:
    """One MW of one signing of a vehicle in every scenario."""

    loan: Loan
    cash: Floats
    """[W, T] cash available for debt service."""
    investment: Floats
    """[W, T]"""
    draws: Floats
    """[W, T]"""
    service: Floats
    """[W, T]"""
    balloon: Floats
    """[W, T] what is still owed at maturity, due at once."""
    owed: Floats
    """[W, T] balance and interest before the quarter's service."""
    balance: Floats
    """[W, T] owed after the quarter."""
    fee: Floats
    """[W, T] what the vehicle pays the lab for its guarantee, from the first service on."""
    residual: Floats
    """[W] value left at the end of the horizon."""
    due: Floats
    """[W] owed at the end of the horizon."""
    fetched: Floats
    """[W, J] what the capacity fetches for its lenders, at each end of a year."""
    guaranteed: Floats
    """[W, J] what the lab then owes them: by its guarantee, and for ending its contract."""
    lost: Floats
    """[W, J] what they then lose."""


def vehicle_of(portfolio: Portfolio, offer: Offer) -> Vehicle | None:
    """Give the vehicle that builds an offer; None where the lab holds it on its own account.

    Raises:
        OfftakeError: it names a vehicle that does not exist (`OTK-P117`), or one that has
            neither price nor return (`OTK-P118`).
    """
    if offer.vehicle is None:
        return None
    found = [v for v in portfolio.capital.vehicles if v.party == offer.vehicle]
    if not found:
        raise OfftakeError(
            Fault(
                code="OTK-P117",
                what="there is no such vehicle",
                where=Where(path=f"offers.{offer.id}.vehicle"),
                got=f"'{offer.vehicle}'",
                hint=did_you_mean(offer.vehicle, {v.party for v in portfolio.capital.vehicles}),
            )
        )
    if (found[0].offtake_usd_per_it_kw_month, found[0].offtake_return_share_per_year) == NEITHER:
        raise OfftakeError(
            Fault(
                code="OTK-P118",
                what="nothing says what the lab pays this vehicle for capacity",
                where=Where(path=f"capital.vehicles.{offer.vehicle}"),
                hint="give offtake_usd_per_it_kw_month, or offtake_return_share_per_year",
            )
        )
    return found[0]


def interest(vehicle: Vehicle) -> float:
    """Interest of a quarter; four of them, compounded, make the rate of a year."""
    return float((1 + vehicle.interest_share_per_year) ** 0.25 - 1)


def tenant(vehicle: Vehicle, source: Source, signing: int, raw: Flow) -> Flow:
    """Give what the lab sees of capacity its vehicle builds without any debt.

    It pays the vehicle for capacity in service, and its own share of what is invested and
    of what is left; distributions come back apart.
    """
    share = float(vehicle.ownership_share)
    return replace(
        raw,
        payment=offtake_price(vehicle, source, signing) * raw.share,
        investment=share * raw.investment,
        invested=share * raw.invested,
        residual=share * raw.residual,
    )


def offtake_price(vehicle: Vehicle, source: Source, signing: int) -> float:
    """Give what the lab pays for one MW in service for a quarter, level over its life.

        Σ_t (price − running)·planned[t]·v^t − Σ_t invested[t]·v^t + residual·v^end = 0

    with v the discount of a quarter at the return agreed on, unless the price is stated.
    """
    if vehicle.offtake_usd_per_it_kw_month is not None:
        return float(vehicle.offtake_usd_per_it_kw_month) * 1e3 * MONTHS / MILLION
    whole = _lifelong(source, signing)
    rate = float(vehicle.offtake_return_share_per_year or 0.0)
    periods = len(whole.planned)
    worth: Floats = (1 + rate) ** (-(np.arange(periods) + 0.5) / 4)
    costs = float((whole.invested + whole.payment[0]) @ worth)
    left = float(whole.residual[0]) * float((1 + rate) ** (-periods / 4))
    served = float(whole.planned @ worth)
    return (costs - left) / served


def loan(vehicle: Vehicle, source: Source, signing: int, periods: int) -> Loan:
    """Size and schedule the loan on one MW, as planned.

        service[t] = κ·cash[t] / target,  first ≤ t ≤ last       (κ = 1 unless gearing binds)
        debt = Σ_t service[t]·(1 + i)^(first − 1 − t) + balloon·(1 + i)^(first − 1 − last)
        debt ≤ gearing · (investment + interest during construction)

    so the cover planned is the same in every quarter: target / κ.

    Args:
        vehicle: the borrower.
        source: what is built.
        signing: quarter it is signed in.
        periods: quarters of the horizon.
    """
    whole = _lifelong(source, signing)
    price = offtake_price(vehicle, source, signing)
    built = np.flatnonzero(whole.invested)
    first = int(built[-1]) + 1 if len(built) else int(source.start) + signing
    last = first + int(vehicle.tenor_quarters) - 1
    length = max(periods, last + 1, len(whole.planned))
    invested = _stretched(whole.invested, length)
    cash = _stretched(price * whole.planned - whole.payment[0], length)
    rate, due = interest(vehicle), slice(first, last + 1)
    paid = np.zeros(length)
    paid[due], borne = sculpted(
        cash[due], vehicle.dscr_target_ratio, rate, float(vehicle.balloon_share)
    )
    later = (1 + rate) ** (first - 1 - np.arange(length, dtype=float))
    drawn, debt = _sized(vehicle, invested, later, borne)
    scale = debt / borne if borne > 0 and np.isfinite(borne) else 0.0
    draws = drawn_as(vehicle, invested[None], drawn, float(invested.sum()))[0]
    service = scale * paid
    balance, portion = _scheduled(draws, service, rate, first, last)
    return Loan(
        price=price,
        drawn=drawn,
        equity=float(invested.sum()) - drawn,
        debt=debt,
        first=first,
        last=last,
        invested=invested,
        cash=cash,
        draws=draws,
        service=service,
        balance=balance,
        portion=portion,
    )


def sculpted(
    cash: Floats, target: float, rate: float, balloon_share: float = 0.0
) -> tuple[Floats, float]:
    """Give the debt service cash can bear, and the debt one period before that it repays.

        service[k] = cash[k] / target        debt = Σ_k service[k]/(1+i)^k + balloon·debt/(1+i)^n

    Args:
        cash: [N] available in each period; nothing is borne where it is below nothing.
        target: cover.
        rate: interest of a period.
        balloon_share: of the debt, due in the last period beside its service.
    """
    paid = np.maximum(cash, 0.0) / target
    carried = float(paid @ (1 + rate) ** -(np.arange(len(cash)) + 1.0))
    kept = 1 - balloon_share * float((1 + rate) ** -len(cash))
    return paid, carried / kept if kept > 0 else (np.inf if carried > 0 else 0.0)


def drawn_as(vehicle: Vehicle, investment: Floats, drawn: float, planned: float) -> Floats:
    """Draw a loan as money is spent, [W, T]: in proportion, or after the equity.

    Never more than was agreed on: what costs more than planned is the shareholders' to pay.
    """
    spent = np.cumsum(investment, axis=1)
    if vehicle.equity_first:
        total = np.clip(spent - (planned - drawn), 0.0, drawn)
    else:
        total = np.minimum(spent * (drawn / planned if planned > 0 else 0.0), drawn)
    return np.diff(total, axis=1, prepend=0.0)


def financed(
    vehicle: Vehicle,
    source: Source,
    signing: int,
    raw: Flow,
    late_days: Floats,
    rental: Floats,
    ends: Ints,
) -> Financed:
    """Follow one financed MW through every scenario.

    Draws follow what is spent. Service follows the calendar: the share of what is owed that
    is paid in a quarter is the one planned, however late the capacity is.

    Args:
        vehicle: the borrower.
        source: what is built.
        signing: quarter it is signed in.
        raw: what the vehicle's capacity brings and costs it.
        late_days: [W] days late.
        rental: [W, T] rental price over its path, which a resale follows.
        ends: [J] quarters at whose end lenders may take over.
    """
    count, periods = raw.share.shape
    plan = loan(vehicle, source, signing, periods)
    rate = interest(vehicle)
    draws = drawn_as(vehicle, raw.investment, plan.drawn, plan.drawn + plan.equity)
    draws[:, plan.last + 1 :] = 0.0
    owed, paid, balloon, balance = (np.zeros((count, periods)) for _ in range(4))
    before = np.zeros(count)
    for t in range(periods):
        owed[:, t] = (1 + rate) * before
        paid[:, t] = plan.portion[t] * owed[:, t]
        balloon[:, t] = owed[:, t] - paid[:, t] if t == plan.last else 0.0
        before = balance[:, t] = owed[:, t] - paid[:, t] - balloon[:, t] + draws[:, t]
    kept = float(vehicle.guarantee_share)
    fee = vehicle.guarantee_fee_share_per_year / 4 * kept * owed
    fee[:, : plan.first] = 0.0
    # A balance is of the middle of a quarter, a year ends half a quarter later.
    at_end = balance[:, ends] * (1 + rate) ** 0.5
    fetched = vehicle.resale_share * rental[:, ends] * _books(source, signing, late_days, ends)
    short = np.maximum(at_end - fetched, 0.0)
    paid_out = np.maximum(kept * at_end - fetched, 0.0)
    paid_out = paid_out + vehicle.termination_quarters * plan.price
    return Financed(
        loan=plan,
        cash=plan.price * raw.share - raw.payment,
        investment=raw.investment,
        draws=draws,
        service=paid,
        balloon=balloon,
        owed=owed,
        balance=balance,
        fee=fee,
        residual=raw.residual,
        due=balance[:, -1] * (1 + rate) ** 0.5,
        fetched=fetched,
        guaranteed=paid_out,
        lost=np.maximum(short - paid_out, 0.0),
    )


def _books(source: Source, signing: int, late_days: Floats, ends: Ints) -> Floats:
    """Written-down value of one MW at each end of a year, [W, J]."""
    alive = np.ones((len(late_days), int(ends.max(initial=0)) + 1))
    return np.stack(
        [flow(source, signing, late_days, alive[:, : end + 1]).residual for end in ends], axis=1
    )


def _stretched(path: Floats, length: int) -> Floats:
    return np.concatenate([path, np.zeros(max(length - len(path), 0))])


def _lifelong(source: Source, signing: int) -> Flow:
    """Follow one MW to the end of its service, in one scenario in which nothing is late."""
    length = int(np.ceil(source.start + signing + source.term))
    hardware = source.terms.hardware
    if hardware is not None and len(hardware) < length:
        growth = hardware[1] / hardware[0] if len(hardware) > 1 and hardware[0] > 0 else 1.0
        longer = hardware[0] * growth ** np.arange(length)
        source = replace(source, terms=replace(source.terms, hardware=longer))
    return flow(source, signing, np.zeros(1), np.ones((1, length)))


def _sized(vehicle: Vehicle, invested: Floats, later: Floats, borne: float) -> tuple[float, float]:
    """Give draws and debt: the most that cover and gearing allow.

    The balance when repayment begins grows with the sum drawn, in straight pieces; so does
    h = (1 − gearing)·balance + gearing·drawn, which gearing holds to gearing·investment.
    """
    total = float(invested.sum())
    if total <= 0:
        return 0.0, 0.0
    spent = np.cumsum(invested)
    drawn = np.unique(np.concatenate([[0.0, total], total - spent[spent < total]]))
    balance = np.array(
        [float(drawn_as(vehicle, invested[None], each, total)[0] @ later) for each in drawn]
    )
    gearing = float(vehicle.gearing_share)
    held = (1 - gearing) * balance + gearing * drawn
    most = min(
        float(np.interp(gearing * total, held, drawn)), float(np.interp(borne, balance, drawn))
    )
    return most, float(np.interp(most, drawn, balance))


def _scheduled(
    draws: Floats, service: Floats, rate: float, first: int, last: int
) -> tuple[Floats, Floats]:
    """Give the balance after each quarter, and the share of what is owed that is paid in it.

    After maturity everything that is still owed is due at once.
    """
    balance, portion = np.zeros(len(draws)), np.zeros(len(draws))
    before = 0.0
    for t in range(len(draws)):
        owed = (1 + rate) * before
        if first <= t <= last and owed > 0:
            portion[t] = service[t] / owed
        before = draws[t] if t >= last else owed - service[t] + draws[t]
        balance[t] = before
    portion[last + 1 :] = 1.0
    return balance, portion
