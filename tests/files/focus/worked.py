"""The worked month as a statement, written down line by line: what FOCUS is made from."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from offtake.files.focus import Links
from offtake.ledger.case import rounded
from offtake.model.charge import Charge, ChargeKind, Invoice, Number
from offtake.model.contract import RoundingRule
from offtake.model.month import Month
from offtake.model.statement import Statement
from tests.ledger.june import AS_OF, CONTRACTS, JUNE

LINKS = Links(
    contracts=CONTRACTS,
    parties={"siteco": "SiteCo", "opco": "OpCo", "hyperco": "HyperCo", "lab": "Lab"},
    sites={"fjord": "Fjord Hall"},
)

K = ChargeKind
Line = tuple[str, ChargeKind, str, str | None, str | None, Number, str, str]

_0: tuple[Line, ...] = (
    ("rates.rent.phase-1", K.CAPACITY, "rates.rent", "phase-1", None, 6400, "kW-months", "135"),
    ("rates.rent.phase-2", K.CAPACITY, "rates.rent", "phase-2", None, 1600, "kW-months", "135"),
    (
        "energy",
        K.POWER_ENERGY,
        "pass_through",
        None,
        "fjord",
        6_007_100,
        "kWh",
        f"{Fraction(5, 104)}",
    ),
    ("demand", K.POWER_DEMAND, "pass_through", None, "fjord", 8900, "kW", "15/2"),
    (
        "delay.phase-2",
        K.DELAY_DAMAGES,
        "delay_damages.0",
        "phase-2",
        None,
        -10,
        "days",
        "14400",
    ),
)
_A: tuple[Line, ...] = (
    ("rates.capacity.T1", K.CAPACITY, "rates.capacity", "T1", None, 2_949_120, "GPU-hours", "1.90"),
    ("rates.capacity.T2", K.CAPACITY, "rates.capacity", "T2", None, 491_520, "GPU-hours", "1.90"),
    ("energy", K.POWER_ENERGY, "pass_through", None, "fjord", 5_912_500, "kWh", "5/104"),
    ("demand", K.POWER_DEMAND, "pass_through", None, "fjord", 8900, "kW", "15/2"),
    ("sla.n001", K.SERVICE_CREDIT, "service_levels.node", "T1", "n001", -1, "fee", "3283.20"),
    ("sla.n002", K.SERVICE_CREDIT, "service_levels.node", "T1", "n002", -1, "fee", "3283.20"),
    ("sla.n600", K.SERVICE_CREDIT, "service_levels.node", "T2", "n600", -1, "fee", "3648"),
    ("delay.T2", K.DELAY_DAMAGES, "delay_damages.0", "T2", None, -5, "days", "46694.4"),
    ("dr", K.DEMAND_RESPONSE, "demand_response", None, "fjord", -1, "share", "900"),
    ("prepaid.T1", K.PREPAYMENT_CREDIT, "prepayments.0", "T1", None, -1, "part", "1894754.99"),
)
_B: tuple[Line, ...] = (
    ("rates.use.T1", K.USAGE, "rates.use", "T1", None, 2_330_000, "GPU-hours", "2.35"),
    ("rates.use.T2", K.USAGE, "rates.use", "T2", None, 372_400, "GPU-hours", "2.35"),
    (
        "shortfall",
        K.SHORTFALL,
        "commitments[0]",
        None,
        None,
        Fraction(6_273_847, 30),
        "GPU-hours",
        "2.35",
    ),
    ("power", K.POWER_UPSTREAM, "pass_through", None, None, Fraction("351004.81"), "USD", "1"),
    ("markup", K.MARKUP, "pass_through", None, None, Fraction("351004.81"), "USD", "0.03"),
    ("sla.T1", K.SERVICE_CREDIT, "service_levels.cluster", "T1", "T1", -1, "fee", "273775"),
    ("delay.T2", K.DELAY_DAMAGES, "delay_damages.0", "T2", None, -3, "days", "28876.8"),
    ("dr", K.DEMAND_RESPONSE, "demand_response", None, "fjord", -1, "share", "900"),
)


def charge(contract: str, line: Line, corrects: Month | None = None) -> Charge:
    """Make a line of an invoice from what it says."""
    name, kind, clause, tranche, subject, quantity, unit, price = line
    exact = Fraction(quantity) * Fraction(price)
    return Charge(
        id=f"{contract}/{JUNE}/{name}",
        contract=contract,
        month=JUNE,
        kind=kind,
        clause=clause,
        tranche=tranche,
        subject=subject,
        text=f"{kind} {subject or tranche or ''}".strip(),
        quantity=quantity,
        unit=unit,
        price=Fraction(price),
        currency="USD",
        exact=exact,
        minor=rounded(exact * 100, RoundingRule.HALF_UP),
        places=2,
        corrects=corrects,
    )


def invoice(contract: str, lines: tuple[Line, ...]) -> Invoice:
    """Make an invoice of the worked month."""
    terms = LINKS.contract(contract)
    return Invoice(
        contract=contract,
        month=JUNE,
        seller=terms.seller,
        buyer=terms.buyer,
        currency="USD",
        places=2,
        as_of=AS_OF,
        charges=tuple(charge(contract, line) for line in lines),
    )


STATEMENT = Statement(
    month=JUNE,
    as_of=AS_OF,
    invoices=(invoice("0", _0), invoice("A", _A), invoice("B", _B)),
)
"""The three links of June 2027."""


def changed(contract: str, *more: Charge, without: tuple[str, ...] = ()) -> Statement:
    """Give the worked month with lines of one invoice added or left out."""
    invoices = []
    for one in STATEMENT.invoices:
        if one.contract == contract:
            kept = tuple(c for c in one.charges if c.id.split("/", 2)[2] not in without)
            one = replace(one, charges=(*kept, *more))
        invoices.append(one)
    return replace(STATEMENT, invoices=tuple(invoices))


def _more(contract: str, *lines: Line, corrects: Month | None = None) -> tuple[Charge, ...]:
    return tuple(charge(contract, line, corrects) for line in lines)


_MAY = Month(2027, 5)
ALL_KINDS = changed(
    "B",
    *_more(
        "B",
        ("made-up", K.MAKE_UP, "commitments[0]", None, None, -1000, "GPU-hours", "2.35"),
        ("fee", K.OPTION_FEE, "options.extend", None, None, 1, "", "250000"),
        ("prepaid", K.PREPAYMENT, "prepayments.0", "T1", None, 1, "", "1000000.10"),
        ("fixed", K.POWER_FIXED, "pass_through", None, "fjord", 1, "months", "1200"),
        ("tokens", K.USAGE, "rates.tokens", None, None, 10**12, "token", "1/3000000"),
        ("tax", K.TAX, "taxes.VAT", None, None, 351_004, "USD", "0.05"),
    ),
    *_more(
        "B",
        ("2027-05.use.T1", K.USAGE, "rates.use", "T1", None, 100, "GPU-hours", "2.35"),
        ("2027-05.shortfall", K.SHORTFALL, "commitments[0]", None, None, -100, "GPU-hours", "2.35"),
        ("2027-05.sla.T1", K.SERVICE_CREDIT, "service_levels.cluster", "T1", "T1", 1, "", "12.34"),
        ("2027-05.tax", K.TAX, "taxes.VAT", None, None, -1, "USD", "3.21"),
        corrects=_MAY,
    ),
)
"""The worked month with a line of every kind it lacks, and corrections of May."""
