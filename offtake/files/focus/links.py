"""Links of a chain as FOCUS sees them: who hosts, who sells, who bills, over which time.

SiteCo ──0──> OpCo ──A──> HyperCo ──B──> Lab       Host       Service    Issuer   Account
                                      link A       SiteCo     OpCo       OpCo     A (HyperCo)
                                      link B       SiteCo     HyperCo    HyperCo  B (Lab)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

from offtake.model.charge import Charge, ChargeKind, Number
from offtake.model.clause import Basis, Rate, TakeOrPay
from offtake.model.contract import Contract
from offtake.model.month import Month, midnight

PLACES = 12
"""Decimal places of quantities, and of costs that are not rounded to money."""
PRICE_PLACES = 18
"""Decimal places of unit prices: the price of a token is small, and is taken many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What FOCUS asks of a chain beyond its invoices: contracts, and how names are written."""

    contracts: Sequence[Contract]
    """All contracts of the chain, those that are not exported among them."""
    parties: Mapping[str, str] = field(default_factory=dict)
    """How people write the name of a party, by its id; else the id."""
    sites: Mapping[str, str] = field(default_factory=dict)
    """How people write the name of a site, by its id; else the id."""

    def contract(self, name: str) -> Contract:
        """Give a contract by its id.

        Raises:
            KeyError: there is none.
        """
        return {one.id: one for one in self.contracts}[name]

    def party(self, name: str) -> str:
        """Write the name of a party."""
        return self.parties.get(name) or name

    def host(self, contract: Contract) -> str | None:
        """Give the party the chain of a contract starts with; None where several do."""
        known = {one.id: one for one in self.contracts}
        waiting, seen, found = [contract], {contract.id}, set[str]()
        while waiting:
            here = waiting.pop()
            above = [known[name] for name in here.upstream if name in known]
            if not above:
                found.add(here.seller)
            waiting += [one for one in above if one.id not in seen]
            seen |= {one.id for one in above}
        return self.party(found.pop()) if len(found) == 1 else None

    def site(self, contract: Contract, tranche: str | None) -> str | None:
        """Give the site of a tranche; of the contract, where it has only one."""
        sites = {one.site for one in contract.tranches if tranche in (None, one.id)}
        return sites.pop() if len(sites) == 1 else None


@dataclass(frozen=True, slots=True)
class Service:
    """What FOCUS calls the service a line is for."""

    name: str
    category: str
    subcategory: str


_CAPACITY = Service("Accelerator capacity", "Compute", "Other (Compute)")
_HALL = Service("Data centre capacity", "Other", "Other (Other)")
_POWER = Service("Electricity", "Other", "Other (Other)")
_TOKENS = Service("Model inference", "AI and Machine Learning", "Generative AI")
_BY_BASIS: Mapping[Basis, Service] = {
    Basis.KW_MONTH: _HALL,
    Basis.KWH: _POWER,
    Basis.MILLION_TOKENS: _TOKENS,
}
_OF_POWER = frozenset(
    (
        ChargeKind.POWER_ENERGY,
        ChargeKind.POWER_DEMAND,
        ChargeKind.POWER_FIXED,
        ChargeKind.POWER_UPSTREAM,
        ChargeKind.MARKUP,
        ChargeKind.DEMAND_RESPONSE,
    )
)


def is_power(kind: ChargeKind) -> bool:
    """Tell whether a line is for electricity."""
    return kind in _OF_POWER


def service(contract: Contract, charge: Charge) -> Service:
    """Give the service a line is for: by its kind, else by what its rate is per."""
    if is_power(charge.kind):
        return _POWER
    rate = rate_of(contract, charge)
    return _CAPACITY if rate is None else _BY_BASIS.get(rate.basis, _CAPACITY)


def rate_of(contract: Contract, charge: Charge) -> Rate | None:
    """Give the rate a line rests on, or else the first that holds for its tranche."""
    named = [rate for rate in contract.rates if charge.clause == f"rates.{rate.id}"]
    held = [rate for rate in contract.rates if not rate.tranches or charge.tranche in rate.tranches]
    return next(iter((*named, *held, *contract.rates)), None)


def covers(contract: Contract, commitment: TakeOrPay, charge: Charge) -> bool:
    """Tell whether a line for capacity or use counts towards a commitment."""
    in_tranches = not commitment.tranches or charge.tranche in commitment.tranches
    if commitment.rate is not None:
        return in_tranches and charge.clause == f"rates.{commitment.rate}"
    return in_tranches and charge.clause.startswith("rates.")


def period(contract: Contract, month: Month) -> tuple[datetime, datetime]:
    """Give the first moment of a month and of the next, in a contract's time zone."""
    return (
        moment(contract, month.first_day),
        moment(contract, (month + 1).first_day),
    )


def moment(contract: Contract, day: date) -> datetime:
    """Give the moment a day begins in a contract's time zone, as UTC."""
    return datetime.fromtimestamp(midnight(day, contract.time_zone), UTC)


_UNITS: Mapping[str, str] = {
    "gpu-hour": "GPU-Hours",
    "gpu-second": "GPU-Seconds",
    "node-month": "Node-Months",
    "kw-month": "kW-Months",
    "kwh": "kWh",
    "kw": "kW",
    "million-token": "Million Tokens",
    "m-token": "Million Tokens",
    "token": "Tokens",
    "flat-month": "Months",
    "month": "Months",
    "day": "Days",
}
_NOT_IN_A_UNIT = re.compile(r"[^A-Za-z0-9]+")


def unit(text: str) -> str:
    """Write a unit as FOCUS has units: `GPU-hours` is `GPU-Hours`, an empty one `Units`."""
    key = "-".join(text.lower().split()).rstrip("s")
    if key in _UNITS:
        return _UNITS[key]
    plain = _NOT_IN_A_UNIT.sub(" ", text).strip()
    return plain if plain and plain[0].isalpha() else "Units"


def exact(number: Number, places: int = PLACES) -> Decimal:
    """Write an exact number with so many decimals, half up.

    That is only for quantities, prices and their product, which no money is paid by.
    """
    scaled = Fraction(number) * 10**places
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(f"{whole if scaled >= 0 else -whole}E-{places}")
