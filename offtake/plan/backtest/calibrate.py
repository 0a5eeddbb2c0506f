"""How good forecasts of dates were: where what happened fell, and what may be claimed of it.

A milestone that had not been reached when anybody last looked is open: it is at least as
late as that. It is outside an interval only once it is later than its upper end; till then
it counts neither way, and every share is told with none and with all of the open ones
inside. Its place in the forecast is an interval too, [F(so far), 1]. Its score ends at the
last look, as that of all others does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from scipy.special import bdtr, betaincinv

from offtake.catalogue import Lateness, Outcome, naive_score, outcomes, redated
from offtake.model.backtest import Calibration, Coverage, Forecast, Side

HALF, MOST = 0.5, 0.9
"""The central intervals that are held against what happened."""
SURE = 0.95
"""Confidence of what is claimed."""
Law = Callable[[Outcome, date], Lateness]
"""Gives the law of a milestone on a day."""


def calibrate(days: Sequence[date], score_at: date, law: Law) -> Calibration:
    """Forecast on each of some days every milestone then ahead, and score what was due.

    Each milestone counts once in what is claimed, by its first forecast: forecasts of one
    date on several days are no new evidence. Shares over all forecasts stand beside. A day
    brings a forecast of its own only where something new was in print, or known of how late
    it is already.

    Raises:
        ValueError: no milestone was due and seen by the score date.
    """
    made: dict[tuple[str, str], list[Forecast]] = {}
    last: dict[tuple[str, str], tuple[date, float]] = {}
    for day in sorted(set(days)):
        for row in outcomes(day, score_at):
            said, told = law(row, day), made.setdefault(row.key, [])
            if row.is_due and _is_new(row, said, last.get(row.key)):
                told.append(forecast(row, day, said))
                last[row.key] = (row.vintage, said.already_days)
    made = {key: told for key, told in made.items() if told}
    if not made:
        raise ValueError("no milestone was due and seen by the score date")
    first = [each[0] for each in made.values()]
    ahead = outcomes(min(days), score_at)
    moved = redated(min(days), score_at)
    coverages = tuple(
        _coverage(nominal, first, made.values(), side)
        for nominal, side in ((HALF, _half), (MOST, _most))
    )
    better, worse = _by_site(first)
    score, naive = (_mean([getattr(f, n) for f in first]) for n in ("score_days", "naive_days"))
    sites = len({site for site, _ in made})
    return Calibration(
        forecasts=tuple(sorted((f for each in made.values() for f in each), key=_order)),
        milestones_count=len(made),
        sites_count=sites,
        not_due=tuple(o.name for o in ahead if o.seen is not None and not o.is_due),
        unseen=tuple(o.name for o in ahead if o.seen is None and o.announced <= score_at),
        redated=tuple(f"{a.site}/{a.milestone}: {a.expected} was {b.expected}" for a, b in moved),
        coverages=coverages,
        score_days=score,
        naive_days=naive,
        better_count=better,
        worse_count=worse,
        chance_share=sign_test(better, worse),
        says=_says(coverages, len(made), sites, better, worse, score, naive),
    )


def _is_new(row: Outcome, law: Lateness, last: tuple[date, float] | None) -> bool:
    return last is None or (row.vintage, law.already_days) != last


def _by_site(first: Sequence[Forecast]) -> tuple[int, int]:
    """Count the sites whose milestones the forecast scored better of, and worse."""
    gain: dict[str, float] = {}
    for made in first:
        site = made.id.partition("/")[0]
        gain[site] = gain.get(site, 0.0) + made.naive_days - made.score_days
    return sum(g > 0 for g in gain.values()), sum(g < 0 for g in gain.values())


def forecast(row: Outcome, day: date, law: Lateness) -> Forecast:
    """Hold the forecast of one milestone against what became of it.

    A milestone reached before its announced day counts as in time: the law knows no sooner.

    Raises:
        ValueError: nobody looked at it again.
    """
    if row.looked is None or row.looked_days is None:
        raise ValueError(f"nobody looked at {row.name} again")
    late, until = row.late_days, row.looked_days
    days = None if late is None else max(late, 0.0)
    so_far = max(until, 0.0) if days is None else days
    return Forecast(
        id=row.name,
        made=day,
        announced=row.announced,
        already_days=law.already_days,
        **{f"p{level:02d}": _on(row, law, level) for level in (5, 25, 50, 75, 95)},
        reached=row.reached,
        looked=row.looked,
        late_days=late,
        least_share=law.chance_below(so_far) if days is not None else law.chance_within(so_far),
        most_share=law.chance_within(so_far) if days is not None else 1.0,
        half=side(law, days, so_far, HALF),
        most=side(law, days, so_far, MOST),
        score_days=law.score(days, until),
        naive_days=naive_score(days, until),
    )


def _on(row: Outcome, law: Lateness, percent: int) -> date:
    return row.announced + timedelta(days=round(law.quantile(percent / 100)))


def side(law: Lateness, days: float | None, so_far: float, nominal: float) -> Side:
    """Say where a lateness fell, seen from a central interval; `days` is None while open."""
    low, high = (law.quantile(level) for level in ((1 - nominal) / 2, (1 + nominal) / 2))
    if so_far > high:
        return Side.ABOVE
    if days is None:
        return Side.OPEN
    return Side.BELOW if days < low else Side.INSIDE


def interval(inside: int, count: int) -> tuple[float, float]:
    """Give the exact 95 % interval of a share of which `inside` of `count` were seen.

    Clopper and Pearson (1934): the shares under which neither so many nor so few would
    come about with a chance below 2.5 %.
    """
    tail = (1 - SURE) / 2
    low = 0.0 if inside == 0 else float(betaincinv(inside, count - inside + 1, tail))
    high = 1.0 if inside == count else float(betaincinv(inside + 1, count - inside, 1 - tail))
    return low, high


def sign_test(better: int, worse: int) -> float:
    """Give the chance of so lopsided a count, or more, of equal odds, on both sides."""
    if better + worse == 0:
        return 1.0
    return min(1.0, 2 * float(bdtr(min(better, worse), better + worse, 0.5)))


def _coverage(
    nominal: float,
    first: Sequence[Forecast],
    all_made: Iterable[Sequence[Forecast]],
    side_of: Callable[[Forecast], Side],
) -> Coverage:
    sides = [side_of(f) for f in first]
    counts = {kind: sides.count(kind) for kind in Side}
    inside, open_, count = counts[Side.INSIDE], counts[Side.OPEN], len(sides)
    least, most = interval(inside, count)[0], interval(inside + open_, count)[1]
    pooled = [_shares([side_of(f) for f in each]) for each in all_made]
    return Coverage(
        nominal_share=nominal,
        inside_count=inside,
        below_count=counts[Side.BELOW],
        above_count=counts[Side.ABOVE],
        open_count=open_,
        least_share=least,
        most_share=most,
        pooled_least_share=_mean([low for low, _ in pooled]),
        pooled_most_share=min(1.0, _mean([high for _, high in pooled])),
        says=_claim(nominal, inside, open_, count, least, most),
    )


def _shares(sides: Sequence[Side]) -> tuple[float, float]:
    inside, open_ = sides.count(Side.INSIDE), sides.count(Side.OPEN)
    return inside / len(sides), (inside + open_) / len(sides)


def _claim(nominal: float, inside: int, open_: int, count: int, least: float, most: float) -> str:
    held = f"{inside} of {count}" if not open_ else f"{inside} to {inside + open_} of {count}"
    ends = f"between {least:.0%} and {most:.0%}"
    if least <= nominal <= most:
        return (
            f"The central {nominal:.0%} held {held}. Its true coverage lies {ends} with 95 % "
            f"confidence: {nominal:.0%} is not contradicted, and nothing closer can be claimed."
        )
    wrong = "too wide" if least > nominal else "too narrow, or in the wrong place"
    return (
        f"The central {nominal:.0%} held {held}. Its true coverage lies {ends} with 95 % "
        f"confidence, so the interval is {wrong}."
    )


def _says(
    coverages: Sequence[Coverage],
    count: int,
    sites: int,
    better: int,
    worse: int,
    score: float,
    naive: float,
) -> tuple[str, ...]:
    chance = sign_test(better, worse)
    sure = chance < 1 - SURE
    told = (
        f"Up to the last look the forecast scored {score:.0f} days where the announced date was "
        f"wrong by {naive:.0f}, in the mean of {count} milestones. By site, since milestones of "
        f"one site are late together, it was nearer at {better} and further off at {worse}. Were "
        f"neither the better, so lopsided a count would come about with a chance of {chance:.0%}: "
        + ("the forecast may be called the better." if sure else "too few sites for a claim.")
    )
    shared = (
        f"{count} milestones at {sites} sites share causes (turbines, transformers, crews); the "
        "intervals above take them as independent and are too narrow for that."
    )
    return (*(coverage.says for coverage in coverages), told, shared)


def _half(made: Forecast) -> Side:
    return made.half


def _most(made: Forecast) -> Side:
    return made.most


def _order(made: Forecast) -> tuple[date, date, str]:
    return made.made, made.announced, made.id


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def known_laws(default: Mapping[date, Lateness]) -> Law:
    """Give the law of each day, the same for every milestone."""
    return lambda _, day: default[day]
