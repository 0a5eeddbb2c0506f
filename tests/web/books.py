"""Books with the worked month of June 2027, in the store of a service."""

from __future__ import annotations

from datetime import datetime

from offtake.operate.service import Service
from offtake.store import records as facts_in
from offtake.store.month_end import MonthEnd, close_month
from tests.ledger.june import AS_OF, CONTRACTS, JUNE, RECORDS


def close_june(service: Service, as_of: datetime = AS_OF) -> MonthEnd:
    """Close June, and give what came of it."""
    made = close_month(service.store, CONTRACTS, JUNE, records=RECORDS, as_of=as_of, now=as_of)
    with service.store.reading() as connection:
        assert facts_in(connection).events
    return made
