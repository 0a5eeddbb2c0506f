"""Evidence is read back as it was signed, or not at all."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from offtake.errors import OfftakeError
from offtake.model.canonical import sha256
from offtake.probe import signing
from tests.probe.leased import KEY, evidence, written


def codes(call: Callable[[], object]) -> list[str]:
    with pytest.raises(OfftakeError) as raised:
        call()
    return [fault.code for fault in raised.value.faults]


def changed(path: Path, change: Callable[[Any], None]) -> Path:
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data, sort_keys=True), encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, evidence("n513"))


def test_what_is_read_is_what_was_written_whatever_the_layout(file: Path) -> None:
    made = evidence("n513")
    (found,) = signing.read([changed(file, lambda data: None)])
    assert found.evidence == made
    assert (found.key, found.sha256) == (signing.public(KEY), sha256(made))


def test_every_single_change_of_a_value_is_seen(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    said = json.loads(text)["evidence"]
    tried = 0
    for name in said:
        if name == "measured":
            continue

        def spoil(data: Any, name: str = name) -> None:
            held = data["evidence"][name]
            data["evidence"][name] = held + 1 if isinstance(held, int) else f"2{held[1:]}"

        file.write_text(text, encoding="utf-8")
        if said[name] != f"2{str(said[name])[1:]}":
            assert codes(lambda: signing.read([changed(file, spoil)])) == ["OTK-A002"], name
            tried += 1
    assert tried >= 4


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data["evidence"]["measured"][0].update(unknown="nobody asked"),
        lambda data: data["evidence"]["measured"].reverse(),
        lambda data: data["evidence"]["measured"].pop(),
        lambda data: data.update(key=signing.public(Ed25519PrivateKey.generate())),
        lambda data: data.update(signature="00" * 64),
        lambda data: data.update(key="00"),
    ],
)
def test_tampering_is_seen(file: Path, spoil: Callable[[Any], None]) -> None:
    assert codes(lambda: signing.read([changed(file, spoil)])) == ["OTK-A002"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.update(schema="offtake.evidence/9"),
        lambda data: data.update(more=1),
        lambda data: data.pop("key"),
        lambda data: data.update(key="not hexadecimal"),
        lambda data: data.update(signature=7),
        lambda data: data["evidence"].update(part_count=-1),
        lambda data: data["evidence"].update(colour="red"),
        lambda data: data["evidence"].update(starts="2027-06-20T08:00:00"),
        lambda data: data["evidence"]["measured"][0].update(median_amount="NaN"),
    ],
)
def test_what_is_no_evidence_is_named(file: Path, spoil: Callable[[Any], None]) -> None:
    assert codes(lambda: signing.read([changed(file, spoil)])) == ["OTK-A001"]


def test_all_files_are_told_of_at_once(file: Path, tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[1]", encoding="utf-8")
    (tmp_path / "noise.json").write_bytes(b"\xff\x00")
    bad = [tmp_path / name for name in ("absent.json", "list.json", "noise.json")]
    assert codes(lambda: signing.read([*bad, file])) == ["OTK-A001"] * 3


def test_only_keys_that_count_count(file: Path) -> None:
    mine = signing.public(KEY)
    assert signing.read([file], [mine.upper()])
    assert codes(lambda: signing.read([file], ["ab" * 32])) == ["OTK-A003"]


def test_a_key_is_for_its_owner_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "probe.pem"
    made = signing.new_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert signing.public(signing.read_key(path)) == made
    assert codes(lambda: signing.new_key(path)) == ["OTK-A004"]
    assert signing.public(signing.read_key(path)) == made
    (tmp_path / "no.pem").write_text("no key", encoding="utf-8")
    assert codes(lambda: signing.read_key(tmp_path / "no.pem")) == ["OTK-A004"]
    assert codes(lambda: signing.read_key(tmp_path / "absent.pem")) == ["OTK-A004"]
