"""Energy of a site: what a contract's part of it drew, and how much of that is billed.

billable = min(facility, IT · PUE cap)        5,912,500 = min(6,007,100, 4,730,000 · 1.25)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from offtake.ledger.case import Case
from offtake.ledger.hosts import hosts
from offtake.ledger.metered import Metered, Sought, metered
from offtake.ledger.spans import Spans
from offtake.model.charge import Step
from offtake.model.clause import PassThrough
from offtake.model.reading import Meter

WH_PER_KWH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A contract's part of what is metered for a site as a whole."""

    share: Fraction
    """Share of it."""
    own: Metered | None
    """IT energy metered for the contract's own tranches or nodes; None is not metered apart."""
    site: Metered | None
    """IT energy of the site; None is not metered."""
    steps: tuple[Step, ...] = ()
    """How the share came about; empty where it is all."""

    @property
    def it(self) -> Metered | None:
        """IT energy of the contract; None is not metered."""
        return self.own or self.site


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """Energy of a contract at a site over a month's time in service."""

    facility: Metered
    """What the site's meter, or the contract's own, showed."""
    share: Fraction
    """Share of it that is the contract's."""
    billed_share: Fraction
    """Share of the contract's that is billed: less than 1 where the PUE cap bites."""
    steps: tuple[Step, ...]
    """How the billable energy came about."""


def paths(case: Case, site: str) -> tuple[str, ...]:
    """Give the contract's tranches at a site, written CONTRACT.TRANCHE."""
    name = case.contract.id
    return tuple(f"{name}.{t.id}" for t in case.contract.tranches if t.site == site)


def nodes(case: Case, site: str) -> tuple[str, ...]:
    """Give the contract's nodes at a site."""
    lists = (t.nodes for t in case.contract.tranches if t.site == site and t.nodes is not None)
    return tuple(name for text in lists for name in hosts(text))


def part(case: Case, site: str, spans: Spans, clause: str) -> Part | None:
    """Give the contract's part of a site, by IT energy; all of it where nothing is apart.

    Faults are collected in the case, and None given back: its own IT energy is metered but
    the site's is not (`OTK-L124`), or is less (`OTK-L125`).
    """
    sought = Sought(meter=Meter.IT_ENERGY, site=site)
    whole = metered(case, sought, spans, clause)
    own = metered(
        case, Sought(meter=Meter.IT_ENERGY, site=site, tranches=paths(case, site)), spans, clause
    )
    if own is None and nodes(case, site):
        own_nodes = Sought(meter=Meter.IT_ENERGY, site=site, nodes=nodes(case, site))
        own = metered(case, own_nodes, spans, clause)
    if own is None:
        return Part(share=Fraction(1), own=None, site=whole)
    if whole is None:
        every = Sought(meter=Meter.IT_ENERGY, site=site, every_node=True)
        whole = metered(case, every, spans, clause)
    return _shared(case, site, own, whole, clause)


def below(case: Case, above: tuple[str, ...], site: str, spans: Spans, clause: str) -> Part | None:
    """Give the contract's part of what contracts above charge for a site, by IT energy.

    It is all of it, unless readings name the contract's own tranches; then it is their share
    of what is metered in the month for the tranches of the contracts above together or,
    without any, for the site. The bill is of the whole month, so the shares of all who rest on that
    contract come to no more than all of it, whenever each began.

    Faults are collected in the case as by `part`.
    """
    mine = Sought(meter=Meter.IT_ENERGY, site=site, tranches=paths(case, site))
    own = metered(case, mine, spans, clause)
    if own is None:
        return Part(share=Fraction(1), own=None, site=None)
    theirs = Sought(meter=Meter.IT_ENERGY, site=site, contracts=above)
    whole = metered(case, theirs, (case.window,), clause)
    if whole is None:
        at_site = Sought(meter=Meter.IT_ENERGY, site=site)
        whole = metered(case, at_site, (case.window,), clause)
    return _shared(case, site, own, whole, clause)


def _shared(case: Case, site: str, own: Metered, whole: Metered | None, clause: str) -> Part | None:
    if whole is None or not whole.amount:
        what = f"IT energy of {site} is metered for some tranches but not as a whole"
        hint = "record IT energy of the site, or the contract's own facility energy"
        case.fault("OTK-L124", what, clause, hint=hint)
        return None
    if own.amount > whole.amount:
        what = f"the contract's IT energy at {site} is more than the whole it is part of"
        got = f"{own.amount} Wh of {whole.amount} Wh"
        case.fault("OTK-L125", what, clause, got=got, hint="look at both meters")
        return None
    share = Fraction(own.amount, whole.amount)
    steps = (
        _kwh(f"IT energy of {case.contract.id} at {site}", own),
        _kwh(f"IT energy at {site} it is part of", whole),
        Step(what=f"share of {site} by IT energy", value=share, unit="share"),
    )
    return Part(share=share, own=own, site=whole, steps=steps)


def energy(case: Case, clause: PassThrough, site: str, spans: Spans, path: str) -> Energy | None:
    """Give the energy of a contract at a site, under the PUE cap.

    Faults are collected in the case, and None given back: facility energy (`OTK-L120`), or
    IT energy where a PUE cap needs it (`OTK-L126`), is not metered; facility energy is less
    than IT energy (`OTK-L127`); those of `part`.
    """
    tranches = paths(case, site)
    own = metered(
        case, Sought(meter=Meter.FACILITY_ENERGY, site=site, tranches=tranches), spans, path
    )
    facility = own or metered(case, Sought(meter=Meter.FACILITY_ENERGY, site=site), spans, path)
    if facility is None:
        what = f"facility energy of {site} is not metered in the time that is settled"
        hint = f"record readings of {Meter.FACILITY_ENERGY} at {site}"
        case.fault("OTK-L120", what, path, got="no reading", hint=hint)
        return None
    shared = part(case, site, spans, path)
    if shared is None:
        return None
    if own is not None and shared.own is None:
        shared = Part(share=Fraction(1), own=None, site=None)
    share, steps = (Fraction(1), ()) if own is not None else (shared.share, shared.steps)
    case.coverage.append(facility.coverage(f"{Meter.FACILITY_ENERGY} at {site}", spans))
    drawn = facility.amount * share
    it = shared.it
    if it is not None and drawn < it.amount:
        what = f"facility energy of {site} is less than IT energy, which is part of it"
        got = f"{facility.amount} Wh facility, {it.amount} Wh IT"
        case.fault("OTK-L127", what, path, got=got, hint="look at both meters")
        return None
    billed = _billed(case, clause, site, drawn, it, spans, path)
    if billed is None:
        return None
    billable, more = billed
    head = _kwh(f"facility energy of {site}", facility)
    return Energy(
        facility=facility,
        share=share,
        billed_share=billable / drawn if drawn else Fraction(1),
        steps=(head, *steps, *more),
    )


def _billed(
    case: Case,
    clause: PassThrough,
    site: str,
    drawn: Fraction,
    it: Metered | None,
    spans: Spans,
    path: str,
) -> tuple[Fraction, tuple[Step, ...]] | None:
    """Hold the energy drawn against IT energy times the PUE cap."""
    if clause.pue_cap_ratio is None:
        return drawn, ()
    if it is None:
        what = f"a PUE cap needs IT energy, which is not metered at {site}"
        hint = f"record readings of {Meter.IT_ENERGY} at {site}"
        case.fault("OTK-L126", what, path, got="no reading", hint=hint)
        return None
    case.coverage.append(it.coverage(f"{Meter.IT_ENERGY} at {site}", spans))
    cap = Fraction(clause.pue_cap_ratio)
    most = it.amount * cap
    billable = min(drawn, most)
    steps = (
        _kwh(f"IT energy of {site}", it),
        Step(what="PUE cap", value=cap, unit="ratio", sources=(f"clause:{path}",)),
        Step(what="IT energy · PUE cap", value=most / WH_PER_KWH, unit="kWh"),
        Step(what="billable energy: the lesser", value=billable / WH_PER_KWH, unit="kWh"),
    )
    return billable, steps


def _kwh(what: str, found: Metered) -> Step:
    value = Fraction(found.amount, WH_PER_KWH)
    return Step(what=what, value=value, unit="kWh", sources=found.sources)
