"""Two plans side by side, in words and money: what changed, and whether they compare.

A difference in money says something only when both plans answer the same question, and
when it is larger than what the solver left open (the gaps). `Comparison.warnings` says
where either is not so, instead of leaving it to the reader to notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from offtake.draw import numbers, reading, words
from offtake.draw.numbers import Shown
from offtake.model.canonical import plain
from offtake.model.contract import Tenure
from offtake.model.period import Quarter
from offtake.model.plan import Plan
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
    lifetime_cost_usd: SignedUSD
    """Mean discounted cost inside the horizon."""


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


def compare(a: Plan, b: Plan) -> Comparison:
    """Compare two plans: what is signed, what it costs and risks, and if that may be compared."""
    differences = tuple(_unlike(a, b))
    doubts = tuple(_within_gap(a, b)) if not differences else ()
    return Comparison(
        a=_title(a),
        b=_title(b),
        alike=not differences,
        warnings=(*differences, *doubts),
        signings=tuple(_signings(a, b)),
        measures=tuple(_measures(a, b)),
    )


def _title(plan: Plan) -> str:
    return (
        f"{words.plain(plan.portfolio)}, {words.span(plan)}, as of {words.day(plan.as_of)}, "
        f"{words.counted(plan.scenarios, 'scenario')}, λ {plan.risk_share:g}"
    )


def _unlike(a: Plan, b: Plan) -> Iterator[str]:
    """Say in what the questions of the two plans differ."""
    asked = (
        ("inputs", a.inputs_sha256[:12], b.inputs_sha256[:12]),
        ("portfolio", words.plain(a.portfolio), words.plain(b.portfolio)),
        ("horizon", words.span(a), words.span(b)),
        ("day of knowledge", words.day(a.as_of), words.day(b.as_of)),
        ("scenarios", f"{a.scenarios:,}", f"{b.scenarios:,}"),
        ("seed", str(a.seed), str(b.seed)),
        ("risk weight λ", f"{a.risk_share:g}", f"{b.risk_share:g}"),
        ("confidence α", f"{a.cvar_alpha_share:g}", f"{b.cvar_alpha_share:g}"),
        ("version of offtake", words.plain(a.version), words.plain(b.version)),
    )
    for name, first, second in asked:
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


def _sides(plan: Plan) -> dict[str, Side]:
    found: dict[str, Side] = {}
    for signing in plan.signed:
        before = found.get(signing.offer, _NOTHING)
        first = min(signing.period, before.first or signing.period)
        found[signing.offer] = Side(
            power_it_mw=it_mw(before.power_it_mw + signing.power_it_mw),
            first=first,
            lifetime_cost_usd=before.lifetime_cost_usd + signing.lifetime_cost_usd,
        )
    return found


_NOTHING = Side(power_it_mw=it_mw(0), first=None, lifetime_cost_usd=0.0)


def _signings(a: Plan, b: Plan) -> list[SigningChange]:
    first, second = _sides(a), _sides(b)
    known = {s.offer: s for s in (*a.signed, *b.signed)}
    found = []
    for offer, signing in known.items():
        left, right = first.get(offer, _NOTHING), second.get(offer, _NOTHING)
        changes = tuple(_changes(left, right))
        if changes:
            found.append(
                SigningChange(
                    offer=offer,
                    name=words.name_of(signing),
                    tenure=signing.tenure,
                    changes=changes,
                    a=left,
                    b=right,
                    words=f"{words.name_of(signing)} ({signing.tenure}): {_moved(left, right)}; "
                    f"cost {numbers.usd(_dearer(left, right), signed=True)}.",
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


def _dearer(a: Side, b: Side) -> float:
    return b.lifetime_cost_usd - a.lifetime_cost_usd


def _moved(a: Side, b: Side) -> str:
    """Say what became of an offer: `300 MW IT in 2026Q4, then 412 MW IT, 2 quarters later`."""
    if a.first is None or b.first is None:
        side, where = (b, "second") if a.first is None else (a, "first")
        return f"{numbers.power(side.power_it_mw)} in {side.first}, only in the {where} plan"
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
        yield MeasureChange(
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
