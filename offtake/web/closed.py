"""A closed month, as pages are asked for it: `/ledger/2027-06/…`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from offtake.draw import words
from offtake.errors import Fault, OfftakeError, Where
from offtake.model.month import Month
from offtake.model.statement import Statement
from offtake.store import statement_in
from offtake.store.closing import Closing, closing_of
from offtake.web.access import TheService
from offtake.web.sources import Everything


@dataclass(frozen=True, slots=True)
class Held:
    """A closed month, as it was closed."""

    closing: Closing
    statement: Statement

    @property
    def known_on(self) -> str:
        """Day whose knowledge it rests on, in words."""
        return words.day(self.closing.as_of.date())

    @property
    def address(self) -> str:
        """Where the numbers of its figures and tables are."""
        return f"/ledger/{self.closing.month}/data/{{key}}.{{form}}"


def a_month(month: str) -> Month:
    """Read a month of an address.

    Raises:
        OfftakeError: it is none (`OTK-W004`).
    """
    try:
        return Month.parse(month)
    except ValueError as error:
        where = Where(path="/ledger")
        raise OfftakeError(
            Fault(code="OTK-W004", what=str(error), where=where, got=month)
        ) from None


TheMonth = Annotated[Month, Depends(a_month)]


def closed(service: TheService, _who: Everything, month: TheMonth) -> Held:
    """Give a closed month.

    Raises:
        OfftakeError: it is not closed (`OTK-B030`).
    """
    with service.store.reading() as connection:
        return Held(closing_of(connection, month), statement_in(connection, month))


TheHeld = Annotated[Held, Depends(closed)]
