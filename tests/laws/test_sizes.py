"""Small pieces: modules of at most 500 lines, functions mostly under 50, none over 100.

A function's docstring is not counted: a picture or an equation must never be cut to
please this law.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from math import ceil

from tests.laws.sources import Function, Source, functions, sources

MODULE_LINES = 500
FUNCTION_LINES = 100
USUAL_LINES = 50
USUAL_SHARE = 0.95


def long_modules(among: Iterable[Source]) -> Iterator[str]:
    for source in among:
        lines = len(source.text.splitlines())
        if lines > MODULE_LINES:
            yield f"{source.name}: {lines} lines; at most {MODULE_LINES}; split it by subject"


def long_functions(among: Iterable[Source]) -> Iterator[str]:
    for source in among:
        for function in functions(source.tree):
            lines = length(function)
            if lines > FUNCTION_LINES:
                place = f"{source.at(function)} {function.name}"
                yield f"{place}: {lines} lines; at most {FUNCTION_LINES}"


def usual_length(among: Iterable[Source]) -> int:
    """The length that 95 of 100 functions do not exceed."""
    lengths = sorted(length(f) for source in among for f in functions(source.tree))
    return lengths[ceil(USUAL_SHARE * len(lengths)) - 1] if lengths else 0


def length(function: Function) -> int:
    """Lines from `def` to the last statement, less those of the docstring."""
    last = function.end_lineno or function.lineno
    first = function.body[0]
    said = 0
    if ast.get_docstring(function, clean=False) is not None:
        said = (first.end_lineno or first.lineno) - first.lineno + 1
    return last - function.lineno + 1 - said


def test_modules_are_short() -> None:
    assert list(long_modules(sources())) == []


def test_no_function_is_long() -> None:
    assert list(long_functions(sources())) == []


def test_functions_are_usually_short() -> None:
    assert usual_length(sources("offtake")) < USUAL_LINES


def test_the_law_sees_a_long_module_and_a_long_function() -> None:
    body = "    x = 1\n" * 100
    source = Source("made_up.py", f'def f():\n    """Say it.\n\n    More.\n    """\n{body}')
    assert list(long_functions([source])) == ["made_up.py:1 f: 101 lines; at most 100"]
    assert usual_length([source]) == 101
    assert list(long_modules([source])) == []
    assert [fault[:22] for fault in long_modules([Source("b.py", "x = 1\n" * 501)])] == [
        "b.py: 501 lines; at mo"
    ]
