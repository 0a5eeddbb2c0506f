"""From what a plan signs to contracts: an offer with a size, a day and a price becomes a promise.

    plan.signed ──┬── by the last quarter that is adopted ──> contracts, with tranche, rate, clauses
                  └── after it ──> left to the next plan: it stays an offer

What an offer does not say no contract says either: its upstream links, service levels, options.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import ceil

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.accelerator import Accelerator
from offtake.model.clause import (
    Basis,
    DelayDamages,
    Escalator,
    PassThrough,
    Prepayment,
    Quantity,
    Rate,
    TakeOrPay,
)
from offtake.model.contract import Contract, Offer, OfferPrice, Tenure, Tranche
from offtake.model.period import Quarter
from offtake.model.plan import Delivery, Plan, Signing
from offtake.model.portfolio import Horizon, Portfolio
from offtake.model.provenance import Provenance, Quality
from offtake.units import it_mw

TRANCHE = "t1"
"""What the only tranche of a contract that was adopted is called."""
_CENT = Decimal("0.0001")
_SHARE = Decimal("0.000001")
_LEAST_IT_MW = 0.001
"""Power below which nothing is left of an offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What a plan becomes."""

    plan: Plan
    """The plan."""
    through: Quarter
    """Last quarter whose signings are adopted."""
    contracts: tuple[Contract, ...]
    """What is signed by it: new contracts, in the order of the plan."""
    later: tuple[Signing, ...]
    """What the plan signs after it: the next plan decides again."""
    world: Portfolio
    """The world with the contracts in it, and what is left of the offers."""
    remarks: tuple[str, ...]
    """What a reader must know, in sentences."""


def adopt(plan: Plan, portfolio: Portfolio, *, through: Quarter | None = None) -> Adoption:
    """Make contracts of what a plan signs up to a quarter.

    Args:
        plan: the plan.
        portfolio: the world it was made from, without its contracts.
        through: last quarter whose signings are adopted; None is the plan's first.

    Raises:
        OfftakeError: the plan is of another world or horizon (`OTK-E110`), it signs an offer the
            world does not have (`OTK-E111`), a contract of that name is there already
            (`OTK-E112`), or the quarter is not of the plan's horizon (`OTK-E113`).
    """
    last = plan.horizon.first if through is None else through
    _refuse(plan, portfolio, last)
    offers = {offer.id: offer for offer in portfolio.offers}
    machines = {each.id: each for each in portfolio.accelerators}
    now = tuple(one for one in plan.signed if one.period <= last)
    remarks: dict[str, None] = {}
    made = tuple(
        _contract(one, offers[one.offer], plan, portfolio.lab, machines, remarks)
        for one in now
        if _has_seller(one, portfolio.lab, remarks)
    )
    signed_on = [c.signed for c in made if c.signed is not None]
    world = replace(
        portfolio,
        as_of=max([portfolio.as_of, *signed_on]),
        contracts=(*portfolio.contracts, *made),
        offers=tuple(_left(portfolio.offers, now)),
    )
    for power in plan.power:
        if power.option is not None:
            remarks.setdefault(
                f"The plan powers {power.site} by its option '{power.option}': build it; an "
                "option becomes no contract."
            )
    later = tuple(one for one in plan.signed if one.period > last)
    return Adoption(
        plan=plan,
        through=last,
        contracts=made,
        later=later,
        world=world,
        remarks=tuple(remarks),
    )


def name_of(signing: Signing) -> str:
    """Give the name of the contract a signing becomes: offer and quarter."""
    return f"{signing.offer}-{str(signing.period).lower()}"


def _refuse(plan: Plan, portfolio: Portfolio, last: Quarter) -> None:
    faults: list[Fault] = []
    where = Where(path="offtake adopt")
    if plan.portfolio != portfolio.name or plan.horizon != portfolio.horizon:
        got = f"the plan is of '{plan.portfolio}', {plan.horizon.first} to {plan.horizon.last}; "
        got += f"the world is '{portfolio.name}', {portfolio.horizon.first} to "
        got += f"{portfolio.horizon.last}"
        what, hint = "the plan was not made from this world", "name its world, or plan anew"
        faults.append(Fault(code="OTK-E110", what=what, where=where, got=got, hint=hint))
    if not plan.horizon.first <= last <= plan.horizon.last:
        what = "the plan signs nothing in a quarter it does not cover"
        hint = f"name one from {plan.horizon.first} to {plan.horizon.last}"
        faults.append(Fault(code="OTK-E113", what=what, where=where, got=str(last), hint=hint))
    offers = {offer.id for offer in portfolio.offers}
    there = {contract.id for contract in portfolio.contracts}
    for at, one in enumerate(plan.signed):
        path = Where(path=f"signed.{at}.offer")
        if one.offer not in offers and one.period <= last:
            what = "the world has no such offer"
            hint = "name the world the plan was made from, before anything of it was adopted"
            faults.append(Fault(code="OTK-E111", what=what, where=path, got=one.offer, hint=hint))
        elif name_of(one) in there and one.period <= last:
            what = "the world has a contract of this name already"
            hint = "name the world the plan was made from, before anything of it was adopted"
            got = name_of(one)
            faults.append(Fault(code="OTK-E112", what=what, where=path, got=got, hint=hint))
    if faults:
        raise OfftakeError(faults, exit=Exit.FAULTS)


def _has_seller(signing: Signing, lab: str, remarks: dict[str, None]) -> bool:
    """Tell whether somebody else sells it: nobody signs with himself."""
    if signing.seller != lab:
        return True
    remarks.setdefault(
        f"{signing.offer} of {signing.period} is built on the lab's own account: it becomes no "
        "contract, and no cluster until its builder's contract is written by hand."
    )
    return False


def _contract(
    signing: Signing,
    offer: Offer,
    plan: Plan,
    lab: str,
    machines: Mapping[str, Accelerator],
    remarks: dict[str, None],
) -> Contract:
    signed = signing.period.first_day
    due = _due(signing, plan.deliveries)
    price, months = offer.price, _months(offer, due, plan.horizon, machines)
    if signing.chain:
        remarks.setdefault(
            f"{signing.offer} comes through {', '.join(signing.chain[:-1])}: the plan knows the "
            "last link alone; write the links above by hand, and name them as `upstream`."
        )
    if offer.tenure is Tenure.OWN:
        remarks.setdefault(
            f"{signing.offer} is built: its capital expenditure is paid as it is built, and is no "
            "charge of the contract."
        )
    return Contract(
        id=name_of(signing),
        name=offer.name,
        seller=offer.seller,
        buyer=lab,
        tenure=offer.tenure,
        signed=signed,
        tranches=(_tranche(signing, offer, due, months),),
        rates=tuple(_rates(signing, offer, plan.horizon)),
        commitments=tuple(_commitments(offer)),
        prepayments=tuple(_prepayments(price, signed, due, months)),
        delay_damages=tuple(_damages(price)),
        pass_through=None if price.includes_energy else PassThrough(),
        delay=offer.delay,
        availability_share=offer.availability_share,
        goodput_ratio=offer.goodput_ratio,
        note=f"Adopted from the plan {plan.inputs_sha256[:12]} of {plan.as_of}.",
        provenance=Provenance(
            quality=Quality.DERIVED,
            source=f"plan of {plan.portfolio} as of {plan.as_of}, offer {offer.id}",
            assumptions={
                "rates": "the offer's price on its path at the first day of the quarter",
                "tranches": "size and day as the plan signs them",
            },
        ),
    )


def _tranche(signing: Signing, offer: Offer, due: date, months: int) -> Tranche:
    return Tranche(
        id=TRANCHE,
        site=offer.site,
        phase=offer.phase,
        accelerator=offer.accelerator,
        accelerator_count=signing.accelerator_count,
        power_it_mw=it_mw(signing.power_it_mw),
        due=due,
        ramp_quarters=0 if offer.tenure.is_hourly else offer.ramp_quarters,
        term_months=months,
    )


def _due(signing: Signing, deliveries: tuple[Delivery, ...]) -> date:
    """Give the day a signing is due: as the plan tells it, by the hour when it begins."""
    wanted = f"{signing.offer}@{signing.period}"
    found = next((one.due for one in deliveries if one.id == wanted), None)
    return signing.service.first_day if found is None else found


def _months(offer: Offer, due: date, horizon: Horizon, machines: Mapping[str, Accelerator]) -> int:
    if offer.term_quarters is not None:
        return offer.term_quarters * 3
    if offer.tenure is Tenure.OWN:
        return ceil(machines[offer.accelerator].life_years * 12)
    end = (horizon.last + 1).first_day
    return max(1, (end.year - due.year) * 12 + end.month - due.month)


def signed_price(offer: Offer, signed: Quarter, first: Quarter) -> Decimal:
    """Give what an hour of an accelerator costs by the offer's path when it is signed.

        price = price₀ · (1 + growth)^((signed − quarter)/4), to a hundredth of a cent

    Where a price follows the rental market, this is its path with the market on its own path.
    """
    since = signed - (offer.price.quarter or first)
    raw = offer.price.usd_per_gpu_hour * (1.0 + offer.price.price_share_per_year) ** (since / 4.0)
    return Decimal(repr(raw)).quantize(_CENT, ROUND_HALF_UP)


def _rates(signing: Signing, offer: Offer, horizon: Horizon) -> Iterator[Rate]:
    price = offer.price
    if price.usd_per_gpu_hour > 0:
        full = not offer.tenure.is_hourly and price.take_or_pay_share >= 1
        yield Rate(
            id="use",
            basis=Basis.GPU_HOUR,
            price=signed_price(offer, signing.period, horizon.first),
            quantity=Quantity.DELIVERED if full else Quantity.USED,
            escalator=_escalator(offer),
        )
    if price.running_usd_per_it_mw_year > 0:
        each = Decimal(repr(price.running_usd_per_it_mw_year)) / 12 / 1000
        yield Rate(id="running", basis=Basis.KW_MONTH, price=each.quantize(_CENT, ROUND_HALF_UP))


def _escalator(offer: Offer) -> Escalator | None:
    """Give the yearly step of what is rented by the hour; what is signed ahead keeps its price."""
    moves = offer.price.price_share_per_year
    if not offer.tenure.is_hourly or not moves:
        return None
    return Escalator(step_share=_share(moves))


def _commitments(offer: Offer) -> Iterator[TakeOrPay]:
    share = offer.price.take_or_pay_share
    if not offer.tenure.is_hourly and offer.price.usd_per_gpu_hour > 0 and 0 < share < 1:
        yield TakeOrPay(level_share=_share(share), base=Quantity.DELIVERED, rate="use")


def _prepayments(price: OfferPrice, signed: date, due: date, months: int) -> Iterator[Prepayment]:
    if price.prepayment_share > 0:
        yield Prepayment(
            share=_share(price.prepayment_share),
            lead_days=float((due - signed).days),
            instalment_count=months,
        )


def _damages(price: OfferPrice) -> Iterator[DelayDamages]:
    if price.delay_damages_share > 0:
        yield DelayDamages(daily_fee_share=_share(price.delay_damages_share))


def _share(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(_SHARE, ROUND_HALF_UP).normalize()


def _left(offers: tuple[Offer, ...], signed: tuple[Signing, ...]) -> Iterator[Offer]:
    """Give what is left of offers; one of which nothing can be signed any more is left out."""
    for offer in offers:
        taken = sum(one.power_it_mw for one in signed if one.offer == offer.id)
        rest = offer.power_it_mw - taken
        if not taken:
            yield offer
        elif rest > _LEAST_IT_MW and rest > (offer.block_it_mw or 0.0) * (1 - 1e-9):
            more = (offer.least_it_mw or 0.0) - taken
            least = it_mw(more) if more > _LEAST_IT_MW else None
            yield replace(offer, power_it_mw=it_mw(rest), least_it_mw=least)
