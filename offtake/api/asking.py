"""What routes ask for: who is there, and the service behind them.

All of it is asynchronous and reads nothing, as a rule: a thread for each would cost more than the
request itself.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends, Header, Request

from offtake.operate.access import Gate, Role, Who
from offtake.operate.desk import Desk
from offtake.operate.service import Service


async def the_service(request: Request) -> Service:
    """Give the service of the application."""
    found: Service = request.app.state.service
    return found


async def the_desk(request: Request) -> Desk:
    """Give the desk of the application."""
    return (await the_service(request)).desk


async def whoever(request: Request, authorization: Annotated[str | None, Header()] = None) -> Who:
    """Give who asks."""
    gate: Gate = request.app.state.gate
    known = gate.known(authorization)
    return await asyncio.to_thread(gate.who, authorization) if known is None else known


async def viewer(who: Annotated[Who, Depends(whoever)]) -> Who:
    """Let in who may look."""
    who.may(Role.VIEWER)
    return who


async def submitter(who: Annotated[Who, Depends(whoever)]) -> Who:
    """Let in who may hand in jobs."""
    who.may(Role.SUBMITTER)
    return who


async def operator(who: Annotated[Who, Depends(whoever)]) -> Who:
    """Let in who may change clusters."""
    who.may(Role.OPERATOR)
    return who


TheService = Annotated[Service, Depends(the_service)]
TheDesk = Annotated[Desk, Depends(the_desk)]
Viewer = Annotated[Who, Depends(viewer)]
Submitter = Annotated[Who, Depends(submitter)]
Operator = Annotated[Who, Depends(operator)]
