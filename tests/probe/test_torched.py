"""The adapter to PyTorch, on a processor; where torch is not installed it is not tried."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from offtake.model.clause import Scope
from offtake.model.evidence import COPY, REDUCE, TRIAD
from offtake.probe.devices import device
from offtake.probe.run import Sizes, probe
from offtake.probe.sensors import sensors

pytest.importorskip("torch", reason="PyTorch is not installed")
SIZES = Sizes(matrix=64, memory_mb=1, reduce_mb=1, repetitions=3, repetition_s=0.001, load_s=0.01)


def test_torch_goes_the_same_way_as_numpy() -> None:
    found = device("torch")
    made = probe(
        "here", found, sensors(found.accelerated), SIZES, lambda: datetime.now(UTC), seed=3
    )
    of_node = {one.name: one for one in made.measured if one.scope is Scope.NODE}
    known = [f"matrix-multiply {kind}" for kind in ("fp64", "fp32", "bf16", "fp16")]
    known += [COPY, TRIAD]
    if not found.accelerated or len(found.parts) > 1:
        known.append(REDUCE)
    for name in known:
        assert of_node[name].median_amount is not None, (name, of_node[name].unknown)
    assert made.software.startswith("torch ")
    assert made.part_count == len(found.parts)
    fp8 = of_node["matrix-multiply fp8"]
    assert (fp8.median_amount is None) == bool(fp8.unknown)
