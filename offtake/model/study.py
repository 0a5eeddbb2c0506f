"""The study: what a decision maker must know beyond the plan itself.

    Study ── plan           the plan that is studied, in short
          ├─ value          what planning for many futures, and knowing the future, is worth
          ├─ out_of_sample  how the plan does in futures it was not made on
          ├─ frontier       mean against tail, plan by plan
          ├─ strategies     build, lease-first, hybrid and free, side by side
          ├─ regret         what each of them loses to the best in hindsight
          ├─ tornado        which input moves the result, plan held and planned anew
          ├─ conditions     what would have to be true for another strategy to win
          ├─ alternatives   what is always built, what is optional
          └─ rolling        what revising the plan is worth

A part that was not asked for is None. Money is net present value, discounted to the first
day of the horizon, and better when higher, unless a name says otherwise. The objective is
(1 − λ)·mean + λ·CVaR_α of net present value. All figures are modelled, none is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from offtake.model.contract import Tenure
from offtake.model.outlook import Estimate, Outlook
from offtake.model.plan import Spread
from offtake.model.portfolio import Horizon
from offtake.model.shown import table
from offtake.model.value import Value
from offtake.model.what_if import Alternatives, Condition, Rolling, Tornado
from offtake.units import (
    USD,
    Amount,
    Positive,
    Seconds,
    Seed,
    Share,
    SignedShare,
    SignedUSD,
)

SCHEMA = "offtake.study/1"
"""Name and version of the form a study is written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueOfInformation(Value):
    """What planning for many futures is worth, and what knowing the future would be.

        EEV  ≤  RP  ≤  WS        VSS = RP − EEV        EVPI = WS − RP

    Where whole blocks leave a gap, each value has the range it must lie in.
    """

    scenarios: Positive
    """Scenarios it was worked out on."""
    rp_usd: SignedUSD
    """RP: objective of the plan made for all scenarios."""
    rp_bound_usd: SignedUSD
    """No plan made for all scenarios can reach more."""
    eev_usd: SignedUSD | None
    """EEV: objective, in all scenarios, of the plan made for the mean of everything; None
    where the mean future has no plan."""
    mean_value: Outlook | None
    """The mean-value plan, as it does in all scenarios."""
    ws_usd: SignedUSD
    """WS: objective if every scenario were known before anything is signed."""
    ws_bound_usd: SignedUSD
    """Nobody who knows the scenario can reach more."""
    vss_usd: SignedUSD | None
    """VSS = RP − EEV: worth of planning for many futures instead of the mean one; None
    without EEV."""
    vss_low_usd: SignedUSD | None
    """Least it can be, with the gap of the plan."""
    vss_high_usd: SignedUSD | None
    """Most it can be, with the gap of the plan."""
    vss_share: SignedShare | None
    """VSS over the volume of cost."""
    vss_says: str
    """The same in a sentence."""
    evpi_usd: SignedUSD
    """EVPI = WS − RP: worth of knowing the future before signing."""
    evpi_low_usd: SignedUSD
    """Least it can be, with the gaps of both; it is never below 0."""
    evpi_high_usd: SignedUSD
    """Most it can be, with the gaps of both."""
    evpi_share: SignedShare
    """EVPI over the volume of cost."""
    evpi_says: str
    """The same in a sentence."""
    remarks: tuple[str, ...] = ()
    """What was simplified, in sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLimit(Value):
    """A limit inside scenarios that a plan breaks in futures it was not made on."""

    limit: str
    """Kind of limit, in the words of the file."""
    chance_share: Share
    """Chance that it is broken."""
    mean_amount: Amount
    """By how much where it is broken, mean."""
    worst_amount: Amount
    """By how much in the worst scenario."""
    unit: str
    """Unit of these amounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimalityGap(Value):
    """How much better any plan could be in truth, by replications (Mak, Morton, Wood 1999).

    Every replication draws fresh scenarios, plans on them and takes what the plan in hand
    misses there.
    """

    replications_count: Positive
    """Replications run."""
    scenarios: Positive
    """Scenarios of each replication."""
    gap: Estimate
    """Mean gap in money, with a two-sided interval."""
    most_usd: SignedUSD
    """With 95 % confidence the gap is at most this."""
    most_share: SignedShare
    """The same over the volume of cost."""
    says: str
    """The same in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh(Value):
    """How one plan does in scenarios it was not made on."""

    scenarios: Positive
    """Fresh scenarios it was held against."""
    mean: Estimate
    """Mean net present value."""
    cvar: Estimate
    """CVaR of net present value at the study's confidence."""
    objective: Estimate
    """(1 − λ)·mean + λ·CVaR at the plan's own λ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfSample(Value):
    """How the plan does in futures it was not made on: its honest price and risk."""

    seed: Seed
    """Seed of the fresh scenarios."""
    fresh: Fresh
    """Mean, tail and objective there, with 95 % intervals."""
    npv: Spread
    """Net present value there."""
    in_sample: Spread
    """Net present value in the scenarios the plan was made on."""
    optimism_usd: SignedUSD
    """In-sample objective less the fresh one: how much the plan flattered itself."""
    unserved_share: Share
    """Share of demand not served in fresh scenarios, mean."""
    unserved_low_share: Share
    """Lower end of its 95 % interval."""
    unserved_high_share: Share
    """Upper end of its 95 % interval."""
    broken_share: Share
    """Chance that a limit inside a scenario is broken."""
    broken_low_share: Share
    """Lower end of its 95 % interval."""
    broken_high_share: Share
    """Upper end of its 95 % interval."""
    broken: tuple[BrokenLimit, ...] = ()
    """Which limits, how often and by how much."""
    gap: OptimalityGap | None = None
    """How much better any plan could be; None was not asked for."""
    says: str
    """The finding in a sentence or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierPoint(Value):
    """The best plan at one weight of the tail."""

    risk_share: Share
    """Weight λ of the tail it was planned at."""
    plan: Outlook
    """What it brings and signs, on the scenarios it was planned on."""
    fresh: Fresh | None = None
    """The same in fresh scenarios; None was not asked for."""
    dominated: bool = False
    """Whether another point has both the better mean and the better tail."""
    changed: str
    """What it signs differently from the point before, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier(Value):
    """Mean against tail: what safety costs."""

    scenarios: Positive
    """Scenarios it was planned on."""
    points: tuple[FrontierPoint, ...]
    """By rising weight of the tail."""
    says: str
    """The finding in a sentence or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy(Value):
    """A rule of what may be signed, and the best plan under it."""

    id: str
    """Short name: `build`, `lease-first`, `hybrid`, `free`."""
    name: str
    """Name as people write it."""
    rule: str
    """What it may sign, in words."""
    may_sign: tuple[Tenure, ...]
    """Tenures it may sign ahead; what was signed before stays, and all may take by the hour."""
    vehicle_only: bool = False
    """Whether it may own only through a majority-owned vehicle."""
    offers: tuple[str, ...] = ()
    """Offers that leaves, by short name."""
    plan: Outlook | None = None
    """The best plan under the rule; None where there is none."""
    why_not: str = ""
    """Why there is none, in words."""
    peak_cash_usd: USD | None = None
    """Most cash out less cash in up to any quarter, not discounted, mean of scenarios."""
    peak_cash_p90_usd: USD | None = None
    """The same, in the worst scenario out of ten; 0 where income pays for all from the start."""
    invested_usd: USD | None = None
    """Capital expenditure and prepayments of the lab, not discounted, mean of scenarios."""
    peak_spending_usd: USD | None = None
    """Most cash out in any quarter, income not counted, not discounted, mean of scenarios."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategies(Value):
    """Named strategies side by side on the same scenarios."""

    scenarios: Positive
    """Scenarios all were planned on."""
    strategies: tuple[Strategy, ...]
    """In the order asked for."""
    best: str
    """Short name of the named strategy with the best objective, the free optimum apart."""
    says: str
    """The finding in a sentence or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegretLine(Value):
    """What one plan loses to the best in hindsight."""

    plan: str
    """Short name of the plan."""
    max_usd: USD
    """Largest loss in any scenario."""
    worst_story: str = ""
    """Named scenario that loss belongs to; empty where it has none."""
    mean_usd: USD
    """Mean loss."""
    story_usd: Mapping[str, USD] = field(default_factory=dict)
    """Mean loss inside each named scenario."""
    best_share: Share
    """Chance that it is the best of all candidates."""
    scenario_usd: tuple[USD, ...] = ()
    """Loss in every scenario, in the order of the study's `story`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regret(Value):
    """What each plan loses, scenario by scenario, to the best in hindsight."""

    against: str
    """The best it is held against: `candidates` or `wait-and-see`."""
    lines: tuple[RegretLine, ...]
    """Candidates, the smallest largest loss first."""
    minimax: str
    """Candidate whose largest loss is smallest."""
    says: str
    """The finding in a sentence or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study(Value):
    """All that was asked about a portfolio beyond its plan."""

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
    """Scenarios the plan and all comparisons were made on."""
    seed: Seed
    """Seed of their draw."""
    risk_share: Share
    """Weight λ of the tail in the objective."""
    cvar_alpha_share: Share
    """Confidence α of the tail."""
    story: tuple[str, ...]
    """Named scenario each scenario belongs to, in order; empty text for none."""
    probability_share: tuple[Share, ...]
    """Chance of each scenario, in the same order."""
    plan: Outlook
    """The plan that is studied: the free optimum."""
    value: ValueOfInformation | None = None
    """Value of the stochastic solution and of perfect information."""
    out_of_sample: OutOfSample | None = None
    """How it does in fresh scenarios."""
    frontier: Frontier | None = None
    """Mean against tail."""
    strategies: Strategies | None = None
    """Build, lease-first, hybrid and free."""
    regret: Regret | None = None
    """What each loses in hindsight."""
    tornado: Tornado | None = None
    """Which inputs move the result."""
    conditions: tuple[Condition, ...] | None = None
    """What would have to be true for another strategy to win."""
    alternatives: Alternatives | None = None
    """What is always built, what is optional."""
    rolling: Rolling | None = None
    """What revising is worth."""
    remarks: tuple[str, ...] = ()
    """What a reader must know to use it, in sentences."""
    wall_s: Seconds
    """Elapsed time of all parts."""

    def _repr_html_(self) -> str:
        """Show what the plan, its rivals and its weights of risk bring, in a notebook."""
        held = [("the plan", self.plan)]
        if self.strategies is not None:
            held += [(s.name, s.plan) for s in self.strategies.strategies if s.plan is not None]
        if self.frontier is not None:
            held += [(f"risk {p.risk_share:g}", p.plan) for p in self.frontier.points]
        head = ("Plan", "Mean, M USD", "P10", "P90", "Worst, CVaR", "Objective")
        rows = (
            (
                *(name, each.npv.mean_usd / 1e6, each.npv.p10_usd / 1e6, each.npv.p90_usd / 1e6),
                *(each.npv.cvar_usd / 1e6, each.objective_usd / 1e6),
            )
            for name, each in held
        )
        caption = f"Study of {self.portfolio}: net present value on {self.scenarios} scenarios"
        return table(caption, head, rows)
