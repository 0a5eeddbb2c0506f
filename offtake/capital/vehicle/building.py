"""Sources and uses while a vehicle builds; the loan pays interest on itself, solved exactly.

    uses[t]    = capex[t] + interest[t] + fees[t] + reserve[t]
    interest[t] = rate[t] · drawn[t−1]        fees[t] = commitment · (D − drawn[t−1])
    net[t]     = uses[t] − what phases in service earn and what they earned before

    pro rata      debt[t] = s · net[t]                     s such that Σ debt = D
    equity first  debt[t] = max(0, Σ net − max(E, Σ net before))   E such that Σ debt = D
    equity last   debt[t] = min(net[t], D − drawn)

Interest depends on draws, and draws on interest; a period looks only at what was drawn
before it, so that one unknown (s, or E) is left, in which Σ debt is monotone. It is found by
Brent's method to the last digits, and `sources − uses` is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from offtake.capital.vehicle.cash import Floats
from offtake.errors import Fault, OfftakeError, Where
from offtake.model.finance import Draws

TIGHT = 8.9e-16
"""The closest Brent's method lets one ask for, relative."""


@dataclass(frozen=True, slots=True)
class Site:
    """What is paid while a vehicle builds, whoever pays; each [periods], period 0 the close."""

    capex: Floats
    earned: Floats
    """Cash of phases that are in service already."""
    rates: Floats
    """Interest of each period."""
    upfront: float
    """Fee at the close, a share of the loan."""
    commitment: float
    """Fee of a period, a share of what is not drawn."""
    reserve: float
    """Debt service reserve to fund in the last of them, in USD for each USD of loan."""
    draws: Draws
    place: str
    """Path of the vehicle, for faults."""


@dataclass(frozen=True, slots=True)
class Funded:
    """Sources and uses, period by period, in USD."""

    capex: Floats
    interest: Floats
    upfront: Floats
    commitment: Floats
    reserve: Floats
    earned: Floats
    """Source: what phases in service earned."""
    carried: Floats
    """Cash of these at the end of each period that is not needed yet."""
    debt: Floats
    equity: Floats

    @property
    def uses(self) -> Floats:
        """All that is paid."""
        made: Floats = self.capex + self.interest + self.upfront + self.commitment + self.reserve
        return made

    @property
    def total_usd(self) -> float:
        """What debt and equity pay for in all."""
        return float(self.debt.sum() + self.equity.sum())

    @property
    def gap_usd(self) -> float:
        """Sources less uses: nothing but rounding."""
        sources = self.debt.sum() + self.equity.sum() + self.earned.sum() - self.carried[-1]
        return float(sources - self.uses.sum())


Draw = Callable[[float, float, float, float], float]
"""(net of the period, net before it, drawn before it, the unknown) -> debt drawn in it."""


def fund(site: Site, loan: float) -> Funded:
    """Draw a loan of a given size to the last cent, and equity for the rest.

    Raises:
        OfftakeError: it is larger than what there is to pay for (`OTK-C022`).
    """
    if loan <= 0:
        return _run(site, 0.0, _pro_rata, 0.0)
    if site.draws is Draws.EQUITY_LAST:
        return _checked(site, loan, _run(site, loan, _first, loan))
    draw = _pro_rata if site.draws is Draws.PRO_RATA else _last

    def missing(unknown: float) -> float:
        return float(_run(site, loan, draw, unknown).debt.sum() / loan - 1.0)

    low, high = (1.0, 0.0) if site.draws is Draws.PRO_RATA else (0.0, _most(site, loan))
    if missing(low) < 0:
        return _checked(site, loan, _run(site, loan, draw, low))
    unknown = brentq(missing, low, high, xtol=1e-300, rtol=TIGHT, maxiter=400)
    return _checked(site, loan, _run(site, loan, draw, float(unknown)))


def at_gearing(site: Site, gearing: float) -> float:
    """Give the loan that is a share of all uses, its own interest and fees among them.

    Raises:
        OfftakeError: no loan is that share (`OTK-C022`).
    """
    if gearing <= 0:
        return 0.0

    def over(loan: float) -> float:
        """The loan less its share of uses, were all of it drawn."""
        made = _run(site, loan, _pro_rata, gearing)
        return float(loan - made.debt.sum())

    # Under pro rata, drawing the share each period is drawing the share in all: linear in D,
    # but where phases in service earn more than a period asks for.
    if site.draws is Draws.PRO_RATA:
        zero, slope = over(0.0), over(1.0) - over(0.0)
        if slope <= 0:
            raise _too_large(site, f"gearing {gearing:g}")
        loan = -zero / slope
        if abs(over(loan)) <= 1e-12 * loan:
            return loan
        return float(brentq(over, 0.0, 4 * loan, xtol=1e-9, rtol=TIGHT, maxiter=400))

    def gap(loan: float) -> float:
        draw = _first if site.draws is Draws.EQUITY_LAST else _last
        made = _run(site, loan, draw, loan)
        if site.draws is Draws.EQUITY_FIRST:
            made = fund(site, loan)
        return float(loan - gearing * made.total_usd)

    high = float(site.capex.sum())
    return float(brentq(gap, 0.0, high, xtol=1e-9, rtol=TIGHT, maxiter=400))


def _most(site: Site, loan: float) -> float:
    """More equity than could ever be asked for."""
    years = float(np.prod(1.0 + site.rates))
    return float(site.capex.sum() + loan * (2 + site.reserve + site.commitment * 99)) * years + 1.0


def _pro_rata(net: float, before: float, drawn: float, share: float) -> float:
    return share * net


def _last(net: float, before: float, drawn: float, equity: float) -> float:
    return max(0.0, before + net - max(equity, before))


def _first(net: float, before: float, drawn: float, loan: float) -> float:
    return min(net, loan - drawn)


def _run(site: Site, loan: float, draw: Draw, unknown: float) -> Funded:
    """Go through construction once, for one value of the unknown."""
    count = len(site.capex)
    flows: dict[str, Floats] = {name: np.zeros(count) for name in Funded.__dataclass_fields__}
    flows["capex"], flows["earned"] = site.capex, site.earned
    flows["upfront"][0] = site.upfront * loan
    flows["reserve"][-1] = site.reserve * loan
    drawn = before = kept = 0.0
    for t in range(count):
        interest = site.rates[t] * drawn if t else 0.0
        fee = site.commitment * (loan - drawn) if t else 0.0
        uses = site.capex[t] + interest + fee + flows["upfront"][t] + flows["reserve"][t]
        short = uses - site.earned[t] - kept
        net, kept = max(short, 0.0), max(-short, 0.0)
        debt = draw(net, before, drawn, unknown)
        flows["interest"][t], flows["commitment"][t], flows["carried"][t] = interest, fee, kept
        flows["debt"][t], flows["equity"][t] = debt, net - debt
        before, drawn = before + net, drawn + debt
    return Funded(**flows)


def _checked(site: Site, loan: float, made: Funded) -> Funded:
    if abs(made.debt.sum() - loan) > 1e-9 * loan:
        raise _too_large(site, f"{loan:,.2f} USD, of which {made.debt.sum():,.2f} can be drawn")
    return made


def _too_large(site: Site, got: str) -> OfftakeError:
    return OfftakeError(
        Fault(
            code="OTK-C022",
            what="the loan is larger than all there is to pay for",
            where=Where(path=site.place),
            got=got,
            hint="lower `gearing_share` below 1, or raise the cover that is asked for",
        )
    )
