"""What ruff cannot see in a docstring.

The first line of every public docstring is a sentence, ended by a full stop. A public
function that raises `OfftakeError` in its own body says so under `Raises:`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.laws.sources import Documented, Function, Source, own_nodes, sources

ROOT_ERROR = "OfftakeError"


def unfinished(among: Iterable[Source]) -> Iterator[str]:
    """Give a fault for every docstring whose first line does not end in a full stop."""
    for source in among:
        for name, node in _public(source.tree):
            said = ast.get_docstring(node)
            if said is not None and not said.partition("\n")[0].endswith("."):
                yield f"{_place(source, node)} {name}: the first line ends with a full stop"


def silent_raisers(among: Iterable[Source]) -> Iterator[str]:
    """Give a fault for every public function that raises our error and does not say so."""
    among = list(among)
    ours = _errors(among)
    for source in among:
        for name, node in _public(source.tree):
            if isinstance(node, Function) and not _inherits_its_docstring(node):
                raised = sorted(_raised(node) & ours)
                if raised and "Raises:" not in (ast.get_docstring(node) or ""):
                    yield f"{source.at(node)} {name}: raises {raised[0]}; say when under 'Raises:'"


def _errors(among: Iterable[Source]) -> frozenset[str]:
    """Our error and every class that is made from it, by name."""
    bases = {
        node.name: {_name(base) for base in node.bases}
        for source in among
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
    }
    ours = {ROOT_ERROR}
    while more := {name for name, above in bases.items() if above & ours} - ours:
        ours |= more
    return frozenset(ours)


def _raised(function: Function) -> set[str]:
    return {
        _name(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
        for node in own_nodes(function)
        if isinstance(node, ast.Raise) and node.exc is not None
    }


def _name(expression: ast.expr) -> str:
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _public(tree: ast.Module) -> Iterator[tuple[str, Documented]]:
    """The module, its public classes and functions, and their public methods."""
    yield "(module)", tree
    yield from _public_in(tree, "")


def _public_in(node: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[str, Documented]]:
    for inner in node.body:
        if isinstance(inner, ast.ClassDef | Function) and not inner.name.startswith("_"):
            yield f"{prefix}{inner.name}", inner
            if isinstance(inner, ast.ClassDef):
                yield from _public_in(inner, f"{prefix}{inner.name}.")


def _inherits_its_docstring(function: Function) -> bool:
    return any(
        _name(decorator) in ("override", "overload") for decorator in function.decorator_list
    )


def _place(source: Source, node: Documented) -> str:
    return f"{source.name}:1" if isinstance(node, ast.Module) else source.at(node)


def test_the_first_line_ends_with_a_full_stop() -> None:
    assert list(unfinished(sources("offtake", "tools"))) == []


def test_who_raises_our_error_says_so() -> None:
    assert list(silent_raisers(sources("offtake"))) == []


def test_the_law_sees_a_missing_full_stop() -> None:
    source = Source(
        "a.py",
        '"""Fine."""\n'
        'class A:\n    """Not fine"""\n'
        '    def f(self):\n        """Is this fine?"""\n'
        '    def _g(self):\n        """nobody asks"""\n',
    )
    assert [fault.split(": ")[0] for fault in unfinished([source])] == ["a.py:2 A", "a.py:4 A.f"]


def test_the_law_sees_a_silent_raiser() -> None:
    source = Source(
        "a.py",
        "class Worse(OfftakeError): ...\n"
        "class Worst(Worse): ...\n"
        "def f():\n    raise OfftakeError(faults)\n"
        "def g():\n    if x:\n        raise errors.Worst(faults) from None\n"
        'def h():\n    """H.\n\n    Raises:\n        Worst: often.\n    """\n    raise Worst(x)\n'
        "def i():\n    def j():\n        raise Worst(x)\n    return j\n"
        "def k():\n    raise ValueError\n"
        "def _l():\n    raise Worst(x)\n"
        "class M:\n    @override\n    def m(self):\n        raise Worst(x)\n",
    )
    assert [fault.split(";")[0] for fault in silent_raisers([source])] == [
        "a.py:3 f: raises OfftakeError",
        "a.py:5 g: raises Worst",
    ]
