"""What records may refer to: the names a portfolio holds, found quickly."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from offtake.errors import OfftakeError
from offtake.ledger.hosts import hosts
from offtake.model.portfolio import Portfolio


@dataclass(frozen=True, slots=True)
class Named:
    """Names of a portfolio, by what they name."""

    parties: Collection[str]
    sites: Collection[str]
    contracts: Collection[str]
    tranches: Mapping[str, str]
    """Tranches as CONTRACT.TRANCHE, and the site of each."""
    nodes: Mapping[str, frozenset[str]]
    """Nodes by site, where each tranche of accelerators there names its nodes."""
    options: Mapping[str, Collection[str]]
    """Options by contract."""
    service_levels: Mapping[str, Collection[str]]
    """Service levels by contract."""
    series: Collection[str]
    """Series of fixings that clauses refer to."""


def named(portfolio: Portfolio) -> Named:
    """Give the names a portfolio holds."""
    contracts = portfolio.contracts
    return Named(
        parties={party.id for party in portfolio.parties},
        sites={site.id for site in portfolio.sites},
        contracts={contract.id for contract in contracts},
        tranches={f"{c.id}.{t.id}": t.site for c in contracts for t in c.tranches},
        nodes=_nodes(portfolio),
        options={c.id: {option.id for option in c.options} for c in contracts},
        service_levels={c.id: {level.id for level in c.service_levels} for c in contracts},
        series=_series(portfolio),
    )


def _nodes(portfolio: Portfolio) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    unnamed: set[str] = set()
    for tranche in (t for contract in portfolio.contracts for t in contract.tranches):
        if tranche.nodes is None:
            if tranche.accelerator is not None:
                unnamed.add(tranche.site)
            continue
        try:
            found.setdefault(tranche.site, set()).update(hosts(tranche.nodes))
        except OfftakeError:  # settling tells of it, at its place in the contract
            unnamed.add(tranche.site)
    return {site: frozenset(nodes) for site, nodes in found.items() if site not in unnamed}


def _series(portfolio: Portfolio) -> set[str]:
    found: set[str] = set()
    for contract in portfolio.contracts:
        found |= {rate.index.index for rate in contract.rates if rate.index is not None}
        tariff = contract.pass_through and contract.pass_through.tariff_currency
        if tariff and tariff != contract.currency:
            found |= {f"{contract.currency}/{tariff}", f"{tariff}/{contract.currency}"}
    return found
