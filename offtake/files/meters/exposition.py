"""Samples of Prometheus: the text of a scrape, with timestamps, and answers of its HTTP API.

Formats: <https://prometheus.io/docs/instrumenting/exposition_formats/> and
<https://prometheus.io/docs/prometheus/latest/querying/api/>.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.meters.imported import Account

_LINE = re.compile(
    r"\s*(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*"
    r'(?:\{(?P<labels>(?:[^"}]|"(?:\\.|[^"\\])*")*)\})?\s*'
    r"(?P<value>\S+)(?:\s+(?P<time>[-+]?[0-9]+(?:\.[0-9]+)?))?(?:\s+#\s.*)?\s*$"
)
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:\\.|[^"\\])*)"\s*(?:,|$)')
_ESCAPES = {"n": "\n", "\\": "\\", '"': '"'}


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample, as it was written."""

    name: str
    labels: Mapping[str, str]
    millisecond: int
    value: Decimal
    place: str
    """Where it stands in its file, for who must be told of it."""


def samples(path: Path, names: Collection[str], account: Account) -> Iterator[Sample]:
    """Give the samples of some metrics in a file; all others are counted in the account.

    Raises:
        OfftakeError: the file is not there (`OTK-F001`), cannot be read (`OTK-F003`), or is
            neither such text nor such JSON (`OTK-M102`).
    """
    text = read_text(path)
    found = _json(path, text) if text.lstrip()[:1] in ("{", "[") else _text(path, text, account)
    for sample in found:
        if sample.name not in names:
            account.refused[f"another metric: {sample.name}"] += 1
        elif not sample.value.is_finite():
            account.refused["not a number (NaN, Inf, or a stale marker)"] += 1
        elif sample.value < 0:
            account.refused["below 0"] += 1
        else:
            yield sample


def read_text(path: Path) -> str:
    """Read a file of text.

    Raises:
        OfftakeError: it is not there (`OTK-F001`), cannot be read (`OTK-F003`), or is not
            UTF-8 (`OTK-F005`).
    """
    where = Where(file=str(path))
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise OfftakeError(
            Fault(code="OTK-F001", what="there is no such file", where=where)
        ) from None
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise OfftakeError(Fault(code="OTK-F003", what=what, where=where)) from None
    except UnicodeDecodeError:
        raise OfftakeError(Fault(code="OTK-F005", what="not UTF-8 text", where=where)) from None


def _text(path: Path, text: str, account: Account) -> Iterator[Sample]:
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.match(line)
        value = _value(match["value"]) if match else None
        labels = _labels(match["labels"] or "") if match else None
        if match is None or value is None or labels is None:
            raise OfftakeError(_strange(path, number, stripped))
        if match["time"] is None:
            account.refused["without a time: a scrape must be saved with timestamps"] += 1
            continue
        yield Sample(match["name"], labels, _millisecond(match["time"]), value, f"line {number}")


def _millisecond(text: str) -> int:
    """Read a time: milliseconds, or seconds with a point as OpenMetrics writes them."""
    return round(Decimal(text) * 1000) if "." in text else int(text)


def _labels(text: str) -> dict[str, str] | None:
    made: dict[str, str] = {}
    at = 0
    while text[at:].strip():
        match = _LABEL.match(text, at)
        if match is None:
            return None
        made[match[1]] = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), match[2])
        at = match.end()
    return made


def _value(text: object) -> Decimal | None:
    try:
        return Decimal(str(text).replace("+Inf", "Infinity").replace("-Inf", "-Infinity"))
    except InvalidOperation:
        return None


def _strange(path: Path, line: int, text: str) -> Fault:
    return Fault(
        code="OTK-M102",
        what="not a sample of Prometheus",
        where=Where(file=str(path), line=line),
        got=f"'{text[:60]}'",
        hint='a line is NAME{LABEL="TEXT"} VALUE MILLISECONDS',
    )


def _json(path: Path, text: str) -> Iterator[Sample]:
    try:
        said = json.loads(text, parse_float=Decimal)
        if said.get("status") != "success":
            reason = said.get("error") or f"status is {said.get('status')}"
            raise OfftakeError(_no_answer(path, f"the query failed: {reason}"))
        data = said["data"]
        if data["resultType"] not in ("matrix", "vector"):
            raise OfftakeError(_no_answer(path, f"a {data['resultType']} has no series"))
        for index, series in enumerate(data["result"]):
            yield from _series(series, index)
    except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
        reason = f"{type(error).__name__}: {error}"[:100]
        raise OfftakeError(_no_answer(path, f"not an answer of its API ({reason})")) from None


def _series(series: Any, index: int) -> Iterator[Sample]:
    labels = {str(key): str(held) for key, held in series["metric"].items()}
    name = labels.pop("__name__", "")
    values = series["values"] if "values" in series else [series["value"]]
    for place, (time, text) in enumerate(values):
        value = _value(text)
        if value is None:
            raise ValueError(f"{text!r} is no number")
        at = f"result {index}, value {place}"
        yield Sample(name, labels, round(Decimal(str(time)) * 1000), value, at)


def _no_answer(path: Path, what: str) -> Fault:
    return Fault(
        code="OTK-M102",
        what=what,
        where=Where(file=str(path)),
        hint="save the answer of /api/v1/query_range, or a scrape with timestamps",
    )
