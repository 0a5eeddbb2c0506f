"""The work of `offtake usage`, on the store itself: it needs no service that runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from offtake.cli import screen, settling, tables
from offtake.cli.faults import counted
from offtake.measure.used import Used, used
from offtake.measure.watched import Watched
from offtake.model.month import Month, midnight
from offtake.store.opening import open_store
from offtake.store.watching import watched

SCHEMA = "offtake.usage/1"
"""Name and version of the form it is printed in as JSON."""


def usage(store: str, month: str | None, *, as_json: bool) -> None:
    """Show what ran.

    Raises:
        OfftakeError: there is no such store (`OTK-B007`), or the month is none (`OTK-U020`).
    """
    asked = None if month is None else settling.month_of(month)
    span = (-math.inf, math.inf) if asked is None else _span(asked)
    found = used(seen(store), *span)
    if as_json:
        told = {"schema": SCHEMA, "month": month, "clusters": [plain(each) for each in found]}
        screen.say_json(told)
    else:
        _say(found, month)


def seen(store: str) -> Watched:
    """Read all that was watched from a store.

    Raises:
        OfftakeError: there is no such store (`OTK-B007`).
    """
    opened = open_store(store, make=False)
    try:
        with opened.reading() as connection:
            return watched(connection)
    finally:
        opened.close()


def _span(month: Month) -> tuple[float, float]:
    return (
        float(midnight(month.first_day, "UTC")),
        float(midnight((month + 1).first_day, "UTC")),
    )


def plain(each: Used) -> Mapping[str, Any]:
    """Give what one cluster was used for as plain data."""
    gap = each.difference_s
    return {
        "cluster": each.cluster,
        "contract": each.contract,
        "tranche": each.tranche,
        "attempt_count": each.attempts,
        "metered_gpu_seconds": each.metered_s,
        "accounted_attempt_count": each.accounted,
        "accounted_gpu_seconds": each.accounted_s if each.accounted else None,
        "difference_gpu_seconds": gap,
        "vanished_count": each.vanished,
        "vanished_accounted_count": each.told_of,
        "vanished_accounted_gpu_seconds": each.vanished_s if each.told_of else None,
        "running_count": each.running,
    }


def _say(found: Sequence[Used], month: str | None) -> None:
    screen.say(f"What ran{'' if month is None else f' in {month} (UTC)'}, GPU-hours")
    heads = "cluster,contract,attempts,metered,engine says,difference,vanished,running".split(",")
    rows = [
        (
            each.cluster,
            "-" if each.contract is None else f"{each.contract}.{each.tranche}",
            f"{each.attempts:,}",
            hours(each.metered_s),
            hours(each.accounted_s) if each.accounted else "-",
            "-" if each.difference_s is None else hours(each.difference_s),
            f"{each.vanished:,}",
            f"{each.running:,}",
        )
        for each in found
    ]
    tables.say(heads, rows, range(2, 8))
    for line in unsettled(found):
        screen.say(line)


def unsettled(found: Sequence[Used]) -> list[str]:
    """Say what began and has no end that could be settled; nothing, where there is none."""
    lines = []
    vanished = sum(each.vanished for each in found)
    if vanished:
        told = sum(each.told_of for each in found)
        said = hours(sum(each.vanished_s for each in found))
        known = f"; the engines say {said} GPU-hours of {told}" if told else ""
        lines.append(f"{counted(vanished, 'attempt')} vanished and are not settled{known}.")
    return lines


def hours(seconds: float) -> str:
    """Write accelerator-seconds as hours."""
    return f"{seconds / 3600:,.4f}"
