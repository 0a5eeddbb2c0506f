"""Aspects: what is looked at where a clause is held against its twin, and who a difference hurts.

Each aspect says how to read one part of a clause, how to say it, and what a difference
does to the party in the middle, which buys under the clause above and sells under the one
below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from offtake.model.clause import (
    Clock,
    CostOf,
    CreditTier,
    DelayDamages,
    DemandResponseShare,
    PassThrough,
    Prepayment,
    Scope,
    ServiceLevel,
)
from offtake.model.leak import Side, Topic

Read = Callable[[Any], Any]
Judge = Callable[[Any, Any], Side]


@dataclass(frozen=True, slots=True)
class Aspect:
    """One part of a clause that may differ from its twin's."""

    name: str
    """Its name."""
    read: Read
    """Gives its value from a clause."""
    say: Callable[[Any], str]
    """Says a value in a few words."""
    judge: Judge
    """Says whom a difference hurts, from the values above and below."""
    text: str
    """What follows, with {above} and {below} for what each side says."""
    applies: Callable[[Any], bool] = bool
    """Whether a clause looks at it at all; it is compared where both do."""


def always(side: Side) -> Judge:
    """Judge every difference alike."""
    return lambda above, below: side


def more_hurts(above: Any, below: Any) -> Side:
    """Judge that more below than above hurts the middle party; None is more than anything."""
    if above is None or below is None:
        return Side.AGAINST if below is None else Side.FOR
    return Side.AGAINST if below > above else Side.FOR


def less_hurts(above: Any, below: Any) -> Side:
    """Judge that less below than above hurts the middle party; None is more than anything."""
    return Side.FOR if more_hurts(above, below) is Side.AGAINST else Side.AGAINST


def _scopes(above: tuple[Scope, Decimal], below: tuple[Scope, Decimal]) -> Side:
    return more_hurts(above[1], below[1]) if above[0] is below[0] else Side.EITHER


def _scope_said(scope: tuple[Scope, Decimal]) -> str:
    if scope[0] is not Scope.CLUSTER:
        return f"per {scope[0]}"
    return f"per cluster (up while {percent(scope[1])} of its nodes are)"


def credit_at(tiers: tuple[CreditTier, ...], availability: Decimal) -> Decimal:
    """Give the credit share of an availability: that of the lowest tier reached."""
    reached = [tier for tier in tiers if availability < tier.below_share]
    return min(reached, key=lambda tier: tier.below_share).credit_share if reached else Decimal(0)


def _richer_below(above: tuple[CreditTier, ...], below: tuple[CreditTier, ...]) -> Side:
    """Compare credits just below every threshold either side has."""
    edges = sorted({tier.below_share for tier in (*above, *below)})
    hair = Decimal("1e-9")
    gaps = [credit_at(below, edge - hair) - credit_at(above, edge - hair) for edge in edges]
    if all(gap >= 0 for gap in gaps):
        return Side.AGAINST
    return Side.FOR if all(gap <= 0 for gap in gaps) else Side.EITHER


def _more_excluded_above(above: tuple[str, ...], below: tuple[str, ...]) -> Side:
    if set(below) < set(above):
        return Side.AGAINST
    return Side.FOR if set(above) < set(below) else Side.EITHER


def percent(share: Decimal | float) -> str:
    """Say a share as a percentage: `12.5 %`."""
    return f"{(Decimal(str(share)) * 100).normalize():f} %"


def plain(value: object) -> str:
    """Say a value as it is; None is said as nothing."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | Decimal):
        return f"{Decimal(str(value)).normalize():f}"
    if isinstance(value, tuple):
        return ", ".join(plain(item) for item in value) or "none"
    return str(value)


def _or_none(say: Callable[[Any], str], none: str) -> Callable[[Any], str]:
    return lambda value: none if value is None else say(value)


def _tiers(tiers: tuple[CreditTier, ...]) -> str:
    ordered = sorted(tiers, key=lambda tier: -tier.below_share)
    return "; ".join(f"below {percent(t.below_share)}: {percent(t.credit_share)}" for t in ordered)


def _unit(word: str) -> Callable[[Any], str]:
    return _or_none(lambda value: f"{plain(value)} {word}", "none")


def _by_meter(clause: PassThrough) -> bool:
    """Whether electricity is priced by the meter, so that tariff, cap and exchange matter."""
    return clause.cost_of is CostOf.METER


SERVICE_LEVEL = (
    Aspect(
        "scope",
        lambda level: (level.scope, level.up_share if level.scope is Scope.CLUSTER else 1),
        _scope_said,
        _scopes,
        "Counted {above} above and {below} below: one outage can be credited on one side only.",
    ),
    Aspect(
        "tiers",
        lambda level: level.credits,
        _tiers,
        _richer_below,
        "The same availability gives other credits above than below.",
    ),
    Aspect(
        "interval",
        lambda level: level.interval,
        lambda interval: f"over a {interval}",
        always(Side.EITHER),
        "Availability is taken over another window, so an outage is diluted on one side.",
    ),
    Aspect(
        "shortest outage",
        lambda level: level.shortest_outage_minutes,
        _unit("minutes"),
        less_hurts,
        "Outages between the two lengths count on one side only.",
    ),
    Aspect(
        "clock",
        lambda level: level.clock,
        lambda clock: f"from {clock}",
        lambda above, below: Side.AGAINST if above is Clock.NOTICE else Side.FOR,
        "The time from failure to notice counts on one side only.",
    ),
    Aspect(
        "maintenance",
        lambda level: level.maintenance_counts_as_up,
        lambda up: "maintenance counts as up" if up else "maintenance counts as down",
        less_hurts,
        "Announced maintenance is credited on one side only.",
    ),
    Aspect(
        "maintenance allowance",
        lambda level: level.maintenance_allowance_hours,
        _or_none(lambda hours: f"{plain(hours)} hours", "no limit"),
        less_hurts,
        "Maintenance beyond the smaller allowance counts on one side only.",
    ),
    Aspect(
        "excluded causes",
        lambda level: tuple(sorted(level.excluded_causes)),
        plain,
        _more_excluded_above,
        "Outages of a cause that one side excludes are credited on the other only.",
    ),
    Aspect(
        "cap",
        lambda level: level.credit_cap_share,
        _or_none(percent, "no cap"),
        more_hurts,
        "Credits stop at another share of the fee above than below.",
    ),
    Aspect(
        "claim deadline",
        lambda level: level.claim_deadline_days,
        _or_none(lambda days: f"{plain(days)} days to claim", "credited without a claim"),
        more_hurts,
        "A claim that comes late above is lost, while the credit below is still owed.",
    ),
    Aspect(
        "sole remedy",
        lambda level: level.sole_remedy,
        lambda sole: "credit is the sole remedy" if sole else "further claims are open",
        less_hurts,
        "Losses beyond the credit can be claimed on one side only.",
    ),
    Aspect(
        "chronic failure",
        lambda level: level.chronic_breach_count,
        _or_none(lambda count: f"{count} breaches a year end it", "no right to end it"),
        less_hurts,
        "Repeated breaches end one contract while the other goes on.",
    ),
)

DELAY = (
    Aspect(
        "share",
        lambda clause: clause.daily_fee_share,
        lambda share: f"{percent(share)} of the daily fee",
        more_hurts,
        "A day of delay is worth another share of the fee above than below.",
    ),
    Aspect(
        "grace",
        lambda clause: clause.grace_days,
        lambda days: f"{plain(days)} days of grace",
        less_hurts,
        "Days between the two graces are paid on one side only.",
    ),
    Aspect(
        "cap",
        lambda clause: clause.cap_share,
        _or_none(lambda share: f"up to {percent(share)} of the total value", "no cap"),
        more_hurts,
        "Damages stop at another height above than below.",
    ),
    Aspect(
        "long stop",
        lambda clause: clause.long_stop_days,
        _or_none(lambda days: f"may be ended after {plain(days)} days", "no right to end it"),
        less_hurts,
        "One contract can be ended for lateness while the other still binds.",
    ),
    Aspect(
        "form",
        lambda clause: clause.abates_rent,
        lambda abates: "rent is not charged" if abates else "money is paid",
        always(Side.EITHER),
        "Lateness is rent not charged on one side and money paid on the other.",
    ),
)

POWER = (
    Aspect(
        "parts",
        lambda clause: tuple(sorted(clause.parts)),
        plain,
        lambda above, below: Side.AGAINST if set(above) - set(below) else Side.FOR,
        "A part of the tariff is paid above and not handed on below, or the other way round.",
        _by_meter,
    ),
    Aspect(
        "cost",
        lambda clause: clause.cost_of,
        lambda cost: f"priced by the {cost}" if cost == "meter" else "what the link above charges",
        always(Side.EITHER),
        "What is handed on is counted in two ways, so the sums can drift apart.",
    ),
    Aspect(
        "PUE cap",
        lambda clause: clause.pue_cap_ratio,
        _or_none(lambda ratio: f"energy up to {plain(ratio)} times IT energy", "no cap"),
        less_hurts,
        "Energy between the two caps is paid on one side only.",
        _by_meter,
    ),
    Aspect(
        "markup",
        lambda clause: clause.markup_share,
        lambda share: f"markup of {percent(share)}",
        less_hurts,
        "The fee on electricity differs.",
    ),
    Aspect(
        "rate of exchange",
        lambda clause: (clause.tariff_currency, clause.fx_rule) if clause.tariff_currency else None,
        _or_none(lambda pair: f"{pair[0]} at the {pair[1]} fixing", "no conversion"),
        always(Side.EITHER),
        "The tariff is converted by another rule, so the rate of exchange is a risk.",
        _by_meter,
    ),
)

PREPAYMENT = (
    Aspect(
        "share",
        lambda clause: clause.share,
        lambda share: f"{percent(share)} of the total value",
        less_hurts,
        "The middle party pays another share ahead than it is paid ahead.",
    ),
    Aspect(
        "lead",
        lambda clause: clause.lead_days,
        lambda days: f"{plain(days)} days before it is due",
        less_hurts,
        "Cash goes out and comes in on different days.",
    ),
    Aspect(
        "first credit",
        lambda clause: clause.credit_from_month,
        lambda month: f"credited from month {month}",
        less_hurts,
        "Credits begin in different months of service.",
    ),
    Aspect(
        "instalments",
        lambda clause: clause.instalment_count,
        lambda count: f"{count} instalments",
        less_hurts,
        "Credits are spread over a different number of months.",
    ),
)

DEMAND_RESPONSE = (
    Aspect(
        "share",
        lambda clause: clause.share,
        lambda share: f"{percent(share)} of the seller's income",
        lambda above, below: Side.AGAINST if below > 1 else Side.EITHER,
        "It receives one share of the income above and hands on another of what it receives.",
    ),
)

OF: Mapping[Topic, tuple[Aspect, ...]] = {
    Topic.SERVICE_LEVEL: SERVICE_LEVEL,
    Topic.DELAY: DELAY,
    Topic.POWER: POWER,
    Topic.PREPAYMENT: PREPAYMENT,
    Topic.DEMAND_RESPONSE: DEMAND_RESPONSE,
}
"""Aspects of every clause that has a twin of its own kind."""

Twin = ServiceLevel | DelayDamages | PassThrough | Prepayment | DemandResponseShare
"""A clause that is held against one of its own kind."""
