"""Faults as `application/problem+json` (RFC 9457): every fault, with its code and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.operate.page_codes import STATUS

TITLES = {
    400: "The request cannot be understood",
    401: "Who are you?",
    403: "This token may not do that",
    404: "There is no such thing",
    405: "This cannot be done with it",
    409: "It contradicts what is there",
    413: "The request is too large",
    422: "The request is not sound",
    500: "The service failed",
    503: "The service cannot do it now",
}


def problem(faults: Sequence[Fault], status: int) -> JSONResponse:
    """Give faults as a response."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "The request failed"),
        "status": status,
        "detail": "; ".join(str(fault) for fault in faults[:3]),
        "faults": [
            {
                "code": fault.code,
                "what": fault.what,
                "where": str(fault.where),
                "got": fault.got,
                "hint": fault.hint,
            }
            for fault in faults
        ],
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def status_of(error: OfftakeError) -> int:
    """Give the HTTP status of an error: by its first fault's code, else 422."""
    return STATUS.get(error.faults[0].code, 422)


def unsound(error: ValidationError | RequestValidationError) -> OfftakeError:
    """Turn what a validator found into faults that say where."""
    faults = []
    for found in error.errors():
        path = ".".join(str(part) for part in found["loc"])
        got = repr(found.get("input"))
        got = got if len(got) <= 80 else got[:77] + "..."
        faults.append(Fault(code="OTK-H002", what=found["msg"], where=Where(path=path), got=got))
    return OfftakeError(few(faults))


def tell_problems(app: FastAPI) -> None:
    """Have an application answer errors as problems."""

    @app.exception_handler(OfftakeError)
    async def offtake(_request: Request, error: OfftakeError) -> JSONResponse:
        return problem(error.faults, status_of(error))

    @app.exception_handler(RequestValidationError)
    async def validation(_request: Request, error: RequestValidationError) -> JSONResponse:
        return problem(unsound(error).faults, 422)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        code = "OTK-H007" if error.status_code == 404 else "OTK-H002"
        fault = Fault(code=code, what=str(error.detail), where=Where(path=request.url.path))
        return problem([fault], error.status_code)
