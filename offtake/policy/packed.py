"""Many tables handed to compiled code as one: a row of their addresses and sizes.

A compiled function that is given thirty arrays is slow to compile and slow to call. Given one
row of addresses instead, it looks up the tables it needs, under the names they have in Python:

    t.active[a].left        in Python a field of `Tables`, compiled an address and an offset

The arrays must live as long as the row is in use; whoever packs them keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import extending, from_dtype, types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.np import arrayobj

arrays: Any = arrayobj
code: Any = cgutils
compiler: Any = extending

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
    plain = row_type(columns)
    row = from_dtype(plain)
    tables = {
        name: types.Array(from_dtype(kind), dimensions, "C")
        for name, (kind, dimensions) in columns.items()
    }

    class Named(AttributeTemplate):
        key = row

        def generic_resolve(self, value: Any, name: str) -> Any:  # type: ignore[override]
            return tables.get(name)

    compiler.infer_getattr(Named)
    for name, table in tables.items():
        compiler.lower_getattr(row, name)(_look_up(plain, name, table))


def _look_up(plain: np.dtype[Any], name: str, table: Any) -> Callable[..., Any]:
    """Give what writes the code that makes an array of an address and sizes in a row."""
    fields: Any = plain.fields

    def generate(context: Any, builder: Any, typ: Any, row: Any) -> Any:
        def number(field: str) -> Any:
            offset = fields[field][1]
            whole = context.get_value_type(types.int64)
            return builder.load(code.get_record_member(builder, row, offset, whole))

        made = arrays.make_array(table)(context, builder)
        size = context.get_abi_sizeof(context.get_data_type(table.dtype))
        shape = [number(f"{name}_{i}") for i in range(table.ndim)]
        strides = [context.get_constant(types.intp, size)]
        for length in reversed(shape[1:]):
            strides.insert(0, builder.mul(strides[0], length))
        data = builder.inttoptr(number(f"{name}_at"), made.data.type)
        size = context.get_constant(types.intp, size)
        arrays.populate_array(made, data, shape, strides, size, None)
        return made._getvalue()

    return generate
