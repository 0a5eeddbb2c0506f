"""Many tables handed to compiled code as one: a row of their addresses and sizes.

A compiled function that is given thirty arrays is slow to compile and slow to call. Given one
row of addresses instead, it looks up the tables it needs, under the names they have in Python:

    t.active[a].left        in Python a field of `Tables`, compiled an address and an offset

The arrays must live as long as the row is in use; whoever packs them keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numba
import numpy as np
from numba import from_dtype, types
from numba.extending import intrinsic, overload_attribute

carray: Any = numba.carray  # type: ignore[attr-defined]

Columns = Mapping[str, tuple[np.dtype[Any], int]]
"""For each table its type of row and its dimensions."""


def row_type(columns: Columns) -> np.dtype[Any]:
    """Give the type of the row that holds the addresses and sizes of tables."""
    fields = []
    for name, (_, dimensions) in columns.items():
        fields.append((f"{name}_at", "i8"))
        fields += [(f"{name}_{i}", "i8") for i in range(dimensions)]
    return np.dtype(fields, align=True)


def pack(columns: Columns, tables: Mapping[str, Any]) -> Any:
    """Give the row that hands tables to compiled code.

    Raises:
        TypeError: a table is not of its type, or does not lie in memory in one piece.
    """
    made = np.zeros(1, dtype=row_type(columns))
    for name, (kind, dimensions) in columns.items():
        table = tables[name]
        whole = table.flags["C_CONTIGUOUS"]
        if table.dtype != kind or table.ndim != dimensions or not whole:
            raise TypeError(f"{name}: {table.dtype}, {table.ndim} dimensions, whole: {whole}")
        made[0][f"{name}_at"] = table.ctypes.data
        for i in range(dimensions):
            made[0][f"{name}_{i}"] = table.shape[i]
    return made[0]


def known(columns: Columns) -> None:
    """Teach the compiler to look tables up by name in a row of `row_type(columns)`."""
    row = from_dtype(row_type(columns))
    for name, (kind, dimensions) in columns.items():
        _attribute(row, name, _pointer(kind), dimensions)


def _pointer(kind: np.dtype[Any]) -> Callable[[int], Any]:
    pointer_to: Any = types.CPointer
    to = pointer_to(from_dtype(kind))

    @intrinsic
    def pointer(typing: Any, address: Any) -> Any:  # pragma: no cover
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(to))

        return to(types.int64), generate

    return cast(Callable[[int], Any], pointer)


def _attribute(row: Any, name: str, pointer: Callable[[int], Any], dimensions: int) -> None:
    getters = {1: _line, 2: _sheet, 3: _block}

    # The compiler compares the names of arguments with their annotations: none may have any.
    def look_up(row):  # type: ignore[no-untyped-def]
        return getters[dimensions](name, pointer)

    overload_attribute(row, name)(look_up)


def _line(name: str, pointer: Callable[[int], Any]) -> Callable[[Any], Any]:
    at, n = f"{name}_at", f"{name}_0"

    def get(row):  # type: ignore[no-untyped-def]
        return carray(pointer(row[at]), (row[n],))

    return get


def _sheet(name: str, pointer: Callable[[int], Any]) -> Callable[[Any], Any]:
    at, n, m = f"{name}_at", f"{name}_0", f"{name}_1"

    def get(row):  # type: ignore[no-untyped-def]
        return carray(pointer(row[at]), (row[n], row[m]))

    return get


def _block(name: str, pointer: Callable[[int], Any]) -> Callable[[Any], Any]:
    at, n, m, k = f"{name}_at", f"{name}_0", f"{name}_1", f"{name}_2"

    def get(row):  # type: ignore[no-untyped-def]
        return carray(pointer(row[at]), (row[n], row[m], row[k]))

    return get
