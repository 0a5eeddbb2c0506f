"""How rules are compiled: numba, kept on disk until any module of kernels changes.

numba's own cache looks at the file of a function alone, not at the files of what it calls;
after a change below, it would go on with the old code. So the stamp of every function is
made from the text of all modules that hold kernels.

Most of the time of compiling goes into what nobody needs: one function compiled anew for each
width of its whole numbers, and doors from Python into functions that only kernels call. So all
whole numbers are handed over as 64 bits, and only what is `compiled` can be called from Python;
what is `inner` is half of the work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

import numba
from numba import types

Function = TypeVar("Function", bound=Callable[..., Any])

_HOME = Path(__file__).resolve().parent.parent
_KERNELS = ("policy", "simulate/fleet")
"""Packages that hold kernels, below `offtake`."""
_READ = ("tables", "packed", "compiled")
"""Modules without kernels that kernels are made with."""


def compiled(function: Function) -> Function:
    """Compile a function of numbers and tables when it is first called, and keep it on disk."""
    made: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    # The index of numba's cache is dropped when its stamp differs from this one.
    made._cache._cache_file._source_stamp = stamp()
    return cast(Function, _of_one_width(made))


def inner(function: Function) -> Function:
    """Compile a function that only compiled ones call, as a part of them."""
    options: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    made: Any = cast(Any, numba.njit)(error_model="numpy", **options)(function)

    def refuse(*_: object, **__: object) -> NoReturn:
        raise TypeError(f"{function.__name__} is called by compiled functions alone")

    # Without a door from Python a call would end the process; so Python is told of no version.
    made._insert = lambda *_, **__: None
    made._compile_for_args = refuse
    return cast(Function, _of_one_width(made))


def _of_one_width(made: Any) -> Any:
    """Let calls hand whole numbers over as 64 bits, so that there is one version for all."""
    usual = made.get_call_template

    def wide(given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return usual(tuple(map(_wide, given)), {name: _wide(kind) for name, kind in named.items()})

    made.get_call_template = wide
    return made


def _wide(kind: Any) -> Any:
    plain: Any = cast(Any, types).unliteral(kind)
    narrow = isinstance(plain, types.Integer) and cast(Any, plain).bitwidth < 64
    return types.int64 if narrow else plain


@cache
def stamp() -> str:
    """Give a digest of all modules that hold kernels, or the tables and numbers they read."""
    digest = hashlib.sha256()
    for package in _KERNELS:
        for path in sorted((_HOME / package).rglob("*.py")):
            text = path.read_bytes()
            if b"@compiled" in text or b"@inner" in text or path.stem in _READ:
                digest.update(path.name.encode())
                digest.update(text)
    return digest.hexdigest()
