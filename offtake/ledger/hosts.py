"""Host lists: `n[001-512],m7` names 513 nodes, as Slurm writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from offtake.errors import Fault, OfftakeError, Where

MOST = 2_000_000
"""Most nodes one list may name."""

_PART = re.compile(r"([^\[\],]+)(?:\[([^\[\]]*)\])?([^\[\],]*)(?:,|$)")
_NUMBERED = re.compile(r"^(.*?)(\d+)$")
_RANGE = re.compile(r"^(\d+)(?:-(\d+))?$")


@lru_cache(maxsize=4096)
def hosts(text: str) -> tuple[str, ...]:
    """List the nodes a host list names, in its order.

    Raises:
        OfftakeError: it is not a host list, names a node twice, or too many (`OTK-L010`).
    """
    names: list[str] = []
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None or match.end() == at:
            raise _wrong(text, "not a list of nodes")
        names.extend(_expanded(text, match[1].strip(), match[2], match[3].strip()))
        at = match.end()
    if not names or text.endswith(","):
        raise _wrong(text, "not a list of nodes")
    if len(set(names)) < len(names):
        raise _wrong(text, "a node is named twice")
    return tuple(names)


def folded(names: Iterable[str]) -> str:
    """Write nodes as a host list, sorted: n001, n002 and n004 are `n[001-002,004]`."""
    alone: list[str] = []
    numbered: dict[tuple[str, int], list[int]] = {}
    for name in names:
        match = _NUMBERED.match(name)
        if match is None:
            alone.append(name)
        else:
            numbered.setdefault((match[1], len(match[2])), []).append(int(match[2]))
    parts = [_folded(*key, sorted(numbers)) for key, numbers in sorted(numbered.items())]
    return ",".join((*sorted(alone), *parts))


def _folded(before: str, width: int, numbers: list[int]) -> str:
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    texts = [
        f"{first:0{width}}" if first == last else f"{first:0{width}}-{last:0{width}}"
        for first, last in ranges
    ]
    alone = len(ranges) == 1 and ranges[0][0] == ranges[0][1]
    return before + (texts[0] if alone else f"[{','.join(texts)}]")


def _expanded(text: str, before: str, inside: str | None, after: str) -> Iterator[str]:
    if inside is None:
        yield before + after
        return
    for part in inside.split(","):
        match = _RANGE.match(part.strip())
        if match is None:
            raise _wrong(text, f"not a range: {part!r}")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first or last - first >= MOST:
            raise _wrong(text, f"a range that runs backwards or is too long: {part!r}")
        for number in range(first, last + 1):
            yield f"{before}{number:0{len(match[1])}}{after}"


def _wrong(text: str, what: str) -> OfftakeError:
    hint = "write it like n[001-512] or n001,n002"
    return OfftakeError(Fault(code="OTK-L010", what=what, where=Where(), got=text[:80], hint=hint))
