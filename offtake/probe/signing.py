"""Evidence in files: canonical JSON, signed with Ed25519, and read back only if it holds.

    {"schema": "offtake.evidence/1", "evidence": {…}, "key": "…", "signature": "…"}

What is signed is the hash of what the evidence says (`offtake.model.canonical`), so
spaces and the order of fields may change, and no word or number may. A signature shows that
the holder of a key said this; whose key it is, and whether it counts, is for the reader.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import TypeAdapter, ValidationError

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.canonical import plain, sha256
from offtake.model.evidence import Evidence

SCHEMA = "offtake.evidence/1"
"""Name and version of the form of a file of evidence."""
_FIELDS = {"schema", "evidence", "key", "signature"}
_EVIDENCE: TypeAdapter[Evidence] = TypeAdapter(Evidence)


@dataclass(frozen=True, slots=True)
class Signed:
    """Evidence whose signature holds."""

    evidence: Evidence
    key: str
    """Public key it is signed with, as hexadecimal digits."""
    sha256: str
    """Hash of what it says."""
    file: str
    """Where it was read from; empty where it was made here."""


def new_key(path: Path) -> str:
    """Make a key, write it where its owner alone may read it, and give its public half.

    Raises:
        OfftakeError: something is there, or it cannot be written (`OTK-A004`).
    """
    made = Ed25519PrivateKey.generate()
    data = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except FileExistsError:
        raise _bad_key(path, "something is there, and a key is never written over") from None
    except OSError as error:
        raise _bad_key(path, f"the key cannot be written: {error.strerror}") from None
    return public(made)


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read a key that `new_key` wrote.

    Raises:
        OfftakeError: it is none, or cannot be read (`OTK-A004`).
    """
    try:
        held = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise _bad_key(path, f"the key cannot be read: {error.strerror}") from None
    except (ValueError, TypeError):
        raise _bad_key(path, "not a key that `offtake probe key` wrote") from None
    if not isinstance(held, Ed25519PrivateKey):
        raise _bad_key(path, "not a key of Ed25519")
    return held


def public(key: Ed25519PrivateKey) -> str:
    """Give the public half of a key, as hexadecimal digits."""
    return key.public_key().public_bytes_raw().hex()


def text(evidence: Evidence, key: Ed25519PrivateKey) -> str:
    """Give evidence as the text of a signed file."""
    signature = key.sign(_message(evidence)).hex()
    data = {
        "schema": SCHEMA,
        "evidence": plain(evidence),
        "key": public(key),
        "signature": signature,
    }
    return json.dumps(data, ensure_ascii=False, indent=2, default=float) + "\n"


def read(paths: Sequence[Path], trusted: Iterable[str] = ()) -> tuple[Signed, ...]:
    """Read files of evidence.

    Args:
        paths: the files.
        trusted: public keys that count; none given lets every key count.

    Raises:
        OfftakeError: with the faults of all files: one is no evidence (`OTK-A001`), does
            not say what was signed (`OTK-A002`), or its key does not count (`OTK-A003`).
    """
    keys = frozenset(key.lower() for key in trusted)
    found: list[Signed] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            found.append(_read(path, keys))
        except OfftakeError as error:
            faults += error.faults
    if faults:
        raise OfftakeError(faults)
    return tuple(found)


def _read(path: Path, trusted: frozenset[str]) -> Signed:
    where = Where(file=str(path))
    data = _data(path, where)
    try:
        evidence = _EVIDENCE.validate_json(json.dumps(data["evidence"]))
        key, signature = bytes.fromhex(data["key"]), bytes.fromhex(data["signature"])
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise _no_evidence(where, f"evidence.{place}: {first['msg']}") from None
    except (ValueError, TypeError):
        raise _no_evidence(where, "key or signature are no hexadecimal digits") from None
    if evidence.starts.tzinfo is None or evidence.ends.tzinfo is None:
        raise _no_evidence(where, "a moment without a time zone")
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _message(evidence))
    except (InvalidSignature, ValueError):
        what = "the evidence is not what was signed"
        hint = "it was changed after it was signed, or signed with another key"
        raise OfftakeError(Fault(code="OTK-A002", what=what, where=where, hint=hint)) from None
    if trusted and key.hex() not in trusted:
        what = "signed by a key that does not count"
        raise OfftakeError(Fault(code="OTK-A003", what=what, where=where, got=key.hex()))
    return Signed(evidence, key.hex(), sha256(evidence), str(path))


def _data(path: Path, where: Where) -> dict[str, str]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _no_evidence(where, f"cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise _no_evidence(where, "not JSON") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA or set(data) != _FIELDS:
        raise _no_evidence(where, f"not of the form {SCHEMA}")
    return data


def _message(evidence: Evidence) -> bytes:
    return f"{SCHEMA}\n{sha256(evidence)}".encode("ascii")


def _no_evidence(where: Where, what: str) -> OfftakeError:
    return OfftakeError(Fault(code="OTK-A001", what=what, where=where))


def _bad_key(path: Path, what: str) -> OfftakeError:
    fault = Fault(code="OTK-A004", what=what, where=Where(file=str(path)))
    return OfftakeError(fault, exit=Exit.FAILED)
