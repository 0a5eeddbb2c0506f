"""The rules of the first tables: facts, and books."""

from __future__ import annotations

from offtake.store.migrations.rules import EXCLUSIVE, SHARED, Guarded, Rule


def _number(month: str) -> str:
    """Count months, so that the next one is one more."""
    year, rest = f"substr({month}, 1, 4)", f"substr({month}, 6, 2)"
    return f"(CAST({year} AS INTEGER) * 12 + CAST({rest} AS INTEGER))"


def _same(*columns: str) -> str:
    """Say that two rows agree in columns; an empty one agrees with an empty one."""
    return " AND ".join(f"COALESCE(o.{c}, '') = COALESCE(NEW.{c}, '')" for c in columns)


def _sum(pair: str, row: str, kind: str, party: str, account: str) -> str:
    """Add up what sealed transactions of a row's kind say on an account of a party."""
    return (
        "COALESCE((SELECT sum(p.minor) FROM book_transaction t"
        " JOIN seal s ON s.key = t.key JOIN posting p ON p.transaction_key = t.key"
        f" WHERE t.{pair} = {row}.id AND t.kind = '{kind}' AND t.party = {row}.{party}"
        f" AND p.account = {account}), 0)"
    )


FACTS = (
    Guarded(table="event", same_key="o.id = NEW.id", same=_same("kind", "body")),
    Guarded(
        table="reading",
        same_key="o.source = NEW.source AND o.id = NEW.id",
        same=_same("meter", "site", "tranche", "node")
        + " AND o.starts = NEW.starts AND o.ends = NEW.ends AND o.amount = NEW.amount",
    ),
    Guarded(
        table="fixing",
        same_key="o.series = NEW.series AND o.day = NEW.day AND o.recorded = NEW.recorded",
        same=_same("value"),
    ),
    Guarded(table="tariff", same_key="o.id = NEW.id", same=_same("body")),
)

_CLOSED = "EXISTS (SELECT 1 FROM closing c WHERE c.month >= NEW.month)"
_IN_CLOSED = (
    "EXISTS (SELECT 1 FROM invoice i JOIN closing c ON c.month = i.month WHERE i.id = NEW.invoice)"
)
_STATEMENT = (
    Guarded(
        table="invoice",
        same_key="o.id = NEW.id",
        rules=(Rule(refuses="an invoice of a closed month", when=_CLOSED),),
        lock=SHARED,
    ),
    Guarded(
        table="charge",
        same_key="o.id = NEW.id",
        rules=(Rule(refuses="a line of a closed month", when=_IN_CLOSED),),
        lock=SHARED,
    ),
    Guarded(
        table="external",
        same_key="o.id = NEW.id",
        rules=(Rule(refuses="money from outside of a closed month", when=_CLOSED),),
        lock=SHARED,
    ),
)

_POSTINGS = "SELECT 1 FROM posting p WHERE p.transaction_key = NEW.key"
_LINE = (
    "SELECT position, account, currency, places, {sign}minor FROM posting"
    " WHERE transaction_key = t.{key}"
)
_BACK, _HERE = _LINE.format(sign="-", key="reverses"), _LINE.format(sign="", key="key")
_TRANSACTIONS = (
    Guarded(
        table="book_transaction",
        same_key="o.key = NEW.key OR o.reverses = NEW.reverses",
        rules=(Rule(refuses="a transaction of a closed month", when=_CLOSED),),
        lock=SHARED,
    ),
    Guarded(
        table="posting",
        same_key="o.transaction_key = NEW.transaction_key AND o.position = NEW.position",
        rules=(
            Rule(
                refuses="a posting of no transaction",
                when=(
                    "NOT EXISTS"
                    " (SELECT 1 FROM book_transaction t WHERE t.key = NEW.transaction_key)"
                ),
            ),
            Rule(
                refuses="a posting of a sealed transaction",
                when="EXISTS (SELECT 1 FROM seal s WHERE s.key = NEW.transaction_key)",
            ),
        ),
    ),
    Guarded(
        table="seal",
        same_key="o.key = NEW.key",
        rules=(
            Rule(
                refuses="there is no such transaction to seal",
                when="NOT EXISTS (SELECT 1 FROM book_transaction t WHERE t.key = NEW.key)",
            ),
            Rule(
                refuses="a transaction has at least two postings",
                when="(SELECT count(*) FROM posting p WHERE p.transaction_key = NEW.key) < 2",
            ),
            Rule(
                refuses="the postings of a transaction do not balance",
                when=f"EXISTS ({_POSTINGS} GROUP BY p.currency, p.places HAVING sum(p.minor) <> 0)",
            ),
            Rule(
                refuses="a reversal takes back another transaction than the one it names",
                when=(
                    "EXISTS (SELECT 1 FROM book_transaction t"
                    " WHERE t.key = NEW.key AND t.reverses IS NOT NULL AND (NOT EXISTS"
                    " (SELECT 1 FROM book_transaction o JOIN seal s ON s.key = o.key"
                    " WHERE o.key = t.reverses AND o.party = t.party)"
                    f" OR EXISTS ({_BACK} EXCEPT {_HERE}) OR EXISTS ({_HERE} EXCEPT {_BACK})))"
                ),
            ),
        ),
    ),
)

_OWED = _sum("invoice", "i", "invoice", "seller", "'Assets:Receivable:' || i.buyer")
_OWING = _sum("invoice", "i", "invoice", "buyer", "'Liabilities:Payable:' || i.seller")
_GOT = _sum("external", "e", "external", "payee", "'Assets:Receivable:' || e.payer")
_GAVE = _sum("external", "e", "external", "payer", "'Liabilities:Payable:' || e.payee")
_LINES = "COALESCE((SELECT sum(c.minor) FROM charge c WHERE c.invoice = i.id{more}), 0)"
_COSTS = _LINES.format(more=" AND c.kind NOT IN ('prepayment', 'prepayment-credit')")
_INVOICES = "EXISTS (SELECT 1 FROM invoice i WHERE i.month = NEW.month AND ({wrong}))"
_CLOSING = Guarded(
    table="closing",
    same_key="o.month = NEW.month",
    lock=EXCLUSIVE,
    rules=(
        Rule(
            refuses="months are closed one after the other",
            when=(
                "EXISTS (SELECT 1 FROM closing c) AND "
                f"{_number('NEW.month')} <> (SELECT max({_number('c.month')}) + 1 FROM closing c)"
            ),
        ),
        Rule(
            refuses="the lines of an invoice add up to something else",
            when=_INVOICES.format(
                wrong=f"i.cash_minor <> {_LINES.format(more='')} OR i.net_minor <> {_COSTS}"
            ),
        ),
        Rule(
            refuses="an invoice is not booked by both parties as it stands",
            when=_INVOICES.format(wrong=f"i.cash_minor <> {_OWED} OR i.cash_minor <> -{_OWING}"),
        ),
        Rule(
            refuses="money from outside is not booked by both parties as it stands",
            when=(
                "EXISTS (SELECT 1 FROM external e WHERE e.month = NEW.month"
                f" AND (e.minor <> {_GOT} OR e.minor <> -{_GAVE}))"
            ),
        ),
    ),
)

_TERMS = Guarded(table="terms", same_key="o.digest = NEW.digest", same=_same("body"))

BOOKS = (_TERMS, *_STATEMENT, *_TRANSACTIONS, _CLOSING)
