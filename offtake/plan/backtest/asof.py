"""A portfolio as it could have been written on an earlier day.

    contracts   those signed by then; their tranches due and accepted as was then in print
    offers      those whose sources, phase and accelerator were known; market prices of the day
    phases      those made public; dates and status of younger sources taken out
    delays      its own process where dated by then, else what the catalogue knew (`lateness`)
    the rest    given: the same for every plan and for the score

Nothing goes unsaid: the ledger names each entry that was left out, replaced, or stays
though its source is younger or names no day. See `docs/decisions/0013-backtest-as-of.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from offtake.catalogue import DelayForecast, Lateness, forecast_delay
from offtake.checks.walk import entries
from offtake.model.backtest import Law
from offtake.model.period import Quarter
from offtake.model.portfolio import Horizon, Portfolio
from offtake.model.provenance import Provenance
from offtake.model.uncertainty import DelayProcess
from offtake.plan.backtest import given, offered, signed
from offtake.plan.backtest.ledger import Ledger
from offtake.plan.backtest.linked import Key, fact_of, links, published

_TESTED = ("contracts.", "offers.", "uncertainty.delays.")
"""Parts of a portfolio whose entries are gone through one by one."""
_CATALOGUE = ("fit", "studies")
"""Where a law may come from that is not the portfolio's."""
CATALOGUE = "catalogue"
"""The delay process of a portfolio that has none of its own."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """A portfolio taken back to an earlier day."""

    portfolio: Portfolio
    ledger: Ledger
    laws: tuple[Law, ...]
    """The law of each delay process."""
    links: Mapping[str, Key]
    """The milestone of each tranche that is left and has one, by `contract/tranche`."""

    @property
    def common_share(self) -> float:
        """Share of the variance of lateness that the default process holds in common."""
        return _process(self.portfolio).common_share

    def law(self, delay: str | None) -> Lateness:
        """Give the law of a delay process; of none, that nothing is late."""
        named = delay or self.portfolio.uncertainty.default_delay
        for process in self.portfolio.uncertainty.delays:
            if process.id == named:
                return Lateness.of(process)
        return Lateness(late_share=0.0, median_days=0.0, log_sigma=0.0)


def as_of_portfolio(portfolio: Portfolio, day: date) -> AsOf:
    """Take a portfolio back to a day.

    Raises:
        OfftakeError: it cannot be linked to what was delivered (`OTK-B104`, `OTK-B105`), or
            nothing known on that day says how late capacity comes (`OTK-K306`).
    """
    linked = links(portfolio)
    ledger = Ledger(day, portfolio.as_of)
    first = begins(portfolio, day)
    print_ = published(day)
    absent = signed.not_public(portfolio, print_, ledger)
    contracts = signed.contracts(portfolio, print_, absent, ledger)
    sites = signed.sites(portfolio, contracts, absent, ledger)
    offers = offered.offers(portfolio, absent, first, ledger)
    delays, laws = _delays(portfolio, day, ledger)
    fewer = len(contracts) < len(portfolio.contracts) or len(offers) < len(portfolio.offers)
    own = not any(law.basis in _CATALOGUE for law in laws)
    uncertainty = given.uncertainty(portfolio.uncertainty, first, own, ledger)
    made = replace(
        portfolio,
        as_of=day,
        horizon=Horizon(first=first, last=portfolio.horizon.last),
        sites=sites,
        contracts=contracts,
        offers=offers,
        accelerators=given.accelerators(portfolio, first),
        limits=given.limits(portfolio, first, fewer, ledger),
        demand=given.demand(portfolio.demand, first, ledger),
        uncertainty=replace(uncertainty, delays=delays, default_delay=_default(portfolio)),
    )
    _audit(made, ledger)
    left = {f"{c.id}/{t.id}" for c in contracts for t in c.tranches}
    return AsOf(made, ledger, laws, {name: key for name, key in linked.items() if name in left})


def begins(portfolio: Portfolio, day: date) -> Quarter:
    """Give the first quarter of a plan made on a day: the first whole one after it.

    On the portfolio's own day it is the portfolio's own.
    """
    return portfolio.horizon.first if day == portfolio.as_of else Quarter.of(day) + 1


def default_law(portfolio: Portfolio, day: date) -> Lateness:
    """Give the law of the default delay process as it could be known on a day."""
    process, _ = _delay(_process(portfolio), day, Ledger(day, portfolio.as_of))
    return Lateness.of(process)


def open_keys(portfolio: Portfolio, day: date) -> frozenset[Key]:
    """Name the milestones of tranches signed and not accepted by a day: the lab knows its own."""
    return frozenset(
        key
        for contract in portfolio.contracts
        if contract.signed is not None and contract.signed <= day <= portfolio.as_of
        for tranche in contract.tranches
        if tranche.accepted is None or tranche.accepted > day
        if (key := fact_of(tranche)) is not None
    )


def _process(portfolio: Portfolio) -> DelayProcess:
    named = _default(portfolio)
    found = [p for p in portfolio.uncertainty.delays if p.id == named]
    return found[0] if found else _unknown(named)


def law_of(forecast: DelayForecast, process: str = "") -> Law:
    """Give a forecast of the catalogue as the law of a delay process."""
    return Law(
        process=process,
        basis=forecast.basis,
        late_share=forecast.law.late_share,
        median_days=forecast.law.median_days,
        log_sigma=forecast.law.log_sigma,
        why=forecast.why,
        passed_over=forecast.passed_over,
        sources=forecast.sources,
    )


def _default(portfolio: Portfolio) -> str:
    return portfolio.uncertainty.default_delay or CATALOGUE


def _delays(
    portfolio: Portfolio, day: date, ledger: Ledger
) -> tuple[tuple[DelayProcess, ...], tuple[Law, ...]]:
    """Give each delay process as it could be known, and its law with the reason."""
    held = list(portfolio.uncertainty.delays)
    if portfolio.uncertainty.default_delay is None:
        held.append(_unknown(CATALOGUE))
    found = [_delay(process, day, ledger) for process in held]
    return tuple(process for process, _ in found), tuple(law for _, law in found)


def _unknown(ident: str) -> DelayProcess:
    return DelayProcess(id=ident, late_share=1.0, median_days=0.0, log_sigma=0.0)


def _delay(process: DelayProcess, day: date, ledger: Ledger) -> tuple[DelayProcess, Law]:
    path, days = f"uncertainty.delays.{process.id}", ledger.days(process.provenance)
    if days is not None and days.last <= day:
        ledger.keep()
        return process, _own(process, "portfolio", f"its own sources, of {days.last}")
    if process.late_share == 0:
        ledger.undated(path, "says that nothing is late; names no day")
        return process, _own(process, "never late", "says of itself that nothing is late")
    said = f"its sources are of {days.last}" if days else "its sources name no day"
    forecast = forecast_delay(day)
    law = law_of(forecast, process.id)
    ledger.replace(path, f"{said}: {law.basis} known by {day} instead", days.last if days else None)
    made = replace(
        process,
        late_share=law.late_share,
        median_days=law.median_days,
        log_sigma=law.log_sigma,
        provenance=Provenance(source="; ".join(law.sources), as_of=day),
    )
    return made, replace(law, passed_over=(f"the portfolio's own ({said})", *law.passed_over))


def _own(process: DelayProcess, basis: str, why: str) -> Law:
    return Law(
        process=process.id,
        basis=basis,
        late_share=process.late_share,
        median_days=process.median_days,
        log_sigma=process.log_sigma,
        why=why,
        sources=(process.provenance.source,) if process.provenance else (),
    )


def _audit(made: Portfolio, ledger: Ledger) -> None:
    """Note what is given: entries that nothing above has gone through."""
    for path, value in entries(made):
        if not isinstance(value, Provenance) or path.startswith(_TESTED) or ".phases." in path:
            continue
        owner, days = path.rpartition(".")[0], ledger.days(value)
        if days is None:
            ledger.undated(owner, "given: names no day")
        elif days.last > ledger.day:
            ledger.hold(owner, "given to both plans and to the score", days.last)
        else:
            ledger.keep()
