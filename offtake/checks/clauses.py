"""What is promised down a chain and not promised from above: each gap is a leak of money.

A clause is held against its twin in the contract upstream. The difference is what the
party in the middle carries alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from offtake.checks.finding import Check, Level
from offtake.checks.walk import after_months, begins, fault, power_it_mw, shown_mw, tranches
from offtake.errors import Fault
from offtake.model.clause import Basis, Quantity, Scope
from offtake.model.contract import Contract, Tranche
from offtake.model.portfolio import Portfolio

_CAPACITY = (Basis.GPU_HOUR, Basis.NODE_MONTH, Basis.KW_MONTH)
_TOLERANCE = 1.001
"""Sizes that follow from whole accelerators are never equal to the last digit."""


@dataclass(frozen=True, slots=True)
class _Gap:
    """A difference to a clause above; `what` names the upstream contracts as `{above}`."""

    code: str
    path: str
    what: str
    hint: str | None = None


Pair = Callable[[Contract, Contract], Iterator[_Gap]]


def _clauses(portfolio: Portfolio) -> Iterator[Fault]:
    contracts = {contract.id: contract for contract in portfolio.contracts}
    for contract in portfolio.contracts:
        above = [contracts[n] for n in contract.upstream if n in contracts and n != contract.id]
        if not above:
            continue
        yield from _deliveries(contract, above, portfolio)
        gaps: dict[_Gap, list[Contract]] = {}
        for compare in _PAIRS:
            for upstream in above:
                for gap in compare(contract, upstream):
                    gaps.setdefault(gap, []).append(upstream)
        for gap, found in gaps.items():
            yield fault(
                gap.code, gap.path, gap.what.replace("{above}", _names(found)), hint=gap.hint
            )


def _deliveries(contract: Contract, above: list[Contract], portfolio: Portfolio) -> Iterator[Fault]:
    """Each tranche against what comes from above to the same site."""
    own = {s.id for s in portfolio.sites if contract.seller in (s.owner, s.developer)}
    for path, tranche in tranches(contract):
        supply = [t for up in above for t in up.tranches if _same_place(t, tranche)]
        if supply:
            yield from _earlier(path, tranche, supply)
            yield from _longer(path, tranche, supply)
        elif tranche.site not in own:
            what = f"nothing is delivered from above at site '{tranche.site}'"
            hint = f"upstream: {_names(above)}"
            yield fault("OTK-C232", f"{path}.site", what, hint=hint)
    siblings = [
        other
        for other in portfolio.contracts
        if other.id != contract.id and set(other.upstream) & set(contract.upstream)
    ]
    yield from _larger(contract, above, siblings, portfolio)


def _same_place(upper: Tranche, lower: Tranche) -> bool:
    same_phase = upper.phase is None or lower.phase is None or upper.phase == lower.phase
    return upper.site == lower.site and same_phase


def _earlier(path: str, tranche: Tranche, supply: list[Tranche]) -> Iterator[Fault]:
    first = min(map(begins, supply))
    if tranche.accepted is None and tranche.due < first:
        days = (first - tranche.due).days
        what = f"promised {days} days before anything comes from above, on {first}"
        yield fault("OTK-C230", f"{path}.due", what, got=str(tranche.due))


def _longer(path: str, tranche: Tranche, supply: list[Tranche]) -> Iterator[Fault]:
    def end(one: Tranche) -> date:
        return after_months(begins(one), one.term_months)

    last = max(map(end, supply))
    if end(tranche) > last:
        what = f"promised until {end(tranche)}, but what comes from above ends on {last}"
        yield fault("OTK-C231", f"{path}.term_months", what, got=f"{tranche.term_months}")


def _larger(
    contract: Contract, above: list[Contract], siblings: list[Contract], portfolio: Portfolio
) -> Iterator[Fault]:
    for site in dict.fromkeys(tranche.site for tranche in contract.tranches):
        supply = _total(above, site, portfolio)
        asked = _total([contract, *siblings], site, portfolio)
        if supply is not None and asked is not None and asked > supply * _TOLERANCE:
            others = f", with {_names(siblings)}" if siblings else ""
            yield fault(
                "OTK-C232",
                f"contracts.{contract.id}.tranches",
                f"{shown_mw(asked)} IT promised at '{site}'{others}; "
                f"{shown_mw(supply)} come from above",
                hint=f"upstream: {_names(above)}",
            )


def _total(contracts: list[Contract], site: str, portfolio: Portfolio) -> float | None:
    powers = [power_it_mw(t, portfolio) for c in contracts for t in c.tranches if t.site == site]
    known = [power for power in powers if power is not None]
    return sum(known) if known and len(known) == len(powers) else None


def _scopes(contract: Contract, upstream: Contract) -> Iterator[_Gap]:
    where = f"contracts.{contract.id}.service_levels"
    if not contract.service_levels:
        return
    if not upstream.service_levels:
        yield _Gap("OTK-C233", where, "availability is promised here, and none in {above}")
        return
    below, above = ({level.scope for level in c.service_levels} for c in (contract, upstream))
    if below != above:
        what = f"availability is promised {_per(below)}, and {_per(above)} in {{above}}"
        yield _Gap("OTK-C233", where, what, "an outage can count below and not above")
    for scope in sorted(below & above):
        stricter, looser = (_strictest(c, scope) for c in (contract, upstream))
        if stricter > looser:
            what = (
                f"credits per {scope} begin below {_percent(stricter)}, "
                f"and below {_percent(looser)} in {{above}}"
            )
            yield _Gap("OTK-C234", where, what)


def _strictest(contract: Contract, scope: Scope) -> Decimal:
    tiers = [t for level in contract.service_levels if level.scope == scope for t in level.credits]
    return max((tier.below_share for tier in tiers), default=Decimal(0))


def _takes(contract: Contract, upstream: Contract) -> Iterator[_Gap]:
    below, above = _paid_share(contract), _paid_share(upstream)
    if below is not None and above is not None and below < above:
        what = (
            f"{_percent(below)} comes in here whether used or not, "
            f"and {_percent(above)} is paid in {{above}}"
        )
        yield _Gap("OTK-C235", f"contracts.{contract.id}.commitments", what)


def _paid_share(contract: Contract) -> Decimal | None:
    """The share of capacity that is paid for when nothing is used; None without a rate."""
    quantities = {rate.quantity for rate in contract.rates if rate.basis in _CAPACITY}
    if not quantities:
        return None
    if quantities & {Quantity.CONTRACTED, Quantity.DELIVERED, Quantity.AVAILABLE}:
        return Decimal(1)
    return max((c.level_share for c in contract.commitments), default=Decimal(0))


def _lateness(contract: Contract, upstream: Contract) -> Iterator[_Gap]:
    where = f"contracts.{contract.id}.delay_damages"
    if not contract.delay_damages:
        return
    if not upstream.delay_damages:
        yield _Gap("OTK-C236", where, "lateness costs damages here, and none in {above}")
        return
    below = min(clause.grace_days for clause in contract.delay_damages)
    above = min(clause.grace_days for clause in upstream.delay_damages)
    if below < above:
        what = f"damages begin after {below:g} days here, and after {above:g} in {{above}}"
        yield _Gap("OTK-C236", where, what)


def _currencies(contract: Contract, upstream: Contract) -> Iterator[_Gap]:
    if contract.currency != upstream.currency:
        what = f"paid in {contract.currency} here, and in {upstream.currency} in {{above}}"
        yield _Gap("OTK-C237", f"contracts.{contract.id}.currency", what)


_PAIRS: tuple[Pair, ...] = (_scopes, _takes, _lateness, _currencies)


def _per(scopes: set[Scope]) -> str:
    return "per " + " and ".join(sorted(scopes))


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"


def _names(contracts: list[Contract]) -> str:
    """Contracts as a sentence names them: `'a', 'b' and 'c'`."""
    *more, last = [f"'{contract.id}'" for contract in contracts]
    return f"{', '.join(more)} and {last}" if more else last


CHECKS = (
    Check(
        name="chain-clauses",
        about="No contract promises its buyer what the contracts above do not promise its seller.",
        level=Level.WARNING,
        codes={
            "OTK-C230": "Promised before it is delivered from above.",
            "OTK-C231": "Promised for longer than it comes from above.",
            "OTK-C232": "More is promised than comes from above.",
            "OTK-C233": "Availability is promised for another scope than above, or only here.",
            "OTK-C234": "Credits begin at a higher availability than above.",
            "OTK-C235": "More is paid above whether used or not than comes in here.",
            "OTK-C236": "Damages for lateness begin earlier than above, or are due only here.",
            "OTK-C237": "The currency differs from the one above.",
        },
        look=_clauses,
    ),
)
