"""What a month is measured from, and the sites, contracts and chains it is measured for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from offtake.ledger.case import window
from offtake.ledger.hosts import hosts
from offtake.ledger.known import Known
from offtake.ledger.metered import Sought
from offtake.ledger.service import Service
from offtake.ledger.services import service, stands
from offtake.ledger.spans import Span
from offtake.measure.carbon import Hours
from offtake.measure.meters import Read, of_site, of_tranches, read
from offtake.model.contract import Contract
from offtake.model.metric import Subject
from offtake.model.month import Month
from offtake.model.portfolio import Portfolio
from offtake.model.reading import Meter
from offtake.model.statement import Statement

APART = "the whole site's: nothing is metered apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A month of a portfolio, with all that is known about it."""

    portfolio: Portfolio
    known: Known
    month: Month
    statement: Statement | None = None
    """What was settled; None tells no money."""
    hours: Mapping[str, Hours] = field(default_factory=dict)
    """By site, its energy and carbon hour by hour, inside the month."""
    flop_per_token: float | None = None
    """FLOPs a model needs for a token; declared, not measured."""
    embodied_kg: float | None = None
    """Carbon of making one accelerator with its share of a server; declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A subject, with the contracts whose use and bills are its own."""

    subject: Subject
    site: str
    window: Span
    contracts: tuple[Contract, ...]
    """Contracts whose tranches it holds."""
    payer: Contract | None = None
    """Contract whose bill is its cost; None has none."""

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Give the ends of its window."""
        first, last = (datetime.fromtimestamp(second, UTC) for second in self.window)
        return first, last


def parts(asked: Asked) -> Iterator[Part]:
    """Give all subjects of a month: sites, contracts, chains; one a site where it has several."""
    all_ = [stands(c, asked.known, asked.month) for c in asked.portfolio.contracts]
    serving = [c for c in all_ if any(s for _, s in in_service(asked, c))]
    named = {c.id: c for c in serving}
    rested = {name for c in serving for name in c.upstream}
    users = [c for c in serving if c.id not in rested]
    for site in sorted({t.site for c in serving for t in c.tranches}):
        own = tuple(c for c in users if _at(c, site))
        if own:
            span = window(asked.month, own[0].time_zone)
            yield Part(subject=Subject(site=site), site=site, window=span, contracts=own)
    for contract in serving:
        yield from _of(asked, contract, ())
    for contract in users:
        chain = _chain(contract, named)
        if len(chain) > 1:
            yield from _of(asked, contract, chain)


def _of(asked: Asked, contract: Contract, chain: tuple[str, ...]) -> Iterator[Part]:
    sites = sorted({t.site for t in contract.tranches})
    for site in sites:
        subject = Subject(
            site=site,
            contract=None if chain else contract.id,
            chain=chain,
            tenure=contract.tenure,
        )
        yield Part(
            subject=subject,
            site=site,
            window=window(asked.month, contract.time_zone),
            contracts=(contract,),
            payer=contract if len(sites) == 1 else None,
        )


def _at(contract: Contract, site: str) -> bool:
    return any(t.site == site for t in contract.tranches)


def _chain(contract: Contract, named: Mapping[str, Contract]) -> tuple[str, ...]:
    """Give a user's contract and all it rests on, the user's last, each once."""
    found: dict[str, None] = {}

    def climb(one: Contract) -> None:
        for name in one.upstream:
            if name in named:
                climb(named[name])
        found.setdefault(one.id)

    climb(contract)
    return tuple(found)


def in_service(asked: Asked, contract: Contract) -> list[tuple[Service, float]]:
    """Give each tranche of a contract with its share-seconds in the month."""
    span = window(asked.month, contract.time_zone)
    made = [service(tranche, contract, asked.known) for tranche in contract.tranches]
    return [(one, float(one.share_seconds(span))) for one in made]


def capacity_s(asked: Asked, contracts: Sequence[Contract], site: str) -> float | None:
    """Give accelerator-seconds in service at a site; None where a count is not known."""
    whole = 0.0
    for contract in contracts:
        for one, seconds in in_service(asked, contract):
            if one.tranche.site != site or not seconds:
                continue
            if one.tranche.accelerator_count is None:
                return None
            whole += one.tranche.accelerator_count * seconds
    return whole


def metered(asked: Asked, part: Part, meter: Meter) -> tuple[Read, str]:
    """Give what a meter showed for a part, from its own readings or the site's, with a note.

    Its tranches come first, then its nodes, then what is metered for the site as a whole.
    """
    paths = [f"{c.id}.{t.id}" for c in part.contracts for t in c.tranches if t.site == part.site]
    names = [
        name
        for c in part.contracts
        for t in c.tranches
        if t.site == part.site and t.nodes is not None
        for name in hosts(t.nodes)
    ]
    own = of_tranches(meter, part.site, paths)
    by_node = Sought(meter=meter, site=part.site, nodes=tuple(names))
    whole = of_site(meter, part.site)
    is_site = part.subject.contract is None and not part.subject.chain
    apart = (*([own] if paths else []), *([by_node] if names else []))
    order = (whole, *apart) if is_site else (*apart, whole)
    found = Read((), ())
    for sought in order:
        found = read(asked.known.readings, (sought,), part.window)
        if found.rows:
            return found, APART if sought is whole and not is_site else ""
    return found, ""
