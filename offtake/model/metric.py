"""Metrics: one number about how well capacity did, with all it takes to compare it.

    value = numerator / denominator        in the unit of its definition

A metric without a denominator is an amount: tonnes, hours, joules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from offtake.model.contract import Tenure
from offtake.model.power import CarbonBasis
from offtake.model.shown import table
from offtake.model.value import Value
from offtake.units import MetricAmount, Share


class Boundary(StrEnum):
    """What is inside: the further out, the more is counted."""

    ACCELERATOR = "accelerator"
    """The package alone."""
    NODE = "node"
    """The server: packages, processors, memory, fans, network cards."""
    IT = "it"
    """All servers, network and storage."""
    FACILITY = "facility"
    """All behind the site's meter: IT, cooling, losses."""


class Evidence(StrEnum):
    """How a number is known, from the best to the least."""

    MEASURED = "measured"
    """A meter or an invoice said it."""
    MODELLED = "modelled"
    """A simulation or a formula gave it."""
    ASSUMED = "assumed"
    """Somebody declared it."""

    @staticmethod
    def weakest(*parts: Evidence) -> Evidence:
        """Give what a number made of parts may claim: no more than its weakest part."""
        order = tuple(Evidence)
        return max(parts, key=order.index)


class Counting(StrEnum):
    """Which plants a carbon factor speaks of; the two rank places differently."""

    AVERAGE = "average"
    """All that ran."""
    MARGINAL = "marginal"
    """The one that would run for one more kWh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition(Value):
    """What a metric is, once for all who publish it."""

    id: str
    """Name it goes by in every sheet, such as `tokens-per-joule`."""
    version: str = "1"
    """Changes where the meaning does; numbers of two versions are not compared."""
    name: str
    """As people write it."""
    numerator: str
    """What is above the line, in words."""
    denominator: str = ""
    """What is below the line; empty where the metric is an amount."""
    unit: str
    """What its value is in."""
    boundaries: tuple[Boundary, ...]
    """Where it may be taken; each number says which."""
    says: str
    """What it leaves in and out, in a sentence."""
    origin: str = ""
    """Where the definition comes from."""
    is_share: bool = False
    """Whether it cannot exceed 1."""
    is_carbon: bool = False
    """Whether it states carbon, and so its basis and counting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Value):
    """What a metric is of: a site, one contract, or a chain of contracts."""

    site: str | None = None
    """Where it stands; None is no one place."""
    contract: str | None = None
    """The contract it is held under."""
    chain: tuple[str, ...] = ()
    """Contracts end to end, the user's last."""
    tenure: Tenure | None = None
    """How the user holds it; what owned, leased and rented are compared by."""

    @property
    def name(self) -> str:
        """What it goes by in a table."""
        if self.chain:
            return "chain " + " > ".join(self.chain)
        return f"contract {self.contract}" if self.contract else f"site {self.site}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Value):
    """One number, by one definition, of one subject, over one window."""

    id: str
    """The definition."""
    version: str
    """Of the definition."""
    of: Subject
    """What it is of."""
    numerator_amount: MetricAmount
    """Above the line."""
    denominator_amount: MetricAmount | None = None
    """Below the line; None where the metric is an amount."""
    unit: str
    """What its value is in."""
    boundary: Boundary
    """What was inside when it was taken."""
    starts: datetime
    """First second of the window."""
    ends: datetime
    """First second after the window."""
    source: str
    """Meters, invoices or runs it rests on."""
    evidence: Evidence
    """How it is known: no better than its weakest part."""
    covered_share: Share
    """Part of the window it speaks for; the rest is not filled."""
    counting: Counting | None = None
    """Carbon: average or marginal."""
    carbon_basis: CarbonBasis | None = None
    """Carbon: at the stack, or over the life cycle."""
    note: str = ""
    """What a reader should know, in a sentence."""

    @property
    def value(self) -> float:
        """What it comes to, in its unit."""
        below = self.denominator_amount
        return self.numerator_amount if below is None else self.numerator_amount / below


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent(Value):
    """A metric that could not be given, and why."""

    id: str
    """The definition."""
    of: Subject
    """What it would have been of."""
    reason: str
    """What is missing, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Value):
    """A transparency sheet: what an operator publishes about a month, or a run."""

    publisher: str
    """Who says so."""
    month: str | None = None
    """Month it is of, such as 2027-06; None is the window its metrics name."""
    metrics: tuple[Metric, ...]
    """What is known."""
    absent: tuple[Absent, ...] = ()
    """What is not, with the reason; nothing is left out in silence."""
    notes: tuple[str, ...] = ()
    """What a reader should know about all of it."""

    def _repr_html_(self) -> str:
        """Show its metrics, in a notebook."""
        head = ("Metric", "Of", "Unit", "Boundary", "Evidence", "Value", "Covered")
        rows = (
            (
                *(m.id, m.of.name, m.unit, m.boundary, m.evidence),
                *(f"{m.value:,.5g}", f"{m.covered_share:.0%}"),
            )
            for m in self.metrics
        )
        of = f", {self.month}" if self.month else ""
        return table(f"Transparency sheet of {self.publisher}{of}", head, rows, words=5)
