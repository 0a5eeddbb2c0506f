"""Samples: the user's own futures as scenarios of a portfolio, and a portfolio's as samples.

| path | a row for | unit |
|---|---|---|
| `demand.inference.ID` | each quarter | `k H100e` (or `H100e`), busy on average |
| `demand.training.ID` | the scenario | `k H100e-quarters` (or `H100e-hours`) |
| `rental_price`, `spot_price`, `electricity_price` | each quarter | `ratio` to its path |
| `delays.SOURCE` | the scenario | `days` late; an offer's name, or `contract/tranche` |
| `sites.ID.up`, `parties.ID.up` | each quarter | `share` of it that is up |

Demand must be there. What else no scenario mentions is taken undisturbed: prices on their
paths (spot at the rental price), deliveries no later than they are known to be, sites and
parties up; each such path is named in a remark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from offtake.errors import Fault, OfftakeError, Where, did_you_mean, few
from offtake.model.period import HOURS_PER_QUARTER
from offtake.model.portfolio import Portfolio
from offtake.model.samples import SampleTable
from offtake.plan.sampled_tree import node_faults, nodes
from offtake.plan.scenarios import THOUSAND, Scenarios
from offtake.plan.supply import Source, Supply
from offtake.plan.tree import labels

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROUNDING_SHARE = 1e-6
"""What chances may add up to beside 1 and still be called to add up."""
PRICES = ("rental_price", "spot_price", "electricity_price")


@dataclass(frozen=True, slots=True)
class _Place:
    """What a path of the table may say."""

    each_quarter: bool
    units: Mapping[str, float]
    """What one of each unit is inside the planner; the first is the one written."""
    least: float = 0.0
    most: float = np.inf
    above: bool = False
    """Whether the least itself is too little."""

    @property
    def unit(self) -> str:
        """Unit it is written in."""
        return next(iter(self.units))


_INFERENCE = _Place(True, {"k H100e": 1.0, "H100e": 1 / THOUSAND})
_TRAINING = _Place(
    False, {"k H100e-quarters": 1.0, "H100e-hours": 1 / (THOUSAND * HOURS_PER_QUARTER)}
)
_RATIO = _Place(True, {"ratio": 1.0}, above=True)
_UP = _Place(True, {"share": 1.0}, most=1.0)


def _places(portfolio: Portfolio, supply: Supply) -> dict[str, _Place]:
    """Give every path a table may have, in the order it is written."""
    late = {
        f"delays.{s.id}": _Place(False, {"days": 1.0}, least=max(s.already_days, 0.0))
        for s in _late(supply)
    }
    return {
        **{f"demand.inference.{i.id}": _INFERENCE for i in portfolio.demand.inference},
        **{f"demand.training.{j.id}": _TRAINING for j in portfolio.demand.training},
        **dict.fromkeys(PRICES, _RATIO),
        **late,
        **{f"sites.{s.id}.up": _UP for s in portfolio.sites},
        **{f"parties.{p.id}.up": _UP for p in portfolio.parties},
    }


def _late(supply: Supply) -> Iterator[Source]:
    yield from (s for s in (*supply.committed, *supply.offered) if not s.accepted)


@dataclass(frozen=True, slots=True)
class Given:
    """What a table of samples says."""

    scenarios: Scenarios
    node: Ints | None
    """[W, T] information structure; None where the table has none."""
    remarks: tuple[str, ...]
    """What it does not say, in sentences."""


# ------------------------------------------------------------------ reading


@dataclass(slots=True)
class _Reading:
    table: SampleTable
    faults: list[Fault] = field(default_factory=list)

    def wrong(
        self, code: str, row: int | None, what: str, got: str | None = None, hint: str | None = None
    ) -> None:
        line = None if row is None else self.table.line[row]
        where = Where(
            file=self.table.file, line=line, path="" if row is None else self.table.path[row]
        )
        self.faults.append(Fault(code=code, what=what, where=where, got=got, hint=hint))


def given(portfolio: Portfolio, supply: Supply, table: SampleTable) -> Given:
    """Read a table of samples as scenarios of a portfolio.

    Raises:
        OfftakeError: with all faults at once, each with file and row: chances that do not
            add up to 1 or differ within a scenario (`OTK-P140`), unknown paths (`OTK-P141`),
            a number told twice (`OTK-P142`) or not at all (`OTK-P143`), negative or
            impossible values (`OTK-P144`), wrong units (`OTK-P145`) or quarters (`OTK-P146`),
            and a tree with a gap or two parents (`OTK-P147`).
    """
    reading = _Reading(table)
    names, chance, story = _chances(reading)
    places = _places(portfolio, supply)
    held = _values(reading, portfolio, places, names)
    _complete(reading, portfolio, places, names, held)
    _possible(reading, places, names, held)
    quarters = [str(q) for q in portfolio.horizon.quarters]
    reading.faults += node_faults(table, names, quarters)
    if reading.faults:
        raise OfftakeError(few(reading.faults))
    made, remarks = _scenarios(portfolio, supply, names, chance, story, held)
    return Given(made, nodes(table, names, quarters), remarks)


def _chances(reading: _Reading) -> tuple[dict[str, int], Floats, tuple[str, ...]]:
    """Give scenarios by name in order, their chances and their stories."""
    table = reading.table
    names: dict[str, int] = {}
    chance: dict[str, float] = {}
    story: dict[str, str] = {}
    for row, name in enumerate(table.scenario):
        names.setdefault(name, len(names))
        share, said = table.probability_share[row], table.story[row]
        if share is not None and chance.setdefault(name, share) != share:
            what = f"the chance of scenario '{name}' was {chance[name]:g} before"
            reading.wrong("OTK-P140", row, what, got=f"{share:g}")
        elif share is not None and not 0 <= share <= 1:
            reading.wrong("OTK-P140", row, "a chance lies between 0 and 1", got=f"{share:g}")
        if story.setdefault(name, said) != said:
            what = f"the story of scenario '{name}' was '{story[name]}' before"
            reading.wrong("OTK-P142", row, what, got=f"'{said}'")
    for name in names:
        if name not in chance:
            row = table.scenario.index(name)
            reading.wrong("OTK-P140", row, f"scenario '{name}' has no chance in any of its rows")
    total = float(sum(chance.values()))
    if not names:
        reading.wrong("OTK-P143", None, "there is no row, so no scenario")
    elif len(chance) == len(names) and abs(total - 1) > ROUNDING_SHARE:
        what = f"the chances of the {len(names)} scenarios add up to 1"
        reading.wrong("OTK-P140", None, what, got=f"{total:.9g}")
    return names, np.array([chance.get(n, 0.0) for n in names]), tuple(story.values())


def _values(
    reading: _Reading,
    portfolio: Portfolio,
    places: Mapping[str, _Place],
    names: Mapping[str, int],
) -> dict[str, Floats]:
    """Give the numbers of each path, [W, T] or [W, 1]; NaN where there is none."""
    table, held = reading.table, dict[str, Floats]()
    quarters = {str(q): t for t, q in enumerate(portfolio.horizon.quarters)}
    for row, path in enumerate(table.path):
        place = places.get(path)
        if place is None:
            hint = did_you_mean(path, places)
            reading.wrong("OTK-P141", row, "nothing of that path is uncertain", f"'{path}'", hint)
            continue
        scale = place.units.get(table.unit[row])
        if scale is None:
            hint = f"write {' or '.join(place.units)}"
            what = "the unit is not one of this path"
            reading.wrong("OTK-P145", row, what, f"'{table.unit[row]}'", hint)
        at = _when(reading, row, place, quarters)
        if at is None:
            continue
        width = len(quarters) if place.each_quarter else 1
        numbers = held.setdefault(path, np.full((len(names), width), np.nan))
        spot = names[table.scenario[row]], at
        if not np.isnan(numbers[spot]):
            what = f"scenario '{table.scenario[row]}' says this number twice"
            reading.wrong("OTK-P142", row, what, got=table.quarter[row] or None)
            continue
        numbers[spot] = table.value[row] * (1.0 if scale is None else scale)
    return held


def _when(reading: _Reading, row: int, place: _Place, quarters: Mapping[str, int]) -> int | None:
    said = reading.table.quarter[row]
    if not place.each_quarter:
        if not said:
            return 0
        what = "this is said once a scenario: the quarter stays empty"
        reading.wrong("OTK-P146", row, what, got=f"'{said}'")
        return None
    at = quarters.get(said.replace("-", ""))
    if at is None:
        first, last = min(quarters), max(quarters)
        what = f"a quarter of the horizon is wanted, {first} to {last}"
        reading.wrong("OTK-P146", row, what, got=f"'{said}'" if said else "nothing")
    return at


def _complete(
    reading: _Reading,
    portfolio: Portfolio,
    places: Mapping[str, _Place],
    names: Mapping[str, int],
    held: Mapping[str, Floats],
) -> None:
    quarters = portfolio.horizon.quarters
    rows = {
        (p, s): r
        for r, (p, s) in enumerate(zip(reading.table.path, reading.table.scenario, strict=True))
    }
    for path, place in places.items():
        numbers = held.get(path)
        if numbers is None:
            if path.startswith("demand.") and names:
                what = f"no scenario says anything of {path}, which must be there"
                reading.wrong("OTK-P143", None, what)
            continue
        for name, at in names.items():
            missing = np.flatnonzero(np.isnan(numbers[at]))
            if not len(missing):
                continue
            lacks = ", ".join(str(quarters[t]) for t in missing[:4])
            lacks += f" and {len(missing) - 4} more" if len(missing) > 4 else ""
            what = f"scenario '{name}' has no value of {path}"
            what += f" in {lacks}" if place.each_quarter else ""
            reading.wrong("OTK-P143", rows.get((path, name)), what)


def _possible(
    reading: _Reading,
    places: Mapping[str, _Place],
    names: Mapping[str, int],
    held: Mapping[str, Floats],
) -> None:
    """Refuse values outside the bounds of their path, and parties that come back."""
    table = reading.table
    for row, path in enumerate(table.path):
        place = places.get(path)
        scale = place.units.get(table.unit[row]) if place else None
        if place is None or scale is None:
            continue
        value = table.value[row] * scale
        if value < place.least or value > place.most or (place.above and value <= place.least):
            word = "above" if place.above else "at least"
            what = f"must be {word} {place.least:g}"
            what += f" and at most {place.most:g}" if np.isfinite(place.most) else ""
            if path.startswith("delays.") and place.least > 0:
                what += ": it is that late already"
            reading.wrong("OTK-P144", row, what, got=f"{table.value[row]:g} {table.unit[row]}")
    for path, numbers in held.items():
        if path.startswith("parties."):
            for name, at in names.items():
                if np.any(np.diff(numbers[at]) > 0):
                    row = next(
                        r
                        for r, p in enumerate(table.path)
                        if p == path and table.scenario[r] == name
                    )
                    what = f"in scenario '{name}' a party that has defaulted comes back"
                    reading.wrong("OTK-P144", row, what)


def _scenarios(
    portfolio: Portfolio,
    supply: Supply,
    names: Mapping[str, int],
    chance: Floats,
    story: tuple[str, ...],
    held: Mapping[str, Floats],
) -> tuple[Scenarios, tuple[str, ...]]:
    shape = (len(names), len(portfolio.horizon.quarters))
    silent: set[str] = set()

    def take(path: str, otherwise: Floats, told: bool = True) -> Floats:
        if path not in held and told:
            silent.add(path)
        return held.get(path, otherwise)

    ones = np.ones(shape)
    rental = take("rental_price", ones)
    late = {
        s.id: take(f"delays.{s.id}", np.full((shape[0], 1), max(s.already_days, 0.0)))[:, 0]
        for s in _late(supply)
    }
    accepted = {s.id: np.zeros(shape[0]) for s in supply.committed if s.accepted}
    inference = [held[f"demand.inference.{i.id}"] for i in portfolio.demand.inference]
    training = [held[f"demand.training.{j.id}"][:, 0] for j in portfolio.demand.training]
    sites = [take(f"sites.{s.id}.up", ones, s.outage_share_per_year > 0) for s in portfolio.sites]
    parties = [p.id for p in portfolio.parties if f"parties.{p.id}.up" in held]
    silent |= {
        f"parties.{p.id}.up"
        for p in portfolio.parties
        if p.default_share_per_year > 0 and p.id not in parties
    }
    made = Scenarios(
        probability=chance,
        story=story,
        inference=np.array(inference).reshape(-1, *shape),
        training=np.array(training).reshape(-1, shape[0]),
        rental_price=rental,
        spot_price=take("spot_price", rental),
        electricity_price=take("electricity_price", ones),
        late_days={**accepted, **late},
        site_up=np.array(sites).reshape(-1, *shape),
        party_up={name: held[f"parties.{name}.up"] for name in parties},
    )
    return made, _remarks([path for path in _places(portfolio, supply) if path in silent])


def _remarks(silent: list[str]) -> tuple[str, ...]:
    if not silent:
        return ()
    shown = ", ".join(silent[:6]) + (f" and {len(silent) - 6} more" if len(silent) > 6 else "")
    return (f"The samples do not mention {shown}: taken as undisturbed in every scenario.",)


# ------------------------------------------------------------------ writing


def table_of(
    portfolio: Portfolio, supply: Supply, scenarios: Scenarios, node: Ints | None = None
) -> SampleTable:
    """Give scenarios as a table of samples, with their tree where `node` has one.

    Read back, it gives the same scenarios to the last bit. Sites that are always up are
    left out.
    """
    quarters = [str(q) for q in portfolio.horizon.quarters]
    numbers = _numbers(portfolio, supply, scenarios)
    places = _places(portfolio, supply)
    known = labels(node) if node is not None else None
    columns: dict[str, list[str]] = {
        name: [] for name in ("scenario", "story", "path", "quarter", "unit", "node", "parent")
    }
    chance: list[float | None] = []
    value: list[float] = []
    for w in range(scenarios.count):
        for path, held in numbers.items():
            each = held.shape[1] > 1 or places[path].each_quarter
            for t in range(held.shape[1]):
                label, parent = known[w][t] if known is not None and each else ("", "")
                said = (
                    str(w + 1), scenarios.story[w], path, quarters[t] if each else "",
                    places[path].unit, label, parent,
                )  # fmt: skip
                for column, cell in zip(columns.values(), said, strict=True):
                    column.append(cell)
                chance.append(float(scenarios.probability[w]))
                value.append(float(held[w, t]))
    return SampleTable(
        file="",
        line=range(1, len(value) + 1),
        probability_share=chance,
        value=value,
        **columns,
    )


def _numbers(portfolio: Portfolio, supply: Supply, scenarios: Scenarios) -> dict[str, Floats]:
    """Give what is said of each path, [W, T] or [W, 1]."""
    made = scenarios
    inference = {
        f"demand.inference.{i.id}": made.inference[row]
        for row, i in enumerate(portfolio.demand.inference)
    }
    training = {
        f"demand.training.{j.id}": made.training[row][:, None]
        for row, j in enumerate(portfolio.demand.training)
    }
    late = {f"delays.{s.id}": made.late_days[s.id][:, None] for s in _late(supply)}
    sites = {
        f"sites.{s.id}.up": made.site_up[row]
        for row, s in enumerate(portfolio.sites)
        if s.outage_share_per_year > 0 or np.any(made.site_up[row] != 1)
    }
    parties = {f"parties.{name}.up": up for name, up in made.party_up.items()}
    prices = {name: getattr(made, name) for name in PRICES}
    return {**inference, **training, **prices, **late, **sites, **parties}
