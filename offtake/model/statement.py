"""Statements: a month of a whole chain, every link, and what is left with each party."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from offtake.model.charge import Charge, Invoice, Step
from offtake.model.month import Month
from offtake.model.shown import table


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """Money that enters or leaves a chain: an electricity bill, income from demand response."""

    id: str
    """`external/MONTH/NAME`, the same in every run."""
    month: Month
    """Month it is of."""
    payer: str
    """Party that pays."""
    payee: str
    """Party that is paid."""
    text: str
    """What it is for, in a few words."""
    currency: str
    """ISO 4217 code, that of the contracts it meets."""
    minor: int
    """Minor units that change hands, at least 0."""
    places: int
    """Decimal places of the currency."""
    corrects: Month | None = None
    """The closed month this corrects; None is money of its own month."""
    steps: tuple[Step, ...] = ()
    """How it came about."""

    @property
    def amount(self) -> Decimal:
        """The amount, in the currency."""
        return Decimal(self.minor).scaleb(-self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What a month leaves with one party, in one currency."""

    party: str
    """The party."""
    currency: str
    """ISO 4217 code."""
    places: int
    """Decimal places of the currency."""
    in_minor: int
    """What others owe it for the month, in minor units."""
    out_minor: int
    """What it owes others for the month, in minor units."""

    @property
    def margin(self) -> Decimal:
        """What is left: in less out, in the currency; negative is a loss or a user's cost."""
        return Decimal(self.in_minor - self.out_minor).scaleb(-self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One month of the contracts of a portfolio, as known at one moment.

    Utility <─ SiteCo <─0─ OpCo <─A─ HyperCo <─B─ Lab: what comes in at one end goes out at
    the other, or stays as a margin; nothing else happens to money.
    """

    month: Month
    """The month."""
    as_of: datetime
    """Moment whose knowledge it rests on."""
    invoices: tuple[Invoice, ...]
    """One per contract, upstream before downstream."""
    externals: tuple[External, ...] = ()
    """Money that enters or leaves the chain."""

    @property
    def by_contract(self) -> Mapping[str, Invoice]:
        """The invoices by contract."""
        return {invoice.contract: invoice for invoice in self.invoices}

    @property
    def charges(self) -> tuple[Charge, ...]:
        """Every line of every invoice."""
        return tuple(charge for invoice in self.invoices for charge in invoice.charges)

    @property
    def positions(self) -> tuple[Position, ...]:
        """What the month leaves with each party, by name of party and currency.

        Net amounts: cash that only moves in time (prepayments) is left out. The margins of
        one currency add up to 0, because everyone who pays and is paid is in it.
        """
        flows: dict[tuple[str, str, int], list[int]] = {}

        def pay(payer: str, payee: str, currency: str, places: int, minor: int) -> None:
            if minor < 0:
                payer, payee, minor = payee, payer, -minor
            flows.setdefault((payee, currency, places), [0, 0])[0] += minor
            flows.setdefault((payer, currency, places), [0, 0])[1] += minor

        for invoice in self.invoices:
            pay(invoice.buyer, invoice.seller, invoice.currency, invoice.places, invoice.net_minor)
        for external in self.externals:
            pay(external.payer, external.payee, external.currency, external.places, external.minor)
        return tuple(
            Position(party=party, currency=currency, places=places, in_minor=i, out_minor=o)
            for (party, currency, places), (i, o) in sorted(flows.items())
        )

    def _repr_html_(self) -> str:
        """Show the links of the chain, and what is left with each party, in a notebook."""
        known = self.as_of.date().isoformat()
        links = table(
            f"{self.month}, as known on {known}: what each buyer owes its seller",
            ("Contract", "Seller", "Buyer", "Currency", "Net", "Cash due"),
            (
                (i.contract, i.seller, i.buyer, i.currency, f"{i.net:,}", f"{i.cash_due:,}")
                for i in self.invoices
            ),
            words=4,
        )
        left = table(
            "What is left with whom",
            ("Party", "Currency", "Left"),
            ((p.party, p.currency, f"{p.margin:,}") for p in self.positions),
            words=2,
        )
        return links + left
