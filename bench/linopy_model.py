"""The planner's program written once more, in linopy, as its users write: labelled
dimensions, whole expressions, no loop over rows.

    python -m bench.linopy_model

It is the relaxation (no whole numbers) of the two-stage program of `offtake.plan`, block
by block under the same names, without what a portfolio may have beyond (stacks of power,
vehicles). Run, it times how long both take to write the program of a drawn portfolio of
size mid, once both matrices have the same shape. Ours is timed with everything:
coefficients, names of limits, integers. linopy's coefficients are made beforehand and
are not timed.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import linopy
import numpy as np
import pandas as pd

from bench._figure import show
from bench._labelled import Instance, instance
from bench.instances import RISK, SIZES
from bench.instances import instance as drawn
from offtake.plan.front import build
from offtake.plan.program import Assembled

Array = Any


@dataclass(slots=True)
class _Writer:
    """The model under way, with the variables it has."""

    m: Any
    d: dict[str, Array]
    v: dict[str, Any]

    def summed(self, coefficient: Array, *dims: str) -> Any:
        """Σ coefficient·x over the quarters of signing, and over `dims`."""
        return (coefficient * self.v["x"]).sum(["signing", *dims])


def write(one: Instance, **options: Any) -> Any:
    """Write the model of an instance; options go to `linopy.Model`."""
    w = _Writer(linopy.Model(**options), one.arrays, {})
    _variables(w, one)
    _capacity(w, one)
    _work(w)
    _cash(w)
    _limits(w)
    _risk(w, one)
    return w.m


def _variables(w: _Writer, one: Instance) -> None:
    d, m, v = w.d, w.m, w.v
    count, periods = one.facts.shape
    axes = {
        "w": count,
        "t": periods,
        "offer": d["there"].sizes["offer"],
        "signing": periods,
        "pool": d["rate"].size,
        "hourly": d["rent_pool"].size,
        "need": d["lost"].size,
        "group": d["reached"].sizes["group"],
        "job": d["worth"].size,
        "site": d["host"].sizes["site"],
    }

    def add(name: str, dims: str, **bounds: Any) -> None:
        coords = [pd.RangeIndex(axes[dim], name=dim) for dim in dims.split()]
        v[name] = m.add_variables(coords=coords, name=name, **bounds)

    add("x", "offer signing", lower=0, upper=d["most"], mask=d["there"])
    add("host", "job site", lower=0, upper=1, mask=d["host"])
    add("rent", "hourly w t", lower=0, upper=d["rentable"])
    add("use_inference", "pool w t", lower=0, mask=d["serves"])
    add("routed", "group need w t", lower=0, mask=d["reached"])
    trains = (d["train"] > 0) & d["window"]
    add("use_training", "job pool w t", lower=0, mask=trains)
    add("over", "pool w t", lower=0, mask=d["charged"])
    add("unserved", "need w t", lower=0, upper=d["wanted"])
    add("undone", "job w", lower=0, upper=d["size"])
    add("spend", "w t")
    add("earn", "w t", lower=0)


def _capacity(w: _Writer, one: Instance) -> None:
    d, v = w.d, w.v
    pools = range(len(one.facts.supply.pools))
    busy = v["use_inference"] + v["use_training"].sum("job")
    signed = w.summed(d["share"])
    ahead = signed.groupby(d["offer_pool"]).sum().reindex(pool=pools)
    prepaid = (d["prepaid"] * signed).groupby(d["offer_pool"]).sum().reindex(pool=pools)
    rented = (d["rent_brings"] * v["rent"]).groupby(d["rent_pool"]).sum().reindex(pool=pools)
    w.m.add_constraints(busy - ahead - rented <= d["have"], name="capacity")
    w.m.add_constraints(
        busy - v["over"] - prepaid - rented <= d["paid_for"], name="paid", mask=d["charged"]
    )


def _work(w: _Writer) -> None:
    d, v, m = w.d, w.v, w.m
    m.add_constraints(v["routed"].sum("group") + v["unserved"] == d["wanted"], name="serve")
    able = np.flatnonzero(d["serves"])
    done = (d["rate"] * v["use_inference"]).isel(pool=able)
    done = done.groupby(d["pool_group"].isel(pool=able)).sum()
    m.add_constraints(v["routed"].sum("need") - done <= 0, name="routes")
    work = d["train"] * v["use_training"]
    m.add_constraints(work.sum(["pool", "t"]) + v["undone"] == d["size"], name="train")
    m.add_constraints(v["host"].sum("site") <= 1, name="one_site")
    at = work.sum("t").groupby(d["pool_site"]).sum().reindex(site=range(d["host"].sizes["site"]))
    m.add_constraints(at - d["size"] * v["host"] <= 0, name="hosted", mask=d["host"])


def _cash(w: _Writer) -> None:
    d, v = w.d, w.v
    busy = v["use_inference"] + v["use_training"].sum("job")
    out = (
        w.summed(d["paid"], "offer")
        + (d["rent_price"] * v["rent"]).sum("hourly")
        + (d["use_price"] * v["over"]).sum("pool")
        + (d["energy"] * busy).sum("pool")
    )
    w.m.add_constraints(v["spend"] - out == d["signed_cash"], name="spend")
    income = (d["earned"] * v["routed"]).sum(["group", "need"]) + (
        d["worth"] * d["train"] * v["use_training"]
    ).sum(["job", "pool"])
    w.m.add_constraints(v["earn"] - income == 0, name="earn")


def _limits(w: _Writer) -> None:
    d, v, m = w.d, w.v, w.m
    chance = d["chance"]
    m.add_constraints(w.summed(d["unit"]) <= d["most_signed"], name="offer_power")
    filling = np.flatnonzero(d["offer_phase"] >= 0)
    filled = w.summed(d["unit"]).isel(offer=filling)
    filled = filled.groupby(d["offer_phase"].isel(offer=filling)).sum()
    m.add_constraints(filled <= d["room"], name="phase_power")
    sites = range(d["host"].sizes["site"])
    at_meter = w.summed(d["meter"] * d["planned"]).groupby(d["offer_site"]).sum()
    at_meter, room = at_meter.reindex(site=sites), d["site_room"]
    m.add_constraints(at_meter <= room, name="site_power", mask=room.notnull())
    capped = np.isfinite(d["investment"])
    if capped.any():
        invested = w.summed(d["invested"], "offer")
        m.add_constraints(invested <= d["investment"], name="investment", mask=capped)
    if np.isfinite(d["spending"]).any():
        mask = np.isfinite(d["spending"])
        m.add_constraints(v["spend"] <= d["spending"], name="spending", mask=mask)
    if d["ratio"].size:
        coords = [pd.RangeIndex(d["ratio"].size, name="tied"), pd.RangeIndex(chance.size, name="w")]
        allowed = m.add_variables(coords=coords, name="spending_to_revenue_allowance")
        m.add_constraints((chance * allowed).sum("w") <= 0, name="spending_to_revenue")
        part = v["spend"].isel(t=d["tied"]) - d["ratio"] * v["earn"].isel(t=d["tied"])
        m.add_constraints(part - allowed <= 0, name="spending_to_revenue_part")
    for kind in ("seller", "vendor"):
        if d[f"{kind}_room"] is not None:
            signed = w.summed(d[kind] * d["planned"], "offer")
            mask = d[f"{kind}_room"].notnull()
            m.add_constraints(signed <= d[f"{kind}_room"], name=f"{kind}_share", mask=mask)
    if d["carbon"] is not None:
        _carbon(w)
    ready = w.summed(d["planned_at_end"]).groupby(d["offer_site"]).sum()
    lacking = d["block"] * v["host"] - ready.reindex(site=sites)
    m.add_constraints(lacking <= d["block_have"], name="block", mask=d["host"])


def _carbon(w: _Writer) -> None:
    d, v, m = w.d, w.v, w.m
    busy = v["use_inference"] + v["use_training"].sum("job")
    year = pd.RangeIndex(d["in_year"].sizes["year"], name="year")
    coords = [year, pd.RangeIndex(d["chance"].size, name="w")]
    allowed = m.add_variables(lower=0, coords=coords, name="carbon_allowance")
    m.add_constraints((d["chance"] * allowed).sum("w") <= d["carbon"], name="carbon")
    emitted = (d["kilotonnes"] * busy).sum("pool")
    for row in year:
        inside = np.flatnonzero(d["in_year"][row])
        part = emitted.isel(t=inside).sum("t") - allowed.sel(year=row)
        m.add_constraints(part <= 0, name=f"carbon_part_{row}")


def _risk(w: _Writer, one: Instance) -> None:
    d, v, m, risk = w.d, w.v, w.m, one.made.risk
    value = (
        (d["discount"] * (v["earn"] - v["spend"])).sum("t")
        - (d["lost"] * d["discount"] * v["unserved"]).sum(["need", "t"])
        - (d["left"] * v["undone"]).sum("job")
        + w.summed(d["residual"], "offer")
    )
    futures = [pd.RangeIndex(d["chance"].size, name="w")]
    npv = m.add_variables(coords=futures, name="npv")
    m.add_constraints(npv - value == d["kept"], name="npv")
    eta = m.add_variables(name="eta")
    tail = m.add_variables(lower=0, coords=futures, name="tail")
    m.add_constraints(tail - eta + npv >= 0, name="tail")
    mean = (d["chance"] * npv).sum()
    worst = eta - (d["chance"] * tail).sum() / (1 - risk.alpha)
    m.add_objective((1 - risk.weight) * mean + risk.weight * worst, sense="max")


def assembled(model: Any) -> Assembled:
    """Give a linopy model the form our solver layer takes."""
    got = model.matrices
    sense = np.asarray(got.sense).astype(str)
    side = np.asarray(got.b, float)
    matrix = got.A.tocsc()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    size = matrix.shape[1]
    return Assembled(
        cost=np.asarray(got.c, float),
        matrix=matrix,
        row_lower=np.where(np.char.startswith(sense, "<"), -np.inf, side),
        row_upper=np.where(np.char.startswith(sense, ">"), np.inf, side),
        column_lower=np.asarray(got.lb, float),
        column_upper=np.asarray(got.ub, float),
        integer=np.zeros(size, bool),
    )


def shape(program: Assembled) -> tuple[int, int, int]:
    """Count rows that say anything, columns, and nonzeros."""
    said = int((np.diff(program.matrix.tocsr().indptr) > 0).sum())
    return said, program.matrix.shape[1], int(program.matrix.nnz)


def _cpu_s(work: Callable[[], object], runs: int) -> float:
    """CPU seconds of some work, median of several runs after one that does not count."""
    found = []
    for _ in range(runs + 1):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return median(found[1:])


def main() -> int:
    """Print what writing a drawn program takes with linopy, over what it takes us."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--size", default="mid", choices=SIZES)
    parser.add_argument("--scenarios", type=int, default=50)
    parser.add_argument("--quick", action="store_true", help="5 scenarios, to see that it runs")
    args = parser.parse_args()
    count, quick = (5, "quick_") if args.quick else (args.scenarios, "")
    warnings.simplefilter("ignore")
    one = instance(drawn(args.size), count, 0, RISK)
    shapes = shape(assembled(write(one))), shape(one.assembled)
    if shapes[0] != shapes[1]:
        print(f"the two programs differ: linopy {shapes[0]}, ours {shapes[1]}", file=sys.stderr)
        return 1
    ours = _cpu_s(lambda: build(one.facts, one.made.risk), args.runs)
    theirs = _cpu_s(lambda: assembled(write(one)), args.runs)
    show(f"{quick}build_offtake_cpu_s", ours, "s")
    show(f"{quick}build_linopy_cpu_s", theirs, "s")
    show(f"{quick}build_ratio_linopy", theirs / ours, "linopy over offtake")
    return 0


if __name__ == "__main__":
    sys.exit(main())
