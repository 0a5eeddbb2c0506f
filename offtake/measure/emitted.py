"""Carbon and water of a site, contract or chain in a month, from its site's hours."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.measure.asked import Asked, Part, capacity_s, metered
from offtake.measure.carbon import HOUR, Emissions, Hours, clean_mwh, emissions
from offtake.measure.definitions import SCOPE_2
from offtake.measure.efficiency import embodied_t
from offtake.measure.meters import Read, of_site, paired, read, share
from offtake.measure.taking import Within, take
from offtake.model.metric import Absent, Boundary, Evidence, Metric
from offtake.model.power import PowerKind
from offtake.model.reading import Meter

Line = Metric | Absent
GRAMS = ("location", "market-annual", "market-hourly")
HOURS_A_YEAR = 8766.0
_ALL = (
    "scope-1-power",
    *SCOPE_2,
    "clean-share-annual",
    "clean-share-hourly",
    *(f"g-per-million-tokens-{kind}" for kind in GRAMS),
)
_HERE = Boundary.FACILITY
BURNING = (PowerKind.GAS_TURBINE, PowerKind.FUEL_CELL)
"""Supplies that make power on site from fuel."""
UNBURNT = "no supply of the site burns fuel"
UNKNOWN = "a supply of the site burns fuel, and its hours do not say how much"


def carbon(asked: Asked, part: Part, tokens: Read, it: Read, within: Within) -> Iterator[Line]:
    """Give carbon by scope, per token, clean shares, CUE and WUE, or why not.

    A contract or chain has its share of the site's by energy at the servers; all of it where
    nothing is metered apart.
    """
    hours = asked.hours.get(part.site)
    if hours is None or not len(hours):
        for name in _ALL:
            reason = "there are no hours of its site"
            yield Absent(id=name, of=part.subject, reason=reason)
        return
    covered = len(hours) * HOUR / (part.window[1] - part.window[0])
    part_share, note = _part(asked, part)
    if part_share is None:
        for name in _ALL:
            yield Absent(id=name, of=part.subject, reason=note)
        return
    told = within.but(
        source=f"hours of {part.site}",
        covered=covered,
        counting=hours.counting,
        carbon_basis=hours.basis,
        note=note,
    )
    made = emissions(hours)
    fuel = _fuel(asked, part, hours)
    yield from _scopes(made, part_share, told, fuel)
    yield from _clean(hours, told)
    lacking = fuel if fuel == UNKNOWN else _whole(tokens, part, told)
    yield from _per_token(lacking, part, tokens, made, part_share, told)
    if part.subject.contract is None and not part.subject.chain:
        yield from _per_kwh(hours, made, it, part, told, fuel)
    yield from _embodied(asked, part, tokens, made, part_share, told, lacking)


def _part(asked: Asked, part: Part) -> tuple[float | None, str]:
    """Give the part of the site's carbon that is a contract's, and how it was found."""
    own, note = metered(asked, part, Meter.IT_ENERGY)
    if part.subject.contract is None and not part.subject.chain:
        return 1.0, ""
    if note or not own.rows:
        return 1.0, note or "the whole site's: nothing is metered apart"
    whole = read(asked.known.readings, (of_site(Meter.IT_ENERGY, part.site),), part.window)
    both = paired(own, whole)
    if both is None or not both[1].amount or both[0].amount > both[1].amount:
        return None, "its part of the site's energy cannot be told"
    found = both[0].amount / both[1].amount
    return found, f"{found:.4f} of the site's, by energy at the servers"


def _fuel(asked: Asked, part: Part, hours: Hours) -> str:
    """Say what is known of fuel where hours do not tell; empty where they do."""
    if hours.fuel_mmbtu is not None:
        return ""
    site = next(one for one in asked.portfolio.sites if one.id == part.site)
    return UNKNOWN if any(s.kind in BURNING for s in site.any_supplies) else UNBURNT


def _scopes(made: Emissions, part: float, told: Within, fuel: str) -> Iterator[Line]:
    figures = (made.location_t, made.market_annual_t, made.market_hourly_t)
    if fuel == UNKNOWN:
        yield Absent(id="scope-1-power", of=told.of, reason=fuel)
    else:
        note = "; ".join(part for part in (told.note, fuel) if part)
        yield take("scope-1-power", told.but(note=note), _HERE, made.scope_1_t * part)
    for name, tonnes in zip(SCOPE_2, figures, strict=True):
        yield take(name, told, _HERE, tonnes * part)


def _clean(hours: Hours, told: Within) -> Iterator[Line]:
    whole = float(hours.load_mwh.sum())
    for name, clean in zip(
        ("clean-share-annual", "clean-share-hourly"), clean_mwh(hours), strict=True
    ):
        if whole > 0.0:
            yield take(name, told, _HERE, clean, whole)
        else:
            yield Absent(id=name, of=told.of, reason="nothing was drawn from the grid")


def _whole(tokens: Read, part: Part, told: Within) -> str:
    """Say why carbon cannot be put beside tokens; empty where it can."""
    if not tokens.amount:
        return "no tokens were metered"
    if share(tokens.covered, part.window) < 1.0 or told.covered < 1.0:
        return (
            f"tokens were read for {share(tokens.covered, part.window):.0%} of the month, "
            f"hours for {told.covered:.0%}; neither is filled"
        )
    return ""


def _per_token(
    reason: str, part: Part, tokens: Read, made: Emissions, part_share: float, told: Within
) -> Iterator[Line]:
    figures = (made.location_t, made.market_annual_t, made.market_hourly_t)
    for kind, tonnes in zip(GRAMS, figures, strict=True):
        name = f"g-per-million-tokens-{kind}"
        if reason:
            yield Absent(id=name, of=part.subject, reason=reason)
            continue
        grams = (tonnes + made.scope_1_t) * part_share * 1e6
        yield take(name, told, _HERE, grams, tokens.amount / 1e6)


def _per_kwh(
    hours: Hours, made: Emissions, it: Read, part: Part, told: Within, fuel: str
) -> Iterator[Line]:
    kwh = it.amount / 1000.0
    whole = bool(kwh) and share(it.covered, part.window) == 1.0 and told.covered == 1.0
    if not whole:
        reason = "energy at the servers, or hours, do not cover all of the month"
        yield Absent(id="cue", of=part.subject, reason=reason)
        yield Absent(id="wue", of=part.subject, reason=reason)
        return
    if fuel == UNKNOWN:
        yield Absent(id="cue", of=part.subject, reason=fuel)
    else:
        yield take("cue", told, _HERE, (made.scope_1_t + made.location_t) * 1000.0, kwh)
    if hours.water_l is None:
        yield Absent(id="wue", of=part.subject, reason="water was not metered")
        return
    yield take("wue", told, _HERE, float(hours.water_l.sum()), kwh)


def _embodied(
    asked: Asked,
    part: Part,
    tokens: Read,
    made: Emissions,
    part_share: float,
    told: Within,
    lacking: str,
) -> Iterator[Line]:
    there = capacity_s(asked, part.contracts, part.site)
    types = {t.accelerator for c in part.contracts for t in c.tranches if t.site == part.site}
    lives = {a.life_years for a in asked.portfolio.accelerators if a.id in types}
    if asked.embodied_kg is None or not there or len(lives) != 1:
        reason = "nobody declared the carbon of making an accelerator, or lives differ"
        yield Absent(id="embodied", of=part.subject, reason=reason)
        yield Absent(id="sci", of=part.subject, reason=reason)
        return
    life = next(iter(lives))
    tonnes = embodied_t(asked.embodied_kg / 1000.0, life * HOURS_A_YEAR, there / 3600.0)
    note = f"{asked.embodied_kg:g} kg an accelerator over {life:g} years, as declared"
    weak = told.but(evidence=Evidence.ASSUMED, note="; ".join(n for n in (told.note, note) if n))
    yield take("embodied", weak, _HERE, tonnes)
    if lacking:
        yield Absent(id="sci", of=part.subject, reason=lacking)
        return
    grams = ((made.scope_1_t + made.location_t) * part_share + tonnes) * 1e6
    yield take("sci", weak, _HERE, grams, tokens.amount / 1e6)
