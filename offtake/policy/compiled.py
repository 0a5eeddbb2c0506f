"""How rules are compiled: numba, kept on disk until any module of kernels changes.

numba's own cache looks at the file of a function alone, not at the files of what it calls;
after a change below, it would go on with the old code. So the stamp of every function is
made from the text of all modules that hold kernels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

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
    return cast(Function, made)


@cache
def stamp() -> str:
    """Give a digest of all modules that hold kernels, or the tables and numbers they read."""
    digest = hashlib.sha256()
    for package in _KERNELS:
        for path in sorted((_HOME / package).rglob("*.py")):
            text = path.read_bytes()
            if b"@compiled" in text or path.stem in _READ:
                digest.update(path.name.encode())
                digest.update(text)
    return digest.hexdigest()
