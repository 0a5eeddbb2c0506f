"""Whatever bytes a file holds, reading it ends in a portfolio or in faults with codes."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from offtake import files
from offtake.checks import CHECKS
from offtake.files import CODES
from tests.files.test_writing import AWKWARD

TEXT = AWKWARD["portfolio.yaml"].encode()
PIECES = [
    *(b"*x", b"&x ", b"<<: ", b"<<: *price\n", b"[", b"]", b"{", b"}", b": ", b"- ", b"\t"),
    *(b"!!int ", b"!foo ", b"|\n", b">\n", b"? ", b"'", b'"', b"\\x", b"%YAML 1.1\n", b"---\n"),
    *(b'"\\ud800"', b'"\\U99999999"', b"...\n", b"#", b"1e999", b".nan", b"0x", b"9" * 60),
    *(b"2026-02-30", b"\xc2\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"@", b"~", b"\r", b"\n\n"),
    *("²".encode(), b"%TAG ! tag:x,2000:\n", b"\xff", b"2201Q1", b"-1", b"include: [a]\n"),
    *(b"\x00", b"\x7f"),
]
KNOWN = {*CODES, "OTK-C200", *(code for check in CHECKS.values() for code in check.codes)}


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """The awkward portfolio with a few bytes cut out, put in or put over."""
    data = TEXT
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.sampled_from([0, 0, 1, 3, 10, 200]))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3)))
        data = data[:start] + piece + data[end:]
    return data


def looked_at(folder: Path, raw: bytes) -> None:
    (folder / "portfolio.yaml").write_bytes(raw)
    (folder / "more.yaml").write_text(AWKWARD["more.yaml"])
    report = files.check(folder)
    assert {finding.fault.code for finding in report.findings} <= KNOWN
    assert (report.document is None) <= bool(report.errors)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(raw=broken())
@example(raw=b"%TAG ! tag:x,2000:\n--- !a\n")
@example(raw=b'? "\\U99999999"\n')
@example(raw=b"a: !<x\n")
@example(raw=b"%YAML 9999999999999999999999.1\n---\na")
def test_broken_files_have_faults(tmp_path: Path, raw: bytes) -> None:
    looked_at(tmp_path, raw)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(raw=st.binary(max_size=300))
def test_bytes_have_faults(tmp_path: Path, raw: bytes) -> None:
    looked_at(tmp_path, raw)


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.sampled_from("ab:- \n[]{}'\"&*!|>%#?,1\t<"), max_size=60))
def test_signs_of_yaml_have_faults(tmp_path: Path, text: str) -> None:
    looked_at(tmp_path, text.encode())
