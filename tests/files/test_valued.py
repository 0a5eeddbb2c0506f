"""A value in a YAML file of its own: read whole, or refused with lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.files.valued import read_value
from offtake.model.fleet import Delivery


def write(folder: Path, text: str) -> Path:
    path = folder / "delivery.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_value_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "offtake: delivery/1\nnode_count: 4\nleaves_hours: 2 days\n")
    assert read_value(path, Delivery, "delivery/1") == Delivery(node_count=4, leaves_hours=48.0)


def faults(path: Path) -> list[tuple[str, int | None]]:
    with pytest.raises(OfftakeError) as caught:
        read_value(path, Delivery, "delivery/1")
    return [(fault.code, fault.where.line) for fault in caught.value.faults]


def test_all_its_faults_are_told_with_their_lines(tmp_path: Path) -> None:
    text = "offtake: delivery/1\nnode_count: 0\narrives: 4\n"
    assert set(faults(write(tmp_path, text))) == {("OTK-F120", 2), ("OTK-F101", 3)}


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    assert faults(write(tmp_path, "node_count: 4\n")) == [("OTK-F030", 1)]
    assert faults(write(tmp_path, "offtake: delivery/2\nnode_count: 4\n")) == [("OTK-F031", 1)]
    assert faults(write(tmp_path, "- 4\n")) == [("OTK-F015", 1)]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path / "none.yaml") == [("OTK-F001", None)]
