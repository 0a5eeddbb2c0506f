"""A capacity expansion that PyPSA can be asked too: two-stage, with or without CVaR.

    python -m bench.pypsa_model
    python -m bench.pypsa_model --scenarios 20 --sites 4

PyPSA knows investments before the scenarios and dispatch in each of them; it knows no
signing quarters, no training, no limits in the words of a portfolio. So the portfolio is
cut down to what both can say: everything ahead is signed in the first quarter, capacity is
built, leased or rented by the hour, demand walks, prices swing, sites fail, and what is not
served costs a penalty. There is no revenue, so that the net present value of a scenario is
minus PyPSA's cost of it.

    pool ──generator──> bus of a group of pools ──link──> bus of a demand: load, shedding

Run, it times both from the drawn scenarios to a loaded solver, once both programs have the
same shape, and on to the optimum: PyPSA's by the simplex method of HiGHS, ours by
`offtake.plan` with everything it does. In PyPSA's favour, its network with the tables of
scenarios is made beforehand and not timed, and nothing is read back from its solution. CPU
seconds, of one process each.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import highspy
import numpy as np
import pandas as pd
import pypsa
from scipy import sparse

from bench._figure import show
from bench.instances import FIRST, RISK, Size, instance
from offtake.model import Capital, Demand, Limits, Offer, OfferPrice, Portfolio, Tenure
from offtake.plan.formulate import Facts, Risk, site_up
from offtake.plan.front import Solved, build, prepare, solved
from offtake.plan.program import Assembled
from offtake.plan.solve import load
from offtake.plan.workloads import revenue
from offtake.policy.solving import THREADS

Array = Any
PENALTY_USD = 6.0
"""Cost of an H100e-hour that is not served."""
SHELL_USD = 11e6
"""Shell, power and cooling of one MW."""
GAP_SHARE = 1e-3
"""Gap we plan to, as a share of the volume of cost; PyPSA's simplex goes to the end."""
BUILD_RATIO, TOTAL_RATIO = 10.0, 6.0
"""What we hold ourselves to: PyPSA's time over ours."""

Shapes = tuple[tuple[int, int], tuple[int, int]]
Made = TypeVar("Made")


def expansion(size: Size, seed: int = 0) -> Portfolio:
    """Draw a portfolio and leave of it what PyPSA can be asked."""
    drawn = instance(size, seed)
    needs = tuple(
        replace(
            need,
            revenue_usd_per_h100e_hour=dict.fromkeys(need.revenue_usd_per_h100e_hour, 0.0),
            unserved_usd_per_h100e_hour=PENALTY_USD,
        )
        for need in drawn.demand.inference
    )
    return replace(
        drawn,
        name="expansion",
        sites=tuple(
            replace(s, outage_share_per_year=0.2, power_facility_mw=None, phases=())
            for s in drawn.sites
        ),
        accelerators=tuple(replace(a, available=None) for a in drawn.accelerators),
        offers=tuple(_offers(drawn)),
        demand=Demand(inference=needs),
        uncertainty=replace(
            drawn.uncertainty,
            delays=(),
            electricity_price=replace(drawn.uncertainty.rental_price, per_root_year=0.2),
        ),
        capital=Capital(discount_share_per_year=drawn.capital.discount_share_per_year),
        limits=Limits(),
    )


def _offers(drawn: Portfolio) -> list[Offer]:
    """One offer ahead and one by the hour for each accelerator of a site.

    The first accelerator of a site is built, the others are leased for the whole horizon.
    """
    shell = OfferPrice(capex_usd_per_it_mw=SHELL_USD, includes_energy=False)
    kept, built = [], set[str]()
    for offer in drawn.offers:
        if offer.tenure is Tenure.RENT:
            kept.append(replace(offer, first_signing=None))
        elif offer.tenure is Tenure.LEASE and offer.id.endswith("-12"):
            ahead = replace(
                offer, delay=None, lead_quarters=0, last_signing=FIRST, term_quarters=None
            )
            if offer.site not in built:
                built.add(offer.site)
                ahead = replace(ahead, tenure=Tenure.OWN, price=shell)
            kept.append(ahead)
    return kept


def network(facts: Facts, risk: Risk) -> pypsa.Network:
    """Write the portfolio as a network of PyPSA, with its scenarios.

    Raises:
        ValueError: the portfolio has what this translation does not know.
    """
    _refuse(facts)
    count, periods = facts.shape
    n = pypsa.Network()
    n.set_snapshots(range(periods))
    groups, needs = facts.routes.groups, facts.portfolio.demand.inference
    n.add("Bus", [f"group-{g}" for g in range(groups)])
    n.add("Bus", [need.id for need in needs])
    parts = (_generators(facts), _shedding(facts))
    for static, _ in parts:
        n.add("Generator", static.index, **{name: static[name] for name in static})
    n.add(
        "Link",
        [f"route-{k}" for k in range(len(facts.routes.source))],
        bus0=[f"group-{g}" for g in facts.routes.source],
        bus1=[needs[i].id for i in facts.routes.work],
        p_nom=facts.scenarios.inference.max(axis=(1, 2))[facts.routes.work],
    )
    n.add("Load", [f"load-{need.id}" for need in needs], bus=[need.id for need in needs])
    names = [f"{w:03d}" for w in range(count)]
    n.set_scenarios(pd.Series(facts.scenarios.probability, index=names))
    if risk.weight > 0:
        n.set_risk_preference(alpha=risk.alpha, omega=risk.weight)
    for attribute in ("p_max_pu", "marginal_cost"):
        tables = [_table(static.index, names, held[attribute]) for static, held in parts]
        n.c.generators.dynamic[attribute] = pd.concat(tables, axis=1)
    loads = pd.Index([f"load-{need.id}" for need in needs])
    n.c.loads.dynamic["p_set"] = _table(loads, names, facts.scenarios.inference)
    return n


def _refuse(facts: Facts) -> None:
    portfolio, supply = facts.portfolio, facts.supply
    wrong = {
        "training": bool(portfolio.demand.training),
        "signed contracts": bool(supply.committed),
        "signing after the first quarter": any(t for _, t in facts.offered),
        "take-or-pay below 1": any(p.use_m_usd for p in supply.pools),
        "revenue": bool(revenue(portfolio)[0].any()),
        "payments that differ by scenario": any(
            np.ptp(flow.paid, axis=0).any() for flow in facts.offered.values()
        ),
    }
    if any(wrong.values()):
        raise ValueError("; ".join(name for name, there in wrong.items() if there))


def _table(names: pd.Index, scenarios: list[str], values: Array) -> pd.DataFrame:
    """Lay [name, w, t] out as PyPSA wants it: a row a snapshot, a column a scenario and name."""
    columns = pd.MultiIndex.from_product([scenarios, names], names=["scenario", "name"])
    return pd.DataFrame(values.transpose(2, 1, 0).reshape(values.shape[2], -1), columns=columns)


def _generators(facts: Facts) -> tuple[pd.DataFrame, dict[str, Array]]:
    """Offers as generators of work: k H100e at the bus of their pool's group.

    One MW signed does rate·availability·up of work; electricity is paid a unit of work,
    rent too, since nobody rents what he does not use.
    """
    supply, ways = facts.supply, facts.routes
    of = {int(pool): k for k, pool in enumerate(ways.pool)}
    rows, does, costs = [], [], []
    up, energy = site_up(facts), facts.energy_m_usd
    for number, source in enumerate((*supply.offered, *supply.hourly)):
        place = of[source.pool]
        ahead = number < len(supply.offered)
        useful = ways.rate[place] * source.availability * up[source.pool]
        cost = energy[source.pool] / ways.rate[place]
        capital = 0.0
        if ahead:
            flow = facts.offered[number, 0]
            useful = useful * flow.share
            left = facts.final_discount * facts.scenarios.probability @ flow.residual
            capital = float(facts.discount @ flow.paid[0] - left)
        else:
            price = (
                source.terms.fixed * facts.scenarios.market(source.tenure) + source.terms.running
            )
            cost = cost + price / useful
        rows.append(
            {
                "name": source.id,
                "bus": f"group-{ways.group[place]}",
                "p_nom_extendable": ahead,
                "p_nom_max": source.power_it_mw if ahead else np.inf,
                "p_nom": 0.0 if ahead else source.power_it_mw,
                "capital_cost": capital,
            }
        )
        does.append(useful)
        costs.append(cost * facts.discount)
    held = {"p_max_pu": np.array(does), "marginal_cost": np.array(costs)}
    return pd.DataFrame(rows).set_index("name"), held


def _shedding(facts: Facts) -> tuple[pd.DataFrame, dict[str, Array]]:
    """What is not served, as a dear generator at the bus of each demand."""
    needs, demand = facts.portfolio.demand.inference, facts.scenarios.inference
    _, lost = revenue(facts.portfolio)
    static = pd.DataFrame(
        {
            "bus": [need.id for need in needs],
            "p_nom_extendable": False,
            "p_nom_max": np.inf,
            "p_nom": 1.0,
            "capital_cost": 0.0,
        },
        index=pd.Index([f"lost-{need.id}" for need in needs], name="name"),
    )
    price = np.broadcast_to(lost[:, None, None] * facts.discount, demand.shape)
    return static, {"p_max_pu": demand, "marginal_cost": price}


def loaded(n: pypsa.Network) -> highspy.Highs:
    """Write the network's program and pass it to a new HiGHS, silenced."""
    solver = n.optimize.create_model(consistency_check=False).to_highspy()
    solver.silent()
    return solver


def theirs(solver: highspy.Highs) -> sparse.csr_array:
    """Read the matrix back from HiGHS."""
    lp = solver.getLp()
    held = lp.a_matrix_
    parts = (np.array(held.value_), np.array(held.index_), np.array(held.start_))
    if held.format_ == highspy.MatrixFormat.kColwise:
        return sparse.csc_array(parts, shape=(lp.num_row_, lp.num_col_)).tocsr()
    return sparse.csr_array(parts, shape=(lp.num_row_, lp.num_col_))


def shape_of(matrix: sparse.csr_array) -> tuple[int, int]:
    """Count the rows that say more than a bound, and the columns."""
    matrix.eliminate_zeros()
    return int((np.diff(matrix.indptr) > 1).sum()), matrix.shape[1]


def shapes(facts: Facts, risk: Risk, program: Assembled, solver: highspy.Highs) -> Shapes:
    """Count ours and theirs, less what only one of them keeps.

    Ours has two accounts of cash a scenario and quarter (income is zero here, so only one
    of the rows says anything) and the net present value of each scenario; PyPSA names the
    tail's value, a column and a row.
    """
    rows, columns = shape_of(program.matrix.tocsr())
    their_rows, their_columns = shape_of(theirs(solver))
    (count, periods), named = facts.shape, int(risk.weight > 0)
    return (
        (rows - count * (periods + 1), columns - count * (2 * periods + 1)),
        (their_rows - named, their_columns - named),
    )


def optimum(solver: highspy.Highs) -> float:
    """Solve by simplex and give the least cost, in million USD.

    Raises:
        RuntimeError: there is no optimum.
    """
    solver.setOptionValue("solver", "simplex")
    # HiGHS keeps one number of threads for all its solvers in a process: that of ours.
    solver.setOptionValue("threads", THREADS)
    solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"PyPSA's program ended with {status}")
    return float(solver.getInfo().objective_function_value)


def planned(portfolio: Portfolio, count: int) -> Solved:
    """Plan with all that is done for a plan: drawing, searching, giving reasons."""
    risk, alpha = RISK.weight, RISK.alpha
    return solved(portfolio, risk=risk, alpha=alpha, scenarios=count, seed=0, gap=GAP_SHARE)


def _cpu_s(work: Callable[[], Made]) -> tuple[float, Made]:
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


def main() -> int:
    """Print what PyPSA takes over what offtake takes, to a loaded solver and to the optimum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenarios", type=int, default=200)
    parser.add_argument("--sites", type=int, default=10)
    parser.add_argument("--accelerators", type=int, default=3)
    parser.add_argument("--quarters", type=int, default=12)
    parser.add_argument("--quick", action="store_true", help="20 scenarios, to see that it runs")
    args = parser.parse_args()
    count = 20 if args.quick else args.scenarios
    name = "quick_pypsa" if args.quick else "pypsa"
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    portfolio = expansion(Size(args.sites, args.accelerators, args.quarters))
    facts = prepare(portfolio, count, 0)
    _, program = build(facts, RISK)
    n = network(facts, RISK)
    write_s, solver = _cpu_s(lambda: loaded(n))
    ours, other = shapes(facts, RISK, program, solver)
    if ours != other:
        print(f"the two programs differ: PyPSA {other}, ours {ours}", file=sys.stderr)
        return 1
    build_s, _ = _cpu_s(lambda: load(build(facts, RISK)[1]))
    solve_s, cost = _cpu_s(lambda: optimum(solver))
    total_s, found = _cpu_s(lambda: planned(portfolio, count))
    off = abs(found.plan.objective_usd / 1e6 + cost)
    if off > GAP_SHARE * found.outcome.volume:
        print(f"the two optima differ by {off:.6g} million USD of {cost:.6g}", file=sys.stderr)
        return 1
    show(f"{name}_columns", ours[1], "columns")
    show(f"{name}_build_cpu_s", write_s, "s")
    show(f"{name}_total_cpu_s", write_s + solve_s, "s")
    show(f"{name}_build_ratio", write_s / build_s, "PyPSA over offtake", BUILD_RATIO)
    show(f"{name}_total_ratio", (write_s + solve_s) / total_s, "PyPSA over offtake", TOTAL_RATIO)
    return 0


if __name__ == "__main__":
    sys.exit(main())
