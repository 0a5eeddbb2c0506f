"""Nothing is replaced that offtake did not write, and nothing is half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.cli.outputs import claim, fill
from offtake.errors import Exit, OfftakeError
from tests.cli.calling import call, tree

Capsys = pytest.CaptureFixture[str]


def test_a_plan_is_saved_and_saved_again(tmp_path: Path, capsys: Capsys) -> None:
    out = tmp_path / "deep" / "out"
    for _ in range(2):
        ran = call(capsys, "plan", "three-sites", "--out", out, "--quiet")
        assert ran.status == 0
        assert ran.out.splitlines()[-2:] == [
            f"wrote {out / 'plan.json'}",
            f"wrote {out / 'report.html'}",
        ]
        assert sorted(tree(tmp_path)) == ["deep/out/plan.json", "deep/out/report.html"]


def test_a_plan_goes_to_the_files_that_are_named(tmp_path: Path, capsys: Capsys) -> None:
    saved, page, text = (tmp_path / name for name in ("a.json", "b.html", "c.md"))
    ran = call(capsys, "plan", "three-sites", "--out", saved, "--report", page, "--json", "-q")
    assert ran.status == 2  # there is no -q
    ran = call(capsys, "plan", "three-sites", "--out", saved, "--report", page, "--json", "--quiet")
    assert ran.status == 0
    assert saved.read_text(encoding="utf-8") == ran.out
    assert ran.err.splitlines() == [f"wrote {saved}", f"wrote {page}"]
    assert call(capsys, "report", saved, "--out", text).out == f"wrote {text}\n"
    assert text.read_text(encoding="utf-8") == call(capsys, "report", saved, "--markdown").out
    assert call(capsys, "report", saved).out == f"wrote {tmp_path / 'report.html'}\n"
    again = call(capsys, "compare", saved, tmp_path / "a.json", "--json")
    assert again.data["schema"] == "offtake.comparison/1"
    assert again.data["alike"] is True
    assert "Both sign the same." in call(capsys, "compare", saved, saved).out


@pytest.mark.parametrize("name", ["plan.json", "report.html"])
def test_what_is_not_ours_is_kept(name: str, tmp_path: Path, capsys: Capsys) -> None:
    (tmp_path / name).write_text('{"schema": "mine"}', encoding="utf-8")
    before = tree(tmp_path)
    ran = call(capsys, "plan", "three-sites", "--out", tmp_path)
    assert (ran.status, ran.out, ran.codes) == (1, "", ["OTK-F040"])
    assert str(tmp_path / name) in ran.err
    assert "--force" in ran.err
    assert "drawing" not in ran.err  # refused before the work
    assert tree(tmp_path) == before
    ran = call(capsys, "plan", "three-sites", "--out", tmp_path, "--force", "--quiet")
    assert ran.status == 0
    assert tree(tmp_path)[name] != before[name]


def test_a_report_that_cannot_be_is_refused_before_the_work(tmp_path: Path, capsys: Capsys) -> None:
    ran = call(capsys, "plan", "three-sites", "--report", tmp_path / "plan.pdf")
    assert (ran.status, ran.out, ran.codes) == (2, "", ["OTK-R001"])
    assert "drawing" not in ran.err
    ran = call(capsys, "report", tmp_path, "--markdown", "--out", tmp_path / "report.html")
    assert (ran.status, ran.out, ran.codes) == (2, "", ["OTK-R001"])
    assert "name the file like report.md" in ran.err


def test_a_page_needs_the_extra(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offtake.cli.pagefile._NEEDED", ("altair", "no_such_library"))
    ran = call(capsys, "plan", "three-sites", "--report", tmp_path / "plan.html")
    assert (ran.status, ran.codes) == (1, ["OTK-R003"])
    assert "pip install 'offtake[report]'" in ran.err
    ran = call(capsys, "plan", "three-sites", "--out", tmp_path / "out", "--quiet")
    assert ran.status == 0
    assert "report.html will not be written: a page needs no_such_library" in ran.err
    assert sorted(tree(tmp_path)) == ["out/plan.json"]


def test_places_nothing_can_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(OfftakeError) as caught:
        claim([tmp_path / "file" / "plan.json", tmp_path / "folder.json"], force=True)
    assert [fault.code for fault in caught.value.faults] == ["OTK-F041", "OTK-F041"]
    assert caught.value.exit is Exit.FAILED
    with pytest.raises(OfftakeError, match="OTK-F041"):
        fill(tmp_path / "file" / "x" / "plan.json", "text")
    assert sorted(tree(tmp_path)) == ["file"]


def test_a_schema_is_not_written_over_something_else(tmp_path: Path, capsys: Capsys) -> None:
    path = tmp_path / "s.json"
    assert call(capsys, "schema", "--out", path).status == 0
    assert path.read_text(encoding="utf-8") == call(capsys, "schema").out
    assert call(capsys, "schema", "--out", path).codes == ["OTK-F040"]
    assert call(capsys, "schema", "--out", path, "--force").status == 0
