"""Rows of Cost and Usage: what was billed (cash) beside what the month cost.

A line of an invoice becomes one row. Two things are told apart that an invoice adds up:

    BilledCost      what is to be paid      sums to the invoice's cash due, to the cent
    EffectiveCost   what the month cost     sums to the invoice's net, to the cent

- Take-or-pay: a month that fell short has one `Purchase` of the minimum (billed, cost 0);
  what was used and what was not are `Usage` rows, `Used` and `Unused` (cost, billed 0).
- A prepayment, and its instalments set against an invoice, are `Purchase` (billed, cost 0):
  a `Credit` would lower the cost of the month, and a prepayment lowers only what is paid.
- Credits, damages, abatements, shares and make-up are `Credit`; taxes are `Tax`.
- A line that corrects a closed month has `ChargeClass` Correction, the period of that month,
  and no price: the difference of two months has none. Only 1.2 wants to know how much more
  was used, and then as a bare quantity.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from offtake.files.focus.columns import Cell, Row, Version
from offtake.files.focus.commitments import Covered, covered
from offtake.files.focus.links import PRICE_PLACES, Links, exact, is_power, period, service, unit
from offtake.model.charge import Charge, ChargeKind, Invoice, Number
from offtake.model.contract import Contract

CREDITS = frozenset(
    (
        ChargeKind.MAKE_UP,
        ChargeKind.SERVICE_CREDIT,
        ChargeKind.DELAY_DAMAGES,
        ChargeKind.DEMAND_RESPONSE,
    )
)
"""Kinds of lines that FOCUS calls a credit."""
_PURCHASES = frozenset((ChargeKind.PREPAYMENT, ChargeKind.PREPAYMENT_CREDIT))
_ONCE = frozenset((*CREDITS, ChargeKind.OPTION_FEE, ChargeKind.PREPAYMENT, ChargeKind.TAX))
_RECURRING = frozenset((ChargeKind.CAPACITY, ChargeKind.SHORTFALL, ChargeKind.PREPAYMENT_CREDIT))
NO_MONEY = Decimal(0)


def category(kind: ChargeKind) -> str:
    """Give the charge category of FOCUS that a kind of line belongs to."""
    if kind is ChargeKind.TAX:
        return "Tax"
    if kind in _PURCHASES:
        return "Purchase"
    return "Credit" if kind in CREDITS else "Usage"


KINDS: Mapping[str, frozenset[ChargeKind]] = {
    name: frozenset(kind for kind in ChargeKind if category(kind) == name)
    for name in ("Usage", "Tax", "Credit")
} | {
    "Purchase": _PURCHASES | {ChargeKind.CAPACITY, ChargeKind.SHORTFALL, ChargeKind.OPTION_FEE},
    "Adjustment": frozenset(ChargeKind),
}
"""Kinds of lines a charge category of FOCUS can stand for whoever writes it."""


def rows(links: Links, invoice: Invoice, version: Version) -> Iterator[Row]:
    """Give the rows of one invoice, a purchase of a minimum before what it covers.

    Raises:
        OfftakeError: a shortfall rests on no commitment of the contract (`OTK-M150`).
    """
    contract = links.contract(invoice.contract)
    purchases = covered(contract, invoice)
    of_line = {charge.id: one for one in purchases for charge in one.charges}
    for one in purchases:
        yield {**_common(links, invoice, contract, one.charges[-1]), **_purchase(one)}
    for charge in invoice.charges:
        held = _common(links, invoice, contract, charge)
        line = {**_line(contract, charge), **_committed(of_line.get(charge.id), charge)}
        yield {**held, **line, **(_used_more(charge) if version is Version.V1_2 else {})}


def _common(links: Links, invoice: Invoice, contract: Contract, charge: Charge) -> dict[str, Cell]:
    starts, ends = period(contract, charge.corrects or invoice.month)
    billed_from, billed_to = period(contract, invoice.month)
    seller, host = links.party(invoice.seller), links.host(contract)
    kind = service(contract, charge)
    return {
        "BillingAccountId": contract.id,
        "BillingAccountName": f"{contract.name or contract.id} ({links.party(invoice.buyer)})",
        "BillingAccountType": "Contract",
        "BillingCurrency": invoice.currency,
        "BillingPeriodStart": billed_from,
        "BillingPeriodEnd": billed_to,
        "ChargeClass": "Correction" if charge.corrects else None,
        "ChargePeriodStart": starts,
        "ChargePeriodEnd": ends,
        "HostProviderName": host,
        "InvoiceId": invoice.id,
        "InvoiceIssuerName": seller,
        "PricingCurrency": invoice.currency,
        "ProviderName": seller,
        "PublisherName": host or seller,
        "ServiceCategory": kind.category,
        "ServiceName": kind.name,
        "ServiceProviderName": seller,
        "ServiceSubcategory": kind.subcategory,
        "x_CorrectsMonth": None if charge.corrects is None else str(charge.corrects),
        **_place(links, contract, charge.tranche),
    }


def _place(links: Links, contract: Contract, tranche: str | None) -> dict[str, Cell]:
    site = links.site(contract, tranche)
    if site is None:
        return {}
    return {"RegionId": site, "RegionName": links.sites.get(site) or site}


def _line(contract: Contract, charge: Charge) -> dict[str, Cell]:
    kind = category(charge.kind)
    money = charge.amount
    effective = NO_MONEY if kind == "Purchase" else money
    return {
        "BilledCost": money,
        "ChargeCategory": kind,
        "ChargeDescription": charge.text,
        "ChargeFrequency": _frequency(charge.kind),
        "EffectiveCost": effective,
        "InvoiceDetailId": charge.id,
        "x_ChargeId": charge.id,
        "x_Clause": charge.clause,
        **_resource(charge),
        **_costs(money, effective),
        **(_priced(charge) if kind in ("Usage", "Purchase") and not charge.corrects else {}),
    }


def _frequency(kind: ChargeKind) -> str:
    if kind in _ONCE:
        return "One-Time"
    return "Recurring" if kind in _RECURRING else "Usage-Based"


def _resource(charge: Charge) -> dict[str, Cell]:
    if charge.tranche is None:
        return {}
    whole = f"{charge.contract}.{charge.tranche}"
    part = charge.subject not in (None, charge.tranche)
    return {
        "ResourceId": f"{whole}/{charge.subject}" if part else whole,
        "ResourceName": charge.subject if part else charge.tranche,
        "ResourceType": "Part of a tranche" if part else "Tranche",
    }


def _costs(money: Decimal, effective: Decimal) -> dict[str, Cell]:
    """Give the costs of a row that has no unit price: all are what was billed."""
    return {
        "ContractedCost": money,
        "ListCost": money,
        "PricingCurrencyEffectiveCost": effective,
    }


def _priced(charge: Charge) -> dict[str, Cell]:
    """Give quantity, price and their product; a price is never negative, a quantity may be."""
    sign = -1 if charge.price < 0 else 1
    priced = _quantities(charge.quantity * sign, charge.price * sign, charge.unit, charge.exact)
    used = {"ConsumedQuantity": priced["PricingQuantity"], "ConsumedUnit": priced["PricingUnit"]}
    sku = f"{charge.contract}/{charge.clause}"
    return {
        **priced,
        **(used if category(charge.kind) == "Usage" else {}),
        "PricingCategory": "Other" if is_power(charge.kind) else "Standard",
        **_sku(sku, charge.price * sign, charge.unit),
    }


def _used_more(charge: Charge) -> dict[str, Cell]:
    """Give how much more was used than was invoiced for a closed month."""
    if (
        not charge.corrects
        or charge.kind is ChargeKind.SHORTFALL
        or category(charge.kind) != "Usage"
    ):
        return {}
    return {"ConsumedQuantity": exact(charge.quantity), "ConsumedUnit": unit(charge.unit)}


def _quantities(quantity: Number, price: Fraction, of: str, product: Fraction) -> dict[str, Cell]:
    cost, each = exact(product), exact(price, PRICE_PLACES)
    return {
        "ContractedCost": cost,
        "ContractedUnitPrice": each,
        "ListCost": cost,
        "ListUnitPrice": each,
        "PricingCurrencyContractedUnitPrice": each,
        "PricingCurrencyListUnitPrice": each,
        "PricingQuantity": exact(quantity),
        "PricingUnit": unit(of),
    }


def _sku(sku: str, price: Fraction, of: str) -> dict[str, Cell]:
    return {
        "SkuId": sku,
        "SkuMeter": unit(of),
        "SkuPriceDetails": json.dumps({"x_Clause": sku.partition("/")[2]}),
        "SkuPriceId": f"{sku}@{price}",
    }


def _purchase(one: Covered) -> dict[str, Cell]:
    """Give what is special to the purchase of a minimum: it is billed, and costs nothing yet."""
    priced: Mapping[str, Cell] = {}
    if one.corrects is None:
        priced = _quantities(one.pieces, one.price, one.piece_unit, one.exact)
        priced = {**priced, **_sku(one.id, one.price, one.piece_unit)}
    return {
        "BilledCost": one.amount,
        "ChargeCategory": "Purchase",
        "ChargeDescription": f"{one.name}: minimum of the month",
        "ChargeFrequency": "Recurring",
        "EffectiveCost": NO_MONEY,
        "InvoiceDetailId": one.line,
        "PricingCategory": None if one.corrects else "Standard",
        "x_ChargeId": one.line,
        "x_Clause": one.clause,
        **_costs(one.amount, NO_MONEY),
        **priced,
        **_discount(one, one.quantity),
    }


def _committed(one: Covered | None, charge: Charge) -> dict[str, Cell]:
    """Give what is special to a line that a purchased minimum covers."""
    if one is None:
        return {}
    unused = charge.kind is ChargeKind.SHORTFALL
    nothing: dict[str, Cell] = {"ConsumedQuantity": None, "ConsumedUnit": None}
    return {
        **(nothing if unused else {}),
        **_discount(one, charge.quantity),
        "BilledCost": NO_MONEY,
        "CommitmentDiscountStatus": "Unused" if unused else "Used",
        "ContractApplied": _applied(one, charge),
        "PricingCategory": None if charge.corrects else "Committed",
    }


def _discount(one: Covered, quantity: Number) -> dict[str, Cell]:
    counted: dict[str, Cell] = {}
    if one.corrects is None:
        counted = {
            "CommitmentDiscountQuantity": exact(quantity),
            "CommitmentDiscountUnit": unit(one.unit),
        }
    return {
        "CommitmentDiscountCategory": "Usage",
        "CommitmentDiscountId": one.id,
        "CommitmentDiscountName": one.name,
        "CommitmentDiscountType": "Take-or-pay",
        **counted,
    }


def _applied(one: Covered, charge: Charge) -> str:
    """Say in FOCUS's JSON which commitment a line counts towards, by money, exactly."""
    names = json.dumps({"ContractId": one.contract, "ContractCommitmentId": one.id})
    return f'{{"Elements": [{names[:-1]}, "ContractCommitmentAppliedCost": {charge.amount:f}}}]}}'
