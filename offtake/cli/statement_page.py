"""The page of a settled month, with its claims and leaks as further parts."""

from __future__ import annotations

from datetime import datetime

from offtake.draw import claim_tables as looked
from offtake.files import Document
from offtake.ledger.claims import calendar
from offtake.ledger.known import known
from offtake.ledger.leaks import leaks
from offtake.model.month import Month
from offtake.model.records import Records
from offtake.model.statement import Statement
from offtake.report.statement import Section, statement_html


def html(statement: Statement, document: Document, records: Records, as_of: datetime) -> str:
    """Give the page of a month, which opens anywhere.

    Raises:
        OfftakeError: the month cannot be settled.
    """
    parts = _sections(document, records, statement.month, as_of)
    return statement_html(statement, document.portfolio.name, sections=parts)


def _sections(
    document: Document, records: Records, month: Month, as_of: datetime
) -> tuple[Section, ...]:
    contracts = document.portfolio.contracts
    found = calendar(contracts, known(records, as_of), (month,))
    report = leaks(contracts, records, month, as_of=as_of)
    gaps = (looked.facts(report), looked.what_ifs(report), looked.gaps(report.gaps))
    return (
        Section("claims", "Claims", (looked.claims_say(found),), (looked.claims(found),)),
        Section("leaks", "Leaks", (looked.leaks_say(report), *looked.notes(report)), gaps),
    )
