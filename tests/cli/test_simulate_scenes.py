"""`offtake simulate cap`, `curtail`, `loss` and `day`: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offtake.model.bucket import Bucket
from tests.cli.calling import call
from tests.simulate.scenes import FILE

Capsys = pytest.CaptureFixture[str]
FEW = ("--replications", "2", "--quiet")
QUICK = {
    "cap": ("simulate", "cap", "--caps", "0.8", "1.0", "--hours", "24", *FEW),
    "curtail": ("simulate", "curtail", "--at", "6", "--hours", "24", *FEW),
    "loss": ("simulate", "loss", "--at", "6", "--lasts", "6", "--hours", "24", *FEW),
    "day": ("simulate", "day", "--hours", "24", *FEW),
}
NAMES = {"cap": "power-caps", "curtail": "curtailment", "loss": "site-loss", "day": "day"}
SAID = {
    "cap": ("accelerator-hours of work", "TFLOP/s per W IT", "best cap: 80.0 %", "PUE 1.3"),
    "curtail": ("A curtailment of 25.0 % for 3 h at north", "capped", "all: capacity"),
    "loss": ("north lost for 6 h", "jobs that ran there", "half of them within", "lost"),
    "day": (
        "tokens per joule IT",
        "tokens per joule facility",
        "USD per million tokens",
        "curve of chat-70b on H100: assumed",
        "sharing gains training",
    ),
}


@pytest.mark.parametrize("kind", QUICK)
def test_it_tells_the_answer(kind: str, capsys: Capsys) -> None:
    ran = call(capsys, *QUICK[kind])
    assert (ran.status, ran.err) == (0, "")
    for words in SAID[kind]:
        assert words in ran.out
    assert "± is half the 95 % interval over replications" in ran.out


@pytest.mark.parametrize("kind", QUICK)
def test_json_is_the_same_each_time_and_says_what_it_means(kind: str, capsys: Capsys) -> None:
    ran = call(capsys, *QUICK[kind], "--json")
    assert ran.status == 0
    assert ran.data["schema"] == f"offtake.{NAMES[kind]}/1"
    assert {"period", "modelled", "uncertainty"} <= set(ran.data["says"])
    assert ran.data["replications"] == 2
    assert call(capsys, *QUICK[kind], "--json").out == ran.out


def test_a_cap_has_flops_a_watt_at_both_boundaries(capsys: Capsys) -> None:
    run = call(capsys, *QUICK["cap"], "--json").data["runs"][0]
    at_servers, at_meter = run["tflops_per_watt"], run["facility_tflops_per_watt"]
    assert at_meter["mean"] == pytest.approx(at_servers["mean"] / 1.3)
    assert at_meter["half_width"] == pytest.approx(at_servers["half_width"] / 1.3)


def test_a_change_has_every_bucket(capsys: Capsys) -> None:
    for kind in ("curtail", "loss"):
        change = call(capsys, *QUICK[kind], "--json").data["change"]
        assert set(change["buckets"]) == {str(bucket) for bucket in Bucket}
        total = sum(mean["mean"] for mean in change["buckets"].values())
        assert total == pytest.approx(change["capacity"]["mean"], abs=1e-6)


def test_a_day_has_its_steps(capsys: Capsys) -> None:
    data = call(capsys, *QUICK["day"], "--json").data
    steps = data["first"]["services"][0]
    assert data["first"]["step_s"] == 300.0
    assert len(steps["asked_tokens_per_s"]["europe"]) == 288
    assert set(steps["held_nodes"]) == {"north", "south"}
    assert sum(data["shared"]["shares"].values()) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("kind", QUICK)
def test_it_saves_data_and_figure(kind: str, tmp_path: Path, capsys: Capsys) -> None:
    folder, name = tmp_path / "out", NAMES[kind]
    for _ in range(2):
        ran = call(capsys, *QUICK[kind], "--out", folder)
        assert ran.status == 0
        assert ran.out.splitlines()[-2:] == [
            f"wrote {folder / name}.json",
            f"wrote {folder / name}.svg",
        ]
    saved = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    assert saved["scene"] == "small-fleet"
    figure = (folder / f"{name}.svg").read_text(encoding="utf-8")
    assert figure.startswith("<svg ")
    assert 'aria-label="offtake: ' in figure


def test_it_keeps_a_file_of_others(tmp_path: Path, capsys: Capsys) -> None:
    mine = tmp_path / "mine.json"
    mine.write_text("{}", encoding="utf-8")
    ran = call(capsys, *QUICK["day"], "--out", mine)
    assert (ran.status, ran.codes) == (1, ["OTK-F040"])


def test_a_scene_is_a_file_a_folder_or_a_name(capsys: Capsys) -> None:
    outs = set()
    for scene in (str(FILE), str(FILE.parent), "small-fleet"):
        ran = call(capsys, "simulate", "cap", scene, *QUICK["cap"][2:])
        assert ran.status == 0
        outs.add(ran.out)
    assert len(outs) == 1


REFUSED = {
    "no such scene": (("day", "small-flet"), 3, "OTK-F001"),
    "no such cluster": (("curtail", "--cluster", "nort"), 3, "OTK-S045"),
    "a curtailment too late": (("curtail", "--at", "80"), 3, "OTK-S046"),
    "a curtailment below idle": (("curtail", "--cut", "0.9"), 3, "OTK-S120"),
    "a cut of more than all": (("curtail", "--cut", "1.5"), 3, "OTK-F120"),
    "no such site": (("loss", "--site", "west"), 3, "OTK-S045"),
    "a cap below idle power": (("cap", "--caps", "0.1"), 3, "OTK-S009"),
    "a cap above full power": (("cap", "--caps", "1.1"), 3, "OTK-S047"),
    "no replications": (("day", "--replications", "0"), 3, "OTK-S049"),
    "odd hours": (("day", "--hours", "1.01"), 3, "OTK-S054"),
    "half a replication": (("day", "--replications", "1.5"), 2, "OTK-U004"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_it_refuses(kind: str, capsys: Capsys) -> None:
    words, status, code = REFUSED[kind]
    ran = call(capsys, "simulate", *words)
    assert (ran.status, ran.codes) == (status, [code])


WRONG = {
    "negative demand": ("mean_tokens_per_s: 60000", "mean_tokens_per_s: -1", "OTK-F120"),
    "an unknown field": ("headroom_ratio:", "headrom_ratio:", "OTK-F101"),
    "an unknown region": ("region: europe", "region: mars", "OTK-S040"),
    "a rising curve": ("node_tokens_per_s: 2600", "node_tokens_per_s: 9600", "OTK-S041"),
    "another header": ("scene/1", "portfolio/1", "OTK-F031"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_with_a_scene_is_told(kind: str, tmp_path: Path, capsys: Capsys) -> None:
    old, new, code = WRONG[kind]
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "scene.yaml").write_text(text.replace(old, new), encoding="utf-8")
    ran = call(capsys, "simulate", "day", str(tmp_path))
    assert ran.status == 3
    assert code in ran.codes
