"""A supplier's invoice from a file: a plain CSV of lines, or FOCUS.

A plain table needs one column, `amount`; each further one makes the comparison surer:

    line, kind, tranche, subject, text, quantity, unit, price, amount, currency
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from offtake.errors import Fault, OfftakeError, Where, did_you_mean, few
from offtake.files.focus.cost import KINDS
from offtake.files.focus.reading import Placed, header, moment, number, placed
from offtake.ledger.pairing import TheirLine
from offtake.model.charge import ChargeKind
from offtake.model.month import Month

COLUMNS = (
    "line",
    "kind",
    "tranche",
    "subject",
    "text",
    "quantity",
    "unit",
    "price",
    "amount",
    "currency",
)
"""Columns of a plain table."""
_OF_FOCUS = frozenset(("BilledCost", "ChargeCategory"))


def read_theirs(path: str | Path, contract: str, month: Month) -> tuple[TheirLine, ...]:
    """Read the lines of a supplier's invoice from CSV or Parquet.

    A table with the columns of FOCUS is read as FOCUS: of it, the rows of this contract
    (`BillingAccountId`, where there are several) and month. Use that a purchased minimum
    covers stands for the purchase, as on our invoices.

    Raises:
        OfftakeError: the file cannot be read (`OTK-F001`, `OTK-M155`, `OTK-M156`), lacks a
            column or has an unknown one (`OTK-M157`), a cell is wrong (`OTK-M158`), or no
            row is of this contract and month (`OTK-M159`).
    """
    path = Path(path)
    names = header(path)
    if set(names) >= _OF_FOCUS:
        rows = _chosen(path, contract, month)
        lines = _read(rows, lambda cells, place: _focus(cells, place, contract))
    else:
        _refuse_columns(path, names)
        lines = _read(placed(path), _plain)
    if not lines:
        what = f"no line of contract {contract} and {month} is in the file"
        raise OfftakeError(Fault(code="OTK-M159", what=what, where=Where(file=str(path))))
    return lines


def _refuse_columns(path: Path, names: tuple[str, ...]) -> None:
    where = Where(file=str(path))
    faults = [
        Fault(
            code="OTK-M157",
            what="the column is unknown",
            where=where,
            got=f"'{name}'",
            hint=did_you_mean(name, COLUMNS),
        )
        for name in names
        if name not in COLUMNS
    ]
    if "amount" not in names:
        hint = "give at least `amount`; or a file of FOCUS"
        what = "the column `amount` is missing"
        faults.append(Fault(code="OTK-M157", what=what, where=where, hint=hint))
    if faults:
        raise OfftakeError(faults)


def _read(
    rows: Iterable[Placed], turn: Callable[[Mapping[str, str], str], TheirLine]
) -> tuple[TheirLine, ...]:
    """Read every row, and tell all that cannot be read."""
    lines, faults = [], []
    for where, cells in rows:
        try:
            lines.append(turn(cells, str(where)))
        except ValueError as error:
            faults.append(Fault(code="OTK-M158", what=str(error), where=where))
    if faults:
        raise OfftakeError(few(faults))
    return tuple(lines)


def _plain(cells: Mapping[str, str], place: str) -> TheirLine:
    amount = number(cells, "amount")
    if amount is None:
        raise ValueError("amount: a number is wanted, and nothing is there")
    return TheirLine(
        place=place,
        id=cells.get("line", ""),
        text=cells.get("text", ""),
        kinds=_kind(cells.get("kind")),
        tranche=cells.get("tranche"),
        subject=cells.get("subject"),
        quantity=_exact(number(cells, "quantity")),
        unit=cells.get("unit", ""),
        price=_exact(number(cells, "price")),
        amount=amount,
        currency=cells.get("currency"),
    )


def _kind(word: str | None) -> frozenset[ChargeKind]:
    if word is None:
        return frozenset()
    try:
        return frozenset((ChargeKind(word),))
    except ValueError:
        hint = did_you_mean(word, [str(kind) for kind in ChargeKind])
        raise ValueError(f"kind: none of the kinds of a line: {word!r}; {hint}") from None


def _exact(found: Decimal | None) -> Fraction | None:
    return None if found is None else Fraction(found)


def _chosen(path: Path, contract: str, month: Month) -> Iterator[Placed]:
    """Go through the rows of a file of FOCUS that are of one contract and month."""
    rows = [row for row in placed(path) if _month(row) == month]
    accounts = {row.cells.get("BillingAccountId") for row in rows}
    if len(accounts) > 1:
        rows = [row for row in rows if row.cells.get("BillingAccountId") == contract]
    covered = _covered(rows)
    for where, cells in rows:
        if cells.get("CommitmentDiscountId") in covered:
            if cells.get("ChargeCategory") == "Purchase":
                continue
            cells = {**cells, "BilledCost": cells.get("EffectiveCost", "")}
        yield Placed(where, cells)


def _month(row: Placed) -> Month:
    """Give the month a row is billed in: the middle of a month is in it in every time zone."""
    try:
        starts = moment(row.cells, "BillingPeriodStart")
    except ValueError as error:
        raise OfftakeError(Fault(code="OTK-M158", what=str(error), where=row.where)) from None
    return Month.of((starts + timedelta(days=14)).astimezone(UTC).date())


def _covered(rows: Iterable[Placed]) -> frozenset[str]:
    """Give the commitments whose use and the rest of it cost what was bought."""
    bought: dict[str, Decimal] = {}
    for where, cells in rows:
        name = cells.get("CommitmentDiscountId")
        if name is None:
            continue
        try:
            is_purchase = cells.get("ChargeCategory") == "Purchase"
            money = number(cells, "BilledCost" if is_purchase else "EffectiveCost")
        except ValueError as error:
            raise OfftakeError(Fault(code="OTK-M158", what=str(error), where=where)) from None
        signed = (money or Decimal(0)) * (1 if is_purchase else -1)
        bought[name] = bought.get(name, Decimal(0)) + signed
    return frozenset(name for name, left in bought.items() if left == 0)


def _focus(cells: Mapping[str, str], place: str, contract: str) -> TheirLine:
    amount = number(cells, "BilledCost")
    if amount is None:
        raise ValueError("BilledCost: a number is wanted, and nothing is there")
    category = cells.get("ChargeCategory", "")
    if category not in KINDS:
        raise ValueError(f"ChargeCategory: none of FOCUS's: {category!r}")
    resource = cells.get("ResourceId", "")
    ours = resource.startswith(f"{contract}.")
    tranche, _, subject = resource.removeprefix(f"{contract}.").partition("/")
    return TheirLine(
        place=place,
        id=cells.get("x_ChargeId", cells.get("InvoiceDetailId", "")),
        text=cells.get("ChargeDescription", ""),
        kinds=KINDS[category],
        tranche=tranche if ours else None,
        subject=(subject or None) if ours else None,
        quantity=_exact(number(cells, "PricingQuantity")),
        unit=cells.get("PricingUnit", ""),
        price=_exact(number(cells, "ContractedUnitPrice")),
        amount=amount,
        currency=cells.get("BillingCurrency"),
    )
