"""Days and quarters come in the order they must come in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from offtake.checks.finding import Check, Level
from offtake.checks.walk import entries, fault, paths, phases, tranches
from offtake.errors import Fault
from offtake.model.contract import Contract
from offtake.model.portfolio import Portfolio
from offtake.model.provenance import Provenance
from offtake.model.site import Status


def _dates(portfolio: Portfolio) -> Iterator[Fault]:
    horizon = portfolio.horizon
    if horizon.first > horizon.last:
        what = f"the horizon ends before it begins, in {horizon.first}"
        yield fault("OTK-C240", "horizon.last", what, got=str(horizon.last))
    yield from _milestones(portfolio)
    for contract in portfolio.contracts:
        yield from _deliveries(contract, portfolio.as_of)
        yield from _clauses(contract)
    for offer in portfolio.offers:
        first, last = offer.first_signing, offer.last_signing
        if first is not None and last is not None and first > last:
            what = f"it can be signed until {last}, but only from {first} on"
            yield fault("OTK-C246", f"offers.{offer.id}.last_signing", what, got=str(last))
    for job in portfolio.demand.training:
        if job.earliest > job.deadline:
            what = f"the deadline comes before the first quarter it can run in, {job.earliest}"
            path = f"demand.training.{job.id}.deadline"
            yield fault("OTK-C247", path, what, got=str(job.deadline))


def _milestones(portfolio: Portfolio) -> Iterator[Fault]:
    for site in portfolio.sites:
        for path, phase in phases(site):
            stated = [
                (name, day)
                for name in ("announced", "first_power", "full_power")
                if (day := getattr(phase, name)) is not None
            ]
            for (before, early), (name, day) in pairwise(stated):
                if day < early:
                    what = f"comes before `{before}`, {early}"
                    yield fault("OTK-C241", f"{path}.{name}", what, got=str(day))


def _deliveries(contract: Contract, as_of: date) -> Iterator[Fault]:
    if contract.signed is not None and contract.signed > as_of:
        what = f"signed after the day of the portfolio, {as_of}"
        hint = "what may still be signed is an offer"
        path = f"contracts.{contract.id}.signed"
        yield fault("OTK-C244", path, what, got=str(contract.signed), hint=hint)
    for path, tranche in tranches(contract):
        if tranche.long_stop is not None and tranche.long_stop <= tranche.due:
            what = f"the long stop is not after the day it is due, {tranche.due}"
            yield fault("OTK-C242", f"{path}.long_stop", what, got=str(tranche.long_stop))
        if tranche.accepted is not None and tranche.accepted > as_of:
            what = f"accepted after the day of the portfolio, {as_of}"
            hint = "what is still to come has no `accepted`"
            yield fault("OTK-C243", f"{path}.accepted", what, got=str(tranche.accepted), hint=hint)
        late = contract.signed is not None and tranche.due < contract.signed
        if late and tranche.accepted is None:
            what = f"due before the contract was signed, {contract.signed}"
            yield fault("OTK-C245", f"{path}.due", what, got=str(tranche.due))


def _clauses(contract: Contract) -> Iterator[Fault]:
    where = f"contracts.{contract.id}"
    for path, rate in zip(paths(contract.rates, f"{where}.rates"), contract.rates, strict=True):
        if rate.starts is not None and rate.ends is not None and rate.starts >= rate.ends:
            what = f"ends before it starts, on {rate.starts}"
            yield fault("OTK-C248", f"{path}.ends", what, got=str(rate.ends))
    options = zip(paths(contract.options, f"{where}.options"), contract.options, strict=True)
    for path, option in options:
        early, late = option.earliest, option.latest
        if early is not None and late is not None and late < early:
            what = f"the last day comes before the first, {early}"
            yield fault("OTK-C248", f"{path}.latest", what, got=str(late))


def _younger(portfolio: Portfolio) -> Iterator[Fault]:
    """What the portfolio could not know on its day."""
    as_of = portfolio.as_of
    for path, value in entries(portfolio):
        if isinstance(value, Provenance) and value.as_of is not None and value.as_of > as_of:
            what = f"a source younger than the portfolio, {as_of}"
            yield fault("OTK-C249", f"{path}.as_of", what, got=str(value.as_of))
    for site in portfolio.sites:
        for path, phase in phases(site):
            if phase.announced is not None and phase.announced > as_of:
                what = f"made public after the day of the portfolio, {as_of}"
                yield fault("OTK-C249", f"{path}.announced", what, got=str(phase.announced))
            first = phase.first_power
            if phase.status is Status.OPERATING and first is not None and first > as_of:
                what = f"operating, though its first servers run after {as_of}"
                yield fault("OTK-C249", f"{path}.first_power", what, got=str(first))


CHECKS = (
    Check(
        name="dates",
        about="Days and quarters stand in the order they must: announced, first power, full "
        "power; signed, due, long stop; first and last.",
        level=Level.ERROR,
        codes={
            "OTK-C240": "The horizon ends before it begins.",
            "OTK-C241": "The milestones of a phase are not in order.",
            "OTK-C242": "The long stop is not after the due date.",
            "OTK-C243": "Accepted after the day of the portfolio.",
            "OTK-C244": "Signed after the day of the portfolio.",
            "OTK-C245": "Due before the contract was signed, and not accepted.",
            "OTK-C246": "The last quarter to sign in comes before the first.",
            "OTK-C247": "The deadline of a job comes before its earliest quarter.",
            "OTK-C248": "A rate or option ends before it begins.",
        },
        look=_dates,
    ),
    Check(
        name="knowledge",
        about="Nothing in a portfolio is younger than the day it stands for.",
        level=Level.WARNING,
        codes={"OTK-C249": "A fact younger than the portfolio."},
        look=_younger,
    ),
)
