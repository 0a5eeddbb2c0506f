"""What a study asks of other worlds: inputs turned, other plans, plans revised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offtake.model.contract import Tenure
from offtake.model.outlook import Estimate, Lot
from offtake.model.period import Quarter
from offtake.model.value import Value
from offtake.units import USD, Count, ItMW, Positive, Ratio, Share, SignedShare, SignedUSD


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever(Value):
    """An input that can be turned, and the range it is turned through."""

    id: str
    """Short name: `demand`, `delay`, `own-capex`."""
    name: str
    """Name as people write it."""
    low_ratio: Ratio
    """Lower end of its range, over what the portfolio says."""
    high_ratio: Ratio
    """Upper end of its range, over what the portfolio says."""
    low_shown: str
    """Lower end in words and units."""
    high_shown: str
    """Upper end in words and units."""
    basis: str
    """Where the range comes from, and whether that is measured or assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing(Value):
    """What happens at one end of a lever."""

    held_usd: SignedUSD | None
    """Objective with the plan held; None where it cannot be held."""
    planned_usd: SignedUSD | None
    """Objective planned anew; None where there is no plan."""
    signed_it_mw: Mapping[Tenure, ItMW] = field(default_factory=dict)
    """Power the new plan signs ahead, by tenure."""
    changed: str
    """What the new plan signs differently, or why there is none, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar(Value):
    """One bar of the tornado."""

    lever: Lever
    """Input that is turned."""
    low: Swing
    """At the lower end."""
    high: Swing
    """At the upper end."""
    held_swing_usd: USD
    """Distance between the outermost objectives with the plan held, the base among them."""
    planned_swing_usd: USD
    """The same, planned anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tornado(Value):
    """Which inputs move the result most."""

    scenarios: Positive
    """Scenarios all was worked out on."""
    base_usd: SignedUSD
    """Objective of the plan with nothing turned."""
    bars: tuple[Bar, ...]
    """Largest swing with the plan held first."""
    left_out: tuple[str, ...] = ()
    """Levers that would change nothing here, and why, in sentences."""
    says: str
    """The finding in a sentence or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Value):
    """What would have to be true of one input for another strategy to win."""

    winner: str
    """Strategy that wins as the portfolio stands."""
    rival: str
    """Strategy that should come to win."""
    lever: Lever
    """Input that is turned, and how far it was looked."""
    replanned: bool
    """Whether both were planned anew at every value, or held as they stand."""
    lead_usd: SignedUSD
    """Lead of the winner as the portfolio stands."""
    low_lead_usd: SignedUSD | None
    """Its lead at the lower end; None where one of the two has no plan there."""
    high_lead_usd: SignedUSD | None
    """Its lead at the upper end; None where one of the two has no plan there."""
    break_even_ratio: Ratio | None
    """Value at which both are even, over what the portfolio says; None is never in range."""
    tolerance_ratio: Ratio
    """How exactly it was found: the break-even lies within this of the value given."""
    trials_count: Count
    """Values tried."""
    says: str
    """The finding in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeRange(Value):
    """How much of something near-optimal plans hold, from least to most."""

    group: str
    """Offer, tenure, site or accelerator that is meant."""
    kind: str
    """What the group is: `offer`, `tenure`, `site` or `accelerator`."""
    tolerance_share: Share
    """How much of the volume of cost such a plan may lose against the best."""
    least_it_mw: ItMW
    """Least of it in any such plan."""
    most_it_mw: ItMW
    """Most of it in any such plan."""
    plan_it_mw: ItMW
    """How much of it the plan itself signs."""
    always: bool
    """Whether every such plan signs some of it."""
    optional: bool
    """Whether some such plan signs it and another does not."""
    says: str = ""
    """The same in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative(Value):
    """A plan that is nearly as good and clearly different."""

    name: str
    """What it goes after, such as `least own`."""
    loss_usd: SignedUSD
    """What it loses against the plan."""
    loss_share: SignedShare
    """The same over the volume of cost."""
    signed_it_mw: Mapping[Tenure, ItMW] = field(default_factory=dict)
    """Power it signs ahead, by tenure."""
    lots: tuple[Lot, ...] = ()
    """What it signs ahead."""
    changed: str
    """What it signs differently from the plan, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives(Value):
    """Near-optimal plans: what is always built and what is optional."""

    scenarios: Positive
    """Scenarios all was worked out on."""
    ranges: tuple[AlternativeRange, ...]
    """By kind, then group, then tolerance."""
    plans: tuple[Alternative, ...] = ()
    """Distinct plans among them, the smallest loss first."""
    says: str
    """The finding in a sentence or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling(Value):
    """What revising the plan at review dates is worth, by simulation."""

    paths_count: Positive
    """Futures lived through."""
    reviews: tuple[Quarter, ...]
    """Quarters in which the plan is made anew from what is known by then."""
    held: Estimate
    """Mean net present value with the first plan held to the end."""
    revised: Estimate
    """Mean net present value with the plan revised at every review."""
    gain: Estimate
    """Mean gain of revising, path by path."""
    gain_share: SignedShare
    """That gain over the volume of cost."""
    better_share: Share
    """Share of paths on which revising does better."""
    says: str
    """The finding in a sentence or two."""
