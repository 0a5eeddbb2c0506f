"""The work of `offtake learn`: read the store, learn, tell what changes, write it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from offtake.cli import outputs, screen, settling, tables
from offtake.cli.soundness import sound
from offtake.errors import OfftakeError
from offtake.files.plans import derating_text, learned_text
from offtake.files.writing import canonical_text
from offtake.measure.learning import learn as learn_from
from offtake.measure.learning import with_delays
from offtake.model.contract import Contract, Offer
from offtake.model.learned import Learned
from offtake.model.portfolio import Portfolio
from offtake.model.uncertainty import DelayProcess
from offtake.plan.derated import derated
from offtake.store.facts import records
from offtake.store.opening import open_store
from offtake.store.watching import watched

LEARNED, DERATING, WORLD = "learned.json", "derating.json", "portfolio.yaml"
"""Files that are written."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be learned from, as it was asked for."""

    store: str
    world: str | None
    since: str | None
    until: str | None
    out: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changes of a world."""

    of: str
    """Offer or contract, or `delays`."""
    field: str
    """What of it."""
    before: str
    """What it was."""
    after: str
    """What it becomes."""


def learn(asked: Asked, *, as_json: bool, quiet: bool, force: bool) -> None:
    """Learn, tell and write.

    Raises:
        OfftakeError: there is no such store (`OTK-B007`), nothing to learn from (`OTK-E120`,
            `OTK-E121`), the world has faults, or a file cannot be written.
    """
    portfolio = None if asked.world is None else sound(asked.world, quiet).portfolio
    files = _files(asked, force=force)
    made = _learned(asked, () if portfolio is None else portfolio.contracts)
    after, unknown = (None, ()) if portfolio is None else taught(portfolio, made)
    changes = () if portfolio is None or after is None else tuple(changed(portfolio, after))
    if as_json:
        plain = json.loads(learned_text(made))
        plain["changes"] = None if portfolio is None else [_plain(each) for each in changes]
        screen.say_json(plain)
    else:
        _say(made)
        if portfolio is not None:
            _say_changes(portfolio.name, changes, unknown)
    texts = {LEARNED: learned_text(made), DERATING: derating_text(made.derating)}
    if after is not None:
        texts[WORLD] = canonical_text(after)
    for name, path in files.items():
        wrote = outputs.fill(path, texts[name])
        screen.note(f"wrote {wrote}") if as_json else screen.say(f"wrote {wrote}")


def _files(asked: Asked, *, force: bool) -> Mapping[str, Path]:
    if asked.out is None:
        return {}
    names = (LEARNED, DERATING, *(() if asked.world is None else (WORLD,)))
    files = {name: asked.out / name for name in names}
    outputs.claim(files.values(), force=force)
    return files


def _learned(asked: Asked, contracts: Sequence[Contract]) -> Learned:
    since = None if asked.since is None else settling.moment_of(asked.since)
    now = datetime.now(UTC).replace(microsecond=0)
    until = now if asked.until is None else settling.moment_of(asked.until)
    store = open_store(asked.store, make=False)
    try:
        with store.reading() as connection:
            seen = watched(connection, until=until.timestamp())
            events = records(connection).events if contracts else ()
    finally:
        store.close()
    return learn_from(seen, contracts, events, starts=since, ends=until)


def taught(portfolio: Portfolio, made: Learned) -> tuple[Portfolio, tuple[str, ...]]:
    """Give a world with what was learned in it, and lines of the derating it has no use for.

    Raises:
        OfftakeError: tranches of one contract did differently (`OTK-S082`).
    """
    known, unknown = [], []
    for line in made.derating.lines:
        try:
            derated(portfolio, replace(made.derating, lines=(line,)))
        except OfftakeError as error:
            if {fault.code for fault in error.faults} != {"OTK-S081"}:
                raise
            unknown.append(f"{line.accelerator} at {line.site}")
        else:
            known.append(line)
    after = derated(portfolio, replace(made.derating, lines=tuple(known)))
    return with_delays(after, made), tuple(unknown)


def changed(before: Portfolio, after: Portfolio) -> Iterator[Change]:
    """Give what differs of goodput and delays."""
    pairs: list[tuple[str, Offer | Contract, Offer | Contract]] = [
        (f"offer {a.id}", a, b) for a, b in zip(before.offers, after.offers, strict=True)
    ]
    pairs += [
        (f"contract {a.id}", a, b) for a, b in zip(before.contracts, after.contracts, strict=True)
    ]
    for name, old, new in pairs:
        if old.goodput_ratio != new.goodput_ratio:
            was, now = f"{old.goodput_ratio:.4f}", f"{new.goodput_ratio:.4f}"
            yield Change(of=name, field="goodput_ratio", before=was, after=now)
    was, now = (_delay(each) for each in (before, after))
    if was != now:
        yield Change(of="what names no delay", field="delay", before=was, after=now)


def _delay(portfolio: Portfolio) -> str:
    name = portfolio.uncertainty.default_delay
    found = [each for each in portfolio.uncertainty.delays if each.id == name]
    return _process(found[0]) if found else "always on time"


def _process(found: DelayProcess) -> str:
    late, days = 100 * found.late_share, found.median_days
    return f"{late:.0f} % late, median {days:.1f} days, sigma {found.log_sigma:.2f}"


def _plain(change: Change) -> Mapping[str, Any]:
    told = {"of": change.of, "field": change.field}
    return {**told, "before": change.before, "after": change.after}


def _say(made: Learned) -> None:
    screen.say(f"Measured: {made.source}.")
    if made.unmetered_count:
        ran = f"{made.unmetered_count:,} of {made.attempt_count:,} attempts"
        screen.say(f"{ran} vanished: they count up to when they were given up.")
    screen.say("\nFailures in 1,000 days of a node, with the exact 95 % interval")
    rows = [
        (
            rate.cluster,
            rate.accelerator,
            str(rate.failure),
            f"{rate.failure_count:,}",
            f"{rate.watched_node_days:,.4g}",
            _rate(rate.mean_per_1000_node_days),
            _rate(rate.low_per_1000_node_days),
            _rate(rate.high_per_1000_node_days),
        )
        for rate in made.failures
    ]
    heads = "cluster,accelerator,of,seen,node-days,mean,low,high".split(",")
    tables.say(heads, rows, range(3, 8))
    screen.say("\nWhat accelerators did of what was delivered")
    lines = [
        (
            line.accelerator,
            line.site or "",
            *(_share(x) for x in (line.goodput_share, line.up_share, line.coverage_share)),
        )
        for line in made.derating.lines
    ]
    tables.say(["accelerator", "site", "goodput", "up", "held by work"], lines, [2, 3, 4])
    if made.tranches:
        _say_delays(made)


def _say_delays(made: Learned) -> None:
    screen.say("\nTranches, accepted against due")
    rows = [
        (
            f"{each.contract}.{each.tranche}",
            str(each.due),
            "not yet" if each.accepted is None else str(each.accepted),
            f"{each.late_days:,.0f}",
        )
        for each in made.tranches
    ]
    tables.say(["tranche", "due", "accepted", "days late"], rows, [3])
    few = "fewer than two were accepted late: no delay process can be fitted"
    screen.say(f"Delays: {few if made.delay is None else _process(made.delay)}.")


def _say_changes(world: str, changes: Sequence[Change], unknown: Sequence[str]) -> None:
    screen.say(f"\nWhat changes of {world}")
    for name in unknown:
        screen.say(f"- {name}: the world has no such accelerators there")
    if changes:
        rows = [(each.of, each.field, each.before, each.after) for each in changes]
        tables.say(["of", "field", "before", "after"], rows)
    else:
        screen.say("- nothing")


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}"


def _share(value: float) -> str:
    return f"{100 * value:.2f} %"
