"""Two plans side by side, in words and money: what changed, and whether they compare.

A difference in money says something only when both plans answer the same question, and
when it is larger than what the solver left open (the gaps). `Comparison.warnings` says
where either is not so, instead of leaving it to the reader to notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from offtake.draw import numbers, reading, words
from offtake.draw.numbers import Shown
from offtake.model.canonical import plain
from offtake.model.contract import Tenure
from offtake.model.outlook import Lot
from offtake.model.period import Quarter
from offtake.model.plan import Plan, Signing
from offtake.model.study import Study
from offtake.model.value import Value
from offtake.units import Amount, ItMW, SignedUSD, it_mw


class Change(StrEnum):
    """What became of an offer from the first plan to the second."""

    ADDED = "added"
    DROPPED = "dropped"
    EARLIER = "earlier"
    LATER = "later"
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side(Value):
    """How one of the two plans signs an offer; nothing where it does not."""

    power_it_mw: ItMW
    """All of it."""
    first: Quarter | None
    """First quarter it is signed in."""
    lifetime_cost_usd: SignedUSD | None
    """Mean discounted cost inside the horizon; None is not told, as in a study."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningChange(Value):
    """An offer that the two plans do not sign alike."""

    offer: str
    """The offer's short name."""
    name: str
    """The offer's name as people write it."""
    tenure: Tenure
    """How the capacity is held."""
    changes: tuple[Change, ...]
    """What differs."""
    a: Side
    """In the first plan."""
    b: Side
    """In the second plan."""
    words: str
    """The same in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureChange(Value):
    """A number both plans are judged by."""

    measure: str
    """Its name, such as `cost, mean`."""
    unit: str
    """Its unit."""
    a_amount: Amount
    """In the first plan."""
    b_amount: Amount
    """In the second plan."""
    difference_amount: Amount
    """Second less first."""
    words: str
    """The same as it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Value):
    """What differs between two plans, `a` and `b`."""

    a: str
    """The first plan, named."""
    b: str
    """The second plan, named."""
    alike: bool
    """Whether both answer the same question: same inputs, scenarios, seed, horizon and risk."""
    warnings: tuple[str, ...]
    """Where they are not like with like."""
    signings: tuple[SigningChange, ...]
    """Offers they do not sign alike, the largest difference in power first."""
    measures: tuple[MeasureChange, ...]
    """The numbers they are judged by."""

    def text(self) -> str:
        """Write the comparison in words, a line each."""
        return "\n".join(_lines(self))

    def as_data(self) -> dict[str, Any]:
        """Give the comparison as plain data, ready for JSON."""
        data = plain(self)
        assert isinstance(data, dict)
        return data


def compare_plans(a: Plan, b: Plan) -> Comparison:
    """Compare two plans: what is signed, what it costs and risks, and if that may be compared."""
    differences = tuple(unlike(_question(a), _question(b)))
    doubts = tuple(_within_gap(a, b)) if not differences else ()
    return Comparison(
        a=_title(a),
        b=_title(b),
        alike=not differences,
        warnings=(*differences, *doubts),
        signings=tuple(signings(a.signed, b.signed)),
        measures=tuple(_measures(a, b)),
    )


def _title(plan: Plan) -> str:
    return (
        f"{words.plain(plan.portfolio)}, {words.span(plan)}, as of {words.day(plan.as_of)}, "
        f"{words.counted(plan.scenarios, 'scenario')}, λ {plan.risk_share:g}"
    )


Question = tuple[tuple[str, str], ...]
"""What was asked, by name."""


def _question(plan: Plan) -> Question:
    return asked(plan, words.span(plan))


def asked(held: Plan | Study, span: str) -> Question:
    """Give what a plan or a study answers: two with the same may be compared."""
    return (
        ("inputs", held.inputs_sha256[:12]),
        ("portfolio", words.plain(held.portfolio)),
        ("horizon", span),
        ("day of knowledge", words.day(held.as_of)),
        ("scenarios", f"{held.scenarios:,}"),
        ("seed", str(held.seed)),
        ("risk weight λ", f"{held.risk_share:g}"),
        ("confidence α", f"{held.cvar_alpha_share:g}"),
        ("version of offtake", words.plain(held.version)),
    )


def unlike(a: Question, b: Question) -> Iterator[str]:
    """Say in what two questions differ."""
    for (name, first), (_, second) in zip(a, b, strict=True):
        if first != second:
            yield f"Not like with like: {name} {first} and {second}."


def _within_gap(a: Plan, b: Plan) -> Iterator[str]:
    """Say so when the objectives differ by less than the solver left open."""
    left_open = (a.bound_usd - a.objective_usd) + (b.bound_usd - b.objective_usd)
    moved = abs(b.objective_usd - a.objective_usd)
    if 0 < moved <= left_open:
        yield (
            f"The objectives differ by {numbers.usd(moved)}, less than the "
            f"{numbers.usd(left_open)} both gaps leave open: neither plan is shown to be better."
        )


def _sides(signed: Iterable[Signing | Lot]) -> dict[str, Side]:
    found: dict[str, Side] = {}
    for signing in signed:
        before = found.get(signing.offer, _NOTHING)
        first = min(signing.period, before.first or signing.period)
        cost = signing.lifetime_cost_usd if isinstance(signing, Signing) else None
        found[signing.offer] = Side(
            power_it_mw=it_mw(before.power_it_mw + signing.power_it_mw),
            first=first,
            lifetime_cost_usd=None if cost is None else (before.lifetime_cost_usd or 0.0) + cost,
        )
    return found


_NOTHING = Side(power_it_mw=it_mw(0), first=None, lifetime_cost_usd=None)


def signings(
    a: Sequence[Signing | Lot], b: Sequence[Signing | Lot], noun: str = "plan"
) -> list[SigningChange]:
    """List the offers that are not signed alike, the largest difference in power first."""
    first, second = _sides(a), _sides(b)
    found = []
    for offer, signing in {s.offer: s for s in (*a, *b)}.items():
        left, right = first.get(offer, _NOTHING), second.get(offer, _NOTHING)
        changes = tuple(_changes(left, right))
        if changes:
            name = words.plain(signing.name) or words.plain(offer)
            cost = _dearer(left, right)
            told = "" if cost is None else f"; cost {numbers.usd(cost, signed=True)}"
            found.append(
                SigningChange(
                    offer=offer,
                    name=name,
                    tenure=signing.tenure,
                    changes=changes,
                    a=left,
                    b=right,
                    words=f"{name} ({signing.tenure}): {_moved(left, right, noun)}{told}.",
                )
            )
    return sorted(found, key=lambda c: (-abs(c.b.power_it_mw - c.a.power_it_mw), c.offer))


def _changes(a: Side, b: Side) -> Iterator[Change]:
    if a.first is None or b.first is None:
        yield Change.ADDED if a.first is None else Change.DROPPED
        return
    if a.first != b.first:
        yield Change.LATER if b.first > a.first else Change.EARLIER
    if abs(b.power_it_mw - a.power_it_mw) > 1e-6 * max(a.power_it_mw, b.power_it_mw):
        yield Change.MORE if b.power_it_mw > a.power_it_mw else Change.LESS


def _dearer(a: Side, b: Side) -> float | None:
    """Give the difference in cost; None where neither side tells one."""
    if a.lifetime_cost_usd is None and b.lifetime_cost_usd is None:
        return None
    return (b.lifetime_cost_usd or 0.0) - (a.lifetime_cost_usd or 0.0)


def _moved(a: Side, b: Side, noun: str) -> str:
    """Say what became of an offer: `300 MW IT in 2026Q4, then 412 MW IT, 2 quarters later`."""
    if a.first is None or b.first is None:
        side, where = (b, "second") if a.first is None else (a, "first")
        return f"{numbers.power(side.power_it_mw)} in {side.first}, only in the {where} {noun}"
    parts = []
    quarters = b.first - a.first
    if quarters:
        way = "later" if quarters > 0 else "earlier"
        moved = words.counted(abs(quarters), "quarter")
        parts.append(f"{moved} {way} ({a.first}, now {b.first})")
    more = b.power_it_mw - a.power_it_mw
    if Change.MORE in _changes(a, b) or Change.LESS in _changes(a, b):
        way = "more" if more > 0 else "less"
        before, after = numbers.power(a.power_it_mw).number, numbers.power(b.power_it_mw)
        parts.append(f"{numbers.power(abs(more))} {way} ({before}, now {after})")
    return " and ".join(parts)


def _measures(a: Plan, b: Plan) -> Iterator[MeasureChange]:
    pairs = (
        ("to sign", "MW IT", _ahead(a), _ahead(b)),
        ("objective", "USD", a.objective_usd, b.objective_usd),
        ("net present value, mean", "USD", a.npv.mean_usd, b.npv.mean_usd),
        ("net present value, tail", "USD", a.npv.cvar_usd, b.npv.cvar_usd),
        ("cost, mean", "USD", a.cost.mean_usd, b.cost.mean_usd),
        ("cost, P90", "USD", a.cost.p90_usd, b.cost.p90_usd),
        ("cost, tail", "USD", a.cost.cvar_usd, b.cost.cvar_usd),
        ("demand not served", "share", a.unserved_share, b.unserved_share),
        ("demand not served, P90", "share", a.unserved_p90_share, b.unserved_p90_share),
        ("energy", "MWh", a.energy_mwh, b.energy_mwh),
        ("carbon", "t CO2", a.carbon_t_co2, b.carbon_t_co2),
        ("carbon-free energy", "share", a.clean_share, b.clean_share),
    )
    for name, unit, first, second in pairs:
        yield measured(name, unit, first, second)


def measured(name: str, unit: str, first: float, second: float) -> MeasureChange:
    """Hold one number of two plans or studies against each other."""
    return MeasureChange(
        measure=name,
        unit=unit,
        a_amount=first,
        b_amount=second,
        difference_amount=second - first,
        words=_measured(unit, first, second),
    )


def _ahead(plan: Plan) -> float:
    return float(sum(s.power_it_mw for s in reading.lasting(plan)))


def _measured(unit: str, a: float, b: float) -> str:
    """Write `81.2 B USD, now 79.9 B USD (−1.30 B USD)`."""
    if a == b:
        return f"{_shown(unit, a)} in both"
    if unit == "share":
        return f"{_shown(unit, a)}, now {_shown(unit, b)} ({numbers.points(b - a)})"
    return f"{_shown(unit, a)}, now {_shown(unit, b)} ({_shown(unit, b - a, signed=True)})"


def _shown(unit: str, value: float, *, signed: bool = False) -> Shown:
    write = {
        "MW IT": numbers.power,
        "USD": numbers.usd,
        "share": numbers.share,
        "MWh": numbers.energy,
        "t CO2": numbers.carbon,
    }[unit]
    return write(value, signed=signed)


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"first:  {comparison.a}"
    yield f"second: {comparison.b}"
    yield ""
    if comparison.alike:
        yield "Both answer the same question: same inputs, scenarios, seed, horizon and risk."
    yield from comparison.warnings
    yield ""
    yield "What is signed:" if comparison.signings else "Both sign the same."
    yield from (f"  {change.words}" for change in comparison.signings)
    yield ""
    yield "What it brings:"
    width = max(len(change.measure) for change in comparison.measures)
    yield from (f"  {m.measure:<{width}}  {m.words}" for m in comparison.measures)
