"""Under which terms a cluster is held: its contract and tranche, from what was adopted last.

A service may run without any adopted plan; then nothing is known of tenure and power, and the
pages say so instead of guessing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offtake.model.contract import Contract, Tenure, Tranche
from offtake.model.installation import ClusterSpec
from offtake.store.adoptions import adopted_contracts, last_adoption
from offtake.store.opening import Store


@dataclass(frozen=True, slots=True)
class Terms:
    """How a cluster is held, as far as it is known."""

    tenure: Tenure | None = None
    power_it_mw: float | None = None
    built: bool = True
    """Whether its tranche was accepted; what is not known to be under way counts as built."""
    due: str = ""
    """Day its tranche is due."""


UNKNOWN = Terms()


def contracts(store: Store) -> Mapping[str, Contract]:
    """Give the contracts that were adopted, by name; none where nothing was."""
    with store.reading() as connection:
        adopted = last_adoption(connection)
        found = () if adopted is None else adopted_contracts(connection, adopted)
    return {contract.id: contract for contract in found}


def terms_of(cluster: ClusterSpec, held: Mapping[str, Contract]) -> Terms:
    """Give the terms of a cluster."""
    contract = held.get(cluster.contract or "")
    if contract is None:
        return UNKNOWN
    tranche = _tranche(contract, cluster.tranche)
    if tranche is None:
        return Terms(contract.tenure)
    built = tranche.accepted is not None
    return Terms(contract.tenure, tranche.power_it_mw, built, tranche.due.isoformat())


def _tranche(contract: Contract, name: str | None) -> Tranche | None:
    if name is None and len(contract.tranches) == 1:
        return contract.tranches[0]
    return next((each for each in contract.tranches if each.id == name), None)


def plain_terms(terms: Terms) -> Mapping[str, Any]:
    """Give terms as plain data, for a row of a table."""
    return {
        "tenure": None if terms.tenure is None else terms.tenure.value,
        "power_it_mw": terms.power_it_mw,
        "built": terms.built,
        "due": terms.due,
    }
