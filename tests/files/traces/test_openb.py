"""Alibaba's nodes and tasks."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.files.traces.openb import read_nodes, read_tasks


def test_nodes_without_accelerators_are_counted(shared: Path) -> None:
    nodes = read_nodes(shared / "traces" / "openb_nodes.csv.gz")
    assert len(nodes.id) == 1_213
    assert int(nodes.accelerators_count.sum()) == 6_212
    assert nodes.left_out == {"nodes without an accelerator": 310}


def test_tasks_are_read_with_and_without_a_wanted_model(shared: Path) -> None:
    default = read_tasks(shared / "traces" / "openb_pods_default.csv.gz")
    assert (len(default.id), set(default.wants)) == (8_152, {""})
    other = read_tasks(shared / "traces" / "openb_pods_multigpu50.csv.gz")
    assert set(other.wants) == {""}
    wanting = read_tasks(shared / "traces" / "openb_pods_gpuspec33.csv.gz")
    assert len(set(wanting.wants)) > 2


def test_a_task_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tasks.csv"
    path.write_text("name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1,1,1,500\na,1,1,1,-5\n")
    with pytest.raises(OfftakeError) as caught:
        read_tasks(path)
    assert [fault.code for fault in caught.value.faults] == ["OTK-S304", "OTK-S302"]
