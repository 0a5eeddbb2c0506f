"""The book of a party as a beancount file, for `bean-check` and every tool that reads it.

    2027-06-30 * "A to hyperco, 2027-06"
      Assets:Receivable:Hyperco    4748879.42 USD
      …
    2027-07-01 balance Assets:Receivable:Hyperco    4748879.42 ~ 0.00 USD

After each closed month every account that was ever used is asserted, with a tolerance of
nothing: beancount's own default would let a cent pass. Beancount wants capitals at the
beginning of each part of an account and few other signs; where that changes a name, the
book's own stands beside it as metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from offtake.model.month import Month
from offtake.model.posting import Posting, Transaction

MARK = ";; a book of offtake"
"""How every file begins."""

_NO_PART = re.compile(r"[^A-Za-z0-9-]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def books_text(
    transactions: Iterable[Transaction], closed: Iterable[Month], name: str = "offtake"
) -> Mapping[str, str]:
    """Give each party's book as text, by party.

    Args:
        transactions: transactions of all parties, in any order.
        closed: months that are closed; balances are asserted after each.
        name: what the books are of, for the title.
    """
    by_party: dict[str, list[Transaction]] = {}
    for transaction in transactions:
        by_party.setdefault(transaction.party, []).append(transaction)
    months = sorted(closed)
    return {
        party: "\n".join(_lines(party, found, months, name)) + "\n"
        for party, found in sorted(by_party.items())
    }


def _lines(
    party: str, found: Sequence[Transaction], closed: Sequence[Month], name: str
) -> Iterator[str]:
    ordered = sorted(found, key=lambda one: (one.day, one.key))
    accounts = account_names({p.account for one in ordered for p in one.postings})
    first = min(one.month for one in ordered).first_day
    yield MARK
    yield f"option {_quoted('title')} {_quoted(f'{party}: {name}')}"
    for currency in sorted({p.currency for one in ordered for p in one.postings}):
        yield f"option {_quoted('operating_currency')} {_quoted(currency)}"
    yield ""
    for account, written in accounts.items():
        yield f"{first} open {written}"
        if written != account:
            yield f"  book: {_quoted(account)}"
    sums: dict[tuple[str, str], Decimal] = {}
    waiting = list(closed)
    for one in ordered:
        while waiting and waiting[0] < one.month:
            yield from _asserted(waiting.pop(0), sums, accounts)
        yield from _booked(one, accounts)
        for posting in one.postings:
            key = (posting.account, posting.currency)
            sums[key] = sums.get(key, Decimal(0)) + posting.amount
    for month in waiting:
        yield from _asserted(month, sums, accounts)


def _booked(one: Transaction, accounts: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield f"{one.day} * {_quoted(one.text)}"
    yield f"  key: {_quoted(one.key)}"
    met = (("invoice", one.invoice), ("external", one.external), ("event", one.event))
    for word, held in (*met, ("reverses", one.reverses)):
        if held is not None:
            yield f"  {word}: {_quoted(held)}"
    for posting in one.postings:
        yield f"  {accounts[posting.account]}  {_amount(posting)} {posting.currency}"
        if posting.corrects is not None:
            yield f"    corrects: {_quoted(str(posting.corrects))}"


def _amount(posting: Posting) -> str:
    return format(posting.amount, "f")


def _asserted(
    month: Month, sums: Mapping[tuple[str, str], Decimal], accounts: Mapping[str, str]
) -> Iterator[str]:
    """Assert every balance as the month ends: beancount looks at the morning of a day."""
    day = month.last_day + timedelta(days=1)
    yield ""
    for (account, currency), total in sorted(sums.items()):
        yield f"{day} balance {accounts[account]}  {total:f} ~ 0.00 {currency}"


def account_names(accounts: Iterable[str]) -> Mapping[str, str]:
    """Give each account the name beancount takes: no two the same, none inside another.

    Beancount adds what stands below an account to it, so `Assets:A` beside `Assets:A:B`
    would be asserted as the sum of both.
    """
    taken: set[str] = set()
    given: dict[str, str] = {}
    for account in sorted(accounts, key=lambda a: (-a.count(":"), a)):
        wanted = ":".join(map(_part, account.split(":")))
        name, number = wanted, 1
        while name in taken or any(other.startswith(f"{name}:") for other in taken):
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name)
        given[account] = name
    return dict(sorted(given.items()))


def file_names(parties: Iterable[str]) -> Mapping[str, str]:
    """Give each party the name of its file, no two the same whatever the file system."""
    taken: set[str] = set()
    given: dict[str, str] = {}
    for party in sorted(parties):
        wanted = _NO_PART.sub("-", party).strip("-") or "party"
        name, number = wanted, 1
        while name.lower() in taken:
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name.lower())
        given[party] = f"{name}.beancount"
    return given


def _part(text: str) -> str:
    plain = _NO_PART.sub("-", text)
    if not plain or plain[0] == "-":
        plain = f"X{plain}"
    return plain[0].upper() + plain[1:]


def _quoted(text: str) -> str:
    plain = _CONTROL.sub(" ", text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
