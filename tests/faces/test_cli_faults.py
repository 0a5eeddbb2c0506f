"""Every bad input ends with a status, a code, a place and a way out, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import call, copied, tree

Capsys = pytest.CaptureFixture[str]

BAD = {
    "unknown field": (
        ("offers.yaml", "phase: shell-1", "phse: shell-1"),
        "OTK-F101",
        ("offers.yaml:9:5", "offers.mesa-own.phse", "unknown field; got 'phse'"),
        "did you mean 'phase'?",
    ),
    "wrong unit": (
        ("offers.yaml", "power_it_mw: 60", "power_it_mw: 60 USD"),
        "OTK-F105",
        ("offers.yaml:11:5", "offers.mesa-own.power_it_mw", "wrong unit 'USD'", "MW IT"),
        "",
    ),
    "negative MW": (
        ("offers.yaml", "power_it_mw: 60", "power_it_mw: -60"),
        "OTK-F120",
        ("offers.yaml:11:5", "offers.mesa-own.power_it_mw", "must be at least 0 MW IT; got -60"),
        "",
    ),
    "impossible date": (
        ("portfolio.yaml", "as_of: 2026-05-23", "as_of: 2026-02-30"),
        "OTK-F106",
        ("portfolio.yaml:12:1", "as_of", "there is no such day; got '2026-02-30'"),
        "February 2026 has 28 days",
    ),
    "a chain in a circle": (
        (
            "contracts.yaml",
            "buyer: nordic-compute",
            "buyer: nordic-compute\n    upstream: [fjell-lab]",
        ),
        "OTK-C110",
        ("contracts.yaml:12:5", "the chain comes back to itself", "fjell-rent -> fjell-lab"),
        "remove one `upstream`",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_world_is_told_with_its_place(kind: str, tmp_path: Path, capsys: Capsys) -> None:
    change, code, told, hint = BAD[kind]
    world = copied(tmp_path, change)
    before = tree(tmp_path)
    ran = call(capsys, "check", world)
    assert ran.status == 3
    assert ran.err == ""
    assert code in ran.codes
    for part in (str(world), *told, hint):
        assert part in ran.out
    assert "error" in ran.out.splitlines()[-2]
    assert tree(tmp_path) == before


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_world_is_not_planned(kind: str, tmp_path: Path, capsys: Capsys) -> None:
    change, code, told, hint = BAD[kind]
    world = copied(tmp_path, change)
    before = tree(tmp_path)
    ran = call(capsys, "plan", world, "--out", tmp_path / "out")
    assert ran.status == 3
    assert ran.out == ""
    assert code in ran.codes
    for part in (*told, hint):
        assert part in ran.err
    assert tree(tmp_path) == before


def test_all_faults_are_told_at_once_as_json_too(tmp_path: Path, capsys: Capsys) -> None:
    changes = [BAD[kind][0] for kind in ("unknown field", "negative MW", "impossible date")]
    world = copied(tmp_path, *changes)
    for words in (("check", world, "--json"), ("plan", world, "--json")):
        ran = call(capsys, *words)
        assert ran.status == 3
        assert ran.err == ""
        assert ran.data["schema"] == "offtake.faults/1"
        assert [fault["code"] for fault in ran.data["faults"]] == [
            *("OTK-F106", "OTK-F101", "OTK-F120")
        ]
        assert ran.data["faults"][2] == {
            "code": "OTK-F120",
            "level": "error",
            "file": str(world / "offers.yaml"),
            "line": 11,
            "column": 5,
            "path": "offers.mesa-own.power_it_mw",
            "what": "must be at least 0 MW IT",
            "got": "-60",
            "hint": None,
            "check": None,
        }


def test_norway_is_a_country(tmp_path: Path, capsys: Capsys) -> None:
    world = copied(tmp_path)
    assert "country: NO" in (world / "sites.yaml").read_text(encoding="utf-8")
    assert call(capsys, "check", world).status == 0
    ran = call(
        capsys, "check", copied(tmp_path / "b", ("sites.yaml", "country: NO", "country: no"))
    )
    assert "false" not in ran.out.lower()  # it is text, as it was meant
    assert ran.status == 0 or "did you mean 'NO'?" in ran.out


@pytest.mark.parametrize("verb", ["check", "plan"])
def test_a_missing_file(verb: str, tmp_path: Path, capsys: Capsys) -> None:
    ran = call(capsys, verb, tmp_path / "nowhere")
    assert ran.status == 3
    assert ran.codes == ["OTK-F001"]
    assert "there is no such file or folder" in ran.out + ran.err


def test_a_misspelt_world(capsys: Capsys) -> None:
    ran = call(capsys, "plan", "stargat")
    assert ran.status == 3
    assert ran.codes == ["OTK-F001"]
    assert "did you mean 'stargate'?" in ran.err


@pytest.mark.parametrize("verb", ["check", "plan"])
def test_a_file_of_50_mb(verb: str, tmp_path: Path, capsys: Capsys) -> None:
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(50_000_000)
    ran = call(capsys, verb, large)
    assert ran.status == 3
    assert ran.codes == ["OTK-F004"]
    assert "8 MB together; got 50.0 MB" in ran.out + ran.err


GARBAGE = {
    "no text": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe", "OTK-F005", "not UTF-8 text"),
    "a control character": (b"name: a\x07b\n", "OTK-F006", "U+0007"),
    "nothing": (b"", "OTK-F007", "the file is empty"),
    "no YAML": (b"name: [1, 2\nabout: x\n", "OTK-F008", "not closed"),
    "no portfolio": (b"apples: 3\n", "OTK-F030", "offtake: portfolio/1"),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage(kind: str, tmp_path: Path, capsys: Capsys) -> None:
    held, code, told = GARBAGE[kind]
    (tmp_path / "x.yaml").write_bytes(held)
    ran = call(capsys, "check", tmp_path / "x.yaml")
    assert ran.status == 3
    assert code in ran.codes
    assert told in ran.out
    assert all(character.isprintable() or character == "\n" for character in ran.out)
    ran = call(capsys, "plan", tmp_path / "x.yaml", "--out", tmp_path / "out")
    assert (ran.status, ran.out, code in ran.codes) == (3, "", True)
    assert not (tmp_path / "out").exists()


def test_what_a_file_says_cannot_steer_the_terminal(tmp_path: Path, capsys: Capsys) -> None:
    change = ("offers.yaml", "tenure: own", r'tenure: "\e[2J\e]0;owned\a\u202e"')
    ran = call(capsys, "check", copied(tmp_path, change))
    assert ran.status == 3
    assert r"\x1b[2J" in ran.out
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out


NO_PLAN = ("demand.yaml", "countries: [NO]", "least_served_share: 100 %\n      countries: [NO]")


def test_a_world_without_a_feasible_plan(tmp_path: Path, capsys: Capsys) -> None:
    world = copied(tmp_path, NO_PLAN)
    before = tree(tmp_path)
    ran = call(capsys, "plan", world, "--out", tmp_path / "out", "--report", tmp_path / "r.html")
    assert ran.status == 4
    assert ran.out == ""
    assert set(ran.codes) <= {"OTK-P301", "OTK-P302"}
    assert (
        f"{world / 'demand.yaml'}:8:7  demand.inference.chat-europe.least_served_share" in ran.err
    )
    assert "short by" in ran.err
    assert "loosen" in ran.err
    assert tree(tmp_path) == before


def test_a_world_without_a_feasible_plan_as_json(tmp_path: Path, capsys: Capsys) -> None:
    ran = call(capsys, "plan", copied(tmp_path, NO_PLAN), "--json", "--quiet")
    assert (ran.status, ran.err) == (4, "")
    found = {fault["path"]: fault for fault in ran.data["faults"]}
    limit = found["demand.inference.chat-europe.least_served_share"]
    assert (limit["code"], limit["line"]) == ("OTK-P301", 8)


def test_a_plan_that_is_none(tmp_path: Path, capsys: Capsys) -> None:
    for text, code in (
        ('{"schema": "offtake.plan/1"}', "OTK-F102"),
        ('{"schema": "offtake.plan/9"}', "OTK-F050"),
        ("[1, 2", "OTK-F008"),
    ):
        path = tmp_path / "plan.json"
        path.write_text(text, encoding="utf-8")
        for words in (("report", path), ("compare", path, path)):
            ran = call(capsys, *words)
            assert ran.status == 3
            assert code in ran.codes
    assert sorted(tree(tmp_path)) == ["plan.json"]
