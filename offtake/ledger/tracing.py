"""Tracing: one line of an invoice laid out with its clause, its facts and its arithmetic.

line ──> clause of the contract, as written
     ──> steps, first to last, each with what it rests on
     ──> events, readings, fixings, tariffs as recorded; lines of other invoices, traced
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.model.charge import Charge, Step
from offtake.model.contract import Contract
from offtake.model.records import METERS, Records
from offtake.model.statement import External, Statement

_COUNTED = re.compile(r"^(readings|events):(\d+) of (.+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """One thing a line rests on, in words."""

    source: str
    """As the line names it: `event:fabric-t1`."""
    facts: tuple[tuple[str, str], ...]
    """What it says: pairs of field and value, empty fields left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A line of an invoice, or money from outside, with all it rests on."""

    line: Charge | External
    """The line."""
    clause: tuple[tuple[str, str], ...]
    """The clause it rests on, as pairs of field and value; empty for money from outside."""
    steps: tuple[Step, ...]
    """The arithmetic, first to last."""
    cited: tuple[Cited, ...]
    """Events, readings, fixings and tariffs it rests on, each once, in order of use."""
    lines: tuple[Trace, ...] = ()
    """Other lines it rests on, traced in turn."""
    missing: tuple[str, ...] = ()
    """What it names that is not in what was given to look in."""


def trace(
    name: str,
    statements: Sequence[Statement],
    contracts: Iterable[Contract],
    records: Records,
) -> Trace:
    """Find a line by its id and lay out what it rests on.

    Args:
        name: Id of the line, `A/2027-06/rates.capacity.T1`; the contract and month may be
            left out where the rest is enough.
        statements: Where to look: the month, and closed months its corrections refer to.
        contracts: Contracts of the portfolio.
        records: Everything that was recorded.

    Raises:
        OfftakeError: there is no such line, or more than one (`OTK-L155`).
    """
    lines: dict[str, Charge | External] = {}
    for statement in statements:
        lines |= {charge.id: charge for charge in statement.charges}
        lines |= {external.id: external for external in statement.externals}
    found = [name] if name in lines else [known for known in lines if known.endswith(f"/{name}")]
    if len(found) != 1:
        raise OfftakeError(_not_one(name, found, lines))
    named = {contract.id: contract for contract in contracts}
    return _traced(lines[found[0]], lines, named, records, ())


def _traced(
    line: Charge | External,
    lines: Mapping[str, Charge | External],
    contracts: Mapping[str, Contract],
    records: Records,
    path: tuple[str, ...],
) -> Trace:
    cited: list[Cited] = []
    below: list[Trace] = []
    missing: list[str] = []
    for source in dict.fromkeys(s for step in line.steps for s in step.sources):
        kind, _, key = source.partition(":")
        if kind == "line":
            if key in lines and key not in path:
                deeper = (*path, line.id)
                below.append(_traced(lines[key], lines, contracts, records, deeper))
            elif key not in lines:
                missing.append(source)
        elif kind != "clause":
            facts = _facts(source, kind, key, records)
            if facts is None:
                missing.append(source)
            else:
                cited.append(Cited(source=source, facts=facts))
    clause: tuple[tuple[str, str], ...] = ()
    if isinstance(line, Charge) and line.contract in contracts:
        clause = tuple(clause_facts(contracts[line.contract], line.clause))
    return Trace(
        line=line,
        clause=clause,
        steps=line.steps,
        cited=tuple(cited),
        lines=tuple(below),
        missing=tuple(missing),
    )


def clause_facts(contract: Contract, path: str) -> Iterator[tuple[str, str]]:
    """Give a clause of a contract as pairs of field and value, empty fields left out.

    `rates.capacity` is the rate of that id; `commitments.0`, as `commitments[0]`, the first.
    """
    at: object = contract
    for part in re.findall(r"[^.\[\]]+", path):
        if isinstance(at, tuple):
            named = [item for item in at if getattr(item, "id", None) == part]
            if not named and part.isdigit() and int(part) < len(at):
                named = [at[int(part)]]
            at = named[0] if named else None
        else:
            at = getattr(at, part, None)
        if at is None:
            return
    yield from _pairs(at)


def _pairs(value: object, before: str = "") -> Iterator[tuple[str, str]]:
    """Give the fields of a value, those inside it too."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            name = f"{before}.{field.name}" if before else field.name
            yield from _pairs(getattr(value, field.name), name)
    elif isinstance(value, tuple):
        if value and all(not is_dataclass(item) for item in value):
            yield before, ", ".join(_said(item) for item in value)
        else:
            for index, item in enumerate(value):
                yield from _pairs(item, f"{before}[{index}]" if before else f"[{index}]")
    elif value is not None and value != "":
        yield before, _said(value)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _facts(
    source: str, kind: str, key: str, records: Records
) -> tuple[tuple[str, str], ...] | None:
    """Look a source up in the records; None where it is not there."""
    counted = _COUNTED.match(source)
    if counted:
        place = "source" if counted[1] == "readings" else "site"
        return ((counted[1], counted[2]), (place, counted[3]))
    held: Sequence[object] = ()
    match kind:
        case "event":
            held = [event for event in records.events if event.id == key]
        case "fixing":
            series, _, day = key.rpartition("/")
            fixings = (f for f in records.fixings if (f.series, str(f.day)) == (series, day))
            held = sorted(fixings, key=attrgetter("recorded"), reverse=True)
        case "tariff":
            held = [tariff for tariff in records.tariffs if tariff.id == key]
        case "reading":
            return _reading(key, records)
        case _:
            return None
    return tuple(_pairs(held[0])) if held else None


def _reading(key: str, records: Records) -> tuple[tuple[str, str], ...] | None:
    source, _, name = key.partition("/")
    readings = records.readings
    rows = (readings.source == readings.code(source)).nonzero()[0]
    row = next((int(row) for row in rows if str(readings.id[row]) == name), None)
    if row is None:
        return None
    meter = METERS[int(readings.meter[row])]

    def called(code: int) -> str:
        return readings.names[code] if code >= 0 else ""

    facts = (
        ("source", source),
        ("id", name),
        ("meter", str(meter)),
        ("site", called(int(readings.site[row]))),
        ("tranche", called(int(readings.tranche[row]))),
        ("node", called(int(readings.node[row]))),
        ("starts", _moment(int(readings.starts[row]))),
        ("ends", _moment(int(readings.ends[row]))),
        ("amount", f"{int(readings.amount[row])} {meter.unit}"),
        ("recorded", _moment(int(readings.recorded[row]))),
    )
    return tuple(pair for pair in facts if pair[1])


def _moment(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat().replace("+00:00", "Z")


def _not_one(name: str, found: Sequence[str], lines: Mapping[str, Charge | External]) -> Fault:
    if found:
        hint = "say which: " + ", ".join(sorted(found)[:6])
        return Fault(code="OTK-L155", what="more than one line ends so", got=name, hint=hint)
    hint = did_you_mean(name, lines) or "the months given have no lines"
    return Fault(code="OTK-L155", what="no such line", where=Where(), got=name, hint=hint)
