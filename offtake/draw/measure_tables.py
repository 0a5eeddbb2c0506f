"""The numbers of a transparency sheet as tables of text."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.draw.tables import Table
from offtake.measure.definitions import DEFINITIONS
from offtake.model.metric import Metric, Sheet, Subject

_SMALL = ("usd-per-million-tokens-billed", "usd-per-million-tokens-effective", "pue")
_MOST = 5
"""Digits of a number that has no places of its own."""


def title(sheet: Sheet) -> str:
    """Say whose sheet it is, and of when."""
    when = sheet.month or _window(sheet)
    return f"Transparency sheet of {sheet.publisher}{', ' + when if when else ''}"


def _window(sheet: Sheet) -> str:
    if not sheet.metrics:
        return ""
    first = min(m.starts for m in sheet.metrics)
    last = max(m.ends for m in sheet.metrics)
    return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"


def subjects(sheet: Sheet) -> tuple[Subject, ...]:
    """Give what the sheet is of, in its order."""
    return tuple(dict.fromkeys(metric.of for metric in sheet.metrics))


def name_of(subject: Subject) -> str:
    """Name a subject with how it is held."""
    return f"{subject.name}, {subject.tenure.value}" if subject.tenure else subject.name


def amount(metric: Metric) -> str:
    """Write a value: shares in per cent, money to a tenth of a cent, the rest to five digits."""
    if metric.unit == "share":
        return f"{100 * metric.value:.1f} %"
    if metric.id in _SMALL:
        return f"{metric.value:,.3f}"
    return significant(metric.value)


def significant(value: float) -> str:
    """Write a number to five digits; a very large one by its power of ten."""
    if value == 0.0:
        return "0"
    if abs(value) >= 1e7:
        return f"{value:.4e}".replace("e+", "e")
    whole = len(str(int(abs(value)))) if abs(value) >= 1.0 else 0
    places = max(0, _MOST - whole)
    if abs(value) < 1e-4:
        return f"{value:.4e}"
    return f"{value:,.{places}f}"


def metrics(sheet: Sheet, subject: Subject) -> Table:
    """Give the metrics of one subject."""
    return Table(
        caption=f"{name_of(subject)}: what is inside, how it is known, and how much was read",
        head=("Metric", "Value", "Unit", "Boundary", "Known", "Window read", "Note"),
        rows=tuple(_rows(sheet, subject)),
        texts=frozenset({0, 2, 3, 4, 6}),
    )


def _rows(sheet: Sheet, subject: Subject) -> Iterator[tuple[str, ...]]:
    for metric in sheet.metrics:
        if metric.of != subject:
            continue
        known = DEFINITIONS[metric.id]
        carbon = [str(metric.counting), str(metric.carbon_basis)] if metric.counting else []
        notes = "; ".join(part for part in (metric.note, ", ".join(carbon)) if part)
        yield (
            known.name,
            amount(metric),
            "" if metric.unit == "share" else metric.unit,
            metric.boundary.value,
            metric.evidence.value,
            f"{100 * metric.covered_share:.1f} %",
            notes,
        )


def absent(sheet: Sheet) -> Table:
    """Give what could not be told, with the reason; subjects of one reason share a row."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in sheet.absent:
        groups.setdefault((DEFINITIONS[one.id].name, one.reason), []).append(one.of.name)
    return Table(
        caption="Left out, never filled",
        head=("Metric", "Of", "Why"),
        rows=tuple((name, ", ".join(of), why) for (name, why), of in groups.items()),
        texts=frozenset({0, 1, 2}),
    )


def sources(sheet: Sheet) -> Table:
    """Give what the numbers rest on."""
    found: dict[str, dict[str, None]] = {}
    for metric in sheet.metrics:
        found.setdefault(metric.source, {}).setdefault(DEFINITIONS[metric.id].name)
    return Table(
        caption="Meters, invoices, contracts and runs",
        head=("Source", "Metrics that rest on it"),
        rows=tuple((source, ", ".join(names)) for source, names in found.items()),
        texts=frozenset({0, 1}),
    )


def shares(sheet: Sheet) -> tuple[Metric, ...]:
    """Give the metrics that are shares: utilisation by kind, goodput, clean energy."""
    return tuple(m for m in sheet.metrics if DEFINITIONS[m.id].is_share)


def of(sheet: Sheet, *names: str) -> tuple[Metric, ...]:
    """Give the metrics of some definitions."""
    return tuple(m for m in sheet.metrics if m.id in names)


def listed(found: tuple[Metric, ...], title: str) -> Table:
    """Give the numbers behind a figure."""
    return Table(
        caption=f"What the figure shows: {title}",
        head=("Metric", "Of", "Value", "Unit", "Window read"),
        rows=tuple(
            (
                DEFINITIONS[m.id].name,
                name_of(m.of),
                amount(m),
                "" if m.unit == "share" else m.unit,
                f"{100 * m.covered_share:.1f} %",
            )
            for m in found
        ),
        texts=frozenset({0, 1, 3}),
    )
