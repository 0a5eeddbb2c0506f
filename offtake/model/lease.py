"""A lease as its lessee books it: what is paid, how it was judged, what changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from offtake.model.finance import Period
from offtake.model.provenance import Provenance
from offtake.model.value import Value
from offtake.units import Count, ExactShare, ExactSharePerYear, Money, Positive


class Standard(StrEnum):
    """Which rules the books follow."""

    IFRS_16 = "ifrs-16"
    ASC_842_FINANCE = "asc-842-finance"
    ASC_842_OPERATING = "asc-842-operating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Value):
    """Whether a contract is a lease, as somebody decided it."""

    is_lease: bool
    """The judgement."""
    reason: str
    """Why: is there an identified asset, who takes its output, who directs its use."""
    decided_by: str
    """Who decided it."""


class ChangeKind(StrEnum):
    """Why a lease is measured anew."""

    INDEX = "index"
    """Payments follow an index or rate that moved; the interest stays."""
    TERM = "term"
    """An option is judged anew; interest is that of the day."""
    MODIFICATION = "modification"
    """Both sides agreed on other terms; interest is that of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseChange(Value):
    """Something that makes a lessee measure a lease anew."""

    after_count: Positive
    """Whole periods that have passed since the first day."""
    kind: ChangeKind
    """Why."""
    each_amount: tuple[Money, ...]
    """Fixed payments still to be made, the next first."""
    rate_share_per_year: ExactSharePerYear | None = None
    """Interest of that day, compounded to a year; None keeps the old one, as an index does."""
    kept_share: ExactShare = Decimal(1)
    """Share of what is leased that is kept; the rest is given back, with a gain or loss."""
    reason: str = ""
    """What happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablePart(Value):
    """A payment that varies with use, or with an index after the first day: expensed."""

    period_count: Positive
    """Period it is for, counted from 1."""
    amount: Money
    """What it came to."""
    what: str
    """What it follows: used hours, electricity, an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sublease(Value):
    """What the lessee leases on to somebody else, on even payments."""

    after_count: Count
    """Whole periods of the head lease that have passed when it begins."""
    each_amount: tuple[Money, ...]
    """What it brings, one a period, on the last day of each."""
    rate_share_per_year: ExactSharePerYear
    """Interest implicit in it, or the head lease's, compounded to a year."""
    finance: bool
    """Declared: whether it passes on most of the right of use, so that this leaves the books."""
    reason: str
    """Why it was classified so."""
    right_share: ExactShare = Decimal(1)
    """Share of the right of use it covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseTerms(Value):
    """One contract with its judgement, and all its books need."""

    id: str
    """Short name."""
    contract: str | None = None
    """Contract of the portfolio it is, if it is one."""
    judgement: Judgement
    """Whether it is a lease, with the reason: it is never inferred."""
    standard: Standard = Standard.IFRS_16
    """Which rules the books follow."""
    start: date
    """First day."""
    period: Period = Period.YEAR
    """How often it is paid."""
    each_amount: tuple[Money, ...] = ()
    """Fixed payments, one a period; empty where each is the same."""
    payment_amount: Money = Decimal(0)
    """Each payment, where all are the same."""
    payments_count: Count = 0
    """How many of them there are."""
    in_advance: bool = False
    """Whether each is due on the first day of its period, else on its last."""
    rate_share_per_year: ExactSharePerYear
    """Interest implicit in it, or the lessee's own, compounded to a year."""
    direct_cost_amount: Money = Decimal(0)
    """What it cost the lessee to get the lease."""
    incentive_amount: Money = Decimal(0)
    """What the lessor gave for signing."""
    residual_guarantee_amount: Money = Decimal(0)
    """What the lessee expects to owe at the end under a guarantee."""
    purchase_amount: Money = Decimal(0)
    """Price of an option to buy that is reasonably certain to be used."""
    depreciation_count: Positive | None = None
    """Periods the right of use is taken off over; None is the term."""
    variable: tuple[VariablePart, ...] = ()
    """Payments that are no part of the liability."""
    changes: tuple[LeaseChange, ...] = ()
    """What made it be measured anew, in order."""
    sublease: Sublease | None = None
    """What it is leased on for."""
    provenance: Provenance | None = None
    """Source of this entry."""

    @property
    def fixed(self) -> tuple[Decimal, ...]:
        """All fixed payments, in order."""
        return self.each_amount or (self.payment_amount,) * self.payments_count
