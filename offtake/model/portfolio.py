"""The portfolio: everything a plan is made from, in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from offtake.model.accelerator import Accelerator
from offtake.model.capital import Capital, Limits
from offtake.model.contract import Contract, Offer
from offtake.model.demand import Demand, Region
from offtake.model.party import Party
from offtake.model.period import Quarter
from offtake.model.power import CarbonBasis, Profile
from offtake.model.site import Site
from offtake.model.uncertainty import Uncertainty
from offtake.model.value import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon(Value):
    """The quarters a plan is made for."""

    first: Quarter
    """First quarter; money is discounted to its first day."""
    last: Quarter
    """Last quarter; what still has value after it is credited as residual value."""

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        """All quarters, in order."""
        return self.first.until(self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio(Value):
    """Sites, parties, contracts, offers, demand, money and limits of one lab.

    parties ─┐
    sites ───┼─ contracts (signed) ─┐
    accel. ──┴─ offers (may be) ────┼──> plan
    demand ─── uncertainty ─────────┤
    capital, limits ────────────────┘
    """

    name: str
    """Short name of the portfolio."""
    about: str = ""
    """What it stands for, in a sentence or two."""
    as_of: date
    """Day whose knowledge it holds."""
    lab: str
    """The party whose plan this is."""
    horizon: Horizon
    """The quarters it is planned for."""
    parties: tuple[Party, ...] = ()
    """Everybody who takes part."""
    regions: tuple[Region, ...] = ()
    """The latency map."""
    sites: tuple[Site, ...] = ()
    """Where accelerators stand."""
    profiles: tuple[Profile, ...] = ()
    """Shapes by the hour that supplies of electricity refer to."""
    accelerators: tuple[Accelerator, ...] = ()
    """Types of accelerator."""
    contracts: tuple[Contract, ...] = ()
    """What was signed, by the lab and along its chains."""
    offers: tuple[Offer, ...] = ()
    """What may be signed."""
    demand: Demand = Demand()
    """What it is for."""
    uncertainty: Uncertainty = Uncertainty()
    """What is not known."""
    capital: Capital = Capital()
    """Money."""
    limits: Limits = Limits()
    """Dependence and carbon."""

    @property
    def carbon_basis(self) -> CarbonBasis | None:
        """The basis carbon is counted on: that of the limits, else one all supplies state.

        None where they have none in common: a sum over them would mean nothing.
        """
        if self.limits.carbon_basis is not None:
            return self.limits.carbon_basis
        supplies = [supply for site in self.sites for supply in site.any_supplies]
        stated = {supply.carbon_basis for supply in supplies}
        if len(stated) == 1:
            return stated.pop()
        common = [b for b in CarbonBasis if all(s.carbon(b) is not None for s in supplies)]
        return common[0] if common else None
