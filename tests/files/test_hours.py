"""Hours and samples are read as they stand; what cannot be is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from offtake.errors import OfftakeError
from offtake.files.device_samples import is_samples, reduce_samples
from offtake.files.hours import read_hours
from offtake.measure.devices import POWER
from offtake.measure.reduced import sheet_of_devices

HEAD = "starts,load_mwh,clean_mwh,grid_t_per_mwh,residual_t_per_mwh,carbon_basis,counting\n"
ROW = "2027-06-01T0{}:00:00Z,10,8,0.3,0.42,{},{}\n"
START = 1_811_808_000


def saved(folder: Path, text: str) -> Path:
    path = folder / "fjord.csv"
    path.write_text(text)
    return path


def test_csv_and_parquet_say_the_same(tmp_path: Path) -> None:
    text = HEAD + "".join(ROW.format(h, "stack", "average") for h in range(3))
    hours = read_hours(saved(tmp_path, text), "fjord", (START, START + 2 * 3600))
    assert hours.starts.tolist() == [START, START + 3600]
    rows = [
        dict(zip(HEAD.strip().split(","), line.split(","), strict=True))
        for line in text.split("\n")[1:4]
    ]
    path = tmp_path / "fjord.parquet"
    for row in rows:
        row.update({k: float(v) for k, v in row.items() if k.endswith("mwh")})  # type: ignore[misc]
    pq.write_table(pa.Table.from_pylist(rows), path)
    assert read_hours(path, "fjord").load_mwh.tolist() == [10.0] * 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD + ROW.format(0, "stack", "average") + ROW.format(1, "life-cycle", "average"), "Q020"),
        (HEAD + ROW.format(0, "stack", "average") + ROW.format(1, "stack", "marginal"), "Q020"),
        (HEAD + ROW.format(1, "stack", "average") + ROW.format(0, "stack", "average"), "Q021"),
        (HEAD + ROW.format(0, "both", "average"), "Q022"),
        (HEAD.replace("load_mwh,", "") + "2027-06-01T00:00:00Z,8,0.3,0.4,stack,average\n", "Q022"),
        (HEAD + ROW.format(0, "stack", "average").replace("Z", ""), "Q022"),
        (HEAD + ROW.format(0, "stack", "average").replace(",10,", ",-10,"), "Q021"),
        (HEAD + ROW.format(0, "stack", "average").replace(",10,", ",ten,"), "Q022"),
        ("", "Q022"),
    ],
)
def test_hours_that_cannot_be_are_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(OfftakeError) as told:
        read_hours(saved(tmp_path, text), "fjord")
    assert {f.code for f in told.value.faults} == {f"OTK-{code}"}


def samples(folder: Path, **more: object) -> Path:
    path = folder / "dcgm.parquet"
    second = np.arange(START, START + 600, 10)
    columns = {"second": second, "device": ["GPU-1"] * len(second), **more}
    pq.write_table(pa.table(columns), path)
    return path


def test_samples_by_dcgms_names_become_a_sheet(tmp_path: Path) -> None:
    path = samples(tmp_path, DCGM_FI_DEV_POWER_USAGE=[350.0] * 60, DCGM_FI_DEV_GPU_UTIL=[90] * 60)
    assert is_samples(path)
    made = reduce_samples([path], rows=7)
    assert made.totals[POWER].amount.tolist() == [350.0 * 590]
    sheet = sheet_of_devices(
        made, "lab", site="fjord", window=(START, START + 1180), design_w=700.0
    )
    found = {m.id: m for m in sheet.metrics}
    assert found["utilisation-power"].value == pytest.approx(0.5)
    assert found["utilisation-power"].covered_share == pytest.approx(0.5)
    assert found["utilisation-gpu"].value == pytest.approx(0.9)
    lacking = {a.id: a.reason for a in sheet.absent}
    assert "dcgm-exporter leaves" in lacking["utilisation-sm"]


def test_samples_without_a_field_or_outside_the_window_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OfftakeError, match="OTK-Q011"):
        reduce_samples([samples(tmp_path)])
    made = reduce_samples([samples(tmp_path, power_w=[1.0] * 60)])
    with pytest.raises(OfftakeError, match="OTK-Q035"):
        sheet_of_devices(made, "lab", site="fjord", window=(START, START + 60))
