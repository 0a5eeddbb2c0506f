"""Views: what one party of a chain may see of a month: its own links, and never the next one's.

SiteCo <─0─ OpCo <─A─ HyperCo <─B─ Lab: OpCo sees 0 and A, HyperCo A and B, Lab B alone.

A line may rest on a link above (electricity handed on as charged there). Its amount is the basis
of the party's own line and stays; where it comes from is not said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from offtake.model.charge import Charge, ChargeKind, Invoice, Step
from offtake.model.statement import External, Position, Statement

UNSEEN = "from a contract not shown"
"""What is said of a step that rests on a link the party is not in."""
_HIDDEN = "not-shown"


def seen_by(statement: Statement, party: str) -> Statement:
    """Give what a party may see of a statement: invoices and money from outside that are its own.

    Names of other contracts are taken out of what its lines rest on. A party that is in no link
    sees an empty statement.
    """
    invoices = tuple(one for one in statement.invoices if party in (one.seller, one.buyer))
    own = {one.contract for one in invoices}
    others = {one.contract for one in statement.invoices} - own
    money = tuple(one for one in statement.externals if party in (one.payer, one.payee))
    view = _View(frozenset(own), frozenset(others), _renamed(invoices, own))
    return replace(
        statement,
        invoices=tuple(view.invoice(one) for one in invoices),
        externals=tuple(view.external(one) for one in money),
    )


def position_of(statement: Statement, party: str) -> tuple[Position, ...]:
    """Give what a month leaves with one party, one by currency."""
    return tuple(one for one in statement.positions if one.party == party)


def _renamed(invoices: tuple[Invoice, ...], own: set[str]) -> Mapping[str, str]:
    """Give other ids to lines whose id names a contract above that the party is not in."""
    found: dict[str, str] = {}
    for invoice in invoices:
        numbers: dict[str, int] = {}
        for line in invoice.charges:
            above = _above(line)
            if above is None or above in own:
                continue
            number = numbers.setdefault(above, len(numbers) + 1)
            head = line.id[: -len(f"{above}.{line.subject}")]
            found[line.id] = f"{head}{_HIDDEN}-{number}.{line.subject}"
    return found


def _above(line: Charge) -> str | None:
    """Name the contract above whose electricity a line hands on: its id ends `.NAME.SITE`."""
    if line.kind is not ChargeKind.POWER_UPSTREAM:
        return None
    return line.id.split(f"{line.clause}.upstream.", 1)[1].removesuffix(f".{line.subject}")


@dataclass(frozen=True, slots=True)
class _View:
    """Takes what a party may not see out of its own lines."""

    own: frozenset[str]
    """Contracts it is a party of."""
    others: frozenset[str]
    """Contracts it is no party of."""
    renamed: Mapping[str, str]
    """Lines that are called otherwise."""

    def invoice(self, invoice: Invoice) -> Invoice:
        """Give an invoice of the party's own."""
        charges = tuple(self.charge(line) for line in invoice.charges)
        coverage = tuple(
            replace(one, meter="a meter not shown") if self._names(one.meter) else one
            for one in invoice.coverage
        )
        return replace(invoice, charges=charges, coverage=coverage)

    def charge(self, line: Charge) -> Charge:
        """Give a line, with what it rests on as far as the party may see it."""
        text = line.text
        if line.id in self.renamed:
            text = f"electricity at {line.subject}, {UNSEEN}"
            text = text if line.corrects is None else f"{line.corrects} corrected: {text}"
        ident = self.renamed.get(line.id, line.id)
        return replace(line, id=ident, text=text, steps=tuple(map(self.step, line.steps)))

    def external(self, money: External) -> External:
        """Give money from outside that the party pays or gets."""
        return replace(money, steps=tuple(map(self.step, money.steps)))

    def step(self, step: Step) -> Step:
        """Give a step: its amount stays, links the party is not in are not named."""
        sources = tuple(dict.fromkeys(map(self.source, step.sources)))
        above = any(self._elsewhere(source) for source in step.sources)
        return replace(step, what=UNSEEN if above else step.what, sources=sources)

    def source(self, source: str) -> str:
        """Give a source of a step as far as the party may see it."""
        kind, _, name = source.partition(":")
        if kind == "line":
            return UNSEEN if self._elsewhere(source) else f"line:{self.renamed.get(name, name)}"
        if kind == "clause":  # a path inside its own contract
            return source
        return f"{kind}:not shown" if self._names(name) else source

    def _elsewhere(self, source: str) -> bool:
        kind, _, name = source.partition(":")
        return kind == "line" and name.split("/", 1)[0] not in self.own

    def _names(self, text: str) -> bool:
        """Tell whether the name of a meter or a record names a contract the party is not in."""
        return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text) for one in self.others)
