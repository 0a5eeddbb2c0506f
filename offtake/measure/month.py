"""The metrics of a month: use, energy, money and carbon of sites, contracts and chains."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.ledger.case import window
from offtake.ledger.service import clipped, share_seconds
from offtake.ledger.spans import intersect
from offtake.measure.asked import Asked, Part, capacity_s, in_service, metered, parts
from offtake.measure.emitted import carbon
from offtake.measure.meters import Read, of_tranches, paired, read, share
from offtake.measure.responses import responses
from offtake.measure.taking import Within, take
from offtake.model.metric import Absent, Boundary, Evidence, Metric, Sheet
from offtake.model.reading import Meter

Line = Metric | Absent
J_PER_WH = 3600.0
MILLION = 1e6
_MWH = 1e6
"""Wh in a MWh."""
_UNSEEN = {
    "goodput-ml": "readings say what was used, not what was kept: measure a history",
    "utilisation-tensor": "no samples of the tensor pipe: measure samples of devices",
}


def sheet_of(asked: Asked, publisher: str) -> Sheet:
    """Give the sheet of a month.

    Raises:
        OfftakeError: what was metered cannot be (`OTK-Q004`: more use than was in service).
    """
    metrics: list[Metric] = []
    absent: list[Absent] = []
    for part in parts(asked):
        for line in _lines(asked, part):
            if isinstance(line, Metric):
                metrics.append(line)
            else:
                absent.append(line)
    return Sheet(
        publisher=publisher,
        month=str(asked.month),
        metrics=tuple(metrics),
        absent=tuple(absent),
    )


def _lines(asked: Asked, part: Part) -> Iterator[Line]:
    starts, ends = part.moments
    within = Within(of=part.subject, starts=starts, ends=ends, source="")
    tokens, _ = metered(asked, part, Meter.TOKENS)
    it, it_note = metered(asked, part, Meter.IT_ENERGY)
    facility, note = metered(asked, part, Meter.FACILITY_ENERGY)
    yield from _used(asked, part, within)
    yield _amount("tokens", tokens, MILLION, Boundary.IT, within, part)
    yield _amount("it-energy", it, _MWH, Boundary.IT, within.but(note=it_note), part)
    yield _amount("facility-energy", facility, _MWH, Boundary.FACILITY, within.but(note=note), part)
    yield _ratio("pue", facility, it, 1.0, Boundary.FACILITY, within.but(note=note), part)
    for energy, boundary in ((it, Boundary.IT), (facility, Boundary.FACILITY)):
        told = within.but(note=note)
        yield _ratio("tokens-per-joule", tokens, energy, J_PER_WH, boundary, told, part)
    yield from _flops(asked, part, tokens, it, within)
    yield from _money(asked, part, tokens, within)
    yield from carbon(asked, part, tokens, it, within)
    yield from responses(asked, part, within)
    for name, reason in _UNSEEN.items():
        yield Absent(id=name, of=part.subject, reason=reason)


def _amount(
    name: str, found: Read, scale: float, boundary: Boundary, within: Within, part: Part
) -> Line:
    if not found.rows:
        return Absent(id=name, of=part.subject, reason=_none(found))
    told = _told(within, found, covered=share(found.covered, part.window))
    return take(name, told, boundary, found.amount / scale)


def _none(found: Read) -> str:
    if found.cut:
        return f"{found.cut} readings lie only partly in the month, and none wholly"
    return "nothing was metered"


def _told(within: Within, *found: Read, covered: float) -> Within:
    sources = dict.fromkeys(source for one in found for source in one.sources)
    return within.but(source="readings: " + ", ".join(sources), covered=covered)


def _ratio(
    name: str,
    above: Read,
    below: Read,
    scale: float,
    boundary: Boundary,
    within: Within,
    part: Part,
) -> Line:
    both = paired(above, below) if above.rows and below.rows else None
    if both is None:
        apart = "the two meters were not read over the same time"
        reason = apart if above.rows and below.rows else _none(below if above.rows else above)
        return Absent(id=name, of=part.subject, reason=reason)
    one, two = both
    if not two.amount:
        return Absent(id=name, of=part.subject, reason="what is below the line is 0")
    told = _told(within, one, two, covered=share(one.covered, part.window))
    return take(name, told, boundary, one.amount, two.amount * scale)


def _used(asked: Asked, part: Part, within: Within) -> Iterator[Line]:
    """Give use over what was in service, tranche by tranche, where use was metered."""
    used = seen = whole = 0.0
    sources: dict[str, None] = {}
    for contract in part.contracts:
        for one, seconds in in_service(asked, contract):
            tranche = one.tranche
            count = tranche.accelerator_count
            if tranche.site != part.site or not seconds:
                continue
            if count is None:
                reason = f"tranche {contract.id}.{tranche.id} does not say its accelerators"
                yield Absent(id="utilisation-allocated", of=part.subject, reason=reason)
                return
            sought = of_tranches(Meter.GPU_TIME, part.site, [f"{contract.id}.{tranche.id}"])
            found = read(asked.known.readings, (sought,), part.window)
            span = window(asked.month, contract.time_zone)
            spans = intersect(found.covered, one.spans(span))
            pieces = (p for s in spans for p in clipped(one.pieces, s))
            used += found.amount
            seen += count * float(share_seconds(pieces))
            whole += count * seconds
            sources |= dict.fromkeys(found.sources)
    if not seen:
        below = [c.id for c in asked.portfolio.contracts if _rests(c.upstream, part)]
        where = f"; use is metered under {', '.join(below)}" if below else ""
        reason = f"no use was metered for its tranches{where}"
        yield Absent(id="utilisation-allocated", of=part.subject, reason=reason)
        return
    told = within.but(source="readings: " + ", ".join(sources), covered=seen / whole)
    yield take("utilisation-allocated", told, Boundary.ACCELERATOR, used, seen)
    yield from _sold(asked, part, within, whole)


def _rests(upstream: tuple[str, ...], part: Part) -> bool:
    return any(contract.id in upstream for contract in part.contracts)


def _sold(asked: Asked, part: Part, within: Within, sold: float) -> Iterator[Line]:
    """Give what users hold over what stands, at a site."""
    if part.subject.contract is not None or part.subject.chain:
        return
    counted = [
        c
        for c in asked.portfolio.contracts
        if any(t.site == part.site and t.accelerator_count for t in c.tranches)
    ]
    firsts = [c for c in counted if not any(name in {k.id for k in counted} for name in c.upstream)]
    there = capacity_s(asked, firsts, part.site)
    if not there:
        reason = "the first contracts of its chains do not say their accelerators"
        yield Absent(id="utilisation-sold", of=part.subject, reason=reason)
        return
    names = ", ".join(c.id for c in firsts)
    told = within.but(source=f"contracts {names} and below")
    yield take("utilisation-sold", told, Boundary.ACCELERATOR, sold, there)


def _flops(asked: Asked, part: Part, tokens: Read, it: Read, within: Within) -> Iterator[Line]:
    flop = asked.flop_per_token
    if flop is None:
        reason = "nobody declared the FLOPs of a token"
        yield Absent(id="flop-per-joule", of=part.subject, reason=reason)
        yield Absent(id="mfu", of=part.subject, reason=reason)
        return
    note = f"{flop:g} FLOPs a token, as declared"
    told = within.but(evidence=Evidence.ASSUMED, note=note)
    yield _ratio("flop-per-joule", tokens, it, J_PER_WH / flop, Boundary.IT, told, part)
    yield _mfu(asked, part, tokens, told, flop)


def _mfu(asked: Asked, part: Part, tokens: Read, told: Within, flop: float) -> Line:
    peaks = {a.id: a.bf16_dense_tflops for a in asked.portfolio.accelerators}
    peak = 0.0
    for contract in part.contracts:
        for one, seconds in in_service(asked, contract):
            tranche = one.tranche
            if tranche.site != part.site or not seconds:
                continue
            tflops = peaks.get(tranche.accelerator or "")
            if tflops is None or tranche.accelerator_count is None:
                reason = f"the peak of {contract.id}.{tranche.id} is not known"
                return Absent(id="mfu", of=part.subject, reason=reason)
            peak += tranche.accelerator_count * seconds * tflops * 1e12
    if not peak or share(tokens.covered, part.window) < 1.0:
        reason = "tokens were not read over all of the month"
        return Absent(id="mfu", of=part.subject, reason=reason)
    told = _told(told, tokens, covered=1.0).but(note=f"{told.note}; peak of dense BF16")
    return take("mfu", told, Boundary.ACCELERATOR, tokens.amount * flop, peak)


def _money(asked: Asked, part: Part, tokens: Read, within: Within) -> Iterator[Line]:
    names = ("usd-per-million-tokens-billed", "usd-per-million-tokens-effective")
    invoices = asked.statement.by_contract if asked.statement else {}
    invoice = invoices.get(part.payer.id) if part.payer else None
    covered = share(tokens.covered, part.window)
    reason = ""
    if invoice is None:
        reason = "it has no invoice of its own"
    elif invoice.currency != "USD":
        reason = f"its invoice is in {invoice.currency}"
    elif not tokens.amount:
        reason = "no tokens were metered"
    elif covered < 1.0:
        reason = f"tokens were read for {covered:.0%} of the month; a month's bill is not split"
    if reason or invoice is None:
        for name in names:
            yield Absent(id=name, of=part.subject, reason=reason)
        return
    told = _told(within, tokens, covered=covered)
    told = told.but(source=f"invoice {invoice.id}; {told.source}")
    for name, money in zip(names, (invoice.cash_due, invoice.net), strict=True):
        million = tokens.amount / MILLION
        yield take(name, told, Boundary.FACILITY, float(money), million)
