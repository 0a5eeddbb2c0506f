"""A backtest: a plan made with the knowledge of one day, held against what had happened by another.

Money is discounted to the first day of the horizon unless a name says `cash`. What rests on
what happened says `fact`, what rests on a law of lateness says `model`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from offtake.model.period import Quarter
from offtake.model.plan import Band, Signing, Spread
from offtake.model.portfolio import Horizon
from offtake.model.value import Value
from offtake.units import (
    USD,
    Count,
    Days,
    H100e,
    ItMW,
    Positive,
    Seed,
    Share,
    Sigma,
    SignedUSD,
    Unit,
)

SCHEMA = "offtake.backtest/1"
"""Name and version of the form a backtest is written in."""

SignedDays = Annotated[float, Unit("days", ("_days",))]


class Fate(StrEnum):
    """What became of an entry of the portfolio when it was taken back to an earlier day."""

    LEFT_OUT = "left out"
    """It was not known: signed, offered or published later."""
    REPLACED = "replaced"
    """It takes the value that was known on that day."""
    HELD = "held"
    """Its source is younger, and it stays: the same in every plan and in the score."""
    UNDATED = "undated"
    """It names no day: an assumption, which stays."""


class Basis(StrEnum):
    """What a score rests on."""

    FACT = "fact"
    """What happened, as it was recorded."""
    MODEL = "model"
    """A law of lateness, since nothing is on record."""


class Side(StrEnum):
    """Where what happened lies, seen from an interval that was forecast."""

    INSIDE = "inside"
    """In it."""
    BELOW = "below"
    """Sooner than it."""
    ABOVE = "above"
    """Later than it."""
    OPEN = "open"
    """Not yet known: it has not happened, and may still fall inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Value):
    """One entry of the portfolio, and what became of it."""

    path: str
    """The entry: `contracts.abilene-cloud.tranches.bldg-3-4`."""
    fate: Fate
    """What became of it."""
    known_from: date | None = None
    """The day it was known from, where one is named."""
    why: str
    """The reason, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge(Value):
    """How a portfolio was taken back to an earlier day."""

    kept_count: Count
    """Dated entries that stand as they are."""
    entries: tuple[Known, ...] = ()
    """All others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Law(Value):
    """The law of lateness a delay process had on a day, and where it came from."""

    process: str
    """Short name of the process; empty for the class as a whole."""
    basis: str
    """`portfolio`: its own, dated by then. `fit`: the record of due milestones. `studies`:
    published overruns. `never late`: it says so of itself."""
    late_share: Share
    """Chance of being late at all."""
    median_days: Days
    """Median lateness of the late ones."""
    log_sigma: Sigma
    """Standard deviation of the logarithm of their days."""
    why: str
    """What it rests on."""
    passed_over: tuple[str, ...] = ()
    """What would have come first, each with the reason why it could not serve."""
    sources: tuple[str, ...] = ()
    """Whose figures it was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast(Value):
    """The forecast of one date, made on one day, and what became of it."""

    id: str
    """The milestone (`abilene/bldg 3-4`)."""
    made: date
    """The day whose knowledge it was made with."""
    announced: date
    """The date in print on that day."""
    already_days: Days = 0.0
    """How late it was known to be on that day."""
    p05: date
    """One chance in twenty is sooner."""
    p25: date
    """One chance in four is sooner."""
    p50: date
    """As likely sooner as later."""
    p75: date
    """One chance in four is later."""
    p95: date
    """One chance in twenty is later."""
    reached: date | None = None
    """When it was reached; None if it was not by `looked`."""
    looked: date
    """The last day anybody looked."""
    late_days: SignedDays | None = None
    """Days it came after the announced date; None while it is open."""
    least_share: Share
    """Chance the forecast gave to less than what happened."""
    most_share: Share
    """Chance it gave to no more than that; 1 while it is open, as all beyond is left."""
    half: Side
    """Where it fell, seen from the central 50 %."""
    most: Side
    """Where it fell, seen from the central 90 %."""
    score_days: Days
    """Continuous ranked probability score up to `looked`."""
    naive_days: Days
    """The same of trusting the announced date: the days that was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage(Value):
    """How many milestones fell into an interval that should hold a stated share of them."""

    nominal_share: Share
    """Share it should hold."""
    inside_count: Count
    """Fell inside."""
    below_count: Count
    """Came sooner."""
    above_count: Count
    """Came later, or are already later."""
    open_count: Count
    """May still fall inside."""
    least_share: Share
    """Lower end of the 95 % interval of its true coverage, if no open one falls inside."""
    most_share: Share
    """Upper end, if all of them do."""
    pooled_least_share: Share
    """Inside, over all days of forecast: the mean of each milestone's own share."""
    pooled_most_share: Share
    """The same with the open ones."""
    says: str
    """What may be claimed of it."""

    @property
    def count(self) -> int:
        """Milestones that were scored."""
        return self.inside_count + self.below_count + self.above_count + self.open_count


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration(Value):
    """The forecasts of milestones against what became of them, each milestone counted once."""

    forecasts: tuple[Forecast, ...]
    """Every forecast of a milestone that was due by the score date."""
    milestones_count: Count
    """Different milestones among them."""
    sites_count: Count
    """Different sites they stand at."""
    not_due: tuple[str, ...] = ()
    """Known on the first day, but not due by the score date: nothing to score."""
    unseen: tuple[str, ...] = ()
    """Due by then, but nobody looked again."""
    redated: tuple[str, ...] = ()
    """Recorded as reached on the first day, and dated otherwise since; not among the scored."""
    coverages: tuple[Coverage, ...] = ()
    """Of the central 50 and 90 %."""
    score_days: Days
    """Mean score of the first forecast of each milestone."""
    naive_days: Days
    """The same of trusting the announced date."""
    better_count: Count
    """Sites whose milestones the forecast scored better of."""
    worse_count: Count
    """Sites whose milestones the announced date scored better of."""
    chance_share: Share
    """Chance of so lopsided a count, or more, if neither were the better (sign test)."""
    says: tuple[str, ...] = ()
    """What may be claimed, in sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival(Value):
    """A tranche that was signed and not yet accepted on the first day."""

    id: str
    """`contract/tranche`."""
    name: str
    """Name as people write it."""
    site: str
    """Where it stands."""
    accelerator: str
    """Type it comes with."""
    power_it_mw: ItMW
    """How much."""
    work_h100e: H100e
    """What it can do, in H100 equivalents of inference, or of training where it does none."""
    due: date
    """Day it was due, as was known on the first day."""
    p10: date
    """One scenario of the plan in ten is earlier."""
    p50: date
    """Median day over the scenarios of the plan."""
    p90: date
    """One scenario of the plan in ten is later."""
    basis: Basis
    """Whether its arrival is on record."""
    reached: date | None = None
    """When it arrived; None is not by the score date, or not on record."""
    looked: date | None = None
    """The last day anybody looked; None where nothing is on record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterScore(Value):
    """Capacity under contracts signed by the first day, in one quarter that was scored.

    Accepted capacity and tranches on record only; what is not on record stands apart.
    """

    period: Quarter
    """The quarter."""
    installed_h100e: H100e
    """Accepted by the first day, and still in its term: part of the three that follow."""
    promised_h100e: H100e
    """If every announced date had been kept, mean over the quarter."""
    forecast: Band
    """By the scenarios of the plan."""
    realised_h100e: H100e
    """As it happened."""
    unrecorded_h100e: H100e
    """Promised beyond that, by tranches nobody reports on: left out of the three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money(Value):
    """Cash and work of the quarters that were scored, in the mean of the demand drawn.

    result = earned − paid − what not serving costs beyond lost revenue
    """

    earned_usd: USD
    """Revenue of inference served, and the worth of training done, discounted."""
    paid_usd: SignedUSD
    """Rents, hourly rent, running cost and electricity, less damages received, discounted."""
    result_usd: SignedUSD
    """What that leaves, before anything is invested."""
    invested_usd: SignedUSD
    """Prepayments and capital expenditure, discounted: paid for what comes after."""
    unserved_share: Share
    """Share of inference asked for that was not served."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanScore(Value):
    """One plan: what it promised itself, and what came of it."""

    id: str
    """`forecast`, or `announced` for the one that trusts announced dates."""
    about: str
    """What it believed."""
    signed: tuple[Signing, ...]
    """What it signs ahead and takes by the hour."""
    signed_it_mw: ItMW
    """Signed ahead, over all quarters."""
    in_time_it_mw: ItMW
    """Of that, due before the end of the last quarter scored."""
    promised: Money
    """By its own scenarios, the quarters scored."""
    realised: Money
    """By what happened, the quarters scored."""
    npv: Spread
    """The whole horizon under lateness as of the score date, on draws of demand and prices it
    was not made on: a model beyond that day."""
    gap_usd: USD
    """How much better than this plan the best one could be, by its own objective."""
    promised_npv: Spread
    """The whole horizon by its own scenarios."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference(Value):
    """The plan with forecasts less the plan that trusts announced dates, scenario by scenario."""

    mean_usd: SignedUSD
    """Mean; positive is what the forecast was worth."""
    p10_usd: SignedUSD
    """One scenario in ten lies below."""
    p90_usd: SignedUSD
    """One scenario in ten lies above."""
    error_usd: SignedUSD
    """Standard error of the mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust(Value):
    """What trusting announced dates cost."""

    scored: Difference
    """Result of the quarters scored, on what happened."""
    horizon: Difference
    """Net present value of the whole horizon, on a model beyond the score date, and on draws
    neither plan was made on."""
    kept_share: Share | None = None
    """Share of the capacity announced for the quarters scored that was there, in the mean of
    them; None where none was announced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest(Value):
    """A plan made as of one day, scored on what had happened by another."""

    portfolio: str
    """Name of the portfolio."""
    about: str = ""
    """What it stands for."""
    as_of: date
    """The day whose knowledge the plans were made with."""
    further: tuple[date, ...] = ()
    """Later days on which milestones were forecast again."""
    score_at: date
    """The day by which things had happened."""
    inputs_sha256: str
    """Hash of everything it was made from."""
    version: str
    """Release of offtake that made it."""
    horizon: Horizon
    """The quarters planned for."""
    scored: Horizon
    """The whole quarters between the two days."""
    scenarios: Positive
    """Scenarios each plan was made on."""
    seed: Seed
    """Seed of their draw."""
    risk_share: Share
    """Weight of the tail in the objective of both plans."""
    cvar_alpha_share: Share
    """Confidence of that tail."""
    knowledge: Knowledge
    """How the portfolio was taken back to the first day."""
    laws: tuple[Law, ...]
    """How late things come, as of the first day, by delay process."""
    hindsight: Law
    """The same for all of them, as of the score date: what has no record is scored with it."""
    arrivals: tuple[Arrival, ...]
    """What was signed and not yet there on the first day."""
    by_period: tuple[QuarterScore, ...]
    """Quarter by quarter."""
    plans: tuple[PlanScore, ...]
    """The plan with forecasts, and the one that trusts announced dates."""
    trust: Trust
    """What trusting cost."""
    calibration: Calibration
    """How good the forecasts of dates were."""
    says: tuple[str, ...] = ()
    """What may be claimed, and what may not, in sentences."""
    remarks: tuple[str, ...] = ()
    """What a reader must know to use it."""
