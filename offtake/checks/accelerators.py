"""Work finds accelerators that can do it, in time, and with the numbers the facts give."""

from __future__ import annotations

from collections.abc import Iterator

from offtake import catalogue
from offtake.checks.finding import Check, Level
from offtake.checks.walk import buyers, fault, tranches
from offtake.errors import Fault
from offtake.model.accelerator import Accelerator, Workload
from offtake.model.portfolio import Portfolio

DRIFT_SHARE = 0.02
"""What a number may differ from the catalogue's before it is told."""
_FACTS = (
    "power_it_kw",
    "tdp_watts",
    "bf16_dense_tflops",
    "fp8_dense_tflops",
    "fp4_dense_tflops",
    "memory_gb",
    "memory_tb_per_s",
    "scale_up_gb_per_s",
)


def _qualified(portfolio: Portfolio) -> Iterator[Fault]:
    known = {kind.id: kind for kind in portfolio.accelerators}
    for path, named, work, site in _work(portfolio):
        held = _held(portfolio, site)
        for index, name in enumerate(named):
            if name in known and work not in known[name].throughput_ratio:
                what = f"'{name}' has no throughput for {work}"
                remedy = f"add `{work}` to its throughput_ratio, or take it off the list"
                yield fault("OTK-C271", f"{path}.accelerators.{index}", what, hint=remedy)
        able = [k for k in named or known if k in known and work in known[k].throughput_ratio]
        if not any(name in held for name in able):
            where = "" if site is None else f" at '{site}'"
            what = f"no offer and no contract{where} has an accelerator that can do this {work}"
            hint = f"it can run on {', '.join(able)}" if able else None
            yield fault("OTK-C272", path, what, hint=hint)


def _work(portfolio: Portfolio) -> Iterator[tuple[str, tuple[str, ...], Workload, str | None]]:
    for need in portfolio.demand.inference:
        yield f"demand.inference.{need.id}", need.accelerators, Workload.INFERENCE, None
    for job in portfolio.demand.training:
        yield f"demand.training.{job.id}", job.accelerators, Workload.TRAINING, job.site


def _held(portfolio: Portfolio, site: str | None) -> set[str]:
    """The types the lab has, or may have, at one site or anywhere."""
    lab = buyers(portfolio)
    held = {offer.accelerator for offer in portfolio.offers if site in (None, offer.site)}
    for contract in portfolio.contracts:
        if contract.buyer in lab:
            held |= {t.accelerator or "" for t in contract.tranches if site in (None, t.site)}
    return held


def _too_early(portfolio: Portfolio) -> Iterator[Fault]:
    begins = {kind.id: kind.available for kind in portfolio.accelerators}
    for contract in portfolio.contracts:
        for path, tranche in tranches(contract):
            first = begins.get(tranche.accelerator or "")
            if first is not None and tranche.accepted is None and tranche.due < first.first_day:
                what = f"due before '{tranche.accelerator}' can be delivered, in {first}"
                yield fault("OTK-C273", f"{path}.due", what, got=str(tranche.due))
    horizon = portfolio.horizon
    for offer in portfolio.offers:
        first = begins.get(offer.accelerator)
        last = min(offer.last_signing or horizon.last, horizon.last)
        if first is not None and first - last > offer.lead_quarters:
            what = f"always in service before '{offer.accelerator}' can be delivered, in {first}"
            yield fault("OTK-C273", f"offers.{offer.id}.accelerator", what)


def _drift(portfolio: Portfolio) -> Iterator[Fault]:
    facts = {_plain(fact.id): fact for fact in catalogue.accelerators(as_of=portfolio.as_of)}
    for kind in portfolio.accelerators:
        fact = facts.get(_plain(kind.id))
        if fact is not None:
            yield from _drifted(kind, fact)


def _drifted(kind: Accelerator, fact: catalogue.Accelerator) -> Iterator[Fault]:
    explained = kind.provenance.assumptions if kind.provenance is not None else {}
    for name in _FACTS:
        said, known = getattr(kind, name), getattr(fact, name)
        if said is None or not known or name in explained:
            continue
        if abs(said - known) > DRIFT_SHARE * known:
            what = f"the catalogue says {known:g} ({fact.source})"
            hint = "take that, or give the reason under provenance.assumptions"
            path = f"accelerators.{kind.id}.{name}"
            yield fault("OTK-C286", path, what, got=f"{said:g}", hint=hint)


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


CHECKS = (
    Check(
        name="accelerators",
        about="Every job and every inference demand can be done by an accelerator that is signed "
        "or offered.",
        level=Level.ERROR,
        codes={
            "OTK-C271": "An accelerator is named for work it is not qualified for.",
            "OTK-C272": "Nothing signed or offered can do some work.",
        },
        look=_qualified,
    ),
    Check(
        name="accelerator-dates",
        about="No accelerator is due before it can be delivered.",
        level=Level.WARNING,
        codes={"OTK-C273": "Due before the accelerator is available."},
        look=_too_early,
    ),
    Check(
        name="catalogue-drift",
        about="Numbers of accelerators are those the catalogue knew on the day of the portfolio, "
        "or say why not.",
        level=Level.WARNING,
        codes={"OTK-C286": "A number differs from the catalogue's."},
        look=_drift,
    ),
)
