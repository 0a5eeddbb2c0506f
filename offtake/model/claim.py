"""Claims: what a missed service level gives back, what proves it, and by when to ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from offtake.model.month import Month


class ClaimState(StrEnum):
    """Where a claim stands."""

    AUTOMATIC = "automatic"
    """The credit is given without being asked for."""
    CLAIMED = "claimed"
    """The buyer asked for it in time: the credit is given."""
    OPEN = "open"
    """The buyer has not asked for it, and still may."""
    LAPSED = "lapsed"
    """The buyer did not ask for it in time."""

    @property
    def is_given(self) -> bool:
        """Whether the credit stands on the invoice."""
        return self in (ClaimState.AUTOMATIC, ClaimState.CLAIMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A service level that was missed, in one month, by one node, group of nodes or cluster."""

    id: str
    """That of the line its credit has on the invoice, or would have."""
    contract: str
    """Contract it is of."""
    month: Month
    """Month it is settled in: the last of its interval."""
    seller: str
    """Party that owes the credit."""
    buyer: str
    """Party that may ask for it."""
    service_level: str
    """Service level that was missed."""
    tranche: str
    """Tranche it was missed in."""
    subject: str
    """What missed it: nodes, or the tranche as a whole."""
    availability: Fraction
    """Share of its time in service that it was up."""
    promised: Fraction
    """Share from which no credit is due."""
    credit_share: Fraction
    """Credit as a share of the fee."""
    credit_minor: int
    """The credit at stake in minor units, at least 0, before any cap."""
    currency: str
    """ISO 4217 code."""
    places: int
    """Decimal places of the currency."""
    deadline: datetime | None
    """Last moment to ask for it; None needs no asking."""
    state: ClaimState
    """Where it stands at the moment whose knowledge counts."""
    evidence: tuple[str, ...]
    """What proves it: events and readings as sources of a step, and the events' own proof."""
    sole_remedy: bool
    """Whether the credit is all the buyer can ask for."""

    @property
    def credit(self) -> Decimal:
        """The credit at stake, in the currency."""
        return Decimal(self.credit_minor).scaleb(-self.places)
