"""All checks by name, and how they are run."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from offtake.checks import (
    accelerators,
    chains,
    clauses,
    dates,
    geography,
    horizon,
    identity,
    markets,
    money,
    power,
    references,
    sizes,
    stacks,
    vehicles,
)
from offtake.checks.finding import Check, Finding, Level
from offtake.errors import Fault, OfftakeError, did_you_mean
from offtake.model.portfolio import Portfolio

CHECKS: Mapping[str, Check] = {
    check.name: check
    for module in (
        identity,
        references,
        chains,
        dates,
        horizon,
        power,
        stacks,
        sizes,
        accelerators,
        geography,
        money,
        markets,
        clauses,
        vehicles,
    )
    for check in module.CHECKS
}
"""Every check by its name, in the order they are run."""


def run(
    portfolio: Portfolio, strict: Collection[str] = (), only: Collection[str] | None = None
) -> list[Finding]:
    """Look at a portfolio with all checks, or only some, and give what they find.

    A warning of a check named in `strict` counts as an error; `all` makes every one strict.
    Findings come in the order of `CHECKS`; equal faults of one check come once.

    Raises:
        OfftakeError: a name in `strict` or `only` is no check's (`OTK-C200`).
    """
    refuse_unknown(strict, only)
    found: list[Finding] = []
    for check in CHECKS.values():
        if only is None or check.name in only:
            hard = check.name in strict or ALL in strict
            level = Level.ERROR if hard else check.level
            faults = dict.fromkeys(check.look(portfolio))
            found += (Finding(check.name, level, fault) for fault in faults)
    return found


ALL = "all"
"""In `strict`: every check."""


def refuse_unknown(strict: Collection[str], only: Collection[str] | None) -> None:
    """Raise where a name is no check's.

    Raises:
        OfftakeError: with every such name (`OTK-C200`).
    """
    known = [*CHECKS, ALL]
    unknown = [name for name in strict if name not in known]
    unknown += [name for name in only or () if name not in CHECKS]
    if unknown:
        raise OfftakeError(
            [
                Fault(
                    code="OTK-C200",
                    what="there is no such check",
                    got=f"'{name}'",
                    hint=did_you_mean(name, known),
                )
                for name in unknown
            ]
        )
