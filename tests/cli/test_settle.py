"""A month is settled, its lines laid out, its claims and leaks listed from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offtake.ledger.stated import statement_of, statement_plain
from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]
JUNE = ("june-chain", "2027-06", "--quiet")


def test_the_chain_and_each_invoice_are_printed(capsys: Capsys) -> None:
    ran = call(capsys, "settle", *JUNE)
    assert (ran.status, ran.err) == (0, "")
    for said in (
        "A preview: nothing is booked.",
        "6,643,634.41",
        "4,748,879.42",
        "Invoice B/2027-06",
        "rates.capacity.T2",
        "gpu-time of B.T1",
    ):
        assert said in ran.out


def test_one_link_is_printed_alone(capsys: Capsys) -> None:
    ran = call(capsys, "settle", *JUNE, "--link", "A")
    assert "Invoice A/2027-06" in ran.out
    assert "Invoice B/2027-06" not in ran.out
    data = call(capsys, "settle", *JUNE, "--link", "A", "--json").data
    assert (data["contract"], data["net_minor"]) == ("A", 664_363_441)
    wrong = call(capsys, "settle", *JUNE, "--link", "X")
    assert (wrong.status, wrong.codes) == (2, ["OTK-U022"])


def test_json_comes_back_as_the_same_statement(capsys: Capsys, tmp_path: Path) -> None:
    data = call(capsys, "settle", *JUNE, "--json", "--out", tmp_path).data
    assert data == json.loads((tmp_path / "statement.json").read_text(encoding="utf-8"))
    assert statement_plain(statement_of(data)) == data
    page = (tmp_path / "statement.html").read_text(encoding="utf-8")
    assert "Statement of june-chain, Jun 2027" in page
    again = call(capsys, "settle", *JUNE, "--out", tmp_path)
    assert again.status == 0


def test_what_was_not_known_yet_does_not_count(capsys: Capsys) -> None:
    early = call(capsys, "settle", *JUNE, "--as-of", "2027-06-30")
    assert early.status == 3
    assert any(code.startswith("OTK-L") for code in early.codes)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("settle", "june-chain", "June"), "OTK-U020"),
        (("settle", "june-chain", "2027-06", "--as-of", "soon"), "OTK-U021"),
        (("settle", "june-chain", "2027-06", "--pdf"), "OTK-U023"),
        (("claims", "june-chain", "2027-06", "--until", "2027-05"), "OTK-U020"),
        (("explain", "A/2027-06/nothing", "--world", "june-chain"), "OTK-U024"),
    ],
)
def test_wrong_usage_is_named(words: tuple[str, ...], code: str, capsys: Capsys) -> None:
    ran = call(capsys, *words)
    assert (ran.status, ran.codes) == (2, [code])


def test_a_line_is_laid_out_down_to_its_records(capsys: Capsys) -> None:
    line = "B/2027-06/service_levels.cluster.T1"
    ran = call(capsys, "explain", line, "--world", "june-chain")
    assert ran.status == 0
    for said in ("273,775.00 USD", "event:fabric-8-june", "up_share: 0.98", "2027-06-08"):
        assert said in ran.out
    data = call(capsys, "explain", line, "--world", "june-chain", "--json").data
    assert data["schema"] == "offtake.line/1"
    assert data["minor"] == -27_377_500
    assert "event:fabric-8-june" in data["cited"]


def test_claims_are_listed_with_proof(capsys: Capsys) -> None:
    ran = call(capsys, "claims", *JUNE)
    assert "4 service levels missed." in ran.out
    assert "ticket 4711" in ran.out
    data = call(capsys, "claims", *JUNE, "--json", "--link", "A").data
    assert [c["credit_minor"] for c in data["claims"]] == [328_320, 328_320, 364_800]


def test_the_fabric_outage_leaks_below_and_brings_nothing_above(capsys: Capsys) -> None:
    data = call(capsys, "leaks", *JUNE, "--json").data
    found = [
        (leak["above_minor"], leak["below_minor"])
        for leak in data["facts"]
        if (leak["party"], leak["topic"]) == ("hyperco", "service-level")
        and leak["fact"] == "fabric-8-june"
    ]
    assert found == [(0, -27_377_500)]
    assert "Clauses that differ" in call(capsys, "leaks", *JUNE).out
