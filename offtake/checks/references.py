"""Every name that is used is the name of something.

The rule is a table of places and of what they name. It is read over plain data, so that
names can also be checked in files that are not yet sound.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from offtake.checks.finding import Check, Level
from offtake.errors import Fault, Where, did_you_mean
from offtake.model.canonical import entry_name, plain
from offtake.model.portfolio import Portfolio

Names = Collection[str]
Entry = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Use:
    """A place where a name is used, with the entries around it, outermost first."""

    path: str
    name: str
    around: tuple[Entry, ...]


Known = Callable[[Entry, tuple[Entry, ...]], Names]
"""From the portfolio and the entries around a use: the names that exist."""


def _named(path: str, root: Entry, around: tuple[Entry, ...]) -> Names:
    held: object = root
    for step in path.split("."):
        held = held.get(step) if isinstance(held, Mapping) else None
    return _names(held)


def _names(entries: object) -> Names:
    found = entries if isinstance(entries, list | tuple) else ()
    return {name for entry in found if (name := entry_name(entry)) is not None}


def _phases(root: Entry, around: tuple[Entry, ...]) -> Names | None:
    """The phases of the site the entry stands at; None where there is no such site."""
    site = around[-1].get("site")
    sites = root.get("sites")
    for entry in sites if isinstance(sites, list | tuple) else ():
        if isinstance(entry, Mapping) and entry_name(entry) == site:
            return _names(entry.get("phases"))
    return None


def _of_contract(what: str, root: Entry, around: tuple[Entry, ...]) -> Names:
    return _names(around[0].get(what))


_PARTY = ("party", partial(_named, "parties"))
_SITE = ("site", partial(_named, "sites"))
_REGION = ("region", partial(_named, "regions"))
_ACCELERATOR = ("accelerator", partial(_named, "accelerators"))
_CONTRACT = ("contract", partial(_named, "contracts"))
_DELAY = ("delay process", partial(_named, "uncertainty.delays"))
_PROFILE = ("profile", partial(_named, "profiles"))
_VEHICLE = ("vehicle", partial(_named, "capital.vehicles"))
_PHASE = ("phase of this site", _phases)
_TRANCHE = ("tranche of this contract", partial(_of_contract, "tranches"))
_RATE = ("rate of this contract", partial(_of_contract, "rates"))

USES: Mapping[str, tuple[str, Callable[[Entry, tuple[Entry, ...]], Names | None]]] = {
    "lab": _PARTY,
    "parties.*.guarantor": _PARTY,
    "regions.*.latency_ms.~": _REGION,
    "accelerators.*.vendor": _PARTY,
    "sites.*.region": _REGION,
    "sites.*.developer": _PARTY,
    "sites.*.owner": _PARTY,
    "sites.*.phases.*.accelerator": _ACCELERATOR,
    "sites.*.phases.*.offtaker": _PARTY,
    **{
        f"sites.*.{place}.*.{name}": _PROFILE
        for place in ("supplies", "power_options.*.supplies")
        for name in ("profile", "price_profile", "carbon_profile")
    },
    "sites.*.purchases.*.profile": _PROFILE,
    "sites.*.power_options.*.purchases.*.profile": _PROFILE,
    "contracts.*.seller": _PARTY,
    "contracts.*.buyer": _PARTY,
    "contracts.*.upstream.*": _CONTRACT,
    "contracts.*.delay": _DELAY,
    "contracts.*.tranches.*.site": _SITE,
    "contracts.*.tranches.*.phase": _PHASE,
    "contracts.*.tranches.*.accelerator": _ACCELERATOR,
    "contracts.*.rates.*.tranches.*": _TRANCHE,
    "contracts.*.commitments.*.tranches.*": _TRANCHE,
    "contracts.*.prepayments.*.tranches.*": _TRANCHE,
    "contracts.*.service_levels.*.tranches.*": _TRANCHE,
    "contracts.*.delay_damages.*.tranches.*": _TRANCHE,
    "contracts.*.options.*.tranches.*": _TRANCHE,
    "contracts.*.taxes.*.rates.*": _RATE,
    "contracts.*.security.*.giver": _PARTY,
    "offers.*.seller": _PARTY,
    "offers.*.site": _SITE,
    "offers.*.phase": _PHASE,
    "offers.*.accelerator": _ACCELERATOR,
    "offers.*.chain.*": _PARTY,
    "offers.*.vehicle": _VEHICLE,
    "offers.*.delay": _DELAY,
    "demand.inference.*.region": _REGION,
    "demand.inference.*.accelerators.*": _ACCELERATOR,
    "demand.training.*.accelerators.*": _ACCELERATOR,
    "demand.training.*.site": _SITE,
    "uncertainty.default_delay": _DELAY,
    "capital.vehicles.*.party": _PARTY,
}
"""Where a name is used (`*` is each item, `~` each key), what it names, and which exist."""


def unknown_names(root: object) -> Iterator[Fault]:
    """Give a fault for every name in a portfolio's plain data that names nothing.

    The data need not be sound: what has not the form it should have is passed over.
    """
    if not isinstance(root, Mapping):
        return
    for pattern, (kind, known) in USES.items():
        for use in _uses(root, pattern.split("."), "", ()):
            names = known(root, use.around)
            if names is None or use.name in names:
                continue
            yield Fault(
                code="OTK-C210",
                what=f"there is no such {kind}",
                where=Where(path=use.path),
                got=f"'{use.name}'",
                hint=did_you_mean(use.name, names) or "there is none at all: add it",
            )


def _uses(held: object, pattern: list[str], path: str, around: tuple[Entry, ...]) -> Iterator[_Use]:
    if not pattern:
        if isinstance(held, str):
            yield _Use(path, held, around)
        return
    step, rest = pattern[0], pattern[1:]
    match step, held:
        case "*", list() | tuple():
            for name, item in zip(item_names(held), held, strict=True):
                inside = (*around, item) if isinstance(item, Mapping) else around
                yield from _uses(item, rest, f"{path}.{name}", inside)
        case "~", Mapping():
            for key in held:
                yield from _uses(key, rest, f"{path}.{key}", around)
        case str(), Mapping() if step in held:
            yield from _uses(held[step], rest, f"{path}.{step}" if path else step, around)
        case _:
            return


def item_names(items: Iterable[object]) -> list[str]:
    """Name the items of a list as a path does: by their own name, else by index.

    An item without a name, and all but the first of those that share one, go by index.
    """
    made: list[str] = []
    seen: set[str] = set()
    for index, item in enumerate(items):
        name = entry_name(item)
        made.append(str(index) if name is None or name in seen else name)
        seen.add(made[-1])
    return made


def _references(portfolio: Portfolio) -> Iterator[Fault]:
    return unknown_names(plain(portfolio))


CHECKS = (
    Check(
        name="references",
        about="Every party, site, phase, region, accelerator, contract, tranche, rate and "
        "delay process that is named exists.",
        level=Level.ERROR,
        codes={"OTK-C210": "A name that names nothing."},
        look=_references,
    ),
)
