"""Words of a study: money, shares and what two plans sign differently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from offtake.errors import OfftakeError
from offtake.model.contract import Tenure
from offtake.model.outlook import Lot

_SCALES = ((1e9, "B"), (1e6, "M"), (1e3, "k"))
MOST_CHANGES = 4
"""Changes told one by one; the rest are counted."""
SAME_MW = 0.5
"""Power that differs by less is not told."""
MOST_FAULTS = 3


def money(usd: float) -> str:
    """Write money with three figures: `1.24 B USD`."""
    for scale, letter in _SCALES:
        if abs(usd) >= 0.9995 * scale:
            return f"{_three(usd / scale)} {letter} USD"
    return f"{_three(usd)} USD"


def _three(number: float) -> str:
    size = abs(number)
    if size < 0.005:
        return "0"
    text = (
        f"{number:.2f}" if size < 9.995 else f"{number:.1f}" if size < 99.95 else f"{number:,.0f}"
    )
    return text.replace("-", "−")


def percent(share: float) -> str:
    """Write a share with two figures, or whole percents: `1.2 %`."""
    number = round(share * 100, 0 if abs(share) >= 0.0995 else 1 if abs(share) >= 0.00995 else 2)
    return f"{number:g}".replace("-", "−") + " %"


def megawatts(mw: float) -> str:
    """Write a power: `1,250 MW`."""
    return f"{mw:,.0f} MW" if mw >= 9.5 else f"{mw:.1f} MW"


def listed(parts: Iterable[str]) -> str:
    """Join parts as a sentence does: `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def reasons(error: OfftakeError) -> str:
    """Say in a sentence why there is no plan."""
    told = [f"{fault.where}: {fault.what}".removeprefix(": ") for fault in error.faults]
    more = len(told) - MOST_FAULTS
    return "; ".join(told[:MOST_FAULTS]) + (f"; and {more} more" if more > 0 else "")


@dataclass(slots=True)
class _Total:
    name: str
    tenure: Tenure
    mw: float = 0.0
    moment: float = 0.0
    """MW times quarter, to tell when on average it is signed."""


def _totals(lots: Iterable[Lot]) -> dict[str, _Total]:
    found: dict[str, _Total] = {}
    for lot in lots:
        total = found.setdefault(lot.offer, _Total(lot.name, lot.tenure))
        total.mw += lot.power_it_mw
        total.moment += lot.power_it_mw * (lot.period.year * 4 + lot.period.quarter)
    return found


def differences(before: Iterable[Lot], after: Iterable[Lot]) -> str:
    """Say what `after` signs differently from `before`, the largest change first.

    `300 MW more of Narvik B (lease), 150 MW of Milam 2 (own) two quarters later`
    """
    old, new = _totals(before), _totals(after)
    changes: list[tuple[float, str]] = []
    for name in {**old, **new}:
        now, was = new.get(name), old.get(name)
        known = now or was
        assert known is not None
        label = f"{known.name} ({known.tenure.value})"
        mw, earlier = (now.mw if now else 0.0), (was.mw if was else 0.0)
        if abs(mw - earlier) >= SAME_MW:
            changes.append((abs(mw - earlier), _amount(mw, earlier, label)))
        elif now and was and mw > 0:
            shift = now.moment / now.mw - was.moment / was.mw
            if abs(shift) >= 0.5:
                changes.append((mw * abs(shift) / 4, _moved(mw, shift, label)))
    if not changes:
        return "signs the same"
    told = [words for _, words in sorted(changes, key=lambda c: (-c[0], c[1]))]
    rest = len(told) - MOST_CHANGES
    return ", ".join(told[:MOST_CHANGES]) + (f", and {rest} smaller changes" if rest > 0 else "")


def _amount(mw: float, before: float, label: str) -> str:
    if mw < SAME_MW:
        return f"no {label} instead of {megawatts(before)}"
    way = "more" if mw > before else "less"
    return f"{megawatts(abs(mw - before))} {way} of {label}"


def _moved(mw: float, quarters: float, label: str) -> str:
    way = "later" if quarters > 0 else "earlier"
    size = f"{abs(quarters):.2g}"
    return f"{megawatts(mw)} of {label} {size} quarter{'s' * (size != '1')} {way} on average"
