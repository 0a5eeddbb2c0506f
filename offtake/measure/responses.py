"""What demand response cost in goodput, beside what it earned.

power cut at the meter ÷ PUE ÷ power of an accelerator = accelerators stopped
accelerators stopped · time                            = accelerator-seconds lost
"""

from __future__ import annotations

from collections.abc import Iterator

from offtake.ledger.demand_response import hours
from offtake.measure.asked import Asked, Part, capacity_s
from offtake.measure.taking import Within, take
from offtake.model.event import EventKind
from offtake.model.metric import Absent, Boundary, Evidence, Metric
from offtake.model.month import epoch


def responses(asked: Asked, part: Part, within: Within) -> Iterator[Metric | Absent]:
    """Give the goodput a site lost to cuts of its power in the month; nothing without cuts."""
    if part.subject.contract is not None or part.subject.chain:
        return
    cuts = [
        event
        for event in asked.known.of(EventKind.DEMAND_RESPONSE)
        if event.site == part.site and part.window[0] <= epoch(event.starts) < part.window[1]
    ]
    if not cuts:
        return
    name = "goodput-lost-to-response"
    types = {t.accelerator for c in part.contracts for t in c.tranches if t.site == part.site}
    known = {a.id: a.power_it_kw for a in asked.portfolio.accelerators if a.id in types}
    site = next(s for s in asked.portfolio.sites if s.id == part.site)
    there = capacity_s(asked, part.contracts, part.site)
    lengths = [hours(event) for event in cuts]
    if len(known) != 1 or not there or any(length is None for length in lengths):
        reason = "a cut without a length, or accelerators of several types or none"
        yield Absent(id=name, of=part.subject, reason=reason)
        return
    kw = next(iter(known.values()))
    mwh = sum(
        float(event.power_mw or 0) * float(length or 0)
        for event, length in zip(cuts, lengths, strict=True)
    )
    lost = mwh * 1000.0 / site.pue_ratio / kw * 3600.0
    told = within.but(
        source="events: " + ", ".join(event.id for event in cuts),
        evidence=Evidence.MODELLED,
        note=f"{mwh:g} MWh cut at the meter, taken as stopped accelerators of {kw:g} kW at the "
        f"servers and a PUE of {site.pue_ratio:g}",
    )
    yield take(name, told, Boundary.ACCELERATOR, lost, there)
