"""Measuring's benchmark: a day of samples of 10,000 accelerators, reduced to the sheet.

Five fields every 10 s are 86,400,000 rows, in 24 Parquet files of an hour each, written
first and not timed. One device in a hundred is away for ten minutes an hour, counters of
some begin again, and some power is negative, as real exports have it.

    python -m bench.measure [--quick]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench._figure import show
from offtake.files.device_samples import reduce_samples
from offtake.measure.devices import ENERGY
from offtake.measure.reduced import sheet_of_devices

DEVICES, HOURS, EVERY = 10_000, 24, 10
START = 1_811_808_000
SEED = 7


def write(folder: Path, devices: int) -> None:
    """Write a day of samples, an hour a file, in order of time."""
    rng = np.random.default_rng(SEED)
    names = pa.array([f"GPU-{i:05}" for i in range(devices)])
    energy = rng.uniform(0, 1e12, devices)
    for hour in range(HOURS):
        away = rng.random(devices) < 0.01
        energy[rng.random(devices) < 0.001] = 0.0
        path = folder / f"{hour:02}.parquet"
        writer: pq.ParquetWriter | None = None
        for step in range(0, 3600, 10 * EVERY):
            batches = []
            for second in range(step, step + 10 * EVERY, EVERY):
                power = rng.normal(600, 60, devices)
                energy += power * EVERY * 1000.0
                there = ~(away & (600 <= second < 1200))
                power[rng.random(devices) < 1e-5] = -1.0
                batches.append(
                    _batch(names, there, START + hour * 3600 + second, energy, power, rng)
                )
            table = pa.Table.from_batches(batches)
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()


def _batch(
    names: pa.Array,
    there: np.ndarray,
    second: int,
    energy: np.ndarray,
    power: np.ndarray,
    rng: np.random.Generator,
) -> pa.RecordBatch:
    kept = np.flatnonzero(there).astype(np.int32)
    shares = rng.uniform(0.3, 0.9, (3, len(kept))).astype(np.float32)
    columns = {
        "second": pa.array(np.full(len(kept), second, np.int64)),
        "device": pa.DictionaryArray.from_arrays(pa.array(kept), names),
        "energy_mj": pa.array(energy[kept].astype(np.int64)),
        "power_w": pa.array(power[kept].astype(np.float32)),
        "gpu_share": pa.array(shares[0]),
        "sm_share": pa.array(shares[1]),
        "tensor_share": pa.array(shares[2]),
    }
    return pa.RecordBatch.from_pydict(columns)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundred devices")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    devices = 100 if asked.quick else DEVICES
    if asked.write:
        write(asked.write, devices)
        return 0
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        # In a process of its own, so that its memory is not in the figure.
        again = [sys.executable, "-m", "bench.measure", "--write", text]
        subprocess.run([*again, *(["--quick"] if asked.quick else [])], check=True)
        begun = time.process_time()
        made = reduce_samples(sorted(folder.glob("*.parquet")))
        window = (START, START + 86_400)
        sheet = sheet_of_devices(made, "bench", site="bench", window=window, design_w=700.0)
        spent = time.process_time() - begun
    rows = made.counts[f"{ENERGY}: taken"]
    print(f"{rows:,} samples of {len(made.names):,} devices", file=sys.stderr)
    for metric in sheet.metrics:
        print(f"{metric.id}: {metric.value:.6g}, {metric.covered_share:.4f} read", file=sys.stderr)
    show("dcgm_day_cpu_s", spent, "s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    show("dcgm_day_peak_gb", peak, "GB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
