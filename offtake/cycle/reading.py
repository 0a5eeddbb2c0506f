"""Worlds that were read in this process: a plan finds again the one it was made from.

A plan holds the hash of what it was made from, and not the world itself. What `offtake.read` gave
is remembered, a few worlds back, and found by that hash: never by name alone.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.files import read as read_files
from offtake.model.canonical import sha256
from offtake.model.plan import Plan
from offtake.model.portfolio import Portfolio

REMEMBERED = 8
"""Worlds that are remembered."""
_worlds: OrderedDict[str, Portfolio] = OrderedDict()


def read(path: str | Path) -> Portfolio:
    """Read a portfolio: all faults at once, with line numbers; plans of it find it again.

    Raises:
        OfftakeError: with all faults of its files.
    """
    made = read_files(path)
    remember(made)
    return made


def remember(world: Portfolio) -> None:
    """Remember a world, so that plans made from it find it again."""
    key = sha256(world)
    _worlds[key] = world
    _worlds.move_to_end(key)
    while len(_worlds) > REMEMBERED:
        _worlds.popitem(last=False)


def world_of(plan: Plan) -> Portfolio:
    """Give the world a plan was made from.

    Raises:
        OfftakeError: none that was read in this process is it (`OTK-E110`).
    """
    asked = (plan.scenarios, plan.seed, plan.risk_share, plan.cvar_alpha_share)
    for world in reversed(_worlds.values()):
        if world.name == plan.portfolio and sha256(world, *asked) == plan.inputs_sha256:
            return world
    what = "the world this plan was made from was not read here, or was changed since"
    hint = "name it: world=portfolio"
    fault = Fault(code="OTK-E110", what=what, where=Where(path=plan.portfolio), hint=hint)
    raise OfftakeError(fault, exit=Exit.FAULTS)
