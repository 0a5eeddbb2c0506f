"""The backtest from end to end: two plans as of one day, scored on what had happened by another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from offtake.catalogue import Lateness, Outcome, forecast_delay, milestones, outcomes
from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.backtest import Backtest, Calibration, QuarterScore, Trust
from offtake.model.canonical import sha256
from offtake.model.period import Quarter
from offtake.model.portfolio import Horizon, Portfolio
from offtake.plan.backtest import scoring
from offtake.plan.backtest.asof import AsOf, as_of_portfolio, begins, default_law, law_of, open_keys
from offtake.plan.backtest.calibrate import calibrate
from offtake.plan.backtest.realised import Record, realised
from offtake.plan.backtest.saying import remarks, said
from offtake.plan.decision import decision_of
from offtake.plan.evaluate import evaluate
from offtake.plan.formulate import Risk
from offtake.plan.front import Solved, solved
from offtake.plan.scenarios import Scenarios, draw
from offtake.plan.supply import compile_supply
from offtake.progress import Progress, Tell
from offtake.version import VERSION

FRESH = 2
"""Draws neither plan was made on, over those they were made on: for the whole horizon."""
FORECAST, ANNOUNCED = "forecast", "announced"
"""The two plans: with the law of lateness as of the first day, and with nothing late."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How both plans are made; None is what the portfolio says."""

    risk: float = 0.2
    alpha: float = 0.9
    scenarios: int | None = None
    seed: int | None = None
    gap: float = 0.005
    seconds: float = 60.0


def backtest(
    portfolio: Portfolio,
    *,
    as_of: date,
    score_at: date,
    further: Iterable[date] = (),
    risk: float = 0.2,
    alpha: float = 0.9,
    scenarios: int | None = None,
    seed: int | None = None,
    gap: float = 0.005,
    seconds: float = 60.0,
    progress: Tell | None = None,
) -> Backtest:
    """Plan on what was known on one day, and score it on what had happened by another.

        as_of ──known──> portfolio ──plan──> with forecasts ─┐
                             └──────plan──> dates trusted ───┼──> score
        score_at ──recorded──> deliveries ───────────────────┘

    The portfolio is taken back to the first day: what was signed, offered or published later
    falls out or takes the value then in print, and every entry that does is named. One plan
    is made with the law of lateness known on that day, one trusts announced dates. Both see
    the same offers, demand and prices, and are scored on the deliveries on record.

    Args:
        portfolio: its tranches name the milestones that report on them (`provenance.fact`).
        as_of: the day whose knowledge the plans are made with.
        score_at: the day by which things had happened.
        further: later days on which milestones are forecast again, for the calibration.
        risk: weight of the tail, for both plans.
        alpha: confidence of the tail.
        scenarios: how many to draw; None takes the portfolio's own number.
        seed: of the draw; None takes the portfolio's own.
        gap: gap wanted of both plans, as a share of the discounted volume of cost.
        seconds: time limit of each branch and bound.
        progress: told what is being done.

    Raises:
        OfftakeError: days that do not go together or that nobody knows of (`OTK-B101` to
            `OTK-B108`), nothing that says how late capacity comes (`OTK-K306`), or as
            `offtake.plan`.
        InfeasibleError: no plan satisfies the limits.
    """
    days = tuple(sorted({day for day in further if day != as_of}))
    check_days(portfolio, as_of, score_at, days)
    tell = progress or (lambda _: None)
    tell(Progress("draw", f"taking {portfolio.name} back to {as_of}"))
    known = as_of_portfolio(portfolio, as_of)
    calibration = _calibration(portfolio, known, (as_of, *days), score_at)
    effort = Effort(risk, alpha, scenarios, seed, gap, seconds)
    field, runs = _runs(known, score_at, effort, tell)
    return _told(portfolio, known, days, score_at, effort, field, runs, calibration)


def check_days(portfolio: Portfolio, as_of: date, score_at: date, further: Sequence[date]) -> None:
    """Refuse days that do not go together, and days nobody knows of.

    Raises:
        OfftakeError: all that is wrong with them (`OTK-B101` to `OTK-B103`, `OTK-B106` to
            `OTK-B108`).
    """
    seen = [row.known_from for row in milestones(history=True)]
    faults = []
    if as_of >= score_at:
        faults.append(
            _fault("OTK-B101", "the day of scoring comes after", score_at, "score-at", as_of)
        )
    if as_of < min(seen):
        hint = f"the first milestone in the catalogue was in print on {min(seen)}"
        faults.append(
            _fault("OTK-B102", "nothing was known on that day", as_of, "as-of", hint=hint)
        )
    if score_at > max(seen):
        hint = f"the last day anything was looked at is {max(seen)}"
        faults.append(
            _fault("OTK-B103", "nobody has seen that day yet", score_at, "score-at", hint=hint)
        )
    if as_of > portfolio.as_of:
        hint = f"it holds the knowledge of {portfolio.as_of}"
        what = "the portfolio knows nothing of that day"
        faults.append(_fault("OTK-B106", what, as_of, "as-of", hint=hint))
    elif as_of < score_at and not _scored(portfolio, as_of, score_at):
        what = "no whole quarter lies between the two days"
        faults.append(_fault("OTK-B107", what, score_at, "score-at"))
    faults += [
        _fault("OTK-B108", "a further day lies between the two days", day, "as-of")
        for day in further
        if not as_of < day < score_at
    ]
    if faults:
        raise OfftakeError(faults, exit=Exit.USAGE)


def _fault(
    code: str,
    what: str,
    got: date,
    option: str,
    after: date | None = None,
    *,
    hint: str | None = None,
) -> Fault:
    said = f"{what} {after}" if after is not None else what
    return Fault(code=code, what=said, where=Where(path=option), got=str(got), hint=hint)


def _scored(portfolio: Portfolio, as_of: date, score_at: date) -> tuple[Quarter, ...]:
    first = begins(portfolio, as_of)
    ended = [q for q in first.until(portfolio.horizon.last) if q.last_day <= score_at]
    return tuple(ended)


def _calibration(
    portfolio: Portfolio, known: AsOf, days: Sequence[date], score_at: date
) -> Calibration:
    """Hold forecasts of milestones against what became of them.

    Of the lab's own tranches it is known on each day whether they had been accepted, so their
    forecasts are conditional on how late they were by then.
    """
    laws = {days[0]: known.law(None)}
    laws |= {day: default_law(portfolio, day) for day in days[1:]}
    held = {day: open_keys(portfolio, day) for day in days}

    def law(row: Outcome, day: date) -> Lateness:
        late = max((day - row.announced).days, 0) if row.key in held[day] else 0
        return replace(laws[day], already_days=float(late))

    try:
        return calibrate(days, score_at, law)
    except ValueError as wrong:
        fault = _fault("OTK-B109", str(wrong), score_at, "score-at")
        raise OfftakeError(fault, exit=Exit.USAGE) from None


def _runs(
    known: AsOf, score_at: date, effort: Effort, tell: Tell
) -> tuple[scoring.Field, tuple[scoring.Run, scoring.Run]]:
    portfolio = known.portfolio
    trusting = _trusting(portfolio)
    seed = portfolio.uncertainty.seed if effort.seed is None else effort.seed
    count = effort.scenarios or portfolio.uncertainty.scenario_count
    supply = compile_supply(portfolio)
    drawn = {
        FORECAST: draw(portfolio, supply, count, seed),
        ANNOUNCED: draw(trusting, compile_supply(trusting), count, seed),
    }
    record = Record(known.links, {row.key: row for row in outcomes(portfolio.as_of, score_at)})
    law = forecast_delay(score_at).law
    never = frozenset(one.process for one in known.laws if one.late_share == 0)

    def came(futures: Scenarios, own: int) -> Scenarios:
        return realised(supply, futures, record, law, never, known.common_share, own)

    happened = came(drawn[FORECAST], seed)
    fresh = came(draw(portfolio, supply, FRESH * count, seed + 1), seed + 1)
    periods = len(portfolio.horizon.quarters)
    rate = portfolio.capital.discount_share_per_year
    field = scoring.Field(
        portfolio=portfolio,
        supply=supply,
        drawn=drawn[FORECAST],
        happened=happened,
        fresh=fresh,
        record=record,
        scored=_scored(portfolio, portfolio.as_of, score_at),
        discount=scoring.discount(rate, periods),
        risk=Risk(effort.risk, effort.alpha),
    )
    runs = (
        _run(FORECAST, portfolio, drawn[FORECAST], (happened, fresh), effort, tell),
        _run(ANNOUNCED, trusting, drawn[ANNOUNCED], (happened, fresh), effort, tell),
    )
    return field, runs


_ABOUT = {
    FORECAST: "lateness as could be known on the first day",
    ANNOUNCED: "announced dates trusted: nothing is late",
}


def _run(
    ident: str,
    portfolio: Portfolio,
    drawn: Scenarios,
    after: tuple[Scenarios, Scenarios],
    effort: Effort,
    tell: Tell,
) -> scoring.Run:
    tell(Progress("draw", f"planning: {_ABOUT[ident]}"))
    made = _solved(portfolio, drawn, effort, tell)
    tell(Progress("explain", f"scoring: {_ABOUT[ident]}"))
    decision = decision_of(made)
    return scoring.Run(
        id=ident,
        about=_ABOUT[ident],
        plan=made.plan,
        promised=evaluate(portfolio, decision, drawn).outcome,
        realised=evaluate(portfolio, decision, after[0]).outcome,
        fresh=evaluate(portfolio, decision, after[1]).outcome,
    )


def _solved(portfolio: Portfolio, drawn: Scenarios, effort: Effort, tell: Tell) -> Solved:
    return solved(
        portfolio,
        risk=effort.risk,
        alpha=effort.alpha,
        scenarios=drawn.count,
        seed=effort.seed,
        gap=effort.gap,
        seconds=effort.seconds,
        progress=tell,
        samples=drawn,
    )


def _trusting(portfolio: Portfolio) -> Portfolio:
    """Give the portfolio of somebody who trusts announced dates."""
    held = portfolio.uncertainty
    delays = tuple(replace(delay, late_share=0.0) for delay in held.delays)
    return replace(portfolio, uncertainty=replace(held, delays=delays))


def _told(
    portfolio: Portfolio,
    known: AsOf,
    days: tuple[date, ...],
    score_at: date,
    effort: Effort,
    field: scoring.Field,
    runs: tuple[scoring.Run, scoring.Run],
    calibration: Calibration,
) -> Backtest:
    plans = tuple(scoring.plan_score(field, run) for run in runs)
    rows = scoring.by_period(field)
    hindsight = law_of(forecast_delay(score_at))
    made = Backtest(
        portfolio=portfolio.name,
        about=portfolio.about,
        as_of=known.portfolio.as_of,
        further=days,
        score_at=score_at,
        inputs_sha256=sha256(
            portfolio,
            [str(day) for day in (known.portfolio.as_of, score_at, *days)],
            field.drawn.count,
            runs[0].plan.seed,
            effort.risk,
            effort.alpha,
        ),
        version=VERSION,
        horizon=known.portfolio.horizon,
        scored=Horizon(first=field.scored[0], last=field.scored[-1]),
        scenarios=field.drawn.count,
        seed=runs[0].plan.seed,
        risk_share=effort.risk,
        cvar_alpha_share=effort.alpha,
        knowledge=known.ledger.knowledge(),
        laws=known.laws,
        hindsight=hindsight,
        arrivals=scoring.arrivals(field),
        by_period=rows,
        plans=plans,
        trust=_trust(field, runs, rows),
        calibration=calibration,
    )
    return replace(made, says=said(made), remarks=remarks(made))


def _trust(
    field: scoring.Field,
    runs: tuple[scoring.Run, scoring.Run],
    rows: Sequence[QuarterScore],
) -> Trust:
    careful, trusting = runs
    gained = scoring.result(field, careful.realised) - scoring.result(field, trusting.realised)
    return Trust(
        scored=scoring.difference(gained, field.chance),
        horizon=scoring.difference(careful.fresh.npv - trusting.fresh.npv, field.fresh.probability),
        kept_share=scoring.kept_share(rows),
    )
