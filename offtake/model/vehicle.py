"""What a plan tells of a ring-fenced vehicle: what it borrows, how well it pays, who gains.

The vehicle itself, with its terms, is `offtake.model.party.Vehicle`.
"""

from __future__ import annotations

from dataclasses import dataclass

from offtake.model.value import Value
from offtake.units import (
    USD,
    CoverRatio,
    ItMW,
    Ratio,
    ReturnPerYear,
    Share,
    SignedUSD,
    UsdPerItKWMonth,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverLine(Value):
    """Cash available over debt service of one vehicle in one calendar year.

    Quantiles are over the scenarios in which debt service is due in that year.
    """

    year: str
    """Calendar year."""
    planned_ratio: CoverRatio | None = None
    """If nothing is late; None where no service is planned."""
    least_ratio: CoverRatio
    """In the worst scenario."""
    p10_ratio: CoverRatio
    """One scenario in ten lies below."""
    p50_ratio: CoverRatio
    """Median."""
    p90_ratio: CoverRatio
    """One scenario in ten lies above."""
    due_share: Share
    """Chance that debt service is due in that year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleLine(Value):
    """What a ring-fenced vehicle builds, borrows, pays and risks inside the horizon.

    Cash is not discounted; what somebody gains or loses is.
    """

    vehicle: str
    """The vehicle's short name."""
    name: str
    """Its name as people write it."""
    ownership_share: Share
    """Share of its equity the lab holds."""
    power_it_mw: ItMW
    """Capacity signed in it."""
    financed_it_mw: ItMW
    """Part of that on which debt is drawn."""
    offtake_usd_per_it_kw_month: UsdPerItKWMonth | None = None
    """What the lab pays it for capacity in service, mean over its signings."""
    investment_usd: USD
    """What it invests, as planned."""
    debt_usd: USD
    """The most it owes at any time, as planned."""
    equity_usd: USD
    """What shareholders pay in for that investment, as planned."""
    leverage_ratio: CoverRatio | None = None
    """The most debt over equity paid in by then, as planned; None without equity."""
    dscr_target_ratio: Ratio
    """Cover its debt is sculpted to."""
    dscr_lockup_ratio: Ratio
    """Cover below which cash is kept from shareholders."""
    dscr_covenant_ratio: Ratio
    """Least cover."""
    cover: tuple[CoverLine, ...] = ()
    """Cover year by year."""
    irr_mean_share_per_year: ReturnPerYear | None = None
    """Yearly return of all shareholders, mean of scenarios; None where nothing is paid in."""
    irr_p10_share_per_year: ReturnPerYear | None = None
    """One scenario in ten brings less."""
    lockup_share: Share
    """Chance that cover is below lock-up in any quarter."""
    cure_share: Share
    """Chance that shareholders have to pay in to keep the covenant in any quarter."""
    handover_share: Share
    """Chance that any capacity is left to the lenders."""
    partial_share: Share
    """Chance that some of it is, and some debt is kept."""
    handed_it_mw: ItMW
    """Capacity left to the lenders, mean."""
    cure_usd: USD
    """What shareholders pay in to keep covenants, mean."""
    early_usd: USD
    """Paid out below lock-up, mean: what a strict lock-up would have kept longer."""
    guarantee_usd: USD
    """What the lab pays lenders by its guarantee, and for ending its contract, mean."""
    lenders_loss_usd: USD
    """What lenders lose on what was left to them, mean."""
    lab_gain_usd: SignedUSD
    """What the lab gets out of its equity and guarantee less what it pays in, discounted mean."""
    minority_gain_usd: SignedUSD
    """The same for the other shareholders."""
    minority_cash_share: Share
    """Part of all distributions that goes to them."""
