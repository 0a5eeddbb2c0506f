"""How much a vehicle can borrow, and how it is repaid.

    sculpted   service_k = (cfads_k / cover) · size          D = Σ service_k·v_k + balloon·v_n
    annuity    service even, the largest that cash covers
    bullet     interest alone until maturity

    D = min(what cover allows, what LLCR allows, gearing · uses(D))

v_k is what 1 paid at the end of period k of repayment is worth when repayment begins.
A share `balloon` of the loan is due at maturity besides; a bullet is a balloon of 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offtake.capital.vehicle.cash import Floats
from offtake.errors import Fault, OfftakeError, Where
from offtake.model.finance import Repayment


@dataclass(frozen=True, slots=True)
class Profile:
    """How one USD of loan is repaid, period by period of its tenor."""

    principal: Floats
    """[n] principal due; adds up to 1, what is due at maturity besides included."""
    balloon: float
    """Part of the last that is due at once."""
    most: float
    """The largest loan the cover allows, in USD."""

    @property
    def opening(self) -> Floats:
        """What is owed when each period begins."""
        owed: Floats = 1.0 - np.concatenate([[0.0], np.cumsum(self.principal)[:-1]])
        return owed


@dataclass(frozen=True, slots=True)
class Asked:
    """What lenders ask for."""

    repayment: Repayment
    cover: float
    """Least cash over debt service, as planned."""
    balloon: float
    llcr: float | None
    place: str
    """Path of the vehicle, for faults."""


def factors(rates: Floats) -> Floats:
    """Discount factors of the ends of periods, from the rate of each."""
    made: Floats = 1.0 / np.cumprod(1.0 + rates)
    return made


def profile(asked: Asked, cfads: Floats, rates: Floats) -> Profile:
    """Shape repayment, and size the loan by the cash that is there.

    Args:
        asked: The lenders' terms.
        cfads: Cash available in each period of the tenor, as planned.
        rates: Interest of each of these periods.

    Raises:
        OfftakeError: there is no cash to lend against (`OTK-C020`), or what cash allows does
            not pay the interest of a period (`OTK-C021`).
    """
    _lendable(asked, cfads)
    v = factors(rates)
    if asked.repayment is Repayment.SCULPTED:
        made = _sculpted(asked, cfads, rates, v)
    else:
        made = _level(asked, cfads, rates, v)
    if asked.llcr is None:
        return made
    limit = float(cfads @ v) / asked.llcr
    return Profile(made.principal, made.balloon, min(made.most, limit))


def _lendable(asked: Asked, cfads: Floats) -> None:
    if not len(cfads):
        what = "the loan has no period to be repaid in: cash ends before, or its tenor is 0"
        raise _fault("OTK-C020", asked.place, what, "tenor 0", "give `tenor_quarters`")
    bad = np.flatnonzero(~(cfads > 0))
    if len(bad):
        what = f"debt cannot be sized: no cash to lend against in period {bad[0] + 1} of repayment"
        hint = "shorten the tenor, raise the price, or borrow nothing (`gearing_share: 0`)"
        raise _fault("OTK-C020", asked.place, what, f"{cfads[bad[0]]:,.2f} USD", hint)


def _sculpted(asked: Asked, cfads: Floats, rates: Floats, v: Floats) -> Profile:
    service = cfads / asked.cover
    most = float(float(service @ v) / (1.0 - asked.balloon * v[-1]))
    owed, principal = 1.0, np.empty(len(cfads))
    for k, rate in enumerate(rates):
        principal[k] = service[k] / most - owed * rate
        owed -= principal[k]
    principal[-1] += asked.balloon
    bad = np.flatnonzero(principal < -1e-12)
    if len(bad):
        what = f"sculpted debt service does not pay the interest of period {bad[0] + 1}"
        hint = "ask for an annuity or a shorter tenor, or begin repayment when all is in service"
        got = f"{service[bad[0]]:,.2f} USD of service"
        raise _fault("OTK-C021", asked.place, what, got, hint)
    return Profile(principal, asked.balloon, most)


def _level(asked: Asked, cfads: Floats, rates: Floats, v: Floats) -> Profile:
    """Even service of a loan of 1; a bullet pays interest alone."""
    balloon = 1.0 if asked.repayment is Repayment.BULLET else asked.balloon
    even = (1.0 - balloon * v[-1]) / float(v.sum())
    owed, principal = 1.0, np.empty(len(cfads))
    for k, rate in enumerate(rates):
        principal[k] = even - owed * rate
        owed -= principal[k]
    if balloon == 1.0:
        principal[:] = 0.0
    opening = 1.0 - np.concatenate([[0.0], np.cumsum(principal)[:-1]])
    service = principal + opening * rates
    payable = service > 0
    most = float((cfads[payable] / asked.cover / service[payable]).min(initial=np.inf))
    principal[-1] = 1.0 - principal[:-1].sum()
    return Profile(principal, balloon, most)


def _fault(code: str, place: str, what: str, got: str, hint: str) -> OfftakeError:
    return OfftakeError(Fault(code=code, what=what, where=Where(path=place), got=got, hint=hint))
