"""Packages named like verbs are called like verbs: `offtake.plan(portfolio)`.

`offtake.plan` is a package (its modules are imported as `offtake.plan.solve`) and what a
user calls. Python sets a package as an attribute of its parent whenever one of its
modules is imported, so a function of the same name would come and go. Making the package
itself callable is stable; see `docs/decisions/`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, cast


def make_callable(package: str, function: Callable[..., Any]) -> None:
    """Make calling an imported package call `function`, with its documentation."""

    class Verb(ModuleType):
        """A package that can be called."""

        __call__ = staticmethod(function)

    sys.modules[package].__class__ = Verb
    sys.modules[package].__doc__ = function.__doc__


def lend(package: str, module: str, name: str) -> None:
    """Make calling an imported package call what a floor above has for it, imported when called.

    A package that is pure thought may be called by its own name at the front door, though what is
    called there reads worlds: nothing of the floor above is imported until somebody calls it.
    """

    def lent(*args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(module), name)(*args, **kwargs)

    about = sys.modules[package].__doc__
    make_callable(package, lent)
    sys.modules[package].__doc__ = about
    _LENT[package] = (module, name)


_LENT: dict[str, tuple[str, str]] = {}
"""Module and name of what is called, by package it is lent to."""


def function_of(package: ModuleType) -> Callable[..., Any]:
    """Give the function that calling a package calls, wherever it is."""
    if package.__name__ in _LENT:
        module, name = _LENT[package.__name__]
        return cast(Callable[..., Any], getattr(import_module(module), name))
    return type(package).__call__
