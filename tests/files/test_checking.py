"""Reading and checking in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake import files
from offtake.checks import Level
from offtake.errors import Exit, OfftakeError
from tests.files.texts import HEAD

LATENT = (
    "regions:\n  - {id: a, latency_ms: {b: 5}}\n  - {id: b}\n"
    "uncertainty:\n  default_delay: nix\ncapital:\n  vehicles:\n"
    "    - {party: lumne, ownership_share: 1}\n"
)


def written(folder: Path, text: str) -> Path:
    path = folder / "portfolio.yaml"
    path.write_text(text)
    return path


def test_findings_stand_where_they_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + LATENT)
    report = files.check(path)
    assert [str(finding).replace(str(path), "…") for finding in report.findings] == [
        "warning OTK-C277 …:9:26 regions.a.latency_ms.b: 'b' does not name 'a', so it is out of "
        "reach from there [latency-map]",
        "error OTK-C210 …:12:3 uncertainty.default_delay: there is no such delay process; "
        "got 'nix'; there is none at all: add it [references]",
        "error OTK-C210 …:15:8 capital.vehicles.lumne.party: there is no such party; got 'lumne'; "
        "did you mean 'lumen'? [references]",
    ]
    assert (len(report.errors), len(report.warnings), report.exit) == (2, 1, Exit.FAULTS)
    assert report.document is not None


def test_a_warning_can_be_made_strict(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + LATENT.partition("uncertainty")[0])
    assert files.check(path).exit is Exit.OK
    assert files.check(path, strict=["latency-map"]).exit is Exit.FAULTS
    assert files.check(path, strict=["all"]).findings[0].level is Level.ERROR
    assert files.check(path, only=["dates"]).findings == ()


def test_what_cannot_be_read_is_a_finding_too(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD.replace("lab: lumen", "lab: lumne") + "abuot: x\n")
    report = files.check(path)
    assert report.document is None
    assert [(f.check, f.level, f.fault.code) for f in report.findings] == [
        ("references", Level.ERROR, "OTK-C210"),
        ("files", Level.ERROR, "OTK-F101"),
    ]
    assert [f.fault.code for f in files.check(tmp_path / "nix").findings] == ["OTK-F001"]


def test_a_check_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(OfftakeError) as caught:
        files.check(tmp_path, strict=["latency"], only=["xyz"])
    assert [str(fault) for fault in caught.value.faults] == [
        "OTK-C200: there is no such check; got 'latency'; did you mean 'latency-map'?",
        "OTK-C200: there is no such check; got 'xyz'; known: accelerator-dates, "
        "accelerator-power, accelerators, all, assumptions, calm-days, carbon-bases, "
        "carbon-basis, …",
    ]
