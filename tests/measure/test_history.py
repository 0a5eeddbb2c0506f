"""A history's goodput in three parts, its file, and what a cut of power cost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from offtake.errors import OfftakeError
from offtake.files.histories import history_table, is_history, read_history
from offtake.measure.history import Design, lost_to, of_history, time_to_train
from offtake.measure.taking import Within
from offtake.model.history import BUCKETS, History, Outcomes, Strikes
from offtake.model.job import Jobs
from offtake.model.metric import Absent, Metric, Subject

HOUR = 3600.0
SPLIT = {
    "productive": 0.38475,
    "exposed": 0.35,
    "capped": 0.12025,
    "checkpoint": 0.045,
    "lost": 0.03,
    "restart": 0.02,
    "idle": 0.03,
    "fragmentation": 0.01,
    "drained": 0.005,
    "down": 0.005,
}
"""Scheduling .95, runtime .90, program .45: ML goodput is .38475."""


def made(split: dict[str, float] = SPLIT, hours: int = 4) -> History:
    capacity = np.full((1, hours), 8 * HOUR)
    parts = np.array([split[bucket.value] for bucket in BUCKETS])
    return History(
        clusters=("a",),
        duration_s=hours * HOUR,
        seconds=capacity[:, :, None] * parts,
        capacity=capacity,
        joules=np.full((1, hours), 8 * 700.0 * HOUR),
        jobs=Jobs.of([0.0, 0.0], [2 * HOUR, HOUR], [4, 2]),
        outcomes=Outcomes(
            started_s=np.array([600.0, np.nan]),
            ended_s=np.array([3 * HOUR, np.nan]),
            cluster=np.array([0, -1], np.int16),
            failures=np.zeros(2, np.uint16),
            preemptions=np.zeros(2, np.uint16),
        ),
        strikes=Strikes(
            time_s=np.empty(0),
            cluster=np.empty(0, np.int32),
            nodes=np.empty(0, np.int32),
            cause=np.empty(0, np.int32),
            job=np.empty(0, np.int64),
            causes=(),
        ),
    )


def by_id(history: History, **more: object) -> dict[str, Metric]:
    found, _ = of_history(history, **more)  # type: ignore[arg-type]
    return {metric.id: metric for metric in found}


def test_three_parts_make_ml_goodput() -> None:
    found = by_id(made())
    three = [found[f"goodput-{part}"].value for part in ("scheduling", "runtime", "program")]
    assert three == pytest.approx([0.95, 0.90, 0.45])
    assert found["goodput-ml"].value == pytest.approx(0.38475)
    assert {m.evidence for m in found.values()} == {"modelled"}


def test_ettr_is_of_jobs_that_ended() -> None:
    """Two hours of work in three hours of wall clock; the job that did not end is left out."""
    ettr = by_id(made())["ettr"]
    assert ettr.value == pytest.approx(2 / 3)
    assert ettr.note.startswith("1 jobs")


def test_flops_want_a_peak_and_are_assumed() -> None:
    found = by_id(made(), designs={"a": Design(peak_tflops=989, ideal_mfu=0.6, it_kw=1.4)})
    assert found["mfu"].value == pytest.approx(0.38475 * 0.6)
    assert found["flop-per-joule"].value == pytest.approx(0.38475 * 0.6 * 989e12 / 700)
    assert found["flop-per-joule"].evidence == "assumed"
    assert found["utilisation-power"].value == pytest.approx(0.5)
    assert "mfu" not in by_id(made())


def test_time_to_train_and_a_cut_of_power() -> None:
    within = Within(
        of=Subject(site="a"),
        starts=datetime(1970, 1, 1, tzinfo=UTC),
        ends=datetime(1970, 1, 1, 4, tzinfo=UTC),
        source="simulation",
    )
    told = time_to_train(made(), 0, within)
    assert isinstance(told, Metric)
    assert told.value == pytest.approx(3 - 600 / HOUR)
    assert isinstance(time_to_train(made(), 1, within), Absent)
    cut = {**SPLIT, "productive": 0.28475, "capped": 0.22025}
    assert lost_to(made(), made(cut), within).value == pytest.approx(0.1)
    with pytest.raises(OfftakeError, match="OTK-Q004"):
        lost_to(made(cut), made(), within)


def test_its_file_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "history.parquet"
    pq.write_table(history_table(made()), path)
    assert is_history(path)
    again = read_history(path)
    assert by_id(again)["goodput-ml"].value == pytest.approx(0.38475)
    assert again.duration_s == 4 * HOUR
    assert [a.id for a in of_history(again)[1] if a.id == "ettr"] == ["ettr"]


def test_a_file_that_does_not_add_up_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.parquet"
    pq.write_table(history_table(made({**SPLIT, "idle": 0.5})), path)
    with pytest.raises(OfftakeError, match="OTK-Q011"):
        read_history(path)
    pq.write_table(history_table(made()).slice(1), path)
    with pytest.raises(OfftakeError, match="every hour"):
        read_history(path)
