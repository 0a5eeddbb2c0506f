"""The work of `offtake probe`: measure, sign, hold against a contract, tell and write."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from offtake.cli import accepting, outputs, screen, tables
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.canonical import plain, sha256
from offtake.model.evidence import Evidence, Measured
from offtake.probe import devices, ring, run, sensors

SCHEMA = "offtake.probe/1"
"""Name and version of the form of what is printed as JSON."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done with what is measured."""

    name: str | None
    key: Path | None
    evidence: Path | None
    contract: str | None
    tranche: str | None
    out: Path | None
    hosts: tuple[str, ...]
    rank: int | None
    through: devices.Through
    seed: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Sizes that were asked for; None is the device's own."""

    matrix: int | None
    memory: int | None
    reduce: int | None
    repetitions: int | None
    load: float | None


def node(asked: Asked, wanted: Wanted, *, as_json: bool, quiet: bool, force: bool) -> None:
    """Measure this node, print what was found, and write what is to be written.

    Raises:
        OfftakeError: an option cannot be (`OTK-A006`), a key cannot be read, the world has
            faults, or a file cannot be written.
    """
    _refuse(asked)
    outputs.claim([path for path in (asked.evidence, asked.out) if path], force=force)
    key = _signing().read_key(asked.key) if asked.key else None
    against = accepting.target(_path(asked)) if asked.contract else None
    device = devices.device(asked.through)
    made = run.probe(
        asked.name or socket.gethostname(),
        device,
        sensors.sensors(device.accelerated),
        _sizes(wanted, device.accelerated),
        lambda: datetime.now(UTC),
        seed=asked.seed,
        others=_others(asked),
        progress=(lambda _: None) if quiet else (lambda what: screen.note(f"measuring {what}")),
    )
    if not as_json:
        say(made)
    if key and asked.evidence:
        outputs.fill(asked.evidence, _signing().text(made, key))
        screen.note(f"wrote {asked.evidence}")
    decided = None
    if against is not None:
        signers = (_signing().public(key),) if key else ()
        decided = accepting.judged(against, made, signers)
        accepting.tell(decided, asked.out, as_json=as_json)
    if as_json:
        told = {"schema": SCHEMA, "evidence": _json(plain(made)), "sha256": sha256(made)}
        screen.say_json({**told, **({"acceptance": accepting.plainly(decided)} if decided else {})})


def key(file: Path) -> None:
    """Make a key and print its public half.

    Raises:
        OfftakeError: it cannot be written (`OTK-A004`).
    """
    screen.say(_signing().new_key(file))


def verify(files: Sequence[Path], trust: Sequence[str], *, as_json: bool) -> None:
    """Verify files of evidence, and tell whose they are.

    Raises:
        OfftakeError: with the faults of all files.
    """
    found = _signing().read(files, trust)
    if as_json:
        rows = [
            {"file": one.file, "node": one.evidence.node, "key": one.key, "sha256": one.sha256}
            for one in found
        ]
        screen.say_json({"schema": "offtake.verified/1", "verified": rows})
        return
    rows_told = [(one.file, one.evidence.node, one.key, one.sha256) for one in found]
    tables.say(("File", "Node", "Key", "Says, sha256"), rows_told)


# ------------------------------------------------------------------ options


def _refuse(asked: Asked) -> None:
    """Refuse options that do not fit each other, all at once."""
    faults = []
    if (asked.key is None) != (asked.evidence is None):
        faults.append(_wrong("--key and --evidence go together"))
    if (asked.contract is None) != (asked.tranche is None):
        faults.append(_wrong("--contract and --tranche go together"))
    if asked.out is not None and asked.contract is None:
        faults.append(_wrong("--out needs --contract"))
    if asked.contract is not None and ":" not in asked.contract:
        faults.append(_wrong("--contract is written WORLD:CONTRACT", asked.contract))
    if asked.seed < 0:
        faults.append(_wrong("--seed is at least 0", str(asked.seed)))
    faults += _host_faults(asked)
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)


def _host_faults(asked: Asked) -> list[Fault]:
    if (asked.rank is None) != (not asked.hosts):
        return [_wrong("--hosts and --rank go together")]
    if asked.rank is None:
        return []
    faults = []
    for host in asked.hosts:
        try:
            ring.address(host)
        except ValueError as error:
            faults.append(_wrong(str(error), host))
    if len(asked.hosts) < 2 or not 0 <= asked.rank < len(asked.hosts):
        faults.append(_wrong("--rank counts from 0 among at least two --hosts", str(asked.rank)))
    return faults


def _wrong(what: str, got: str | None = None) -> Fault:
    return Fault(code="OTK-A006", what=what, where=Where(path="offtake probe node"), got=got)


def _path(asked: Asked) -> tuple[str, str]:
    world, _, contract = (asked.contract or "").rpartition(":")
    return world, f"{contract}.{asked.tranche}"


def _others(asked: Asked) -> run.Others | None:
    return None if asked.rank is None else run.Others(asked.rank, asked.hosts)


def _sizes(wanted: Wanted, accelerated: bool) -> run.Sizes:
    given = {
        "matrix": wanted.matrix,
        "memory_mb": wanted.memory,
        "reduce_mb": wanted.reduce,
        "repetitions": wanted.repetitions,
        "load_s": wanted.load,
    }
    found = {name: value for name, value in given.items() if value is not None}
    faults = [
        _wrong(f"{name.partition('_')[0]} is above 0", str(value))
        for name, value in found.items()
        if not value > 0
    ]
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)
    return replace(run.sizes_for(accelerated), **found)  # type: ignore[arg-type]


def _signing() -> Any:
    """Give the module that needs cryptography, which may be missing."""
    return import_module("offtake.probe.signing")


# ------------------------------------------------------------------ printing


def say(made: Evidence) -> None:
    """Print evidence as a table, what is unknown with its reason."""
    parts = f"{made.part_count} × " if made.part_count > 1 else ""
    screen.say(f"{made.node}: {parts}{made.device}, by {made.software}")
    span = f"{made.starts:%Y-%m-%d %H:%M:%S} to {made.ends:%H:%M:%S} UTC"
    screen.say(f"{span}, seed {made.seed}")
    screen.say("")
    heads = ("Measured", "Of", "Median", "Least", "Most", "Unit", "Times", "Unknown because")
    tables.say(heads, [_row(one) for one in made.measured], (2, 3, 4, 6))


def _row(one: Measured) -> tuple[str, ...]:
    amounts = (one.median_amount, one.least_amount, one.most_amount)
    told = tuple("unknown" if amount is None else f"{float(amount):.4g}" for amount in amounts)
    if one.median_amount is None:
        told = ("unknown", "", "")
    times = str(one.repetition_count) if one.repetition_count else ""
    return (one.name, one.part or str(one.scope), *told, one.metric, times, one.unknown)


def _json(data: Any) -> Any:
    """Give plain data with exact numbers as text."""
    if isinstance(data, dict):
        return {name: _json(held) for name, held in data.items()}
    if isinstance(data, list):
        return [_json(held) for held in data]
    return data if isinstance(data, str | int | None) else str(data)
