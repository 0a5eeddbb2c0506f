"""Packages named like verbs are called like verbs: `offtake.plan(portfolio)`.

`offtake.plan` is a package (its modules are imported as `offtake.plan.solve`) and what a
user calls. Python sets a package as an attribute of its parent whenever one of its
modules is imported, so a function of the same name would come and go. Making the package
itself callable is stable; see `docs/decisions/`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def make_callable(package: str, function: Callable[..., Any]) -> None:
    """Make calling an imported package call `function`, with its documentation."""

    class Verb(ModuleType):
        """A package that can be called."""

        __call__ = staticmethod(function)

    sys.modules[package].__class__ = Verb
    sys.modules[package].__doc__ = function.__doc__
