"""Vehicles in the program: whose money it is, what covenants hold back, where a loss stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from offtake.model import Capital, Portfolio, Vehicle
from offtake.plan.decision import Decision, decision_of
from offtake.plan.evaluate import evaluate
from offtake.plan.formulate import Risk
from offtake.plan.front import build, prepare, solved
from offtake.plan.outcome import Outcome, read
from offtake.plan.program import Assembled, Floats, Ints
from offtake.plan.reasons import margins
from offtake.plan.scenarios import draw
from offtake.plan.solve import solve
from offtake.plan.supply import compile_supply
from offtake.plan.vehicles import Fenced
from offtake.plan.waterfall import Settled
from tests.plan.portfolios import FIRST, at_once, built, in_parts, wait_and_see, with_nodes
from tests.plan.vehicle_cases import RISK, outcome_of, portfolio, spv

STRICT = {"guarantee_share": 0.5, "guarantee_fee_share_per_year": 0.01, "termination_quarters": 1}
CASES: dict[str, Vehicle] = {
    "plain": spv(),
    "all the lab's": spv(ownership_share=1.0),
    "guaranteed": spv(**STRICT),
    "balloon": spv(balloon_share=0.4, equity_first=True, tenor_quarters=7),
    "tight": spv(dscr_target_ratio=1.21, resale_share=0.1, interest_share_per_year=0.12),
}
every_case = pytest.mark.parametrize("case", CASES)


@cache
def one(case: str) -> tuple[Outcome, Fenced, Settled]:
    return outcome_of(portfolio(CASES[case]))


def costs_nothing(vehicle: Vehicle | None) -> tuple[Floats, float]:
    made, program = built(portfolio(vehicle), RISK)
    found = at_once(made, program).solution
    return read(made, found).npv, found.objective


# ------------------------------------------------------------------ nothing, and no difference


def test_without_debt_and_minority_it_is_plain_ownership() -> None:
    """The lab pays itself: rent and distributions net out, in every scenario."""
    plain, objective = costs_nothing(None)
    fenced_in, same = costs_nothing(spv(ownership_share=1.0, gearing_share=0.0))
    assert fenced_in == pytest.approx(plain, rel=1e-9)
    assert same == pytest.approx(objective, rel=1e-9)


def test_a_vehicle_that_builds_nothing_changes_nothing() -> None:
    """Bit for bit: the same columns, rows and numbers as without any vehicle."""
    without = portfolio(None)
    idle = replace(without, capital=Capital(discount_share_per_year=0.09, vehicles=(spv(),)))
    (_, program), (_, same) = built(without, RISK), built(idle, RISK)
    for part in ("cost", "row_lower", "row_upper", "column_lower", "column_upper", "integer"):
        assert np.array_equal(getattr(program, part), getattr(same, part))
    assert np.array_equal(program.matrix.toarray(), same.matrix.toarray())


def test_debt_at_the_rate_of_discount_is_worth_nothing() -> None:
    """Modigliani and Miller: nothing late, nobody leaves, so how it is paid makes no difference."""
    vehicle = spv(ownership_share=1.0, interest_share_per_year=0.09)
    made, program = built(portfolio(vehicle, late=0.0, swing=0.0), Risk(0.0, 0.9))
    found = at_once(made, program).solution
    signed = np.where(made.x >= 0, found.values[made.x], 0.0)
    debt = made.program.columns["financed"]
    values = []
    for share in (0.0, 0.5, 1.0):
        held = holding(program, made.x.ravel(), signed.ravel())
        held = holding(held, debt.ravel(), share * signed.ravel())
        values.append(read(made, solve(held)).npv)
    assert signed.max() == pytest.approx(30)
    assert values[1] == pytest.approx(values[0], rel=1e-9)
    assert values[2] == pytest.approx(values[0], rel=1e-9)


def holding(program: Assembled, columns: Ints, values: Floats) -> Assembled:
    """Hold columns of a program at values; those that do not exist are passed over."""
    lower, upper = program.column_lower.copy(), program.column_upper.copy()
    there = columns >= 0
    lower[columns[there]] = upper[columns[there]] = values[there]
    return replace(program, column_lower=lower, column_upper=upper)


# ------------------------------------------------------------------ whose money it is


@every_case
def test_all_cash_goes_to_lab_minority_or_lenders(case: str) -> None:
    """In every scenario and quarter: what they get is cash less investment, less what is kept."""
    _, book, held = one(case)
    (vehicle,) = book.vehicles
    share = vehicle.ownership_share
    equity = held.distribution - held.equity - held.cure
    lab, minority = share * equity + held.fee, (1 - share) * equity
    kept = np.diff(held.account, axis=2, prepend=0.0)
    left = held.cfads - held.investment - kept
    assert lab + minority + held.lenders == pytest.approx(left, abs=1e-7)
    assert (1 - share) * lab - share * minority == pytest.approx((1 - share) * held.fee, abs=1e-7)


@every_case
def test_cash_of_the_program_is_the_cash_added_up_again(case: str) -> None:
    """Spending, accounts and net present value of the program are those worked out from MW."""
    made, program = built(portfolio(CASES[case]), RISK)
    found = at_once(made, program).solution
    outcome = read(made, found)
    assert found.values[made.spend] == pytest.approx(outcome.spent, abs=1e-6)
    assert found.values[made.program.columns["npv"]] == pytest.approx(outcome.npv, abs=1e-6)
    assert outcome.vehicles is not None
    account = found.values[made.program.columns["account"]]
    assert account == pytest.approx(outcome.vehicles.account, abs=1e-6)
    assert program.violation(found.values) < 1e-8


@every_case
def test_cash_is_what_one_mw_brings(case: str) -> None:
    """Worked out by hand from share in service, price and a loan that is followed anew."""
    outcome, book, held = one(case)
    (vehicle,) = book.vehicles
    facts = prepare(portfolio(vehicle), 8, 3)
    rate = (1 + vehicle.interest_share_per_year) ** 0.25 - 1
    cash, served, lent = (np.zeros(facts.shape) for _ in range(3))
    for number, key in enumerate(book.keys):
        line, share = book.lines[number], facts.offered[key].share
        there = held.signed[number][:, None] - held.gone[number]
        owing = held.financed[number][:, None] - held.gone[number]
        cash += (line.loan.price - 0.1) * share * there
        balance = np.zeros(facts.shape[0])
        for t in range(facts.shape[1]):
            owed = balance * (1 + rate)
            paid = owed * line.loan.portion[t]
            rest = (owed - paid) * (t == line.loan.last)
            balance = owed - paid - rest + line.draws[:, t]
            served[:, t] += paid * owing[:, t]
            lent[:, t] += line.draws[:, t] * owing[:, t]
    assert held.cfads[0] == pytest.approx(cash, abs=1e-7)
    assert held.service[0] == pytest.approx(served, abs=1e-7)
    assert held.draws[0] == pytest.approx(lent, abs=1e-7)
    assert outcome.amounts[book.keys[0]] == pytest.approx(held.signed[0])


@every_case
def test_signings_cost_what_the_plan_costs(case: str) -> None:
    made = solved(portfolio(CASES[case]), risk=0.2, alpha=0.8).plan
    assert sum(s.lifetime_cost_usd for s in made.signed) == pytest.approx(made.cost.mean_usd)


# ------------------------------------------------------------------ covenants


@every_case
def test_cover_is_cash_or_cure(case: str) -> None:
    """Cash and cure make up the covenant; nobody pays in more than what is missing."""
    _, book, held = one(case)
    (vehicle,) = book.vehicles
    least = vehicle.dscr_covenant_ratio * held.service
    assert np.all(held.cfads + held.cure >= least - 1e-7)
    assert np.all(held.account >= -1e-7)
    dues = held.service + held.balloon + held.fee
    missing = np.maximum(least, dues) - held.cfads
    assert np.all(held.cure[missing < -1e-7] <= 1e-7)
    assert held.cure.max() > 0, "the case has something to cure"


@every_case
def test_lockup_is_a_ramp(case: str) -> None:
    """Nothing is paid out at the covenant, (L − 1)·service at lock-up, in between in proportion."""
    _, book, held = one(case)
    (vehicle,) = book.vehicles
    covenant, lockup = vehicle.dscr_covenant_ratio, vehicle.dscr_lockup_ratio
    slope = (lockup - 1) / (lockup - covenant)
    above = held.cfads + held.cure - covenant * held.service
    due = book.indebted()
    assert np.all((held.distribution - slope * above)[due] <= 1e-6)
    at_covenant = due & (held.service > 1e-6) & (above < 1e-9)
    assert np.all(held.distribution[at_covenant] <= 1e-6)
    at_lockup = slope * (lockup - covenant) * held.service
    assert at_lockup == pytest.approx((lockup - 1) * held.service)


def test_cash_is_kept_below_lockup() -> None:
    """A MW with cover between covenant and lock-up keeps some of its cash."""
    _, book, held = outcome_of(portfolio(spv(dscr_target_ratio=1.2, dscr_lockup_ratio=1.2)))
    low = (held.service > 1e-6) & (held.cfads < 1.19 * held.service)
    assert low.any()
    assert held.account[low].max() > 0.1
    assert book.vehicles[0].dscr_lockup_ratio == 1.2


@every_case
def test_what_is_kept_secures_what_is_owed(case: str) -> None:
    _, book, held = one(case)
    owed = sum(
        line.owed * (held.financed[k][:, None] - held.gone[k]) for k, line in enumerate(book.lines)
    )
    assert np.all(held.account[0] <= owed + 1e-6)
    assert np.all(held.swept[0].sum(axis=1) <= held.handed[:, :, -1].sum(axis=0) * 1e3 + 1e-6)


def test_leverage_holds_debt_back() -> None:
    """Debt is at most the limit times equity paid in, every quarter, and the limit is told."""
    vehicle = spv(leverage_limit_ratio=0.5)
    _, book, held = outcome_of(portfolio(vehicle))
    owed, paid = np.zeros(12), np.zeros(12)
    for k, line in enumerate(book.lines):
        plan = line.loan
        owed += held.financed[k, 0] * plan.balance[:12]
        paid += held.signed[k, 0] * np.cumsum(plan.invested[:12])
        paid -= held.financed[k, 0] * np.cumsum(plan.draws[:12])
    assert np.all(owed <= 0.5 * paid + 1e-7)
    assert np.max(owed - 0.5 * paid) == pytest.approx(0.0, abs=1e-6)
    free = outcome_of(portfolio(spv()))[2]
    assert held.financed.sum() < free.financed.sum()
    told = [limit.path for limit in solved(portfolio(vehicle), risk=0.2, alpha=0.8).plan.limits]
    assert "capital.vehicles.spv.leverage_limit_ratio" in told


def test_only_the_labs_own_equity_is_limited() -> None:
    """What does not pay for 40 MW at 30 M USD each pays for a share of their equity."""
    limit = {FIRST + t: 60e6 for t in range(12)}

    def built_mw(vehicle: Vehicle | None) -> float:
        made = portfolio(vehicle, ramp_quarters=4)
        capital = replace(made.capital, investment_limit_usd=limit)
        outcome = read_at_once(replace(made, capital=capital))
        planned = outcome.signed
        return sum(mw for (offer, _), mw in planned.items() if offer == 0)

    assert built_mw(spv()) > 1.5 * built_mw(None) > 0


def read_at_once(made: Portfolio) -> Outcome:
    program, assembled = built(made, RISK)
    return read(program, at_once(program, assembled).solution)


# ------------------------------------------------------------------ where a loss stops


def without_leaving(vehicle: Vehicle) -> tuple[float, Outcome]:
    """The best plan where nothing can be handed over."""
    made, program = built(portfolio(vehicle, swing=0.9), RISK)
    handed = made.program.columns["handed"].ravel()
    found = solve(holding(program, handed, np.zeros(len(handed))))
    return found.objective, read(made, found)


@pytest.mark.parametrize("fields", [{}, {"guarantee_share": 0.3}], ids=["plain", "guaranteed"])
def test_a_loss_stops_at_what_was_paid_in(fields: dict[str, float]) -> None:
    """In no scenario does the lab lose more on the vehicle than its equity, cures and guarantee."""
    vehicle = spv(resale_share=0.1, **fields)
    made, program = built(portfolio(vehicle, swing=0.9), RISK)
    found = at_once(made, program).solution
    held = read(made, found).vehicles
    assert held is not None
    share = vehicle.ownership_share
    put_in = share * (held.equity + held.cure).sum(axis=2) + held.guarantee.sum(axis=2)
    out = share * (held.distribution.sum(axis=2) + held.released + held.value)
    out = out + held.fee.sum(axis=2)
    assert np.all(out >= -1e-6), "shareholders never owe what is left of debt"
    assert np.all(out - put_in >= -put_in - 1e-6)
    left = held.handed[:, :, -1].sum(axis=0) > 1e-6
    assert left.any()
    assert not left.all()
    if fields:
        assert np.all(held.guarantee[0].sum(axis=1)[left] > 0)
    assert held.lost[0][~left] == pytest.approx(0.0)
    objective, _ = without_leaving(vehicle)
    assert found.objective > objective + 1e-3, "being able to leave is worth something"


def test_what_is_left_to_lenders_serves_nobody_here() -> None:
    """After a hand-over its capacity, rent, service and value at the end are gone."""
    made, program = built(portfolio(spv(resale_share=0.1), swing=0.9), RISK)
    outcome = read(made, at_once(made, program).solution)
    held = outcome.vehicles
    assert held is not None
    facts = made.facts
    have = np.zeros(facts.shape)
    for k, key in enumerate(held.keys):
        have += (held.signed[k][:, None] - held.gone[k]) * facts.offered[key].share
    rent = outcome.rent.sum(axis=0)
    assert np.all(outcome.use_inference.sum(axis=0) <= have + rent + 1e-6)
    assert outcome.useful.sum(axis=0) == pytest.approx(have + rent, abs=1e-6)
    assert held.gone.max() > 1
    assert np.all(np.diff(held.handed, axis=2) >= -1e-7)
    assert np.all(held.handed[:, :, -1] <= held.financed + 1e-7)


def test_lenders_lose_what_is_owed_beyond_the_sale() -> None:
    _, book, held = outcome_of(portfolio(spv(resale_share=0.1), swing=0.9))
    lost = np.zeros(held.lost.shape[1])
    for k, line in enumerate(book.lines):
        rate = 1.065**0.25
        owed = line.balance[:, book.ends] * rate**0.5
        new = np.diff(held.handed[k], axis=1, prepend=0.0)
        lost += (new * np.maximum(owed - line.fetched, 0.0)).sum(axis=1)
    assert held.lost[0] == pytest.approx(lost)
    assert lost.max() > 0


def test_there_is_always_a_way_on() -> None:
    """Whatever is signed and financed, every scenario has a solution: nothing is infeasible."""
    made, program = built(portfolio(CASES["balloon"], late=1.0), RISK)
    rng = np.random.default_rng(5)
    for _ in range(4):
        signed = np.where(made.x[0] >= 0, rng.uniform(0, 4, made.x.shape[1]), 0.0)
        held = holding(program, made.x[0], signed)
        debt = made.program.columns["financed"][0]
        held = holding(held, debt, signed * rng.uniform(0, 1, len(signed)))
        assert solve(held).status == "optimal"


# ------------------------------------------------------------------ solved in parts, and told


def variants() -> Iterator[tuple[str, Portfolio]]:
    for case in ("plain", "guaranteed", "balloon"):
        yield case, portfolio(CASES[case])
    yield "blocks", portfolio(spv(leverage_limit_ratio=0.6), block_it_mw=8.0)


@pytest.mark.parametrize(("name", "made"), list(variants()), ids=[n for n, _ in variants()])
def test_in_parts_it_is_the_same(name: str, made: Portfolio) -> None:
    program, assembled = built(made, RISK)
    whole = at_once(program, assembled)
    parts = in_parts(program, assembled)
    assert parts.solution.objective == pytest.approx(whole.solution.objective, rel=2e-5)
    assert parts.bound >= parts.solution.objective - 1e-6


def test_knowing_more_is_worth_more() -> None:
    """What is financed lives on nodes too: seen ahead, a plan is no worse."""
    facts = prepare(portfolio(spv()), 8, 3)
    blind = at_once(*build(facts, RISK)).solution.objective
    seen = at_once(*build(with_nodes(facts, wait_and_see(facts.shape)), RISK)).solution.objective
    assert seen > blind + 1


def test_worth_less_cost_is_what_one_more_mw_brings() -> None:
    """An offer's dual is what its MW is worth less what it costs, loan and vehicle included."""
    made, program = built(portfolio(spv(leverage_limit_ratio=0.6)), RISK)
    found = at_once(made, program).solution
    held = read(made, found).vehicles
    assert held is not None
    gained = margins(made, found)
    limit = float(found.row_dual[made.program.rows["offer_power"].index[0, 0]])
    taken = [key for k, key in enumerate(held.keys) if held.signed[k].max() > 1e-6]
    assert limit > 0
    for key in taken:
        assert gained[key].worth - gained[key].cost == pytest.approx(limit, rel=1e-6)


def test_a_decision_knows_what_carries_a_loan() -> None:
    """Held in the scenarios it was made for, a plan brings what it promised, loans included."""
    made = portfolio(spv(leverage_limit_ratio=0.6))
    best = solved(made, risk=0.2, alpha=0.8)
    samples = draw(made, compile_supply(made), 8, 3)
    decision = decision_of(best)
    assert any(name.startswith("financed.own.2027Q1") for name in decision.layout)
    again = evaluate(made, decision, samples, RISK)
    assert again.npv == pytest.approx(best.npv, rel=1e-6)
    bare = Decision(decision.signed, decision.hosts)
    full = evaluate(made, bare, samples, RISK).outcome.vehicles
    assert full is not None
    assert full.financed == pytest.approx(full.signed), "nothing says less, so all carries a loan"
    plain = decision_of(solved(portfolio(None), risk=0.2, alpha=0.8))
    moved = evaluate(made, plain, samples, RISK).outcome.vehicles
    assert moved is not None
    assert moved.financed == pytest.approx(moved.signed)
