"""Books as beancount files, judged by `bean-check`: an outside program that adds up anew."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from offtake.files.beancount import MARK, account_names, books_text
from offtake.ledger.posting import booked, due_payments
from offtake.model.month import Month
from offtake.model.posting import Posting, Transaction
from offtake.model.statement import Statement
from tests.store.made import JUNE, noon, payment, posted, statement, transfer

MONTHS = tuple(JUNE + step for step in range(3))


def books() -> tuple[Transaction, ...]:
    """Three months, an opening balance, and payments of the first two."""
    made: list[Transaction] = [transfer('opening "balance"\nof \\ all')]
    closed: list[Statement] = []
    for month in MONTHS:
        closed.append(statement(month))
        paid = [payment(f"p{month}", noon(month, 1).replace(month=month.month), "12.34")]
        made += [*posted(month), *due_payments(paid, {}, closed, month)]
    return tuple(made)


def checked(folder: Path, text: str) -> str:
    """Give what bean-check says about a file; nothing where it is sound."""
    file = folder / "book.beancount"
    file.write_text(text, encoding="utf-8")
    program = Path(sys.executable).parent / "bean-check"
    ran = subprocess.run([program, "--no-cache", file], capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) == (ran.stderr + ran.stdout == "")
    return ran.stderr + ran.stdout


def test_every_book_passes_bean_check(tmp_path: Path) -> None:
    found = books_text(books(), MONTHS)
    assert set(found) == {"Lab", "Op", "Site", "Utility"}
    for party, text in found.items():
        assert text.startswith(MARK)
        assert text.count(" balance ") >= 3
        assert checked(tmp_path, text) == "", party


def test_bean_check_finds_a_cent(tmp_path: Path) -> None:
    text = books_text(books(), MONTHS)["Op"]
    line = next(s for s in text.splitlines() if s.startswith("2027-08-01 balance"))
    name, amount = line.split()[2], line.split()[3]
    wrong = f"{amount[:-1]}{(int(amount[-1]) + 1) % 10}"
    said = checked(tmp_path, text.replace(line, line.replace(amount, wrong)))
    assert f"Balance failed for '{name}'" in said
    # Without the tolerance of nothing, the same cent passes: that is why it is there.
    lax = line.replace(amount, wrong).replace(" ~ 0.00", "")
    assert checked(tmp_path, text.replace(line, lax)) == ""


def test_bean_check_finds_a_transaction_that_does_not_balance(tmp_path: Path) -> None:
    text = books_text(books(), MONTHS)["Op"]
    line = next(s for s in text.splitlines() if s.startswith("  Assets:Receivable:Lab"))
    assert "does not balance" in checked(tmp_path, text.replace(line, line.replace(".", "1.")))


def test_what_a_party_is_owed_the_other_owes() -> None:
    found = books_text(books(), MONTHS)
    last = f"{(MONTHS[-1] + 1).first_day} balance "
    owed, owes = (
        next(
            s.removeprefix(last + account).split()[0]
            for s in found[party].splitlines()
            if s.startswith(last + account)
        )
        for party, account in (("Op", "Assets:Receivable:Lab"), ("Lab", "Liabilities:Payable:Op"))
    )
    assert float(owed) == -float(owes) != 0


def test_names_beancount_refuses_are_written_another_way(tmp_path: Path) -> None:
    names = (
        "Assets:Receivable:op co",
        "Assets:Receivable:op-co",
        "Assets:Receivable:ø:",
        "Assets:Receivable:-",
        "Assets:Receivable:Op-co",
        'Expenses:7 e"x\\',
    )
    lines = tuple(
        Posting(account=name, currency="USD", minor=minor, places=2)
        for name, minor in zip(names, (1, 2, 3, 4, 5, -15), strict=True)
    )
    text = books_text([replace(transfer(), postings=lines)], [JUNE])["Lab"]
    assert checked(tmp_path, text) == ""
    assert text.count(" open ") == 6
    assert 'book: "Assets:Receivable:op co"' in text


def test_minor_units_of_any_size(tmp_path: Path) -> None:
    lines = tuple(
        Posting(account=name, currency=currency, minor=sign * 10**17 + sign, places=places)
        for currency, places in (("JPY", 0), ("USD", 2), ("KWD", 3))
        for name, sign in (("Assets:Cash", 1), ("Equity:Opening", -1))
    )
    text = books_text([replace(transfer(), postings=lines)], [JUNE])["Lab"]
    assert "100000000000000.001 KWD" in text
    assert checked(tmp_path, text) == ""


def test_the_same_books_give_the_same_text() -> None:
    assert books_text(reversed(books()), reversed(MONTHS)) == books_text(books(), MONTHS)


@given(st.sets(st.text(min_size=1, max_size=6).map(lambda s: f"Assets:{s}"), max_size=12))
def test_no_two_accounts_get_one_name(accounts: Iterable[str]) -> None:
    given_names = account_names(accounts)
    assert len(set(given_names.values())) == len(set(accounts))


def test_a_month_without_transactions_is_asserted_too(tmp_path: Path) -> None:
    text = books_text(booked(statement()), [JUNE, Month(2027, 7)])["Lab"]
    assert "2027-08-01 balance" in text
    assert checked(tmp_path, text) == ""
