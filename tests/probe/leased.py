"""A leased world whose nodes are to be accepted, and evidence of one of them, for tests."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from offtake.model.evidence import COPY, Evidence
from offtake.probe import signing
from offtake.probe.run import Sizes, probe
from offtake.probe.sensors import Silent
from offtake.probe.twin import Twin

REPO = Path(__file__).resolve().parents[2]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
"""A key that is the same in every run."""
MORNING = datetime(2027, 6, 20, 8, tzinfo=UTC)
RATES: Mapping[str, float] = {"matrix-multiply bf16": 700e12, COPY: 4e12}
SIZES = Sizes(matrix=512, memory_mb=8, reduce_mb=1, repetitions=5, load_s=0.5)
TRANCHE = 'node_count: 256, nodes: "n[513-768]", due: 2027-06-11, term_months: 60'
TESTS = """\
tests:
              - {name: matrix-multiply bf16, metric: TFLOP/s, threshold_amount: 5200}
              - {name: matrix-multiply bf16, metric: TFLOP/s, threshold_amount: 650, scope: gpu}
              - {name: memory copy, metric: GB/s, threshold_amount: 28000}"""


def world(folder: Path, tests: str = TESTS, *, nodes: str = "n[513-516]", count: int = 4) -> Path:
    """Copy june-chain; B.T2 has so many nodes, and tests that must pass within a day."""
    shutil.copytree(REPO / "worlds" / "june-chain", folder)
    (folder / "records" / "events.yaml").unlink()
    path = folder / "contracts.yaml"
    head, found, tail = path.read_text(encoding="utf-8").rpartition(TRANCHE)
    assert found
    start = head.rfind("- {id: T2")
    entry = head[start + 2 :].replace("accelerator_count: 2_048", f"accelerator_count: {count * 8}")
    entry += f'node_count: {count}, nodes: "{nodes}", due: 2027-06-11, term_months: 60, '
    entry += f"acceptance: {{window_days: 1, passing_share: 0.75, {_flow(tests)}}}"
    path.write_text(head[:start] + "- " + entry + tail, encoding="utf-8")
    return folder


def _flow(tests: str) -> str:
    """Write a list of tests inside brackets."""
    entries = [line.strip().removeprefix("- ") for line in tests.splitlines()[1:]]
    return f"tests: [{', '.join(entries)}]"


def evidence(
    node: str,
    *,
    starts: datetime = MORNING,
    rates: Mapping[str, float] = RATES,
    slowness: Mapping[str, float] | None = None,
) -> Evidence:
    """Probe a node of eight accelerators that is so and so fast."""
    device = Twin(rates, tuple(f"gpu{i}" for i in range(8)), slowness or {})
    ticks = iter([starts, starts + timedelta(minutes=2)])
    return probe(node, device, Silent("no sensors"), SIZES, lambda: next(ticks))


def written(folder: Path, made: Evidence, key: Ed25519PrivateKey = KEY) -> Path:
    """Write signed evidence to a file named after its node."""
    path = folder / f"{made.node}.json"
    path.write_text(signing.text(made, key), encoding="utf-8")
    return path


def provide(folder: Path) -> None:
    """Put the world `leased` and evidence of its two nodes into a folder, for examples."""
    world(folder / "leased", nodes="n[001-002]", count=2)
    for place, node in enumerate(("n001", "n002")):
        starts = datetime(2026, 6, 20, 8 + place, tzinfo=UTC)
        written(folder, evidence(node, starts=starts))
