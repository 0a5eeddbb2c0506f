"""A portfolio's entries with their paths, and small questions many checks ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import Any, cast

from offtake.checks.references import item_names
from offtake.errors import Fault, Where
from offtake.model.contract import Contract, Tranche
from offtake.model.portfolio import Portfolio
from offtake.model.site import Phase, Site
from offtake.model.value import Value

ROUNDING_SHARE = 1e-6
"""What two sums of stated numbers may differ by and still be called equal."""


def fault(
    code: str, path: str, what: str, *, got: str | None = None, hint: str | None = None
) -> Fault:
    """Give a fault at a dotted path."""
    return Fault(code=code, what=what, where=Where(path=path), got=got, hint=hint)


def entries(held: object, path: str = "") -> Iterator[tuple[str, Value]]:
    """Give a value and every value inside it, each with its dotted path, outermost first."""
    match held:
        case Value():
            yield path, held
            for field in fields(cast(Any, held)):
                below = f"{path}.{field.name}" if path else field.name
                yield from entries(getattr(held, field.name), below)
        case tuple():
            if any(isinstance(item, Value) for item in held):
                for name, item in zip(names(held), held, strict=True):
                    yield from entries(item, f"{path}.{name}")
        case _:
            return


def names(items: tuple[object, ...]) -> list[str]:
    """Name the items of a list as a path does: by their own name, else by index."""
    return item_names({key: getattr(item, key, None) for key in ("id", "party")} for item in items)


def paths(items: tuple[object, ...], path: str) -> list[str]:
    """Give the dotted path of each item of a list."""
    return [f"{path}.{name}" for name in names(items)]


def tranches(contract: Contract) -> Iterator[tuple[str, Tranche]]:
    """Give the tranches of a contract with their paths."""
    where = paths(contract.tranches, f"contracts.{contract.id}.tranches")
    yield from zip(where, contract.tranches, strict=True)


def phases(site: Site) -> Iterator[tuple[str, Phase]]:
    """Give the phases of a site with their paths."""
    yield from zip(paths(site.phases, f"sites.{site.id}.phases"), site.phases, strict=True)


def power_it_mw(tranche: Tranche, portfolio: Portfolio) -> float | None:
    """Give a tranche's power at the servers in MW: as stated, else from its accelerators."""
    if tranche.power_it_mw is not None:
        return float(tranche.power_it_mw)
    return accelerators_it_mw(tranche.accelerator, tranche.accelerator_count, portfolio)


def accelerators_it_mw(
    accelerator: str | None, count: int | None, portfolio: Portfolio
) -> float | None:
    """Give the power in MW IT of so many accelerators; None where one is not known."""
    for known in portfolio.accelerators:
        if known.id == accelerator and count is not None:
            return count * known.power_it_kw / 1e3
    return None


def facility_mw(phase: Phase, site: Site) -> float:
    """Give a phase's peak power at the meter in MW: as stated, else by the site's ratio."""
    if phase.power_facility_mw is not None:
        return float(phase.power_facility_mw)
    return float(phase.power_it_mw) * site.peak_ratio


def buyers(portfolio: Portfolio) -> frozenset[str]:
    """Name the parties that buy for the lab: itself and its vehicles."""
    return frozenset({portfolio.lab, *(v.party for v in portfolio.capital.vehicles)})


def begins(tranche: Tranche) -> date:
    """Give the day service begins: accepted, or else due."""
    return tranche.accepted or tranche.due


def after_months(day: date, months: int) -> date:
    """Give the day so many months later; the last of the month where it has no such day.

    Days after the year 9999 are that year's last.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def is_year(text: str) -> bool:
    """Whether text is a calendar year of four digits."""
    return len(text) == 4 and text.isascii() and text.isdigit()


def shown_mw(power: float) -> str:
    """Write a power as messages do: `1,180 MW`, `39.1 MW`."""
    return f"{power:,.1f}".removesuffix(".0") + " MW"
