"""The route of site agents: tell what was done, and ask what is to be done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from offtake.api.asking import whoever
from offtake.operate.access import Who
from offtake.operate.agents import Agents
from offtake.operate.engines.agent import Post

router = APIRouter(tags=["agents"])
_LOOK_S = 1.0


class Failed(BaseModel):
    """How a call failed at the site."""

    code: Annotated[str, Field(pattern="^OTK-[A-Z][0-9]{3}$")]
    what: Annotated[str, Field(max_length=10_000)]
    hint: Annotated[str, Field(max_length=10_000)] = ""


class Answer(BaseModel):
    """What came of a call."""

    number: Annotated[str, Field(max_length=100)]
    value: Any = None
    failed: Failed | None = None


class Turn(BaseModel):
    """What an agent says: its yard, what it did, and how long it waits for more to do."""

    yard: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    wait_s: Annotated[float, Field(ge=0.0, le=60.0)] = 0.0
    answers: Annotated[list[Answer], Field(max_length=10_000)] = []


@router.post("/v1/agents/{cluster}/turn")
async def turn(
    request: Request, cluster: str, body: Turn, who: Annotated[Who, Depends(whoever)]
) -> Any:
    """Take in what a site agent did, and give the calls it is to make, as soon as there are any."""
    who.may_serve(cluster)
    agents: Agents = request.app.state.agents
    post = agents.post(cluster)
    if not agents.is_known(cluster, body.yard):
        await asyncio.to_thread(agents.let_in, cluster, body.yard)
    calls = post.turn([answer.model_dump() for answer in body.answers])
    if not calls and body.wait_s > 0.0:
        calls = await _waited(request, post, body.wait_s)
    return {"calls": calls}


async def _waited(request: Request, post: Post, wait_s: float) -> list[Mapping[str, Any]]:
    """Wait until there is a call; give none when the time is over or the service ends."""
    loop, woken = asyncio.get_running_loop(), asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(woken.set)

    end = post.wake_by(wake)
    try:
        until = time.monotonic() + wait_s
        while True:
            woken.clear()
            calls = post.turn([])
            left = until - time.monotonic()
            if calls or left <= 0.0 or request.app.state.ending:
                return calls
            if await request.is_disconnected():
                return []
            try:
                await asyncio.wait_for(woken.wait(), min(left, _LOOK_S))
            except TimeoutError:
                continue
    finally:
        end()
