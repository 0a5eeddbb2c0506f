"""Metrics of many devices that were reduced: energy, and utilisation of four kinds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from offtake.errors import Fault, OfftakeError, Where
from offtake.measure.devices import ENERGY, POWER, SHARES, Devices
from offtake.measure.taking import Within, take
from offtake.model.metric import Absent, Boundary, Metric, Sheet, Subject

_KINDS = dict(zip(SHARES, ("utilisation-gpu", "utilisation-sm", "utilisation-tensor"), strict=True))
_MWH = 3.6e9


def sheet_of_devices(
    devices: Devices,
    publisher: str,
    *,
    site: str,
    window: tuple[int, int] | None = None,
    design_w: float | None = None,
) -> Sheet:
    """Give the sheet of samples of devices.

    Args:
        devices: What they were reduced to.
        publisher: Who says so.
        site: Where they stand.
        window: First second, and first second after; None is from the first to the last sample.
        design_w: Design power of one; without it there is no utilisation of power.

    Raises:
        OfftakeError: there are no samples (`OTK-Q012`), or some lie outside the window
            (`OTK-Q035`).
    """
    first, last = devices.first, devices.final
    if first is None or last is None or last <= first:
        fault = Fault(code="OTK-Q012", what="no time lies between samples", where=Where(path=site))
        raise OfftakeError(fault)
    span = window or (first, last)
    if first < span[0] or last > span[1]:
        what = "samples lie outside the window"
        raise OfftakeError(
            Fault(code="OTK-Q035", what=what, where=Where(path=site), got=f"{first} to {last}")
        )
    starts, ends = (datetime.fromtimestamp(second, UTC) for second in span)
    of = Subject(site=site)
    within = Within(of=of, starts=starts, ends=ends, source="samples of devices")
    lines = list(_lines(devices, within, span, design_w))
    notes = [f"{len(devices.names):,} devices"]
    notes += [f"{what}: {count:,}" for what, count in sorted(devices.counts.items())]
    return Sheet(
        publisher=publisher,
        metrics=tuple(line for line in lines if isinstance(line, Metric)),
        absent=tuple(line for line in lines if isinstance(line, Absent)),
        notes=tuple(notes),
    )


def _lines(
    devices: Devices, within: Within, span: tuple[int, int], design_w: float | None
) -> Iterator[Metric | Absent]:
    whole = float(len(devices.names) * (span[1] - span[0]))

    def over(name: str) -> tuple[float, Within]:
        read = float(devices.totals[name].covered_s.sum())
        return read, within.but(covered=read / whole)

    read, told = over(ENERGY)
    if read:
        joules = float(devices.totals[ENERGY].amount.sum())
        yield take("accelerator-energy", told, Boundary.ACCELERATOR, joules / _MWH)
    else:
        yield Absent(id="accelerator-energy", of=within.of, reason="the counter was not read")
    read, told = over(POWER)
    if read and design_w:
        mean = float(devices.totals[POWER].amount.sum()) / read
        yield take("utilisation-power", told, Boundary.ACCELERATOR, mean, design_w)
    else:
        reason = "power was not read" if not read else "nobody said their design power"
        yield Absent(id="utilisation-power", of=within.of, reason=reason)
    for name, ident in _KINDS.items():
        read, told = over(name)
        if read:
            amount = float(devices.totals[name].amount.sum())
            yield take(ident, told, Boundary.ACCELERATOR, amount, read)
        else:
            reason = "not read: dcgm-exporter leaves its profiling fields out unless asked"
            yield Absent(id=ident, of=within.of, reason=reason)
