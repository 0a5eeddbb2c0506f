"""Charges and invoices: what one party owes another for a month, and how it was worked out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from offtake.model.month import Month

Number = int | Fraction


class ChargeKind(StrEnum):
    """What a line of an invoice is for."""

    CAPACITY = "capacity"
    """Capacity held: contracted, delivered or available."""
    USAGE = "usage"
    """Capacity or tokens used."""
    SHORTFALL = "shortfall"
    """The part of a minimum that was not taken."""
    MAKE_UP = "make-up"
    """Use that an earlier shortfall has already paid for."""
    POWER_ENERGY = "power-energy"
    """Energy handed on at its tariff."""
    POWER_DEMAND = "power-demand"
    """Peak power handed on at its tariff."""
    POWER_FIXED = "power-fixed"
    """The fixed part of a tariff handed on."""
    POWER_UPSTREAM = "power-upstream"
    """What the upstream contract charged for electricity, handed on."""
    MARKUP = "markup"
    """A fee on electricity handed on."""
    SERVICE_CREDIT = "service-credit"
    """Money back for a service level that was missed."""
    DELAY_DAMAGES = "delay-damages"
    """Money back, or rent not charged, for a tranche that came late."""
    DEMAND_RESPONSE = "demand-response"
    """The buyer's share of what the seller earned by demand response."""
    OPTION_FEE = "option-fee"
    """Paid once when an option is used."""
    TAX = "tax"
    """A tax at a declared rate."""
    PREPAYMENT = "prepayment"
    """Paid ahead of service: cash, not revenue."""
    PREPAYMENT_CREDIT = "prepayment-credit"
    """An instalment of a prepayment set against the invoice: cash, not revenue."""

    @property
    def is_cash_only(self) -> bool:
        """Whether it changes what is paid, but not what the month costs."""
        return self in (ChargeKind.PREPAYMENT, ChargeKind.PREPAYMENT_CREDIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the arithmetic behind a charge, in words, with what it rests on."""

    what: str
    """What is worked out, such as `availability of n001`."""
    value: Number
    """The exact result."""
    unit: str
    """Its unit."""
    sources: tuple[str, ...] = ()
    """What it rests on: `event:ID`, `reading:SOURCE/ID`, `readings:COUNT of SOURCE`,
    `fixing:SERIES/DAY`, `tariff:ID`, `clause:PATH`, `line:ID`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One line of an invoice: quantity · price, rounded once by the contract's rule."""

    id: str
    """`CONTRACT/MONTH/NAME`, such as `A/2027-06/rates.capacity.T1`: the same in every run."""
    contract: str
    """Contract it is charged under."""
    month: Month
    """Month it is of."""
    kind: ChargeKind
    """What it is for."""
    clause: str
    """Clause it rests on, as a path inside the contract: `rates.capacity`."""
    tranche: str | None = None
    """Tranche it is of; None is the whole contract."""
    subject: str | None = None
    """What it is about inside the tranche: a node, a cluster, a site."""
    text: str
    """What the line says, in a few words."""
    quantity: Number
    """How much is charged, signed: negative is owed by the seller."""
    unit: str
    """Unit of the quantity."""
    price: Fraction
    """Price of one unit, in the currency."""
    currency: str
    """ISO 4217 code."""
    exact: Fraction
    """The amount before rounding, in the currency; positive is owed by the buyer."""
    minor: int
    """The amount in minor units (cents), after the one rounding."""
    places: int
    """Decimal places of the currency."""
    corrects: Month | None = None
    """The closed month this line corrects; None is a charge of its own month."""
    steps: tuple[Step, ...] = ()
    """How the quantity and price came about, first to last."""

    @property
    def amount(self) -> Decimal:
        """The rounded amount, in the currency; positive is owed by the buyer."""
        return Decimal(self.minor).scaleb(-self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Which share of a month a meter was read."""

    meter: str
    """What was to be metered, and where."""
    share: Fraction
    """Metered seconds over seconds in service."""
    reading_count: int
    """Readings it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What the buyer of one contract owes its seller for a month."""

    contract: str
    """Contract it is of."""
    month: Month
    """Month it is of."""
    seller: str
    """Party that is owed."""
    buyer: str
    """Party that owes."""
    currency: str
    """ISO 4217 code of every line."""
    places: int
    """Decimal places of the currency."""
    as_of: datetime
    """Moment whose knowledge it rests on."""
    charges: tuple[Charge, ...] = ()
    """Its lines, cash-only lines last."""
    coverage: tuple[Coverage, ...] = ()
    """How much of what it rests on was metered."""
    notes: tuple[str, ...] = ()
    """What a reader should know: credits not claimed, estimates, rights that arose."""

    @property
    def id(self) -> str:
        """`CONTRACT/MONTH`."""
        return f"{self.contract}/{self.month}"

    @property
    def net_minor(self) -> int:
        """What the month costs, in minor units: all lines but cash-only ones."""
        return sum(c.minor for c in self.charges if not c.kind.is_cash_only)

    @property
    def cash_minor(self) -> int:
        """What is to be paid, in minor units: prepayments and their credits included."""
        return sum(c.minor for c in self.charges)

    @property
    def net(self) -> Decimal:
        """What the month costs, in the currency."""
        return Decimal(self.net_minor).scaleb(-self.places)

    @property
    def cash_due(self) -> Decimal:
        """What is to be paid, in the currency."""
        return Decimal(self.cash_minor).scaleb(-self.places)
