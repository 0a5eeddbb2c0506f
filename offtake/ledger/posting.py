"""Posting: a statement as double entry, each invoice in both parties' books.

    invoice A, OpCo to HyperCo: 4,748,879.42 in cash for 6,643,634.41 of the month

    OpCo                                      HyperCo
    Assets:Receivable:HyperCo  4,748,879.42   Expenses:A:capacity       6,537,216.00
    Liabilities:Prepayment:A   1,894,754.99   …
    Income:A:capacity         -6,537,216.00   Assets:Prepayment:A      -1,894,754.99
    …                                         Liabilities:Payable:OpCo -4,748,879.42

Debit is positive, credit negative. Revenue and cost stand by contract and kind of charge;
prepayments are a debt of the seller and a claim of the buyer until they are credited; a
tax is owed on by the seller and a cost of the buyer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date
from decimal import Decimal

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.charge import Charge, ChargeKind, Invoice
from offtake.model.event import Event
from offtake.model.month import Month
from offtake.model.posting import Posting, Transaction, TransactionKind
from offtake.model.statement import External, Statement

CASH = "Assets:Cash"
"""What a party has paid and was paid."""
LARGEST = 2**63 - 1
"""Most minor units a posting can hold."""


def receivable(party: str) -> str:
    """Name the account of what another party owes."""
    return f"Assets:Receivable:{party}"


def payable(party: str) -> str:
    """Name the account of what is owed to another party."""
    return f"Liabilities:Payable:{party}"


def booked(statement: Statement) -> tuple[Transaction, ...]:
    """Give the transactions of a statement: two for each invoice and for money from outside.

    An invoice or external of nothing but zeros has none. The two of a pair mirror each
    other: what one party is owed, the other owes.

    Raises:
        OfftakeError: an amount is too large for a book (`OTK-B027`).
    """
    made = (
        *(t for invoice in statement.invoices for t in _of_invoice(invoice)),
        *(t for external in statement.externals for t in _of_external(external)),
    )
    faults = [fault for transaction in made for fault in unsound(transaction)]
    if faults:
        raise OfftakeError(faults)
    return made


def _of_invoice(invoice: Invoice) -> Iterable[Transaction]:
    common = {
        "month": invoice.month,
        "day": invoice.month.last_day,
        "kind": TransactionKind.INVOICE,
        "invoice": invoice.id,
    }
    cash = invoice.cash_minor
    owed = (receivable(invoice.buyer), cash, None)
    sold = ((_sold(c), -c.minor, c.corrects) for c in invoice.charges)
    yield from _made(
        f"invoice/{invoice.id}/seller",
        invoice.seller,
        f"{invoice.contract} to {invoice.buyer}, {invoice.month}",
        _lines((owed, *sold), invoice.currency, invoice.places),
        **common,
    )
    owing = (payable(invoice.seller), -cash, None)
    bought = ((_bought(c), c.minor, c.corrects) for c in invoice.charges)
    yield from _made(
        f"invoice/{invoice.id}/buyer",
        invoice.buyer,
        f"{invoice.contract} from {invoice.seller}, {invoice.month}",
        _lines((*bought, owing), invoice.currency, invoice.places),
        **common,
    )


def _sold(charge: Charge) -> str:
    if charge.kind.is_cash_only:
        return f"Liabilities:Prepayment:{charge.contract}"
    if charge.kind is ChargeKind.TAX:
        return f"Liabilities:Tax:{charge.contract}"
    return f"Income:{charge.contract}:{charge.kind}"


def _bought(charge: Charge) -> str:
    if charge.kind.is_cash_only:
        return f"Assets:Prepayment:{charge.contract}"
    return f"Expenses:{charge.contract}:{charge.kind}"


def _of_external(external: External) -> Iterable[Transaction]:
    common = {
        "month": external.month,
        "day": external.month.last_day,
        "kind": TransactionKind.EXTERNAL,
        "external": external.id,
    }
    minor = external.minor
    for role, party, account, income, sign in (
        ("payee", external.payee, receivable(external.payer), f"Income:{external.payer}", 1),
        ("payer", external.payer, payable(external.payee), f"Expenses:{external.payee}", -1),
    ):
        lines = (
            (account, sign * minor, None),
            (f"{income}:external", -sign * minor, external.corrects),
        )
        yield from _made(
            f"{external.id}/{role}",
            party,
            external.text,
            _lines(lines, external.currency, external.places),
            **common,
        )


def _lines(
    lines: Iterable[tuple[str, int, Month | None]], currency: str, places: int
) -> tuple[Posting, ...]:
    """Add lines up by account and corrected month; what comes to nothing is left out."""
    sums: dict[tuple[str, Month | None], int] = {}
    for account, minor, corrects in lines:
        sums[account, corrects] = sums.get((account, corrects), 0) + minor
    return tuple(
        Posting(account=account, currency=currency, minor=minor, places=places, corrects=corrects)
        for (account, corrects), minor in sums.items()
        if minor
    )


def _made(
    key: str, party: str, text: str, postings: tuple[Posting, ...], **common: object
) -> Iterable[Transaction]:
    if postings:
        yield Transaction(key=key, party=party, text=text, postings=postings, **common)  # type: ignore[arg-type]


def paid(
    events: Iterable[Event], statements: Sequence[Statement], month: Month
) -> tuple[Transaction, ...]:
    """Give the transactions of payments, booked in a month: cash moves, the debt is less.

    A payment made in the month is booked on its day (UTC). One made before, that became
    known too late for its own month, is booked on the first day of this one, and its text
    names the day it was made. One made after the month is left for the next. A payment on
    an invoice of a month before the books began, or still to come, is of the parties of the
    contract's latest invoice.

    Args:
        events: payments, as known now, that are not in the books yet.
        statements: statements whose invoices they may be of.
        month: month they are booked in.

    Raises:
        OfftakeError: no contract is what was paid on, its currency is another, or the
            amount is not whole in the contract's minor units (`OTK-B026`); an amount is
            too large for a book (`OTK-B027`).
    """
    by_month = sorted(statements, key=lambda statement: statement.month)
    invoices = {i.id: i for statement in by_month for i in statement.invoices}
    latest = {i.contract: i for statement in by_month for i in statement.invoices}
    faults: list[Fault] = []
    made: list[Transaction] = []
    for event in sorted(events, key=lambda e: (e.starts, e.id)):
        if day_of(event) > month.last_day:
            continue
        paid_on = f"{event.contract}/{event.month}"
        invoice = invoices.get(paid_on) or latest.get(event.contract or "")
        wrong = _unpayable(event, invoice)
        if invoice is None or wrong:
            faults.extend(wrong)
        else:
            made.extend(_payment(event, invoice, month, paid_on))
    faults.extend(fault for transaction in made for fault in unsound(transaction))
    if faults:
        raise OfftakeError(faults)
    return tuple(made)


def day_of(event: Event) -> date:
    """Give the day a payment was made (UTC)."""
    return event.starts.astimezone(UTC).date()


def _unpayable(event: Event, invoice: Invoice | None) -> list[Fault]:
    where = Where(path=f"events.{event.id}")
    if invoice is None:
        what = "a payment on a contract that no invoice in the books is of"
        hint = "correct it with an event that replaces it"
        return [Fault(code="OTK-B026", what=what, where=where, got=event.contract, hint=hint)]
    if event.currency != invoice.currency:
        what = f"a payment in another currency than its invoice's {invoice.currency}"
        return [Fault(code="OTK-B026", what=what, where=where, got=event.currency)]
    minor = (event.amount or Decimal(0)).scaleb(invoice.places)
    if minor != int(minor):
        what = f"an amount with more than the {invoice.places} decimal places of its invoice"
        return [Fault(code="OTK-B026", what=what, where=where, got=str(event.amount))]
    return []


def _payment(event: Event, invoice: Invoice, month: Month, paid_on: str) -> Iterable[Transaction]:
    minor = int((event.amount or Decimal(0)).scaleb(invoice.places))
    made = day_of(event)
    late = made < month.first_day
    when = f", paid {made} and known too late for its month" if late else ""
    common = {
        "month": month,
        "day": month.first_day if late else made,
        "kind": TransactionKind.PAYMENT,
        "invoice": paid_on if paid_on == invoice.id else None,
        "event": event.id,
    }
    for role, party, other, account, sign in (
        ("seller", invoice.seller, f"from {invoice.buyer}", receivable(invoice.buyer), 1),
        ("buyer", invoice.buyer, f"to {invoice.seller}", payable(invoice.seller), -1),
    ):
        lines = ((CASH, sign * minor, None), (account, -sign * minor, None))
        yield from _made(
            f"payment/{event.id}/{role}",
            party,
            f"payment {other} on {paid_on}{when}",
            _lines(lines, invoice.currency, invoice.places),
            **common,
        )


def reversed_in(transaction: Transaction, month: Month, why: str) -> Transaction:
    """Give the transaction that takes another one back, line by line, in a later month."""
    lines = tuple(replace(posting, minor=-posting.minor) for posting in transaction.postings)
    return Transaction(
        key=f"reversal/{transaction.key}",
        party=transaction.party,
        month=month,
        day=max(month.first_day, transaction.day),
        kind=TransactionKind.REVERSAL,
        text=f"reversal of {transaction.key}: {why}",
        invoice=transaction.invoice,
        event=transaction.event,
        external=transaction.external,
        reverses=transaction.key,
        postings=lines,
    )


def due_payments(
    known_now: Sequence[Event],
    in_books: Mapping[str, Sequence[Transaction]],
    statements: Sequence[Statement],
    month: Month,
) -> tuple[Transaction, ...]:
    """Give what payments add to the books of a month: new ones, and reversals.

    A payment that is in the books and was corrected since (another event replaced it) is
    taken back; the event in its place is booked as any other.

    Args:
        known_now: payments as known now, corrected ones left out.
        in_books: transactions of payments that stand, by event.
        statements: statements whose invoices they may be of, this month's among them.
        month: month they are booked in.

    Raises:
        OfftakeError: as `paid`.
    """
    stand = {event.id for event in known_now}
    undone = (t for event, found in in_books.items() if event not in stand for t in found)
    back = tuple(reversed_in(t, month, "the payment was corrected") for t in undone)
    fresh = [event for event in known_now if event.id not in in_books]
    return (*back, *paid(fresh, statements, month))


def unsound(transaction: Transaction) -> list[Fault]:
    """Say what keeps a transaction out of the books; empty where nothing does."""
    where = Where(path=f"transactions.{transaction.key}")
    faults: list[Fault] = []

    def fault(code: str, what: str, got: str, hint: str | None = None) -> None:
        faults.append(Fault(code=code, what=what, where=where, got=got, hint=hint))

    if len(transaction.postings) < 2 or any(p.minor == 0 for p in transaction.postings):
        what = "a transaction has at least two postings, none of them 0"
        fault("OTK-B024", what, f"{len(transaction.postings)} postings")
    sums: dict[tuple[str, int], int] = {}
    for posting in transaction.postings:
        key = posting.currency, posting.places
        sums[key] = sums.get(key, 0) + posting.minor
        if abs(posting.minor) > LARGEST:
            fault("OTK-B027", "an amount is too large for a book", str(posting.minor))
    for (currency, places), total in sums.items():
        if total:
            got = f"{Decimal(total).scaleb(-places)} {currency}"
            hint = "debits and credits of each currency add up to 0"
            fault("OTK-B024", "the postings of a transaction do not balance", got, hint)
    if Month.of(transaction.day) != transaction.month:
        what = f"a transaction is booked on a day of its month {transaction.month}"
        fault("OTK-B025", what, str(transaction.day))
    return faults
