"""Terms: what two neighbouring contracts say as a whole, beyond clauses that have a twin.

Price, minimum, term, options, currency and security are told by several clauses at once;
here each is read from a contract in words and held against the neighbour's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from offtake.ledger.aspects import less_hurts, more_hurts, percent, plain
from offtake.model.clause import Holder, Option, OptionKind, Quantity, Rate
from offtake.model.contract import Contract, Tranche
from offtake.model.leak import Side, Topic
from offtake.model.month import Month


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between two contracts, before it is told as a gap."""

    topic: Topic
    aspect: str
    above_clause: str | None
    below_clause: str | None
    above_says: str
    below_says: str
    side: Side
    text: str


Pair = tuple[Tranche, Tranche]
"""A tranche above and the one below that stands in the same place."""


def terms(above: Contract, below: Contract, pairs: Sequence[Pair]) -> Iterator[Difference]:
    """Give what differs between two neighbouring contracts as wholes."""
    yield from _prices(above, below)
    yield from _minimums(above, below)
    for upper, lower in pairs:
        yield from _term(upper, lower)
    yield from _options(above, below)
    yield from _currencies(above, below)
    yield from _security(above, below)


def _prices(above: Contract, below: Contract) -> Iterator[Difference]:
    """Tell a price that follows an index from one that does not, and steps of price."""
    (upper, upper_at), (lower, lower_at) = _capacity_rate(above), _capacity_rate(below)
    if upper is None or lower is None:
        return
    said = (_follows(upper), _follows(lower))
    if upper.index != lower.index and said[0] != said[1]:
        text = "When the index moves, the price moves on one side only, or not alike."
        yield Difference(
            Topic.PRICE, "index", upper_at, lower_at, said[0], said[1], Side.EITHER, text
        )
    steps = (upper.escalator, lower.escalator)
    if steps[0] != steps[1]:
        shares = [step.step_share * 12 / max(step.every_months, 1) if step else 0 for step in steps]
        yield Difference(
            Topic.PRICE,
            "steps",
            upper_at,
            lower_at,
            _stepped(upper),
            _stepped(lower),
            Side.EITHER if shares[0] == shares[1] else less_hurts(shares[0], shares[1]),
            "The price steps by another share, or on other days, on one side.",
        )
    if upper.basis is not lower.basis:
        text = "What is paid for above is counted in another unit than what is sold below."
        yield Difference(
            Topic.PRICE,
            "basis",
            upper_at,
            lower_at,
            f"per {upper.basis}",
            f"per {lower.basis}",
            Side.EITHER,
            text,
        )


def _follows(rate: Rate) -> str:
    if rate.index is None:
        return "fixed price"
    limits = "".join(
        f", {word} {plain(price)}"
        for word, price in (("floor", rate.index.floor_price), ("cap", rate.index.cap_price))
        if price is not None
    )
    return (
        f"{percent(rate.index.weight_share)} follows {rate.index.index} "
        f"at the {rate.index.rule} fixing{limits}"
    )


def _stepped(rate: Rate) -> str:
    if rate.escalator is None:
        return "no steps"
    return f"{percent(rate.escalator.step_share)} every {rate.escalator.every_months} months"


def _capacity_rate(contract: Contract) -> tuple[Rate | None, str | None]:
    """Give the rate that carries a contract: the first that is not of electricity."""
    rates = [rate for rate in contract.rates if rate.basis != "kwh"]
    return (rates[0], f"rates.{rates[0].id}") if rates else (None, None)


def minimum(contract: Contract) -> tuple[Decimal, Quantity, str | None]:
    """Give what is paid for whether or not it is used: a share, of what, by which clause.

    A rate on capacity is take-or-pay of all of it; a rate on use has the minimum of its
    commitment, or none.
    """
    rate, at = _capacity_rate(contract)
    if rate is not None and rate.quantity is not Quantity.USED:
        return Decimal(1), rate.quantity, at
    if contract.commitments:
        first = contract.commitments[0]
        return first.level_share, first.base, "commitments[0]"
    return Decimal(0), Quantity.USED, at


_NARROWER = (Quantity.USED, Quantity.AVAILABLE, Quantity.DELIVERED, Quantity.CONTRACTED)
"""Bases from the least to the most that can be owed on them."""


_MINIMUM = {
    Side.AGAINST: "More is paid for above, used or not, than the buyer below must pay for.",
    Side.FOR: "The buyer below must pay for more, used or not, than is paid for above.",
    Side.EITHER: "What is paid for, used or not, is counted otherwise above than below.",
}
"""What follows from minimums that differ."""


def _minimums(above: Contract, below: Contract) -> Iterator[Difference]:
    (up_share, up_base, up_at), (low_share, low_base, low_at) = minimum(above), minimum(below)
    if (up_share, up_base) != (low_share, low_base):
        wider = _NARROWER.index(up_base) - _NARROWER.index(low_base)
        sides = {_sign(up_share - low_share), _sign(Decimal(wider))} - {0}
        side = Side.EITHER if len(sides) > 1 else (Side.AGAINST if 1 in sides else Side.FOR)
        yield Difference(
            Topic.MINIMUM,
            "level and base",
            up_at,
            low_at,
            f"{percent(up_share)} of what is {up_base}" if up_share else "no minimum",
            f"{percent(low_share)} of what is {low_base}" if low_share else "no minimum",
            side,
            _MINIMUM[side],
        )
    if not (above.commitments and below.commitments):
        return
    upper, lower = above.commitments[0], below.commitments[0]
    if upper.interval is not lower.interval:
        yield Difference(
            Topic.MINIMUM,
            "interval",
            up_at,
            low_at,
            f"each {upper.interval}",
            f"each {lower.interval}",
            Side.EITHER,
            "Use above the minimum in one month makes up for another on one side only.",
        )
    if upper.carry_forward_months != lower.carry_forward_months:
        yield Difference(
            Topic.MINIMUM,
            "make-up",
            up_at,
            low_at,
            f"within {upper.carry_forward_months} months",
            f"within {lower.carry_forward_months} months",
            more_hurts(upper.carry_forward_months, lower.carry_forward_months),
            "A shortfall that was paid can be used up for longer on one side.",
        )


def _sign(number: Decimal) -> int:
    return (number > 0) - (number < 0)


def ends(tranche: Tranche, due: date | None = None) -> date:
    """Give the day service of a tranche ends if it begins on its due date, or was accepted."""
    starts = due or tranche.accepted or tranche.due
    last = Month.of(starts) + int(tranche.term_months)
    day = min(starts.day, last.last_day.day)
    return date(last.year, last.month, day)


def _term(upper: Tranche, lower: Tranche) -> Iterator[Difference]:
    at = (f"tranches.{upper.id}", f"tranches.{lower.id}")
    if upper.due != lower.due:
        yield Difference(
            Topic.TERM,
            f"due date of {lower.id}",
            f"{at[0]}.due",
            f"{at[1]}.due",
            f"{upper.id} due {upper.due}",
            f"{lower.id} due {lower.due}",
            less_hurts(upper.due, lower.due),
            "Capacity is promised below for another day than it is promised above.",
        )
    last = (ends(upper), ends(lower))
    if last[0] != last[1]:
        longer = "paid for above with no buyer below" if last[0] > last[1] else "owed below alone"
        yield Difference(
            Topic.TERM,
            f"end of {lower.id}",
            f"{at[0]}.term_months",
            f"{at[1]}.term_months",
            f"{upper.id} to {last[0]}",
            f"{lower.id} to {last[1]}",
            Side.AGAINST,
            f"Between the two ends capacity is {longer}.",
        )


def _options(above: Contract, below: Contract) -> Iterator[Difference]:
    """Hold each right of the far parties against a right of the middle party's own.

    What the buyer below may do, the middle party must be able to do above; what the seller
    above may do, it must be able to do below.
    """
    for holder, may, can, flipped in (
        (Holder.BUYER, below, above, False),
        (Holder.SELLER, above, below, True),
    ):
        for option in may.options:
            if option.holder not in (holder, Holder.EITHER):
                continue
            own = _twin_option(option, can.options, holder)
            if own is None:
                yield _missing_option(option, flipped)
            elif own.notice_days != option.notice_days:
                yield _notice(option, own, flipped)


def _twin_option(option: Option, options: Sequence[Option], holder: Holder) -> Option | None:
    fitting = [
        own for own in options if own.kind is option.kind and own.holder in (holder, Holder.EITHER)
    ]
    return min(fitting, key=lambda own: own.notice_days) if fitting else None


def _option_said(option: Option) -> str:
    return f"{option.holder} may {option.kind} on {plain(option.notice_days)} days' notice"


_FOLLOWS = {
    OptionKind.TERMINATE: "it stays bound on one side when the other ends",
    OptionKind.EXTEND: "it owes more time on one side than it can get on the other",
    OptionKind.EXPAND: "it owes more capacity on one side than it can get on the other",
    OptionKind.BUY_OUT: "it must hand over what it cannot get",
    OptionKind.CURTAIL: "power is cut on one side and owed on the other",
}


def _missing_option(option: Option, flipped: bool) -> Difference:
    at = f"options.{option.id}"
    says = (_option_said(option), f"no option to {option.kind}")
    return Difference(
        Topic.OPTIONS,
        f"{option.kind}: {option.id}",
        at if flipped else None,
        None if flipped else at,
        says[0] if flipped else says[1],
        says[1] if flipped else says[0],
        Side.AGAINST,
        f"The middle party has no such right of its own: {_FOLLOWS[option.kind]}.",
    )


def _notice(option: Option, own: Option, flipped: bool) -> Difference:
    first, second = (option, own) if flipped else (own, option)
    days = plain(abs(own.notice_days - option.notice_days))
    side = Side.AGAINST if own.notice_days > option.notice_days else Side.FOR
    word = "short" if side is Side.AGAINST else "to spare"
    return Difference(
        Topic.OPTIONS,
        f"notice to {option.kind}: {option.id}",
        f"options.{first.id}",
        f"options.{second.id}",
        _option_said(first),
        _option_said(second),
        side,
        f"The middle party has {days} days {word} to hand the notice on.",
    )


def _currencies(above: Contract, below: Contract) -> Iterator[Difference]:
    """Compare currency, zone, rounding and billing."""
    said = {
        "currency": (above.currency, below.currency),
        "time_zone": (above.time_zone, below.time_zone),
        "billing": (f"each {above.billing}", f"each {below.billing}"),
        "rounding": tuple(
            f"{c.rounding.rule}, {c.rounding.decimal_count} places" for c in (above, below)
        ),
    }
    follows = {
        "currency": "The rate of exchange is the middle party's risk.",
        "time_zone": "Days and months begin at other hours, so an event can be of two months.",
        "billing": "Cash goes out and comes in at other times.",
        "rounding": "Lines can differ by a minor unit.",
    }
    for name, (first, second) in said.items():
        if first != second:
            text, aspect = follows[name], name.replace("_", " ")
            yield Difference(Topic.CURRENCY, aspect, name, name, first, second, Side.EITHER, text)


def _security(above: Contract, below: Contract) -> Iterator[Difference]:
    """Compare what stands behind the payments: what the middle party gives, and what it gets."""
    given, got = secured(above, above.buyer), secured(below, below.buyer)
    if given != got:
        yield Difference(
            Topic.SECURITY,
            "behind payments",
            "security",
            "security",
            f"{plain(given)} {above.currency} stand behind its own payments",
            f"{plain(got)} {below.currency} stand behind the buyer's payments",
            less_hurts(given, got) if above.currency == below.currency else Side.EITHER,
            "If the buyer below pays no more, what it leaves behind is not what is owed above.",
        )


def secured(contract: Contract, payer: str) -> Decimal:
    """Add up what stands behind the payments of one party: what its side gave, with an amount."""
    other = contract.seller if payer == contract.buyer else contract.buyer
    amounts = (s.amount for s in contract.security if s.giver != other and s.amount is not None)
    return sum(amounts, Decimal(0))
