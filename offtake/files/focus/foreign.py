"""A cloud's invoice, in FOCUS, as charges and readings of ours.

Rows of such an invoice are many and small, and often less than a cent each. So rows of one
thing (a price, a resource, a category, a month that is corrected) become one charge, which
is rounded once; its exact amount is the sum of the rows. What was used of accelerators,
energy and tokens becomes readings, a row each, named by the row's own content: an invoice
that is read twice gives the same readings.

A row that cannot be used is refused, with the reason, and counted; none is dropped in silence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.focus.cost import KINDS
from offtake.files.focus.reading import Placed, header, moment, number, placed
from offtake.ledger.case import rounded
from offtake.model.charge import Charge, ChargeKind, Step
from offtake.model.contract import RoundingRule
from offtake.model.month import Month
from offtake.model.reading import Meter, Reading

NEEDED = (
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ServiceName",
)
"""Columns without which an invoice cannot be read."""
PLACES = 2
_KIND: Mapping[str, ChargeKind] = {
    "Usage": ChargeKind.USAGE,
    "Purchase": ChargeKind.PREPAYMENT,
    "Tax": ChargeKind.TAX,
    "Credit": ChargeKind.SERVICE_CREDIT,
    "Adjustment": ChargeKind.SERVICE_CREDIT,
}
_METERS: Mapping[str, tuple[Meter, int]] = {
    "gpuhour": (Meter.GPU_TIME, 3600),
    "gpusecond": (Meter.GPU_TIME, 1),
    "kwh": (Meter.FACILITY_ENERGY, 1000),
    "token": (Meter.TOKENS, 1),
    "milliontoken": (Meter.TOKENS, 1_000_000),
}
"""For a unit, what it meters and how many units of the meter it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """How an invoice is to be read."""

    contract: str
    """Contract its charges are of."""
    month: Month
    """Month that is read; rows billed in other months are left alone."""
    recorded: datetime
    """When the invoice became known."""
    sites: Mapping[str, str] = field(default_factory=dict)
    """Site of ours by the invoice's RegionId."""
    gpus: Mapping[str, int] = field(default_factory=dict)
    """Accelerators of one machine by the invoice's SkuId, for units of hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What such an invoice came to."""

    charges: tuple[Charge, ...]
    """Its lines, rows of one thing together."""
    readings: tuple[Reading, ...]
    """What it says was used."""
    row_count: int
    """Rows of the month."""
    other_count: int
    """Rows billed in other months."""
    refused: tuple[Fault, ...]
    """Rows that could not be used, with the reason."""


@dataclass(slots=True)
class _Together:
    """Rows of one thing."""

    kind: ChargeKind
    text: str
    currency: str
    unit: str
    corrects: Month | None
    amount: Decimal = Decimal(0)
    quantity: Decimal = Decimal(0)
    row_count: int = 0


_Key = tuple[str, ...]


def read_foreign(path: str | Path, reads: Reads) -> Foreign:
    """Read an invoice in FOCUS from CSV or Parquet.

    Raises:
        OfftakeError: the file cannot be read (`OTK-F001`, `OTK-M155`, `OTK-M156`), or lacks
            a column (`OTK-M160`). A row that cannot be used is no error: it is in `refused`
            (`OTK-M161` to `OTK-M164`).
    """
    path = Path(path)
    names = header(path)
    lacking = [name for name in NEEDED if name not in names]
    if lacking:
        what = f"an invoice in FOCUS lacks {', '.join(lacking)}"
        raise OfftakeError(Fault(code="OTK-M160", what=what, where=Where(file=str(path))))
    reader = _Reader(reads)
    for row in placed(path):
        reader.take(row)
    return reader.done()


class _Reader:
    """Takes an invoice row by row."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._things: dict[_Key, _Together] = {}
        self._readings: list[Reading] = []
        self._refused: list[Fault] = []
        self._seen: dict[str, int] = {}
        self._rows = self._others = 0

    def take(self, row: Placed) -> None:
        try:
            billed = _month(row.cells, "BillingPeriodStart")
        except ValueError as error:
            self._rows += 1
            self._refuse("OTK-M161", str(error), row.where)
            return
        if billed != self._reads.month:
            self._others += 1
            return
        self._rows += 1
        try:
            key, amount, quantity, thing = _charged(row.cells)
            reading = self._reading(row)
        except ValueError as error:
            self._refuse("OTK-M161", str(error), row.where)
        except OfftakeError as error:
            self._refused += error.faults
        else:
            held = self._things.setdefault(key, thing)
            held.amount += amount
            held.quantity += quantity
            held.row_count += 1
            self._readings += reading

    def done(self) -> Foreign:
        return Foreign(
            charges=tuple(
                _charge(self._reads, place, thing)
                for place, thing in enumerate(self._things.values(), 1)
            ),
            readings=tuple(self._readings),
            row_count=self._rows,
            other_count=self._others,
            refused=tuple(self._refused),
        )

    def _refuse(self, code: str, what: str, where: Where) -> None:
        self._refused.append(Fault(code=code, what=what, where=where))

    def _reading(self, row: Placed) -> list[Reading]:
        cells = row.cells
        used = number(cells, "ConsumedQuantity")
        if cells["ChargeCategory"] != "Usage" or not used or "ChargeClass" in cells:
            return []
        metered = _meter(cells, self._reads.gpus)
        if metered is None:
            return []
        meter, each = metered
        amount = Fraction(used) * each
        if amount.denominator != 1 or amount < 0:
            raise _refusal("OTK-M162", "what was used is no whole number of the meter", row, used)
        region = cells.get("RegionId", "")
        site = self._reads.sites.get(region)
        if site is None:
            raise _refusal("OTK-M163", "no site stands for the region of the row", row, region)
        starts, ends = moment(cells, "ChargePeriodStart"), moment(cells, "ChargePeriodEnd")
        if ends <= starts or ends > self._reads.recorded:
            what = "the period of the row is empty, or not over when the invoice became known"
            raise _refusal("OTK-M164", what, row, f"{starts} to {ends}")
        return [
            Reading(
                source=f"focus:{self._reads.contract}",
                id=self._named(cells),
                meter=meter,
                site=site,
                starts=starts,
                ends=ends,
                amount=int(amount),
                recorded=self._reads.recorded,
            )
        ]

    def _named(self, cells: Mapping[str, str]) -> str:
        """Name a row by its content; rows that say the same are counted."""
        text = "\n".join(f"{name}={cells[name]}" for name in sorted(cells))
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        self._seen[digest] = self._seen.get(digest, 0) + 1
        return f"{digest}-{self._seen[digest]}"


def _refusal(code: str, what: str, row: Placed, got: object) -> OfftakeError:
    return OfftakeError(Fault(code=code, what=what, where=row.where, got=str(got)))


def _month(cells: Mapping[str, str], column: str) -> Month:
    return Month.of((moment(cells, column) + timedelta(days=14)).astimezone(UTC).date())


def _meter(cells: Mapping[str, str], gpus: Mapping[str, int]) -> tuple[Meter, int] | None:
    unit = "".join(s for s in cells.get("ConsumedUnit", "").lower() if s.isalnum()).rstrip("s")
    machine = gpus.get(cells.get("SkuId", ""))
    if unit == "hour" and machine is not None:
        return Meter.GPU_TIME, 3600 * machine
    return _METERS.get(unit)


def _charged(cells: Mapping[str, str]) -> tuple[_Key, Decimal, Decimal, _Together]:
    """Give what a row is of, what it costs, and how much it is.

    Raises:
        ValueError: a cell is missing or wrong.
    """
    for name in ("BillingCurrency", "ChargeCategory", "ServiceName"):
        if name not in cells:
            raise ValueError(f"{name}: nothing is there")
    category = cells["ChargeCategory"]
    if category not in KINDS:
        raise ValueError(f"ChargeCategory: none of FOCUS's: {category!r}")
    amount = number(cells, "BilledCost")
    if amount is None:
        raise ValueError("BilledCost: a number is wanted, and nothing is there")
    starts, ends = moment(cells, "ChargePeriodStart"), moment(cells, "ChargePeriodEnd")
    if ends < starts:
        raise ValueError("ChargePeriodEnd: before ChargePeriodStart")
    corrects = None
    if cells.get("ChargeClass") == "Correction":
        corrects = Month.of(starts.astimezone(UTC).date())
    names = ("ServiceName", "SkuPriceId", "ContractedUnitPrice", "RegionId", "PricingUnit")
    key = (category, cells["BillingCurrency"], str(corrects), *(cells.get(n, "") for n in names))
    thing = _Together(
        kind=_KIND[category],
        text=" ".join(cells[n] for n in ("ServiceName", "SkuId", "RegionId") if n in cells),
        currency=cells["BillingCurrency"],
        unit=cells.get("PricingUnit", ""),
        corrects=corrects,
    )
    return key, amount, number(cells, "PricingQuantity") or Decimal(0), thing


def _charge(reads: Reads, place: int, thing: _Together) -> Charge:
    exact = Fraction(thing.amount)
    quantity = Fraction(thing.quantity) or Fraction(1)
    whole = quantity.numerator if quantity.denominator == 1 else quantity
    return Charge(
        id=f"{reads.contract}/{reads.month}/foreign.{place}",
        contract=reads.contract,
        month=reads.month,
        kind=thing.kind,
        clause="foreign",
        text=thing.text,
        quantity=whole,
        unit=thing.unit,
        price=exact / quantity,
        currency=thing.currency,
        exact=exact,
        minor=rounded(exact * 10**PLACES, RoundingRule.HALF_UP),
        places=PLACES,
        corrects=thing.corrects,
        steps=tuple(_steps(thing)),
    )


def _steps(thing: _Together) -> Iterator[Step]:
    yield Step(what="rows of the invoice", value=thing.row_count, unit="rows")
    yield Step(what="billed, all together", value=Fraction(thing.amount), unit=thing.currency)
