"""A site's hours from a table, CSV or Parquet: load, clean energy, factors, fuel, water.

    starts,load_mwh,clean_mwh,grid_t_per_mwh,residual_t_per_mwh,carbon_basis,counting
    2027-06-01T00:00:00Z,8.1,9.0,0.30,0.42,life-cycle,average

`fuel_mmbtu` with `fuel_kg_per_mmbtu`, and `water_l`, may be there too. An hour without a
row was not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from offtake.errors import Fault, OfftakeError, Where
from offtake.measure.carbon import Hours, one_kind
from offtake.model.metric import Counting
from offtake.model.power import CarbonBasis

NUMBERS = ("load_mwh", "clean_mwh", "grid_t_per_mwh", "residual_t_per_mwh")
WORDS = ("carbon_basis", "counting")
MAYBE = ("fuel_mmbtu", "fuel_kg_per_mmbtu", "water_l")


def read_hours(path: Path, site: str, window: tuple[int, int] | None = None) -> Hours:
    """Read the hours of a site, those inside a window.

    Raises:
        OfftakeError: the table cannot be read or lacks a column (`OTK-Q022`), factors are of
            several kinds (`OTK-Q020`), or hours cannot be (`OTK-Q021`).
    """
    table = _table(path)
    lacking = [name for name in ("starts", *NUMBERS, *WORDS) if name not in table.column_names]
    extra = [n for n in table.column_names if n not in ("starts", *NUMBERS, *WORDS, *MAYBE)]
    if lacking or extra:
        parts = [f"without {', '.join(lacking)}"] if lacking else []
        parts += [f"with {', '.join(extra)}"] if extra else []
        raise OfftakeError(_fault(path, "hours have columns of their own", "; ".join(parts)))
    starts = np.array([_second(path, text) for text in table["starts"].to_pylist()], np.int64)
    kept = np.ones(len(starts), np.bool_)
    if window is not None:
        kept = (starts >= window[0]) & (starts + 3600 <= window[1])
    columns = {name: _numbers(path, table, name)[kept] for name in NUMBERS}
    maybe = {
        name: _numbers(path, table, name)[kept] for name in MAYBE if name in table.column_names
    }
    fuel = maybe.pop("fuel_kg_per_mmbtu", None)
    if fuel is not None and len(set(fuel.tolist())) > 1:
        raise OfftakeError(_fault(path, "fuel has one carbon factor", "several"))
    basis, counting = _kind(path, table)
    return Hours(
        site=site,
        starts=starts[kept],
        basis=basis,
        counting=counting,
        fuel_kg_per_mmbtu=float(fuel[0]) if fuel is not None and len(fuel) else None,
        **columns,
        **maybe,
    )


def _table(path: Path) -> Any:
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path)
        strings = pa_csv.ConvertOptions(column_types={"starts": pa.string()})
        return pa_csv.read_csv(path, convert_options=strings)
    except (OSError, pa.ArrowException) as error:
        raise OfftakeError(_fault(path, f"cannot be read: {error}"[:160])) from None


def _second(path: Path, held: object) -> int:
    moment = held if isinstance(held, datetime) else None
    if isinstance(held, str):
        try:
            moment = datetime.fromisoformat(held)
        except ValueError:
            moment = None
    if moment is None or moment.tzinfo is None:
        what = "an hour begins at a moment with its zone, like 2027-06-01T00:00:00Z"
        raise OfftakeError(_fault(path, what, repr(held)))
    return int(moment.astimezone(UTC).timestamp())


def _numbers(path: Path, table: Any, name: str) -> Any:
    try:
        column = table[name].cast(pa.float64())
    except pa.ArrowException:
        raise OfftakeError(_fault(path, f"{name} holds something else than numbers")) from None
    return column.to_numpy(zero_copy_only=False)


def _kind(path: Path, table: Any) -> tuple[CarbonBasis, Counting]:
    def words(name: str, known: Sequence[str]) -> list[str]:
        found = [str(held) for held in table[name].to_pylist()]
        wrong = sorted(set(found) - set(known))
        if wrong:
            what = f"{name} is one of {', '.join(known)}"
            raise OfftakeError(_fault(path, what, ", ".join(wrong)))
        return found

    bases = words("carbon_basis", tuple(CarbonBasis))
    counted = words("counting", tuple(Counting))
    return one_kind((CarbonBasis(b), Counting(c)) for b, c in zip(bases, counted, strict=True))


def _fault(path: Path, what: str, got: str | None = None) -> Fault:
    return Fault(code="OTK-Q022", what=what, where=Where(file=str(path)), got=got)
