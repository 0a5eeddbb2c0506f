"""The reference of the Python interface tells all that is public, and how it is written."""

from __future__ import annotations

import inspect
from enum import Enum

import offtake
from offtake.model.plan import Plan, Signing
from offtake.model.portfolio import Portfolio
from offtake.model.statement import Statement
from tools import api


def test_every_name_of_the_front_door_is_told_or_is_a_value() -> None:
    assert set(api.functions()) == set(offtake.__all__) - {"__version__"}
    page = "\n".join(api.lines())
    assert [name for name in api.functions() if f"### offtake.{name}\n" not in page] == []


def test_nothing_public_is_undocumented() -> None:
    silent = [name for name, made in api.functions().items() if not inspect.getdoc(made)]
    for made in api.values():
        if not made.__doc__ or made.__doc__.startswith(f"{made.__name__}("):
            silent.append(made.__name__)
        if not issubclass(made, Enum):  # words such as `solar` speak for themselves
            silent += [f"{made.__name__}.{m.name}" for m in api.members(made) if not m.about]
    assert silent == []


def test_every_argument_of_a_function_with_several_is_told() -> None:
    wrong = []
    for name, function in api.functions().items():
        told = (inspect.getdoc(function) or "").partition("Args:")[2]
        named = list(inspect.signature(function).parameters)
        if told:
            wrong += [f"{name}: {each}" for each in named if f"    {each}: " not in told]
        elif len(named) > 4:
            wrong.append(name)
    assert wrong == []


def test_values_are_those_that_functions_give_and_what_they_hold() -> None:
    found = api.values()
    assert {Plan, Signing, Statement} <= set(found)
    assert Portfolio not in found  # its page tells it
    heads = [line for line in api.lines() if line.startswith("### ")]
    assert len(heads) == len(set(heads)) == len(found) + len(api.functions())


def test_members_are_fields_properties_and_words() -> None:
    told = {member.name: member for member in api.members(Statement)}
    assert told["month"].type == "Month"
    assert told["positions"].about.startswith("What the month leaves with each party")
    enums = [made for made in api.values() if issubclass(made, Enum)]
    assert enums
    assert all(api.members(made) for made in enums)
