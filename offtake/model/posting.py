"""Postings: double entry, one book a party; what is booked is never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from offtake.model.month import Month


class TransactionKind(StrEnum):
    """What a transaction books."""

    INVOICE = "invoice"
    """An invoice, in the book of its seller or of its buyer."""
    EXTERNAL = "external"
    """Money that enters or leaves a chain."""
    PAYMENT = "payment"
    """Money that was paid on an invoice."""
    REVERSAL = "reversal"
    """An earlier transaction taken back, line by line."""
    OTHER = "other"
    """What was booked by hand: opening balances, capital paid in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line of a transaction: an account goes up (debit) or down (credit)."""

    account: str
    """Such as `Income:A:capacity`: kind of account first, then what it is of."""
    currency: str
    """ISO 4217 code."""
    minor: int
    """Minor units; positive is debit, negative is credit, never 0."""
    places: int
    """Decimal places of the currency."""
    corrects: Month | None = None
    """The closed month it corrects; None is of the transaction's own month."""

    @property
    def amount(self) -> Decimal:
        """The amount, in the currency."""
        return Decimal(self.minor).scaleb(-self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Postings of one party's book that belong together; each currency adds up to 0."""

    key: str
    """Name the client gives it: booked once, however often it is sent."""
    party: str
    """Party whose book it is in."""
    month: Month
    """Month it is booked in."""
    day: date
    """Day it is booked on, inside the month."""
    kind: TransactionKind
    """What it books."""
    text: str
    """What it is, in a few words."""
    invoice: str | None = None
    """Invoice it books or pays, `CONTRACT/MONTH`."""
    external: str | None = None
    """Money from outside it books."""
    event: str | None = None
    """Event it books."""
    reverses: str | None = None
    """Key of the transaction it takes back."""
    postings: tuple[Posting, ...]
    """Its lines, at least two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What stands on one account of one party's book."""

    party: str
    """Party whose book it is."""
    account: str
    """The account."""
    currency: str
    """ISO 4217 code."""
    minor: int
    """Minor units; positive is debit."""
    places: int
    """Decimal places of the currency."""

    @property
    def amount(self) -> Decimal:
        """The amount, in the currency."""
        return Decimal(self.minor).scaleb(-self.places)
