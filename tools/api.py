"""Print the reference of the Python interface: docs/reference/python.md.

    python -m tools.api

Functions are those of `offtake.__all__`, as their docstrings tell them. Values are those they
take and give, and every value these hold; what a portfolio's files hold has its own page.
Types and docstrings are read from the source, where they are written once.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import Any

import offtake
from offtake.cycle.connected import Connected
from offtake.cycle.measuring import Measured
from offtake.files.shape import classes
from offtake.model.backtest import Backtest
from offtake.model.history import History
from offtake.model.metric import Sheet
from offtake.model.plan import Plan
from offtake.model.statement import Statement
from offtake.model.study import Study
from offtake.report.compare import Comparison
from offtake.verbs import function_of

ROOTS = (Plan, Study, Backtest, Comparison, Statement, History, Measured, Sheet, Connected)
"""What functions give; every value they hold is told too."""
_SECTION = re.compile(r"^(Args|Returns|Raises|Yields):$", re.MULTILINE)
_ITEM = re.compile(r"^ {4}(?P<name>[\w*, ]+): ")


@dataclass(frozen=True, slots=True)
class Member:
    """A field, property or method of a value, or a member of an enumeration."""

    name: str
    type: str
    about: str


def functions() -> dict[str, Any]:
    """Give what is called, by name."""
    named = {name: getattr(offtake, name) for name in sorted(offtake.__all__)}
    return {name: _called(held) for name, held in named.items() if callable(held)}


def _called(held: Any) -> Any:
    """Give the function of a package that is called by its own name."""
    return function_of(held) if isinstance(held, ModuleType) else held


def values() -> tuple[type, ...]:
    """Give the classes of values, roots first, each before what it holds."""
    aside = set(classes())
    found: dict[type, None] = {}

    def meet(made: type) -> None:
        if made in found or made in aside:
            return
        found[made] = None
        space = vars(sys.modules[made.__module__])
        for member in members(made):
            for word in re.findall(r"\w+", member.type):
                inner = space.get(word)
                if isinstance(inner, type) and inner.__module__.startswith("offtake."):
                    meet(inner)

    for root in ROOTS:
        meet(root)
    return tuple(found)


def members(made: type) -> list[Member]:
    """Give what is public in a class, in the order of its source."""
    body = _body(made)
    told = [_below(here, below) for here, below in pairwise([*body, ast.Pass()])]
    return [member for member in told if member is not None and not member.name.startswith("_")]


def _body(made: type) -> list[ast.stmt]:
    return _bodies(made.__module__)[made.__name__]


@cache
def _bodies(module: str) -> dict[str, list[ast.stmt]]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}


def _below(here: ast.stmt, below: ast.stmt) -> Member | None:
    """Read a statement of a class with the string below it."""
    match here:
        case ast.AnnAssign(target=ast.Name(id=name)):
            if "ClassVar" in ast.unparse(here.annotation):
                return None
            return Member(name, ast.unparse(here.annotation), _string(below))
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return Member(name, ast.unparse(value), _string(below))
        case ast.FunctionDef(name=name):
            about = ast.get_docstring(here) or ""
            given = ast.unparse(here.returns) if here.returns else ""
            words = (ast.unparse(each) for each in here.decorator_list)
            shown = name if "property" in words else f"{name}({_arguments(here)})"
            return Member(shown, given, " ".join(about.partition("\n\n")[0].split()))
    return None


def _arguments(function: ast.FunctionDef) -> str:
    apart = [argument.arg for argument in function.args.kwonlyargs]
    named = [argument.arg for argument in function.args.args[1:]]
    return ", ".join((*named, "*", *apart) if apart else named)


def _string(node: ast.stmt) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(said))):
            return " ".join(said.split())
    return ""


def lines() -> Iterator[str]:
    """Give the lines of the page."""
    yield from (
        "# Python",
        "",
        "`import offtake` costs nothing: what is called is imported when it is first used. The",
        "package is typed (`py.typed`). Faults are raised as `offtake.errors.OfftakeError`,",
        "which holds all of them, each with code, place and what to do.",
        "",
        "A portfolio and its entries are told in [fields of a portfolio](portfolio.md), records",
        "in [fields of records](records.md). All values are frozen; `dataclasses.replace` gives",
        "a changed one.",
        "",
        "## Functions",
        "",
    )
    for name, function in functions().items():
        yield from (f"### offtake.{name}", "")
        yield from _signature(name, function)
        yield from _docstring(inspect.getdoc(function) or "")
    yield from ("## Values", "")
    twice = {name for name, many in Counter(made.__name__ for made in values()).items() if many > 1}
    for made in values():
        beside = f" of {made.__module__.removeprefix('offtake.')}" if made.__name__ in twice else ""
        yield from _value(made, f"{made.__name__}{beside}")


def _signature(name: str, function: Any) -> Iterator[str]:
    told = inspect.signature(function)
    shown = [_argument(each) for each in told.parameters.values()]
    kinds = [each.kind for each in told.parameters.values()]
    if inspect.Parameter.KEYWORD_ONLY in kinds:
        shown.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    given = str(told.return_annotation).strip("'")
    one = f"offtake.{name}({', '.join(shown)}) -> {given}"
    yield "```text"
    if len(one) <= 96:
        yield one
    else:
        yield f"offtake.{name}("
        yield from (f"    {each}," for each in shown)
        yield f") -> {given}"
    yield from ("```", "")


def _argument(parameter: inspect.Parameter) -> str:
    default = parameter.default
    text = f"{parameter.name}: {str(parameter.annotation).strip(chr(39))}"
    if default is inspect.Parameter.empty:
        return text
    return f"{text} = {default.__name__ if callable(default) else repr(default)}"


def _docstring(text: str) -> Iterator[str]:
    """Write a docstring as Markdown; what is indented in its text stays a block."""
    told, *sections = _SECTION.split(text)
    yield from (told.rstrip(), "")
    for head, body in zip(sections[::2], sections[1::2], strict=True):
        yield from (f"**{head}**", "")
        yield from _items(body.strip("\n"))
        yield ""


def _items(body: str) -> Iterator[str]:
    items: list[str] = []
    for line in body.splitlines():
        match = _ITEM.match(line)
        if match:
            items.append(f"- `{match['name']}`: {line[match.end() :]}")
        elif items:
            items[-1] += f" {line.strip()}"
        elif line.strip():
            items.append(line.strip())
    yield from items


def _value(made: type, head: str) -> Iterator[str]:
    yield from (f"### {head}", "")
    yield from ((inspect.getdoc(made) or "").partition("\nRaises:")[0].rstrip(), "")
    told = members(made)
    if not told:
        return
    kind = "word" if issubclass(made, Enum) else "type"
    yield from (f"| name | {kind} | meaning |", "|---|---|---|")
    for member in told:
        shown = member.type.replace("|", "\\|")
        yield f"| `{member.name}` | `{shown}` | {member.about.replace('|', chr(92) + '|')} |"
    yield ""


def main() -> int:
    """Print the page."""
    print("\n".join(lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
