"""What routes ask for: who is there, and the service behind them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from offtake.operate.access import Gate, Role, Who
from offtake.operate.desk import Desk
from offtake.operate.service import Service


def the_service(request: Request) -> Service:
    """Give the service of the application."""
    found: Service = request.app.state.service
    return found


def the_desk(request: Request) -> Desk:
    """Give the desk of the application."""
    return the_service(request).desk


def whoever(request: Request, authorization: Annotated[str | None, Header()] = None) -> Who:
    """Give who asks."""
    gate: Gate = request.app.state.gate
    return gate.who(authorization)


def viewer(who: Annotated[Who, Depends(whoever)]) -> Who:
    """Let in who may look."""
    who.may(Role.VIEWER)
    return who


def submitter(who: Annotated[Who, Depends(whoever)]) -> Who:
    """Let in who may hand in jobs."""
    who.may(Role.SUBMITTER)
    return who


def operator(who: Annotated[Who, Depends(whoever)]) -> Who:
    """Let in who may change clusters."""
    who.may(Role.OPERATOR)
    return who


TheService = Annotated[Service, Depends(the_service)]
TheDesk = Annotated[Desk, Depends(the_desk)]
Viewer = Annotated[Who, Depends(viewer)]
Submitter = Annotated[Who, Depends(submitter)]
Operator = Annotated[Who, Depends(operator)]
