"""A real Prometheus scrapes devices and an inference server; its answers become readings."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from offtake.files.meters import Target, metric_of, read_prometheus
from offtake.model.reading import Meter
from tests.conftest import Require
from tests.files.meters.exporter import GPUS, TOKENS, exporting
from tools.prometheus import ask, running

ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
VLLM = "vllm:generation_tokens_total"
SCRAPES = 8


def _until(true: Callable[[], bool], seconds: float = 90.0) -> None:
    """Wait for another process; fail where it does not come."""
    tick = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if true():
            return
        tick.wait(0.1)
    raise AssertionError("what was waited for did not come")


def test_what_it_scraped_becomes_readings(require: Require, tmp_path: Path) -> None:
    binary = require("prometheus")
    with exporting() as (port, said), running(binary, port) as address:
        _until(lambda: said.scrapes > SCRAPES)
        query = f"{{__name__=~'{ENERGY}|{VLLM}'}}[5m]"
        path = tmp_path / "answer.json"

        def enough() -> bool:
            path.write_bytes(ask(address, "query", query=query))
            found = json.loads(path.read_text())["data"]["result"]
            return len(found) == GPUS + 1 and all(len(s["values"]) >= SCRAPES for s in found)

        _until(enough)
    told = {
        series["metric"].get("UUID", "tokens"): [float(v) for _, v in series["values"]]
        for series in json.loads(path.read_text())["data"]["result"]
    }
    target = Target(site="fjord", recorded=datetime(2100, 1, 1, tzinfo=UTC))
    metrics = [metric_of(f"{ENERGY}=it-energy:mJ"), metric_of(f"{VLLM}=tokens:tokens")]
    made = read_prometheus([path], target, metrics)
    resets = made.account.taken["resets of a counter, counted on from 0"]
    assert resets == GPUS, "each counter began again once"
    energy = [r for r in made.readings if r.meter is Meter.IT_ENERGY]
    assert {r.node for r in energy} == {"n001"}
    assert len({r.source for r in energy}) == GPUS
    joules = sum(
        sum(b - a if b >= a else b for a, b in pairwise(v)) / 1000
        for name, v in told.items()
        if name != "tokens"
    )
    # A reading is in whole Wh; the eight counters lose less than one each.
    assert abs(sum(r.amount for r in energy) - joules / 3600) <= GPUS
    tokens = sum(r.amount for r in made.readings if r.meter is Meter.TOKENS)
    assert tokens == told["tokens"][-1] - told["tokens"][0]
    assert tokens % TOKENS == 0
    assert tokens > 0
