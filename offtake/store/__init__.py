"""The store: facts as recorded and books that are only added to, in SQLite or PostgreSQL.

store = open_store("books.db")             # or postgresql://HOST/NAME
with store.writing() as connection:        # one transaction: all of it, or nothing
    append(connection, records, now=now)
close_month(store, contracts, month, now=now)
with store.reading() as connection:
    balances(connection, party="Lab")
"""

from offtake.store.books import Booked, balances, book, parties, transactions
from offtake.store.closing import (
    Closing,
    close,
    closings,
    contracts_in,
    statement_in,
    statements,
    untrue,
)
from offtake.store.facts import Appended, append, records
from offtake.store.opening import MEMORY, Store, open_store
from offtake.store.statements import charge_in

__all__ = [
    "MEMORY",
    "Appended",
    "Booked",
    "Closing",
    "Store",
    "append",
    "balances",
    "book",
    "charge_in",
    "close",
    "closings",
    "contracts_in",
    "open_store",
    "parties",
    "records",
    "statement_in",
    "statements",
    "transactions",
    "untrue",
]
