"""The numbers of a statement as tables of text, for the terminal and the page alike.

Amounts are exact to the minor unit and never scaled: `6,643,634.41`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from offtake.draw import words
from offtake.draw.numbers import MINUS
from offtake.draw.tables import Table
from offtake.model.charge import Charge, ChargeKind, Invoice, Number
from offtake.model.statement import Statement

NAMES = {
    ChargeKind.CAPACITY: "Capacity",
    ChargeKind.USAGE: "Usage",
    ChargeKind.SHORTFALL: "Shortfall of the minimum",
    ChargeKind.MAKE_UP: "Make-up",
    ChargeKind.POWER_ENERGY: "Power: energy",
    ChargeKind.POWER_DEMAND: "Power: demand",
    ChargeKind.POWER_FIXED: "Power: fixed",
    ChargeKind.POWER_UPSTREAM: "Power from upstream",
    ChargeKind.MARKUP: "Markup on power",
    ChargeKind.SERVICE_CREDIT: "Service credits",
    ChargeKind.DELAY_DAMAGES: "Delay damages",
    ChargeKind.DEMAND_RESPONSE: "Demand response",
    ChargeKind.OPTION_FEE: "Option fees",
    ChargeKind.TAX: "Tax",
    ChargeKind.PREPAYMENT: "Prepayment",
    ChargeKind.PREPAYMENT_CREDIT: "Prepayment credited",
}
"""How each kind of line is called where people read it."""

_MOST_DIGITS = 6


def money(minor: int, places: int) -> str:
    """Write minor units as an amount: `-29148` with 2 places is `−291.48`."""
    whole, rest = divmod(abs(minor), 10**places)
    text = f"{whole:,}" + (f".{rest:0{places}}" if places else "")
    return (MINUS if minor < 0 else "") + text


def exact(number: Number, most: int = _MOST_DIGITS) -> str:
    """Write an exact number: whole, or with up to six decimals, `≈` where that cuts it."""
    value = Fraction(number)
    sign = MINUS if value < 0 else ""
    scaled = abs(value) * 10**most
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    whole += 2 * rest >= scaled.denominator
    cut = "≈" if rest else ""
    units, decimals = divmod(whole, 10**most)
    tail = f".{decimals:0{most}}".rstrip("0").rstrip(".") if decimals else ""
    return f"{cut}{sign}{units:,}{tail}"


def title(statement: Statement) -> str:
    """Name the statement: `June 2027, as known on 5 Jul 2027`."""
    month = words.month(statement.month.first_day)
    return f"{month}, as known on {words.day(statement.as_of.date())}"


def link(invoice: Invoice) -> str:
    """Name a link: `A: OpCo to HyperCo`."""
    return f"{invoice.contract}: {invoice.seller} to {invoice.buyer}"


def chain(statement: Statement) -> Table:
    """Give what each link costs by kind of line, links side by side from site to lab."""
    held = statement.invoices
    kinds = [k for k in ChargeKind if any(c.kind is k for i in held for c in i.charges)]
    rows = [_row(NAMES[k], held, k) for k in kinds if not k.is_cash_only]
    rows.append(("Net", *(money(i.net_minor, i.places) for i in held)))
    cash = [k for k in kinds if k.is_cash_only]
    if cash:
        rows += [_row(NAMES[k], held, k) for k in cash]
        rows.append(("Cash due", *(money(i.cash_minor, i.places) for i in held)))
    return Table(
        caption="What each buyer owes its seller for the month; negative is owed back",
        head=("Line", *(f"{link(i)} [{i.currency}]" for i in held)),
        rows=tuple(rows),
    )


def _row(name: str, invoices: Iterable[Invoice], kind: ChargeKind) -> tuple[str, ...]:
    cells = []
    for invoice in invoices:
        lines = [c.minor for c in invoice.charges if c.kind is kind]
        cells.append(money(sum(lines), invoice.places) if lines else "")
    return (name, *cells)


def positions(statement: Statement) -> Table:
    """Give what the month leaves with each party."""
    rows = tuple(
        (
            p.party,
            p.currency,
            money(p.in_minor, p.places),
            money(p.out_minor, p.places),
            money(p.in_minor - p.out_minor, p.places),
        )
        for p in statement.positions
    )
    return Table(
        caption="Owed to and by each party for the month; what is left adds up to 0",
        head=("Party", "Currency", "In", "Out", "Left"),
        rows=rows,
        texts=frozenset({0, 1}),
    )


def externals(statement: Statement) -> Table:
    """Give what enters or leaves the chain."""
    rows = tuple(
        (e.text, e.payer, e.payee, money(e.minor, e.places), e.currency)
        for e in statement.externals
    )
    return Table(
        caption="Money that enters or leaves the chain",
        head=("What", "Payer", "Payee", "Amount", "Currency"),
        rows=rows,
        texts=frozenset({0, 1, 2, 4}),
    )


def lines(invoice: Invoice) -> Table:
    """Give the lines of an invoice, and its sums."""
    rows = [_line(charge) for charge in invoice.charges]
    rows.append(("Net", "", "", "", "", money(invoice.net_minor, invoice.places)))
    if invoice.net_minor != invoice.cash_minor:
        rows.append(("Cash due", "", "", "", "", money(invoice.cash_minor, invoice.places)))
    return Table(
        caption=f"{link(invoice)}, {words.month(invoice.month.first_day)}, {invoice.currency}",
        head=("Line", "What", "Quantity", "Unit", "Price", "Amount"),
        rows=tuple(rows),
        texts=frozenset({0, 1, 3}),
    )


def _line(charge: Charge) -> tuple[str, ...]:
    corrects = f" (corrects {charge.corrects})" if charge.corrects is not None else ""
    return (
        short(charge),
        f"{charge.text}{corrects}",
        exact(charge.quantity),
        charge.unit,
        exact(charge.price),
        money(charge.minor, charge.places),
    )


def short(charge: Charge) -> str:
    """Name a line inside its invoice: its id without contract and month."""
    return charge.id.removeprefix(f"{charge.contract}/{charge.month}/")


def coverage(statement: Statement) -> Table:
    """Give how much of what the invoices rest on was metered."""
    rows = tuple(
        (i.contract, c.meter, f"{exact(c.share * 100, 2)} %", f"{c.reading_count:,}")
        for i in statement.invoices
        for c in i.coverage
    )
    return Table(
        caption="Share of the time in service that was metered",
        head=("Link", "Meter", "Covered", "Readings"),
        rows=rows,
        texts=frozenset({0, 1}),
    )


def steps(charge: Charge) -> Table:
    """Give the arithmetic behind a line, first to last."""
    rows = tuple(
        (step.what, exact(step.value, 9), step.unit, ", ".join(step.sources))
        for step in charge.steps
    )
    return Table(
        caption=f"How {short(charge)} of {charge.contract} was worked out, from what",
        head=("Step", "Value", "Unit", "From"),
        rows=rows,
        texts=frozenset({0, 2, 3}),
    )


def notes(statement: Statement) -> tuple[str, ...]:
    """Give what a reader of the invoices should know, with its link."""
    return tuple(f"{i.contract}: {note}" for i in statement.invoices for note in i.notes)


def margins_say(statement: Statement) -> str:
    """Say in a sentence what is left with whom."""
    left = [p for p in statement.positions if p.in_minor and p.out_minor]
    if not left:
        return "Nobody stands between two others in this month."
    told = [f"{p.party} {money(p.in_minor - p.out_minor, p.places)} {p.currency}" for p in left]
    return f"Of what passes through them in the month, {words.listed(told)} stay with them."
