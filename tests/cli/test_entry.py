"""Whatever happens ends in a status and a tidy line."""

from __future__ import annotations

import pytest

from offtake.cli import entry
from offtake.errors import Exit, Fault, InfeasibleError, OfftakeError, Where
from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

WRONG = {
    "no such command": (("plann",), "OTK-U001", "'plann'", "did you mean 'plan'"),
    "a command far from any": (
        ("xyzzy",),
        "OTK-U001",
        "'xyzzy'",
        "known: accept, adopt, agent, ba",
    ),
    "no such option": (
        ("plan", "x", "--rsk=1"),
        "OTK-U002",
        "'--rsk'",
        "did you mean '--risk' or '--resume'?",
    ),
    "an option far from any": (("check", "x", "-z"), "OTK-U002", "'-z'", "offtake check --help"),
    "no world": (("plan",), "OTK-U003", "WORLD is missing", "offtake plan --help"),
    "no world to check": (("check",), "OTK-U003", "WORLD is missing", "--list"),
    "nothing to explain": (("explain",), "OTK-U003", "is missing", "--codes"),
    "no value": (("plan", "x", "--risk"), "OTK-U003", "--risk wants a value", "--help"),
    "no number": (("plan", "x", "--risk", "much"), "OTK-U004", "a number", "got 'much'"),
    "no whole number": (("plan", "x", "--seed", "1.5"), "OTK-U004", "a whole number", "1.5"),
    "a negative seed": (("plan", "x", "--seed", "-1"), "OTK-U004", "--seed", "got -1"),
    "no day": (("catalogue", "--as-of", "2026-02-30"), "OTK-U004", "a day", "2026-02-30"),
    "a switch with a value": (("plan", "x", "--json=3"), "OTK-U004", "it is a switch", "'3'"),
    "too much": (("plan", "a", "b", "c"), "OTK-U005", "got 'b c'", "offtake plan --help"),
    "twice": (("plan", "x", "--risk", "0", "--risk", "1"), "OTK-U006", "--risk", "give it once"),
    "no limit": (("catalogue", "sites", "--limit", "0"), "OTK-U004", "--limit", "at least 1"),
    "two forms": (("catalogue", "--json", "--csv"), "OTK-U004", "one form at a time", ""),
    "no such table": (("catalogue", "sties"), "OTK-K201", "'sties'", "did you mean 'sites'?"),
    "no such quality": (("catalogue", "sites", "--quality", "x"), "OTK-K202", "'x'", "reported"),
    "no such check": (("check", "three-sites", "--strict", "x"), "OTK-C200", "'x'", "known:"),
    "no such field": (("explain", "offers.pwr"), "OTK-F042", "'pwr'", ""),
    "no such code": (("explain", "otk-x999"), "OTK-U013", "'otk-x999'", ""),
    "no change": (("edit", "w"), "OTK-U011", "nothing to change", "FIELD=VALUE"),
    "half a change": (("edit", "w", "name"), "OTK-U011", "'name'", "FIELD=VALUE"),
    "one change twice": (("edit", "w", "a=1", "a=2"), "OTK-U006", "a", "twice"),
    "risk too large": (("plan", "three-sites", "--risk", "2"), "OTK-P100", "--risk", "got 2"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_usage(kind: str, capsys: Capsys) -> None:
    words, code, *told = WRONG[kind]
    ran = call(capsys, *words)
    assert ran.status == 2
    if "--json" not in words:
        assert ran.out == ""
        assert ran.codes == [code]
    for part in told:
        assert part in ran.out + ran.err
    as_json = call(capsys, *words, "--json")
    if kind not in ("twice", "a switch with a value", "no value") and words[0] != "edit":
        assert (as_json.status, as_json.err) == (2, "")
        assert as_json.data["faults"][0]["code"] in (code, "OTK-U002", "OTK-U006")


def raising(error: BaseException, monkeypatch: Patch) -> None:
    def answer(words: object) -> str | None:
        raise error

    monkeypatch.setattr(entry, "answer", answer)


def test_faults_of_any_kind_keep_their_status(capsys: Capsys, monkeypatch: Patch) -> None:
    fault = Fault(code="OTK-X001", what="it is wrong", where=Where(file="a", line=3), got="b")
    for error, status in (
        (OfftakeError(fault), 3),
        (OfftakeError(fault, exit=Exit.FAILED), 1),
        (OfftakeError(fault, exit=Exit.USAGE), 2),
        (InfeasibleError(fault), 4),
        (OfftakeError(Fault(code="OTK-F040", what="it is there")), 1),
    ):
        raising(error, monkeypatch)
        assert call(capsys, "x").status == status
    ran = call(capsys, "x")
    assert (ran.out, ran.err) == ("", "OTK-F040  it is there\n")


def test_a_defect_says_so(capsys: Capsys, monkeypatch: Patch) -> None:
    raising(ZeroDivisionError("division by\nzero"), monkeypatch)
    ran = call(capsys, "x")
    assert (ran.status, ran.out, ran.codes) == (1, "", ["OTK-U099"])
    assert "this is a defect in offtake: ZeroDivisionError: division by zero" in ran.err
    assert "OFFTAKE_DEBUG=1" in ran.err
    assert "Traceback" not in ran.err
    monkeypatch.setenv("OFFTAKE_DEBUG", "1")
    ran = call(capsys, "x")
    assert ran.status == 1
    assert "Traceback" in ran.err
    monkeypatch.delenv("OFFTAKE_DEBUG")
    ran = call(capsys, "x", "--json")
    assert ran.data["faults"][0]["code"] == "OTK-U099"


def test_what_the_system_refuses(capsys: Capsys, monkeypatch: Patch) -> None:
    raising(OSError(28, "No space left on device", "/x/plan.json"), monkeypatch)
    ran = call(capsys, "x")
    assert (ran.status, ran.codes) == (1, ["OTK-U090"])
    assert "No space left on device: /x/plan.json" in ran.err
    raising(MemoryError(), monkeypatch)
    assert call(capsys, "x").codes == ["OTK-U091"]


def test_an_interruption_is_one_line(capsys: Capsys, monkeypatch: Patch) -> None:
    raising(KeyboardInterrupt(), monkeypatch)
    ran = call(capsys, "x")
    assert (ran.status, ran.out, ran.err) == (130, "", "offtake: interrupted\n")
