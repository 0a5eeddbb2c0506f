"""`offtake simulate train`: what it prints and writes, and what it refuses."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from offtake.cli import simulate, simulating
from offtake.model.bucket import Bucket
from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]
QUICK = ("simulate", "train", "4096", "--replications", "20")


def test_it_tells_days_ledger_and_rates(capsys: Capsys) -> None:
    ran = call(capsys, "simulate", "train", "4096", "16384", "--replications", "20")
    assert ran.status == 0
    assert "Training a model of 405 B parameters" in ran.out
    for head in ("undisturbed", "productive", "× 0.5"):
        assert head in ran.out
    assert sum(line.startswith("16,384 ") for line in ran.out.splitlines()) == 3
    assert "4,096 accelerators: 20 of 20 replications" in ran.err


def test_json_has_all_of_it(capsys: Capsys) -> None:
    ran = call(capsys, *QUICK, "--json", "--quiet")
    assert (ran.status, ran.err) == (0, "")
    assert ran.data["schema"] == "offtake.training/1"
    run = ran.data["runs"][0]
    assert run["training"]["accelerators_count"] == 4096
    shares = run["outcome"]["shares"]
    assert set(shares) == {str(bucket) for bucket in Bucket}
    assert sum(shares.values()) == pytest.approx(1.0, abs=1e-9)
    assert run["goodput_share"] == shares["productive"]
    assert run["parameters"]["checkpoint"]["interval"] == "fixed"
    assert call(capsys, *QUICK, "--json", "--quiet").out == ran.out


def test_it_saves_data_and_figure_and_replaces_its_own(tmp_path: Path, capsys: Capsys) -> None:
    for _ in range(2):
        ran = call(capsys, *QUICK, "--out", tmp_path / "t")
        assert ran.status == 0
        assert ran.out.splitlines()[-2:] == [
            f"wrote {tmp_path / 't' / 'training.json'}",
            f"wrote {tmp_path / 't' / 'training.svg'}",
        ]
    saved = json.loads((tmp_path / "t" / "training.json").read_text(encoding="utf-8"))
    assert saved["schema"] == simulating.SCHEMA
    figure = (tmp_path / "t" / "training.svg").read_text(encoding="utf-8")
    assert figure.startswith("<svg ")
    assert "4,096 accelerators: " in figure
    assert ">restart</text>" in figure


def test_it_keeps_a_file_of_others(tmp_path: Path, capsys: Capsys) -> None:
    mine = tmp_path / "mine.svg"
    mine.write_text("<svg>mine</svg>", encoding="utf-8")
    ran = call(capsys, *QUICK, "--out", mine)
    assert (ran.status, ran.codes) == (1, ["OTK-F040"])
    assert mine.read_text(encoding="utf-8") == "<svg>mine</svg>"
    assert call(capsys, *QUICK, "--out", tmp_path / "only.json").status == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.svg", "only.json"]


REFUSED = {
    "no accelerators": (("simulate", "train"), 2, "OTK-U003"),
    "half an accelerator": (("simulate", "train", "1.5"), 2, "OTK-U004"),
    "half a node": (("simulate", "train", "100"), 3, "OTK-S003"),
    "no such accelerator": ((*QUICK, "--on", "H10"), 2, "OTK-S011"),
    "no such peak": ((*QUICK, "--on", "A100-80", "--precision", "fp8"), 2, "OTK-S011"),
    "a negative rate": ((*QUICK, "--failures", "-1"), 3, "OTK-F120"),
    "a free checkpoint": ((*QUICK, "--write", "0"), 3, "OTK-S005"),
    "no replications": (("simulate", "train", "4096", "--replications", "0"), 3, "OTK-S008"),
    "a cap that leaves nothing": ((*QUICK, "--cap", "0.1"), 3, "OTK-S009"),
    "a run without end": ((*QUICK, "--every", "1e5", "--failures", "900"), 3, "OTK-S006"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_it_refuses(kind: str, capsys: Capsys) -> None:
    words, status, code = REFUSED[kind]
    ran = call(capsys, *words)
    assert (ran.status, ran.codes) == (status, [code])


def test_a_wrong_name_gets_the_nearest(capsys: Capsys) -> None:
    assert "did you mean 'H100'" in " ".join(call(capsys, *QUICK, "--on", "H10").err.split())


def test_without_numba_it_says_what_to_install(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "find_spec", lambda name: None if name == "numba" else name)
    assert find_spec("numba") is not None
    ran = call(capsys, *QUICK)
    assert (ran.status, ran.codes) == (1, ["OTK-S007"])
    assert "offtake[simulate]" in ran.err
