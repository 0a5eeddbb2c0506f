"""Commitments of contracts in FOCUS: the dataset, and the lines of a month each one covers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.focus.columns import Row
from offtake.files.focus.links import Links, covers, exact, moment, unit
from offtake.model.charge import Charge, ChargeKind, Invoice, Number
from offtake.model.clause import Basis, Interval, Rate, TakeOrPay
from offtake.model.contract import Contract, Tranche
from offtake.model.month import Month

_BASE = frozenset((ChargeKind.CAPACITY, ChargeKind.USAGE))
_NUMBER = re.compile(r"^commitments\[(\d+)\]$")


def clause_of(number: int) -> str:
    """Name a commitment of a contract by its place, from 0."""
    return f"commitments[{number}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A minimum that a month fell short of, and the lines it is made of."""

    contract: str
    """Contract it is of."""
    clause: str
    """The commitment, as a path inside the contract."""
    line: str
    """Id of the line that buys it."""
    corrects: Month | None
    """Closed month that is corrected; None is the month itself."""
    charges: tuple[Charge, ...]
    """What was used and what was not, the shortfall last."""

    @property
    def id(self) -> str:
        """Name of the commitment that no other contract has."""
        return f"{self.contract}/{self.clause}"

    @property
    def name(self) -> str:
        """What people call it."""
        return f"Take-or-pay of contract {self.contract}"

    @property
    def amount(self) -> Decimal:
        """What is billed: the sum of its lines, in the currency."""
        return sum((charge.amount for charge in self.charges), Decimal(0))

    @property
    def exact(self) -> Fraction:
        """The same before rounding."""
        return sum((charge.exact for charge in self.charges), Fraction(0))

    @property
    def quantity(self) -> Number:
        """How much is promised to be taken."""
        return sum((charge.quantity for charge in self.charges), Fraction(0))

    @property
    def unit(self) -> str:
        """Unit of the quantity."""
        return self.charges[-1].unit

    @property
    def _is_of_one_price(self) -> bool:
        return len({(charge.price, charge.unit) for charge in self.charges}) == 1

    @property
    def price(self) -> Fraction:
        """Price of one piece: that of its lines, or all of it where they have several."""
        return self.charges[-1].price if self._is_of_one_price else abs(self.exact)

    @property
    def pieces(self) -> Number:
        """Pieces bought: its quantity, or one month where its lines have several prices."""
        if self._is_of_one_price:
            return self.quantity
        return 1 if self.exact >= 0 else -1

    @property
    def piece_unit(self) -> str:
        """Unit of the pieces."""
        return self.unit if self._is_of_one_price else "months"


def covered(contract: Contract, invoice: Invoice) -> tuple[Covered, ...]:
    """Give the minimums that an invoice has a shortfall of, with the lines each covers.

    A month whose use reached the minimum has none: there, use is billed as use.

    Raises:
        OfftakeError: a shortfall rests on no commitment of the contract (`OTK-M150`).
    """
    found: dict[tuple[int, Month | None], list[Charge]] = {}
    for charge in invoice.charges:
        if charge.kind is ChargeKind.SHORTFALL:
            found.setdefault((_number(contract, charge), charge.corrects), []).append(charge)
    taken: set[str] = set()
    made = []
    for (number, corrects), shortfalls in found.items():
        commitment = contract.commitments[number]
        units = {charge.unit for charge in shortfalls}
        used = [
            charge
            for charge in invoice.charges
            if charge.kind in _BASE
            and charge.corrects == corrects
            and (corrects is not None or charge.unit in units)
            and charge.id not in taken
            and covers(contract, commitment, charge)
        ]
        taken |= {charge.id for charge in used}
        what = f"purchase.{number}" if corrects is None else f"purchase.{number}.{corrects}"
        made.append(
            Covered(
                contract=contract.id,
                clause=clause_of(number),
                line=f"{invoice.id}/{what}",
                corrects=corrects,
                charges=(*used, *shortfalls),
            )
        )
    return tuple(made)


def _number(contract: Contract, charge: Charge) -> int:
    """Find the commitment a shortfall rests on, by the place its clause names, from 0."""
    match = _NUMBER.match(charge.clause)
    if match is not None and int(match[1]) < len(contract.commitments):
        return int(match[1])
    raise OfftakeError(
        Fault(
            code="OTK-M150",
            what="a shortfall rests on no commitment of its contract",
            where=Where(path=f"contracts.{contract.id}.{charge.clause}"),
            got=charge.id,
        )
    )


_FULFILLED: Mapping[Interval, str] = {
    Interval.MONTH: "Monthly",
    Interval.QUARTER: "Quarterly",
    Interval.YEAR: "Annual",
    Interval.TERM: "Full Period",
}
_PAID: Mapping[Interval, str] = {**_FULFILLED, Interval.TERM: "One-Time"}


def rows(links: Links, contract: Contract, as_of: datetime) -> Iterator[Row]:
    """Give the rows of Contract Commitment of one contract, one a commitment.

    Raises:
        OfftakeError: a commitment is on a rate whose quantity a contract cannot tell
            (`OTK-M151`).
    """
    for number, commitment in enumerate(contract.commitments):
        yield _row(links, contract, number, commitment, as_of)


def _row(
    links: Links, contract: Contract, number: int, commitment: TakeOrPay, as_of: datetime
) -> Row:
    tranches = _tranches(contract, commitment.tranches)
    starts, ends = _span(contract, tranches)
    first, last = _span(contract, contract.tranches)
    signed = first if contract.signed is None else moment(contract, contract.signed)
    share = _paid_ahead(contract, tranches)
    amount, of = _promised(contract, commitment, tranches, number)
    seller = links.party(contract.seller)
    months = max(tranche.term_months for tranche in tranches)
    return {
        "BillingCurrency": contract.currency,
        "ContractCommitmentApplicability": _applies(contract, commitment),
        "ContractCommitmentBenefitCategory": "Availability",
        "ContractCommitmentCategory": "Usage",
        "ContractCommitmentCreated": min(signed, as_of),
        "ContractCommitmentDescription": _described(commitment),
        "ContractCommitmentDurationType": f"{months} Months",
        "ContractCommitmentFulfillmentInterval": _FULFILLED[commitment.interval],
        "ContractCommitmentId": f"{contract.id}/{clause_of(number)}",
        "ContractCommitmentLastUpdated": as_of,
        "ContractCommitmentLifecycleStatus": _status(starts, ends, as_of),
        "ContractCommitmentModel": "Discontinuous",
        "ContractCommitmentOfferCategory": "Negotiated",
        "ContractCommitmentPaymentInterval": _PAID[contract.billing],
        "ContractCommitmentPaymentModel": _model(share),
        "ContractCommitmentPaymentUpfrontPercentage": share,
        "ContractCommitmentPeriodEnd": ends,
        "ContractCommitmentPeriodStart": starts,
        "ContractCommitmentQuantity": amount,
        "ContractCommitmentType": "Take-or-pay",
        "ContractCommitmentUnit": of,
        "ContractId": contract.id,
        "ContractPeriodEnd": last,
        "ContractPeriodStart": min(signed, first),
        "InvoiceIssuerName": seller,
        "PricingCurrency": contract.currency,
        "ServiceProviderName": seller,
    }


def _tranches(contract: Contract, named: tuple[str, ...]) -> tuple[Tranche, ...]:
    return tuple(one for one in contract.tranches if not named or one.id in named)


def _span(contract: Contract, tranches: tuple[Tranche, ...]) -> tuple[datetime, datetime]:
    """Give from when to when tranches serve by their dates: accepted, or else due."""
    begins = [(one.accepted or one.due, one.term_months) for one in tranches]
    first = min(day for day, _ in begins)
    last = max(_later(day, months) for day, months in begins)
    return moment(contract, first), moment(contract, last)


def _later(day: date, months: int) -> date:
    month = Month.of(day) + months
    return date(month.year, month.month, min(day.day, month.last_day.day))


def _status(starts: datetime, ends: datetime, as_of: datetime) -> str:
    if as_of < starts:
        return "Pending"
    return "Expired" if as_of >= ends else "Active"


def _paid_ahead(contract: Contract, tranches: tuple[Tranche, ...]) -> Decimal:
    """Give the largest share of a tranche's value that is paid before delivery."""
    names = {one.id for one in tranches}
    return max(
        (
            one.share
            for one in contract.prepayments
            if not one.tranches or names & set(one.tranches)
        ),
        default=Decimal(0),
    )


def _model(share: Decimal) -> str:
    if share == 0:
        return "No Upfront"
    return "All Upfront" if share >= 1 else "Partial Upfront"


def _described(commitment: TakeOrPay) -> str:
    percent = (commitment.level_share * 100).normalize()
    return (
        f"At least {percent:f} % of what is {commitment.base} is paid for, by the "
        f"{commitment.interval}; the quantity is that of all that is contracted, in full service"
    )


def _applies(contract: Contract, commitment: TakeOrPay) -> str:
    named = commitment.tranches or tuple(one.id for one in contract.tranches)
    rule = {
        "Dimension": "ResourceId",
        "Operator": "In",
        "Values": [f"{contract.id}.{name}" for name in named],
    }
    return json.dumps({"InclusionOperator": "And", "Inclusions": [rule]})


def _promised(
    contract: Contract, commitment: TakeOrPay, tranches: tuple[Tranche, ...], number: int
) -> tuple[Decimal, str]:
    """Give how much is promised over the whole term, were all of it in service and available."""
    rate = _rate(contract, commitment)
    counts = [None if rate is None else _full(contract, one, rate.basis) for one in tranches]
    known = [count for count in counts if count is not None]
    if rate is None or len(known) < len(counts):
        raise OfftakeError(
            Fault(
                code="OTK-M151",
                what="nothing says how much a commitment comes to over its term",
                where=Where(path=f"contracts.{contract.id}.{clause_of(number)}"),
                got=None if rate is None else f"a rate per {rate.basis}",
                hint="FOCUS counts a commitment in GPU-hours, node-months or kW-months",
            )
        )
    return exact(sum(known, Fraction(0)) * Fraction(commitment.level_share)), unit(rate.basis)


def _rate(contract: Contract, commitment: TakeOrPay) -> Rate | None:
    named = [rate for rate in contract.rates if rate.id == commitment.rate]
    return next(iter(named or contract.rates), None)


def _full(contract: Contract, tranche: Tranche, basis: Basis) -> Fraction | None:
    """Give what a tranche comes to over its term in units of a basis; None where it has none."""
    months = tranche.term_months
    if basis is Basis.GPU_HOUR and tranche.accelerator_count is not None:
        starts, ends = _span(contract, (tranche,))
        return Fraction(tranche.accelerator_count * int((ends - starts).total_seconds()), 3600)
    if basis is Basis.NODE_MONTH and tranche.node_count is not None:
        return Fraction(tranche.node_count * months)
    if basis is Basis.KW_MONTH and tranche.power_it_mw is not None:
        return Fraction(str(tranche.power_it_mw)) * 1000 * months
    if basis is Basis.FLAT_MONTH:
        return Fraction(months)
    return None
