"""Leaks: where a party's contract above and its contract below do not say the same.

Whoever stands in the middle of a chain buys under one contract and sells under another.
Where a clause above has no equal below, money leaks: the same fact costs on one side and
brings nothing on the other. A `Gap` is a difference in words, a `Leak` its price.

    above (the middle party buys) ──> middle party ──> below (it sells)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from offtake.model.charge import ChargeKind
from offtake.model.month import Month


class Topic(StrEnum):
    """What a clause is about; the same for its twin in the neighbouring contract."""

    PRICE = "price"
    """Capacity and use: fixed price, index, escalator, quantity charged."""
    MINIMUM = "minimum"
    """Take-or-pay: level, base, interval, make-up."""
    POWER = "power"
    """Electricity handed on: parts, cap, markup, whose cost."""
    SERVICE_LEVEL = "service-level"
    """Availability: scope, tiers, clock, maintenance, claims."""
    DELAY = "delay"
    """Lateness: damages, grace, cap, long stop."""
    DEMAND_RESPONSE = "demand-response"
    """Share of income from demand response."""
    PREPAYMENT = "prepayment"
    """Money paid ahead, and how it is credited."""
    TERM = "term"
    """When service begins and ends."""
    OPTIONS = "options"
    """Rights to extend, expand, end or buy, and their notice."""
    CURRENCY = "currency"
    """Currency, time zone, rounding and billing."""
    SECURITY = "security"
    """What stands behind the promise to pay."""
    TAX = "tax"
    """Taxes on charges."""


TOPICS: dict[ChargeKind, Topic] = {
    ChargeKind.CAPACITY: Topic.PRICE,
    ChargeKind.USAGE: Topic.PRICE,
    ChargeKind.SHORTFALL: Topic.MINIMUM,
    ChargeKind.MAKE_UP: Topic.MINIMUM,
    ChargeKind.POWER_ENERGY: Topic.POWER,
    ChargeKind.POWER_DEMAND: Topic.POWER,
    ChargeKind.POWER_FIXED: Topic.POWER,
    ChargeKind.POWER_UPSTREAM: Topic.POWER,
    ChargeKind.MARKUP: Topic.POWER,
    ChargeKind.SERVICE_CREDIT: Topic.SERVICE_LEVEL,
    ChargeKind.DELAY_DAMAGES: Topic.DELAY,
    ChargeKind.DEMAND_RESPONSE: Topic.DEMAND_RESPONSE,
    ChargeKind.OPTION_FEE: Topic.OPTIONS,
    ChargeKind.TAX: Topic.TAX,
    ChargeKind.PREPAYMENT: Topic.PREPAYMENT,
    ChargeKind.PREPAYMENT_CREDIT: Topic.PREPAYMENT,
}
"""The topic of each kind of line."""


class Side(StrEnum):
    """What a gap does to the party in the middle."""

    AGAINST = "against"
    """It can owe on one side what it does not get on the other."""
    FOR = "for"
    """It can get on one side what it does not owe on the other."""
    EITHER = "either"
    """It depends on what happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A clause and its twin in the neighbouring contract that do not say the same."""

    party: str
    """Party in the middle: buyer above, seller below."""
    above: str
    """Contract it buys under."""
    below: str
    """Contract it sells under."""
    topic: Topic
    """What the clauses are about."""
    aspect: str
    """Which part of them: `scope`, `grace`, `base`."""
    above_clause: str | None
    """Path of the clause above, `service_levels.nodes`; None says nothing."""
    below_clause: str | None
    """Path of the clause below; None says nothing."""
    above_says: str
    """What it says above, in a few words."""
    below_says: str
    """What it says below, in a few words."""
    side: Side
    """What the difference does to the party in the middle."""
    text: str
    """What follows from the difference, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A line of an invoice that a fact changes, and by how much."""

    line: str
    """Id of the line, or of money from outside."""
    minor: int
    """Change in minor units; positive is more owed by the buyer, or paid by the payer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """What one fact does to a party in the middle, under one topic and in one currency.

    Above, below and outside the chain together are what the fact leaves with the party: less
    than 0 leaks. Net amounts; cash that only moves in time (prepayments) is left out.
    """

    party: str
    """Party in the middle."""
    above: tuple[str, ...]
    """Contracts it buys under."""
    below: tuple[str, ...]
    """Contracts it sells under."""
    fact: str
    """Which fact: id of an event, or the name of a what-if."""
    fact_says: str
    """The fact in words."""
    topic: Topic
    """What the clauses that answer it are about."""
    currency: str
    """ISO 4217 code."""
    places: int
    """Decimal places of the currency."""
    above_minor: int
    """What it brings the party from its contracts above, in minor units; negative costs."""
    below_minor: int
    """What it brings the party from its contracts below, in minor units; negative costs."""
    outside_minor: int = 0
    """What it brings from outside the chain (electricity bills, demand response), likewise."""
    shifts: tuple[Shift, ...] = ()
    """Lines that change, upstream first."""

    @property
    def net_minor(self) -> int:
        """What the fact leaves with the party, in minor units; negative leaks."""
        return self.above_minor + self.below_minor + self.outside_minor

    @property
    def above_amount(self) -> Decimal:
        """What it brings from above, in the currency."""
        return Decimal(self.above_minor).scaleb(-self.places)

    @property
    def below_amount(self) -> Decimal:
        """What it brings from below, in the currency."""
        return Decimal(self.below_minor).scaleb(-self.places)

    @property
    def outside_amount(self) -> Decimal:
        """What it brings from outside the chain, in the currency."""
        return Decimal(self.outside_minor).scaleb(-self.places)

    @property
    def net(self) -> Decimal:
        """What it leaves with the party, in the currency."""
        return Decimal(self.net_minor).scaleb(-self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakReport:
    """Gaps between neighbouring contracts, and what they cost in one month.

    Facts of the month are priced one at a time, each against a month without any of them.
    What is left of the whole month after that (outages that overlap, tiers reached only
    together) stands in rows of its own, with `TOGETHER` as their fact: so the rows of a
    party add up to what all facts together did to it.
    """

    month: Month
    """The month."""
    as_of: datetime
    """Moment whose knowledge it rests on."""
    gaps: tuple[Gap, ...]
    """Differences in words, upstream first."""
    facts: tuple[Leak, ...]
    """The month's real facts, priced."""
    what_ifs: tuple[Leak, ...]
    """The standard what-ifs, each added to the month as it was, priced."""
    notes: tuple[str, ...] = ()
    """What could not be priced, and why."""


TOGETHER = "together"
"""The fact of rows that only several facts together explain."""
