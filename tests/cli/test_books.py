"""Months are closed and books looked into from the command line."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.calling import call, tree

Capsys = pytest.CaptureFixture[str]
CLOSE = ("close", "june-chain", "2027-06", "--quiet", "--books")


@pytest.fixture
def books(tmp_path: Path, capsys: Capsys) -> Path:
    """Books in which the worked month is closed."""
    file = tmp_path / "deep" / "books.db"
    ran = call(capsys, *CLOSE, file)
    assert (ran.status, ran.err) == (0, "")
    return file


def test_a_trial_keeps_nothing_not_even_a_file(tmp_path: Path, capsys: Capsys) -> None:
    ran = call(capsys, *CLOSE, tmp_path / "books.db", "--dry-run")
    assert ran.status == 0
    assert "2027-06 would be closed as of 2027-07-01T06:00:00Z" in ran.out
    assert ran.out.endswith("Nothing was kept.\n")
    assert tree(tmp_path) == {}


def test_a_month_is_closed_and_told_with_its_coverage(tmp_path: Path, capsys: Capsys) -> None:
    file = tmp_path / "books.db"
    tried = call(capsys, *CLOSE, file, "--dry-run", "--json").data
    made = call(capsys, *CLOSE, file, "--json").data
    again = call(capsys, *CLOSE, file, "--json").data
    assert made["schema"] == "offtake.close/1"
    assert (tried["digest"], tried["dry_run"]) == (made["digest"], True)
    assert (made["was_closed"], again["was_closed"]) == (False, True)
    assert again["digest"] == made["digest"]
    assert made["transaction_count"] == 12
    net = {i["contract"]: i["net_minor"] for i in made["statement"]["invoices"]}
    assert net == {"0": 129_155_288, "A": 664_363_441, "B": 684_232_090}
    told = call(capsys, *CLOSE, file).out
    assert "was closed before" in told
    assert "What was metered" in told
    assert "12 transactions in 6 books, each adding up to 0." in told


def test_the_months_the_balances_and_the_transactions(books: Path, capsys: Capsys) -> None:
    assert "next to close: 2027-07" in call(capsys, "books", books).out
    months = call(capsys, "books", books, "--json").data
    assert [m["month"] for m in months["months"]] == ["2027-06"]
    assert months["parties"] == ["grid", "hyperco", "lab", "opco", "siteco", "utility"]
    found = call(capsys, "books", books, "--balances", "--json").data["balances"]
    assert sum(Decimal(b["amount"]) for b in found) == 0
    owed = {(b["party"], b["account"]): b["amount"] for b in found}
    assert owed["opco", "Assets:Receivable:hyperco"] == "4748879.42"
    assert owed["hyperco", "Liabilities:Payable:opco"] == "-4748879.42"
    one = call(capsys, "books", books, "--balances", "--party", "lab", "--month", "2027-05")
    assert one.status == 0
    assert "Payable" not in one.out
    booked = call(capsys, "books", books, "--transactions", "--party", "lab", "--json").data
    (only,) = booked["transactions"]
    assert only["key"] == "invoice/B/2027-06/buyer"
    assert sum(Decimal(p["amount"]) for p in only["postings"]) == 0
    assert "Liabilities:Payable:hyperco" in call(capsys, "books", books, "--transactions").out


def test_a_statement_and_a_line_come_from_the_books_alone(books: Path, capsys: Capsys) -> None:
    plain = call(capsys, "books", books, "--statement", "2027-06", "--json").data
    assert plain["schema"] == "offtake.statement/1"
    assert "As it was closed." in call(capsys, "books", books, "--statement", "2027-06").out
    line = next(c for i in plain["invoices"] for c in i["charges"] if c["kind"] == "service-credit")
    told = call(capsys, "books", books, "--line", line["id"])
    assert "How it was worked out" in told.out
    as_json = call(capsys, "books", books, "--line", line["id"], "--json").data
    assert as_json["steps"] == line["steps"] != []


def test_books_are_exported_and_not_over_what_is_there(
    books: Path, tmp_path: Path, capsys: Capsys
) -> None:
    folder = tmp_path / "beans"
    ran = call(capsys, "books", books, "--export", folder)
    assert (ran.status, len(tree(folder))) == (0, 6)
    before = tree(folder)
    assert call(capsys, "books", books, "--export", folder).status == 0
    assert tree(folder) == before
    (folder / "lab.beancount").write_text("mine", encoding="utf-8")
    assert call(capsys, "books", books, "--export", folder).codes == ["OTK-F040"]
    assert call(capsys, "books", books, "--export", folder, "--party", "opco").status == 0


def test_what_was_changed_is_found(books: Path, capsys: Capsys) -> None:
    assert "everything is what it was" in call(capsys, "books", books, "--verify").out
    assert call(capsys, "books", books, "--upgrade").status == 0
    with sqlite3.connect(books) as connection:
        connection.execute("DROP TRIGGER charge_update")
        connection.execute("UPDATE charge SET body = replace(body, 'GPU', 'CPU')")
    ran = call(capsys, "books", books, "--verify")
    assert (ran.status, ran.codes) == (3, ["OTK-B031"])
    faults = call(capsys, "books", books, "--verify", "--json").data["faults"]
    assert [f["path"] for f in faults] == ["2027-06"]


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (("--balances", "--verify"), "OTK-B040", 2),
        (("--balances", "--party", "opcoo"), "OTK-B030", 2),
        (("--statement", "2027-07"), "OTK-B030", 2),
        (("--line", "A/2027-06/nothing"), "OTK-B030", 2),
        (("--transactions", "--month", "June"), "OTK-U020", 2),
    ],
)
def test_what_books_do_not_have_is_told(
    books: Path, capsys: Capsys, words: tuple[str, ...], code: str, status: int
) -> None:
    ran = call(capsys, "books", books, *words)
    assert (ran.codes, ran.status) == ([code], status)


def test_there_are_no_books(tmp_path: Path, capsys: Capsys) -> None:
    ran = call(capsys, "books", tmp_path / "none.db")
    assert (ran.codes, ran.status) == (["OTK-B007"], 2)
    assert tree(tmp_path) == {}
    assert call(capsys, *CLOSE, "mysql://host/db").codes == ["OTK-B001"]


def test_a_month_that_cannot_be_closed(books: Path, capsys: Capsys) -> None:
    later = ("close", "june-chain", "2027-08", "--quiet", "--books", books)
    assert call(capsys, *later).status == 3
    asked = call(capsys, *CLOSE, books, "--as-of", "2027-08-01")
    assert (asked.codes, asked.status) == (["OTK-B020"], 3)
    early = call(capsys, *CLOSE, f"{books}.2", "--as-of", "2027-06-20")
    assert early.status == 3


def test_a_store_that_lacks_its_libraries_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: Capsys, tmp_path: Path
) -> None:
    monkeypatch.setattr("offtake.cli.storing._NEEDED", ("sqlalchemy", "no_such_library"))
    ran = call(capsys, "books", tmp_path / "b.db")
    assert (ran.codes, ran.status) == (["OTK-B005"], 1)
    assert "pip install 'offtake[store]'" in ran.err


def test_the_worked_month_is_closed_in_postgresql(postgres: str, capsys: Capsys) -> None:
    from tests.store.conftest import new_database

    url = new_database(postgres)
    ran = call(capsys, *CLOSE, url, "--json")
    assert json.loads(ran.out)["transaction_count"] == 12
    assert "1 closed month" in call(capsys, "books", url, "--verify").out
