"""Bytes: whatever a path leads to, what comes back is a fault with a code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from offtake import files
from offtake.errors import OfftakeError
from tests.files.texts import HEAD


def told(path: Path) -> str:
    with pytest.raises(OfftakeError) as caught:
        files.read(path)
    (fault,) = caught.value.faults
    return str(fault).replace(str(path.parent), "…")


def written(folder: Path, raw: bytes) -> Path:
    path = folder / "portfolio.yaml"
    path.write_bytes(raw)
    return path


def test_nothing_there(tmp_path: Path) -> None:
    assert told(tmp_path / "nix.yaml") == "OTK-F001 …/nix.yaml: there is no such file or folder"
    written(tmp_path, b"")
    assert told(tmp_path / "portfolo.yaml") == (
        "OTK-F001 …/portfolo.yaml: there is no such file or folder; did you mean 'portfolio.yaml'?"
    )


def test_a_folder_without_a_portfolio(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    folder.mkdir()
    said = "OTK-F002 …/world: the folder holds no portfolio.yaml; "
    assert told(folder) == said + "begin with `offtake init`"
    (folder / "sites.yaml").touch()
    assert told(folder) == said + "name the file to read; there are sites.yaml"


def test_a_folder_is_read_from_its_portfolio(tmp_path: Path) -> None:
    written(tmp_path, HEAD.encode())
    assert files.read(tmp_path) == files.read(tmp_path / "portfolio.yaml")
    assert files.read(str(tmp_path)).name == "small"


def test_a_byte_order_mark_and_windows_lines_are_fine(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert files.read(path).name == "small"
    assert files.open_document(path).place("lab").line == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, b"")
    path.chmod(0)
    assert told(path) == "OTK-F003 …/portfolio.yaml: cannot be read: Permission denied"


def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    assert told(path) == "OTK-F003 …/pipe.yaml: cannot be read: it is no regular file"


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_names_no_file_can_have(name: str) -> None:
    with pytest.raises(OfftakeError) as caught:
        files.read(name)
    assert caught.value.faults[0].code in ("OTK-F001", "OTK-F003")


def test_a_ring_of_links(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert told(tmp_path / "a.yaml").startswith("OTK-F00")


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert told(path) == (
        "OTK-F004 …/large.yaml: the files of a portfolio may have 8 MB together; "
        "got 50.0 MB in this file; is this a portfolio?"
    )


def test_the_limit_counts_all_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offtake.files.source.LIMIT_BYTES", 2_000)
    written(tmp_path, HEAD.encode() + b"include: [a.yaml, b.yaml]\n")
    (tmp_path / "a.yaml").write_bytes(b"about: x\n" + b"#" * 1_000)
    (tmp_path / "b.yaml").write_bytes(b"limits: {}\n" + b"#" * 1_000)
    with pytest.raises(OfftakeError) as caught:
        files.read(tmp_path)
    (fault,) = caught.value.faults
    assert fault.code == "OTK-F004"
    assert fault.where.file == str(tmp_path / "b.yaml")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"a: caf\xe9\n", "OTK-F005 …:1:7: not UTF-8 text; got byte 0xe9; save it as UTF-8"),
        (
            "a: b\n".encode("utf-16"),
            "OTK-F005 …:1:1: not UTF-8 text; got byte 0xff; it is UTF-16: save it as UTF-8",
        ),
        (
            b"\x7fELF\x02\x01\x01\x00\x00",
            "OTK-F006 …:1:1: a character no text has; got U+007F; delete it; is this a text file?",
        ),
        (
            b"a: b\nc: \x00d\n",
            "OTK-F006 …:2:4: a character no text has; got U+0000; delete it; is this a text file?",
        ),
    ],
)
def test_bytes_that_are_no_text(tmp_path: Path, raw: bytes, said: str) -> None:
    path = written(tmp_path, raw)
    assert told(path).replace("…/portfolio.yaml", "…") == said
