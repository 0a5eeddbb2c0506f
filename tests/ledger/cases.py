"""Cases for tests of clauses: a contract and a month, with services worked out from events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from offtake.errors import Fault
from offtake.ledger import settle
from offtake.ledger.case import Case
from offtake.ledger.known import known
from offtake.model.charge import Charge, Invoice
from offtake.model.clause import Scope
from offtake.model.contract import Contract
from offtake.model.event import Event, EventKind
from offtake.model.month import Month
from offtake.model.records import Records
from tests.ledger.june import AS_OF, JUNE, RECORDS, SITE, exact, june, soon


def case_of(
    contract: Contract,
    records: Records = RECORDS,
    *,
    month: Month = JUNE,
    as_of: datetime = AS_OF,
    upstream: Mapping[str, Invoice] | None = None,
) -> Case:
    """Make the case of a contract and a month; other months of it can be asked for."""
    return settle.case_of(contract, known(records, as_of), month, upstream=upstream)


def down(
    name: str,
    nodes: str | None,
    starts: datetime,
    ends: datetime | None,
    **more: Any,
) -> Event:
    """Make an outage at the site of the worked month, of nodes unless more is said."""
    told: dict[str, Any] = {
        "kind": EventKind.OUTAGE,
        "scope": Scope.NODE,
        "cause": "hardware",
        "recorded": soon(ends or starts),
    }
    told |= more
    told["scope"] = told["scope"] and Scope(told["scope"])
    return Event(id=name, site=SITE, nodes=nodes, starts=starts, ends=ends, **told)


def amounts(lines: Sequence[Charge]) -> dict[str, Decimal]:
    """Give the amounts of lines by the end of their id."""
    return {line.id.split("/", 2)[2]: line.amount for line in lines}


def codes(faults: Sequence[Fault]) -> list[str]:
    """Give the codes of faults, each once, in order."""
    return list(dict.fromkeys(fault.code for fault in faults))


def invoice(contract: Contract, lines: Sequence[Charge], month: Month = JUNE) -> Invoice:
    """Make the invoice of a contract of some lines."""
    return Invoice(
        contract=contract.id,
        month=month,
        seller=contract.seller,
        buyer=contract.buyer,
        currency=contract.currency,
        places=contract.rounding.decimal_count,
        as_of=AS_OF,
        charges=tuple(lines),
    )


__all__ = ["amounts", "case_of", "codes", "down", "exact", "invoice", "june"]
