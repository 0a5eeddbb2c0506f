"""What an hour of owned capacity costs, and when owning beats renting.

    annuity = capex · CRF(r, n) − residual · r / ((1 + r)^n − 1) + running cost
    CRF(r, n) = r · (1 + r)^n / ((1 + r)^n − 1),  1/n where r = 0
    levelised cost of an hour = annuity / (8760 · utilisation)

The capital recovery factor spreads an investment over its life in equal yearly payments
(any text on engineering economics); a residual value is sold at the end of the life.
"""

from __future__ import annotations

from dataclasses import dataclass

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.value import Value
from offtake.units import USD, PositiveShare, Share, SharePerYear, SignedUSD, UsdPerYear, Years

HOURS_PER_YEAR = 8760
"""Hours of a year of 365 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Value):
    """One thing that is bought and wears out: accelerators, a shell."""

    name: str
    """What it is."""
    capex_usd: USD
    """Paid when it is bought."""
    life_years: Years
    """Years it is used for."""
    residual_usd: USD = 0.0
    """What it is sold for at the end of its life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owning(Value):
    """What it takes to own some capacity."""

    parts: tuple[Part, ...]
    """What is bought, each over its own life."""
    running_usd_per_year: UsdPerYear = 0.0
    """Power, staff, space and maintenance."""
    discount_share_per_year: SharePerYear
    """Yearly cost of capital."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Levelised(Value):
    """What owning costs a year, and an hour."""

    capital_usd_per_year: dict[str, float]
    """Equal yearly payment of each part, what is sold at its end taken off."""
    running_usd_per_year: UsdPerYear
    """As asked for."""
    total_usd_per_year: SignedUSD
    """Both together."""

    def per_hour(self, units: float, utilisation_share: PositiveShare) -> float:
        """Give the cost of one used hour of one unit, in USD.

        Args:
            units: accelerators that are owned.
            utilisation_share: share of all hours that are used.

        Raises:
            OfftakeError: no units, or no hour of use (`OTK-C002`).
        """
        if units <= 0 or not 0 < utilisation_share <= 1:
            hint = "say how many accelerators, and a share of hours above 0 and up to 1"
            raise _fault("OTK-C002", "no hours to spread the cost over", hint)
        return float(self.total_usd_per_year / (HOURS_PER_YEAR * utilisation_share * units))

    def break_even_share(self, units: float, rent_usd_per_hour: float) -> float:
        """Give the share of hours above which owning is cheaper than renting by the hour.

        Above 1 means that renting is cheaper however much is used.

        Raises:
            OfftakeError: no units, or a rent of nothing (`OTK-C002`).
        """
        if units <= 0 or rent_usd_per_hour <= 0:
            raise _fault("OTK-C002", "nothing to compare with", "say a rent above 0")
        return float(self.total_usd_per_year / (HOURS_PER_YEAR * units * rent_usd_per_hour))


def recovery_factor(rate: float, years: float) -> float:
    """Give the yearly payment that repays 1 over some years, at a yearly rate.

    Raises:
        OfftakeError: no years, or a rate of −1 or below (`OTK-C001`).
    """
    if years <= 0 or rate <= -1:
        raise _fault("OTK-C001", "a payment needs years above 0 and a rate above -1", "")
    if rate == 0:
        return 1 / years
    growth = float((1 + rate) ** years)
    return rate * growth / (growth - 1)


def sinking_factor(rate: float, years: float) -> float:
    """Give the yearly saving that makes 1 after some years: CRF(r, n) − r.

    Raises:
        OfftakeError: as `recovery_factor` (`OTK-C001`).
    """
    return recovery_factor(rate, years) - rate


def levelised(owning: Owning) -> Levelised:
    """Spread what owning costs over years in equal payments.

    Checks (`docs/how-to/cost.md`): capex 45,000 USD, residual 4,500, 5 years, 10 %, running
    4,377.15 USD a year: 15,510.95 USD a year, 1.770656 USD an hour at full use.

    Raises:
        OfftakeError: a part without life (`OTK-C001`).
    """
    rate = owning.discount_share_per_year
    capital = {
        part.name: part.capex_usd * recovery_factor(rate, part.life_years)
        - part.residual_usd * sinking_factor(rate, part.life_years)
        for part in owning.parts
    }
    return Levelised(
        capital_usd_per_year=capital,
        running_usd_per_year=owning.running_usd_per_year,
        total_usd_per_year=sum(capital.values()) + owning.running_usd_per_year,
    )


def residual_usd(capex_usd: float, yearly_loss_share: Share, years: float) -> float:
    """Give what is left of a price that loses the same share each year."""
    return float(capex_usd * (1 - yearly_loss_share) ** years)


def _fault(code: str, what: str, hint: str) -> OfftakeError:
    return OfftakeError(Fault(code=code, what=what, where=Where(path="cost"), hint=hint or None))
