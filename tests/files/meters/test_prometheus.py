"""Scrapes and answers of Prometheus become readings; nothing in them is silently dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.files.meters import metric_of, read_prometheus
from offtake.files.meters.exposition import samples
from offtake.files.meters.imported import Account
from offtake.model.reading import Meter
from tests.files.meters.targets import HOUR, START, pieces, target

ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
HEAD = f"# HELP {ENERGY} Total energy consumption since boot (in mJ).\n# TYPE {ENERGY} counter\n"


def line(second: int, joule: int, gpu: int = 0, more: str = "", host: str = "n001") -> str:
    labels = f'gpu="{gpu}",UUID="GPU-{host}-{gpu}",device="nvidia{gpu}",Hostname="{host}"{more}'
    return f"{ENERGY}{{{labels}}} {joule * 1000} {(START + second) * 1000}\n"


def saved(folder: Path, text: str, name: str = "scrape.prom") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_two_gpus_of_a_node_are_two_sources(tmp_path: Path) -> None:
    """700 W for two hours is 1,400 Wh, 2.52 MJ an hour; the other draws half of it."""
    text = HEAD
    for second in range(0, 2 * HOUR + 1, 60):
        text += line(second, 700 * second) + line(second, 350 * second, 1)
    made = read_prometheus([saved(tmp_path, text)], target())
    assert pieces(made) == [
        *((0, HOUR, 700), (HOUR, 2 * HOUR, 700)),
        *((0, HOUR, 350), (HOUR, 2 * HOUR, 350)),
    ]
    first = made.readings[0]
    assert (first.source, first.id) == (f"{ENERGY}/gpu0", "fjord/n001/2027-06-01T00:00:00Z")
    assert (first.meter, first.node, first.tranche) == (Meter.IT_ENERGY, "n001", None)
    assert dict(made.account.taken) == {"samples": 242}
    assert made.account.refused == {}
    assert "GPUs alone" in made.account.notes[0]
    assert [(c.name, c.share, c.amount) for c in made.coverage()] == [
        (f"{ENERGY}/gpu0/n001", 1.0, 1400),
        (f"{ENERGY}/gpu1/n001", 1.0, 700),
    ]


def test_a_gpu_is_one_meter_whoever_uses_it(tmp_path: Path) -> None:
    pods = ("", ',pod="train-1",namespace="a"', ',pod="train-2",namespace="b",container="c"')
    text = "".join(line(60 * i, 3600 * i, more=pods[i % 3]) for i in range(7))
    made = read_prometheus([saved(tmp_path, text)], target())
    assert pieces(made) == [(0, 360, 6)]


def test_gaps_resets_duplicates_and_disorder(tmp_path: Path) -> None:
    text = (
        *(line(120, 7200), line(0, 0), line(60, 3600)),
        *(line(60, 3600), line(1000, 36_000)),
        *(line(1060, 3_600), line(1120, 7_200)),
    )
    made = read_prometheus([saved(tmp_path, "".join(text))], target())
    assert pieces(made) == [(0, 120, 2), (1000, 1120, 2)]
    assert dict(made.account.merged) == {"the same sample again": 1}
    assert made.account.taken["resets of a counter, counted on from 0"] == 1
    assert dict(made.account.refused) == {
        "gaps, left uncovered": 1,
        "Wh a counter went up by over gaps": 8,
    }
    (covered,) = made.coverage()
    assert covered.gaps == ((START + 120, START + 1000),)
    assert covered.share == pytest.approx(240 / 1120)


def test_samples_of_one_time_that_differ_are_refused(tmp_path: Path) -> None:
    text = line(0, 0) + line(60, 3600) + line(60, 3601)
    with pytest.raises(OfftakeError) as raised:
        read_prometheus([saved(tmp_path, text)], target())
    (fault,) = raised.value.faults
    assert str(fault) == (
        f"OTK-M103 {tmp_path}/scrape.prom line 3: two samples of {ENERGY} at one time differ; "
        "got 3601000; line 2 says 3600000 at 2027-06-01T00:01:00Z; are these two meters?"
    )


def test_everything_that_is_not_taken_is_counted(tmp_path: Path) -> None:
    stamp = START * 1000
    text = (
        "go_goroutines 7\n"
        f'{ENERGY}{{Hostname="n001",gpu="0"}} 5\n'
        f'{ENERGY}{{Hostname="n001",gpu="0"}} NaN {stamp}\n'
        f'{ENERGY}{{Hostname="n001",gpu="0"}} -1 {stamp}\n'
        f'{ENERGY}{{Hostname="other",gpu="0"}} 5 {stamp}\n'
        f'DCGM_FI_DEV_GPU_TEMP{{gpu="0"}} 40 {stamp}\n\n'
    ) + line(0, 0)
    made = read_prometheus([saved(tmp_path, text)], target())
    assert made.readings == ()
    assert dict(made.account.refused) == {
        "without a time: a scrape must be saved with timestamps": 2,
        "not a number (NaN, Inf, or a stale marker)": 1,
        "below 0": 1,
        "of node 'other', which no tranche at fjord has": 1,
        "another metric: DCGM_FI_DEV_GPU_TEMP": 1,
        "alone between gaps: it covers no time": 1,
    }


def answer(series: list[dict[str, object]], kind: str = "matrix") -> str:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": series}})


def test_an_answer_of_the_api_says_what_a_scrape_says(tmp_path: Path) -> None:
    labels = {"__name__": ENERGY, "gpu": "0", "UUID": "GPU-n001-0", "device": "nvidia0"}
    series: dict[str, object] = {
        "metric": {**labels, "Hostname": "n001", "instance": "10.0.0.1:9400"},
        "values": [[START + 60.25 * i, f"{3_600_000.0 * i:e}"] for i in range(5)],
    }
    ours = read_prometheus([saved(tmp_path, answer([series]), "june.json")], target())
    text = "".join(line(60 * i, 3600 * i) for i in range(5))
    theirs = read_prometheus([saved(tmp_path, text)], target())
    assert pieces(theirs) == [(0, 240, 4)]
    assert pieces(ours) == [(0, 241, 4)], "seconds are whole: a part of one is let go"


def test_a_site_meter_is_a_site_s_whatever_exports_it(tmp_path: Path) -> None:
    text = "".join(
        f'site_kwh_total{{instance="meter:9100",node="n001",feed="{feed}"}} {second / 3.6} '
        f"{(START + second) * 1000}\n"
        for second in range(0, HOUR + 1, 300)
        for feed in "ab"
    )
    metric = metric_of("site_kwh_total=facility-energy:kWh")
    made = read_prometheus([saved(tmp_path, text)], target(), [metric])
    assert pieces(made) == [(0, HOUR, 1_000_000)] * 2
    assert {r.source for r in made.readings} == {
        f"site_kwh_total/feed={feed},instance=meter:9100,node=n001" for feed in "ab"
    }
    assert {r.node for r in made.readings} == {None}


def test_power_is_energy_only_when_asked_and_says_so(tmp_path: Path) -> None:
    text = "".join(
        f'P{{host="n001.fjord.example:9100"}} 700 {(START + s) * 1000}\n' for s in (0, 1800, 3600)
    )
    path = saved(tmp_path, text)
    metric = metric_of("P=it-energy:W")
    made = read_prometheus([path], target(), [metric], node_label="host", gap=HOUR)
    assert pieces(made) == [(0, HOUR, 700)]
    assert made.readings[0].node == "n001"
    assert "energy is the mean of two samples" in made.account.notes[0]
    peak = read_prometheus([path], target(), [metric_of("P=peak-power:kW")], gap=HOUR)
    assert pieces(peak) == [(0, HOUR, 700_000)]
    lost = read_prometheus([path], target(), [metric], node_label="rack")
    assert dict(lost.account.refused) == {"without the label `rack`": 3}


def test_only_the_time_that_is_wanted(tmp_path: Path) -> None:
    text = "".join(line(60 * i, 3600 * i) for i in range(181))
    window = (START + HOUR, START + 2 * HOUR)
    made = read_prometheus([saved(tmp_path, text)], target(window=window))
    assert pieces(made) == [(HOUR, 2 * HOUR, 60)]
    assert dict(made.account.refused) == {"pieces outside the time that is wanted": 2}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("what is this\n", "OTK-M102 …:1: not a sample of Prometheus; got 'what is this'"),
        ('a{b="c} 1 2\n', "OTK-M102 …:1: not a sample of Prometheus"),
        ("{}", "OTK-M102 …: the query failed: status is None"),
        ('{"status": "error", "error": "timed out"}', "OTK-M102 …: the query failed: timed out"),
        ('{"status": "success"}', "OTK-M102 …: not an answer of its API (KeyError: 'data')"),
        ("{nonsense", "OTK-M102 …: not an answer of its API (JSONDecodeError"),
        (answer([], "scalar"), "OTK-M102 …: a scalar has no series"),
    ],
)
def test_what_is_neither_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = saved(tmp_path, text)
    with pytest.raises(OfftakeError) as raised:
        read_prometheus([path], target())
    assert str(raised.value.faults[0]).replace(str(path), "…").startswith(said)


def test_labels_are_unescaped(tmp_path: Path) -> None:
    path = saved(
        tmp_path, 'm{a="x\\"y\\\\z\\n,}",b="",} 1 1811808000000\nn 2 1811808000.5 # {} 1\n'
    )
    first, second = samples(path, {"m", "n"}, Account())
    assert first.labels == {"a": 'x"y\\z\n,}', "b": ""}
    assert second.millisecond == 1_811_808_000_500


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a=b:c", "OTK-M100: a metric is written NAME=METER:UNIT"),
        ("a", "OTK-M100: a metric is written NAME=METER:UNIT"),
        (
            "a=it-energy:kwh",
            "OTK-M101: it-energy is not metered in this unit; got 'kwh'; did you mean 'kWh'?",
        ),
        ("a=peak-power:J", "OTK-M101: peak-power is not metered in this unit; got 'J'"),
    ],
)
def test_metrics_are_asked_for_in_one_form(text: str, said: str) -> None:
    with pytest.raises(OfftakeError) as raised:
        metric_of(text)
    assert str(raised.value.faults[0]).startswith(said)
