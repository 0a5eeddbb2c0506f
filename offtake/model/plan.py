"""The plan: what to sign and when, what it is expected to bring, and why.

Money is discounted to the first day of the horizon unless a name says `cash`. Means are
over scenarios with their probabilities; P10 is the value one scenario in ten lies below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from offtake.model.contract import Tenure
from offtake.model.period import Quarter
from offtake.model.portfolio import Horizon
from offtake.model.power import PowerKind
from offtake.model.shown import table
from offtake.model.value import Value
from offtake.model.vehicle import VehicleLine
from offtake.units import (
    USD,
    Amount,
    Count,
    FacilityMW,
    H100e,
    ItMW,
    MWh,
    Positive,
    Seconds,
    Seed,
    Share,
    SharePerYear,
    SignedShare,
    SignedUSD,
    TonnesCO2,
    UsdPerUnit,
)

SCHEMA = "offtake.plan/1"
"""Name and version of the form a plan is written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread(Value):
    """How a discounted sum of money is spread over the scenarios."""

    mean_usd: SignedUSD
    """Expected value."""
    p10_usd: SignedUSD
    """One scenario in ten lies below."""
    p50_usd: SignedUSD
    """Median."""
    p90_usd: SignedUSD
    """One scenario in ten lies above."""
    cvar_usd: SignedUSD
    """Mean of the worst scenarios, those outside confidence `cvar_alpha_share` of the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band(Value):
    """How an amount of capacity or demand is spread over the scenarios of a quarter."""

    mean_h100e: H100e
    """Expected value."""
    p10_h100e: H100e
    """One scenario in ten lies below."""
    p50_h100e: H100e
    """Median."""
    p90_h100e: H100e
    """One scenario in ten lies above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing(Value):
    """One thing to sign: an offer, in a quarter, for so much."""

    offer: str
    """The offer's short name."""
    name: str
    """The offer's name as people write it."""
    tenure: Tenure
    """How the capacity is held."""
    seller: str
    """Party that provides it."""
    chain: tuple[str, ...] = ()
    """Parties from site to lab, where there are more than two."""
    site: str
    """Where it stands."""
    accelerator: str
    """Type it comes with."""
    period: Quarter
    """Quarter it is signed in; for rent and spot the first quarter it is taken in."""
    power_it_mw: ItMW
    """How much; for rent and spot the most taken in any quarter, mean of scenarios."""
    accelerator_count: Count
    """The same in accelerators."""
    block_count: Positive | None = None
    """Whole blocks, where it comes in blocks."""
    service: Quarter
    """First quarter of service if nothing is late."""
    lifetime_cost_usd: SignedUSD
    """Mean discounted cost inside the horizon, energy included, residual value taken off."""
    why: str
    """The reason in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Value):
    """When something signed, or to be signed, is expected in service."""

    id: str
    """Contract and tranche (`contract/tranche`) or offer and quarter (`offer@2027Q1`)."""
    name: str
    """Name as people write it."""
    tenure: Tenure
    """How the capacity is held."""
    committed: bool
    """True for what was signed before the plan."""
    site: str
    """Where it stands."""
    accelerator: str
    """Type it comes with."""
    power_it_mw: ItMW
    """How much."""
    signed: date | None = None
    """Day it was or will be signed."""
    due: date
    """Day it is due."""
    p10: date
    """One scenario in ten is earlier."""
    p50: date
    """Median day over the scenarios."""
    p90: date
    """One scenario in ten is later."""
    ends: date | None = None
    """Last day of its term; None is beyond the horizon's view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodLine(Value):
    """One quarter of the plan, as means over the scenarios; cash is not discounted."""

    period: Quarter
    """The quarter."""
    committed_it_mw: ItMW
    """In service under contracts signed before the plan."""
    power_it_mw: Mapping[Tenure, ItMW] = field(default_factory=dict)
    """In service by tenure, signed before or by the plan."""
    capacity_h100e: Mapping[Tenure, H100e] = field(default_factory=dict)
    """What that can do, by tenure, mean; adds up to the mean of `capacity`."""
    committed_h100e: H100e | None = None
    """Part of the capacity under contracts signed before the plan, mean; None is not known."""
    capacity: Band
    """What all capacity in service can do, in H100 equivalents of the work asked for."""
    demand: Band
    """Inference asked for, and training due by its deadline spread over its window."""
    served_h100e: H100e
    """Work done, mean."""
    unserved_share: Share
    """Share of demand not served, mean."""
    used_share: Share
    """Share of delivered capacity that does work, mean."""
    investment_cash_usd: SignedUSD
    """Capital expenditure and prepayments; money paid is positive."""
    payment_cash_usd: SignedUSD
    """Rents, reservations, running cost and hourly rent; money paid is positive."""
    energy_cash_usd: USD
    """Electricity the lab pays for itself."""
    revenue_cash_usd: USD
    """Revenue of inference served, and value of training done."""
    energy_mwh: MWh
    """Facility energy of the work done."""
    carbon_t_co2: TonnesCO2
    """Location-based carbon of that energy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation(Value):
    """How the mean cash of the quarters becomes the mean net present value.

        npv = Σ d[t]·(revenue − investment − payments − energy)[t] + residual − shortfall

    with d[t] = (1 + rate)^−((t + ½)/4), t counted from the first quarter.
    """

    discount_share_per_year: SharePerYear
    """Rate cash is discounted at, to the first day of the horizon."""
    residual_usd: SignedUSD
    """What is left after the last quarter: mean, discounted."""
    shortfall_usd: USD
    """Penalties on what is not served, beyond the revenue lost: mean, discounted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerYear(Value):
    """One calendar year of a site's power, as means over the scenarios."""

    year: str
    """The calendar year, or the part of it the plan covers."""
    energy_mwh: Mapping[str, MWh] = field(default_factory=dict)
    """What each supply made or brought, by its name; charging and losses of batteries included."""
    load_mwh: MWh
    """What work used, at the meter."""
    firm_facility_mw: FacilityMW
    """Largest load its supplies can serve in every hour, at the end of the year."""
    carbon_t_co2: TonnesCO2
    """Location-based carbon."""
    carbon_market_t_co2: TonnesCO2
    """Market-based carbon, clean energy bought by contract counted by the year."""
    clean_share: Share
    """Share of what work used that is carbon-free, by the year."""
    hourly_clean_share: Share
    """The same in the hour it is used."""
    energy_cash_usd: USD
    """What the lab paid for power: energy, fixed cost, and clean energy bought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerChoice(Value):
    """An option to power a site, and what the plan would be worth with it."""

    option: str | None
    """Its short name; None is what the site has without any."""
    name: str
    """Its name as people write it."""
    taken: bool
    """Whether the plan takes it."""
    gain_usd: SignedUSD
    """What the objective would gain with it instead, all that is signed held; negative is lost."""
    cost_usd: SignedUSD
    """Its fixed cost, discounted, residual value taken off; energy apart."""
    breaks: tuple[str, ...] = ()
    """Limits on a mean of scenarios the plan would break with it, as the portfolio names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePower(Value):
    """How one site is powered."""

    site: str
    """The site's short name."""
    option: str | None = None
    """Option taken; None is what the site has anyway."""
    kinds: Mapping[str, PowerKind] = field(default_factory=dict)
    """What each supply is, by its name."""
    why: str
    """The reason in words."""
    choices: tuple[PowerChoice, ...] = ()
    """All its options, and none of them."""
    by_year: tuple[PowerYear, ...]
    """Energy, carbon and money of each calendar year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingLimit(Value):
    """A limit that holds the plan back, and what one more unit of it is worth."""

    limit: str
    """Kind of limit, in the words of the file: `offers.power_it_mw`."""
    path: str
    """The entry of the portfolio it comes from: `offers.narvik-b.power_it_mw`."""
    period: Quarter | None = None
    """Quarter it holds in; None is the whole horizon."""
    unit: str
    """Unit of one more, such as `MW IT`."""
    allowed_amount: Amount
    """The limit itself."""
    worth_usd_per_unit: UsdPerUnit
    """Gain in the objective from one more unit, at the margin with whole blocks held."""
    why: str
    """The same in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption(Value):
    """A number the plan rests on that nobody outside knows."""

    path: str
    """The field of the portfolio."""
    shown: str
    """Its value as written."""
    reason: str
    """Why this value was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort(Value):
    """How the plan was computed."""

    solver: str
    """Solver and version."""
    columns_count: Count
    """Variables of the program."""
    rows_count: Count
    """Constraints of the program."""
    nonzeros_count: Count
    """Entries of its matrix."""
    integers_count: Count
    """Whole-number variables."""
    wall_s: Seconds
    """Elapsed time of building and solving."""
    residual_amount: Amount
    """Largest violation of a constraint, recomputed from the solution, scaled by its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchSigning(Value):
    """What one branch signs of an offer in a quarter."""

    offer: str
    """The offer's short name."""
    period: Quarter
    """Quarter it is signed in."""
    power_it_mw: ItMW
    """How much."""
    block_count: Positive | None = None
    """Whole blocks, where it comes in blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Value):
    """A state of knowledge after a review, and what is signed in it until the next."""

    id: str
    """`2.1` is the first branch of branch `2`."""
    parent: str
    """Branch it parts from; `now` is where all begin."""
    review: Quarter
    """Quarter before whose signings it is told apart."""
    probability_share: Share
    """Its chance."""
    scenarios: Positive
    """Scenarios it stands for."""
    when: str
    """What tells it from its siblings, in words; empty where it has none."""
    accuracy_share: Share | None = None
    """Share of chance those words put on the right side; None where there are none."""
    signed: tuple[BranchSigning, ...] = ()
    """What is signed in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterSigning(Value):
    """Something that may be signed at or after the first review, over all branches."""

    offer: str
    """The offer's short name."""
    name: str
    """The offer's name as people write it."""
    period: Quarter
    """Quarter it may be signed in."""
    mean_it_mw: ItMW
    """Mean over all scenarios."""
    least_it_mw: ItMW
    """Least any branch signs."""
    most_it_mw: ItMW
    """Most any branch signs."""
    probability_share: Share
    """Chance that any of it is signed."""
    branches: tuple[str, ...]
    """Branches that sign it."""
    accuracy_share: Share | None = None
    """Share of chance the condition in `why` puts on the right side; None where it has none."""
    why: str
    """The same in words, with what tells when it is signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages(Value):
    """What a plan that is revised signs for certain now, and what it leaves to what is learnt."""

    reviews: tuple[Quarter, ...]
    """Quarters before whose signings the plan looks at what was learnt."""
    about: str
    """What the tree is, and what it does not tell apart, in sentences."""
    unresolved_share: Mapping[Quarter, Share] = field(default_factory=dict)
    """By review: share of what was observed that its branches do not tell apart."""
    certain: tuple[BranchSigning, ...] = ()
    """Signed before the first review, whatever comes."""
    later: tuple[LaterSigning, ...] = ()
    """May be signed later, by quarter."""
    branches: tuple[Branch, ...] = ()
    """States of knowledge, review by review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Value):
    """What to sign and when, with its price, its risk and its reasons."""

    portfolio: str
    """Name of the portfolio."""
    about: str = ""
    """What the portfolio stands for."""
    as_of: date
    """Day whose knowledge it was made with."""
    inputs_sha256: str
    """Hash of everything it was made from; equal hashes are the same question."""
    version: str
    """Release of offtake that made it."""
    horizon: Horizon
    """The quarters it covers."""
    scenarios: Positive
    """Scenarios it was made on."""
    seed: Seed
    """Seed of their draw."""
    risk_share: Share
    """Weight λ of the tail in the objective: 0 is the mean alone."""
    cvar_alpha_share: Share
    """Confidence α of the tail: 0.9 looks at the worst tenth."""
    objective_usd: SignedUSD
    """(1 − λ)·mean + λ·CVaR of net present value, of the plan."""
    bound_usd: SignedUSD
    """No plan can reach more than this objective."""
    gap_share: SignedShare
    """(bound − objective) over the discounted volume of cost."""
    npv: Spread
    """Net present value: revenue and residual value less all cost."""
    cost: Spread
    """All cost, discounted, residual value taken off."""
    unserved_share: Share
    """Share of all demand over the horizon not served, mean."""
    unserved_p90_share: Share
    """The same, in the worst scenario out of ten."""
    energy_mwh: MWh
    """Facility energy over the horizon, mean."""
    carbon_t_co2: TonnesCO2
    """Location-based carbon over the horizon, mean."""
    clean_share: Share
    """Share of that energy that is carbon-free, by the year."""
    carbon_market_t_co2: TonnesCO2 | None = None
    """Market-based carbon over the horizon, mean; None in plans made before it was counted."""
    hourly_clean_share: Share | None = None
    """Share of energy that is carbon-free in the hour it is used; None as above."""
    power: tuple[SitePower, ...] = ()
    """How sites with a stack or options are powered."""
    signed: tuple[Signing, ...]
    """What to sign."""
    stages: Stages | None = None
    """What waits for what is learnt; None is all decided at once."""
    deliveries: tuple[Delivery, ...]
    """When what is signed arrives."""
    by_period: tuple[PeriodLine, ...]
    """Quarter by quarter."""
    limits: tuple[BindingLimit, ...]
    """What holds the plan back, the most valuable first."""
    vehicles: tuple[VehicleLine, ...] = ()
    """Ring-fenced companies that build something that was offered."""
    valuation: Valuation | None = None
    """From the cash of the quarters to net present value; None is not told."""
    assumptions: tuple[Assumption, ...] = ()
    """What it rests on."""
    sources: tuple[str, ...] = ()
    """Works its figures were taken from, with their licences, as an attribution names them."""
    remarks: tuple[str, ...] = ()
    """What a reader must know to use it, in sentences."""
    effort: Effort
    """How it was computed."""

    def _repr_html_(self) -> str:
        """Show what to sign, in a notebook."""
        caption = (
            f"Plan for {self.portfolio}, {self.horizon.first} to {self.horizon.last}: cost "
            f"{self.cost.mean_usd / 1e6:,.0f} M USD, net present value "
            f"{self.npv.mean_usd / 1e6:,.0f} M USD in the mean of {self.scenarios} scenarios"
        )
        head = ("When", "What", "Where", "Held", "Accelerator", "MW IT", "Accelerators")
        rows = (
            (
                *(s.period, s.name, s.site, s.tenure, s.accelerator),
                *(s.power_it_mw, s.accelerator_count, s.service, s.lifetime_cost_usd / 1e6),
            )
            for s in self.signed
        )
        return table(caption, (*head, "In service", "M USD"), rows, words=5)
