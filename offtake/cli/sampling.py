"""The work of `offtake samples`, and options of scenarios that it shares with planning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from offtake.cli import outputs, planning, screen
from offtake.cli.soundness import sound
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files.samples import samples_bytes
from offtake.model.period import Quarter
from offtake.plan.futures import Wanted, prepared
from offtake.plan.samples import table_of
from offtake.plan.supply import compile_supply


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which scenarios are written; None is what the portfolio says."""

    scenarios: int | None
    seed: int | None
    drawn: int | None
    reviews: tuple[Quarter, ...]
    branches: int


def quarters(text: str, command: str = "plan") -> tuple[Quarter, ...]:
    """Read a list of quarters as an option says it: `2027Q1,2028Q1`.

    Raises:
        OfftakeError: one is no quarter (`OTK-U004`).
    """
    found, faults = [], []
    for word in (part.strip() for part in text.split(",") if part.strip()):
        try:
            found.append(Quarter.parse(word))
        except ValueError as error:
            where = Where(path=f"offtake {command} --reviews")
            hint = "write --reviews 2027Q1,2028Q1"
            faults.append(
                Fault(code="OTK-U004", what=str(error), where=where, got=f"'{word}'", hint=hint)
            )
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)
    return tuple(found)


def write(
    world: str, sampling: Sampling, out: Path, *, as_json: bool, quiet: bool, force: bool
) -> None:
    """Write a world's scenarios to a file.

    Raises:
        OfftakeError: the world has errors, an option is out of range, or the file cannot or
            must not be written.
    """
    planning.refuse_negative(sampling.seed, "offtake samples --seed")
    outputs.claim([out], force=force)
    document = sound(world, quiet)
    portfolio = document.portfolio
    supply = compile_supply(portfolio)
    process = portfolio.uncertainty
    count = process.scenario_count if sampling.scenarios is None else sampling.scenarios
    least = max(1, len([s for s in process.scenarios if s.probability_share > 0]))
    if count < least:
        what = f"scenarios must be at least {least}"
        where = Where(path="offtake samples --scenarios")
        fault = Fault(code="OTK-P100", what=what, where=where, got=str(count))
        raise OfftakeError(fault, exit=Exit.USAGE)
    wanted = Wanted(
        count,
        process.seed if sampling.seed is None else sampling.seed,
        None,
        sampling.drawn,
        sampling.reviews,
        sampling.branches,
    )
    try:
        made = prepared(portfolio, supply, wanted)
    except OfftakeError as error:
        raise OfftakeError(
            [option(fault, "samples") for fault in error.faults], exit=error.exit
        ) from None
    table = table_of(portfolio, supply, made.scenarios, made.node)
    outputs.fill(out, samples_bytes(table, out.suffix.lower()))
    said = {"file": str(out), "rows": table.count, "scenarios": made.scenarios.count}
    if as_json:
        screen.say_json({**said, "remarks": list(made.remarks)})
    else:
        for remark in made.remarks:
            screen.note(remark)
        screen.say(f"wrote {out}: {made.scenarios.count} scenarios, {table.count:,} rows")


def option(fault: Fault, command: str) -> Fault:
    """Say of which option of a command a fault is, if it is of one."""
    if fault.code not in planning.OPTIONS:
        return fault
    name = {"reduce": "scenarios"}.get(fault.where.path, fault.where.path)
    return replace(fault, where=Where(path=f"offtake {command} --{name}"))
