"""Routes of closed months: which there are, and what a token may see of each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse

from offtake.api.asking import TheService, whoever
from offtake.errors import Fault, OfftakeError, Where
from offtake.ledger.stated import statement_plain
from offtake.ledger.views import seen_by
from offtake.model.month import Month
from offtake.operate.access import Who
from offtake.store.closing import closings, statement_in

router = APIRouter(tags=["statements"])
MonthName = Annotated[str, Path(description="A closed month: `2027-06`.", max_length=7)]


async def reader(who: Annotated[Who, Depends(whoever)]) -> Who:
    """Let in who may read closed months, or some links of them."""
    who.may_read_statements()
    return who


Reader = Annotated[Who, Depends(reader)]


@router.get("/v1/statements")
def months(service: TheService, _who: Reader) -> Any:
    """List closed months, the first first, with the moment whose knowledge each rests on."""
    with service.store.reading() as connection:
        found = closings(connection)
    listed = [{"month": str(c.month), "as_of": c.as_of.isoformat()} for c in found]
    return {"statements": listed}


@router.get("/v1/statements/{month}")
def statement(service: TheService, who: Reader, month: MonthName) -> JSONResponse:
    """Give the statement of a closed month, line by line with its arithmetic.

    A token of a party gets the invoices it sends or is sent, and the money from outside that it
    pays or gets; links of others are not there.

    Raises:
        OfftakeError: it is no month (`OTK-H002`), or is not closed (`OTK-B030`).
    """
    try:
        when = Month.parse(month)
    except ValueError as error:
        where = Where(path="month")
        fault = Fault(code="OTK-H002", what=str(error), where=where, got=repr(month))
        raise OfftakeError(fault) from None
    with service.store.reading() as connection:
        found = statement_in(connection, when)
    return JSONResponse(statement_plain(found if who.party is None else seen_by(found, who.party)))
