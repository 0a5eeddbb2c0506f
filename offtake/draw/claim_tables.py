"""Claims and leaks as tables of text, for the terminal and the page alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from offtake.draw import words
from offtake.draw.numbers import NOTHING
from offtake.draw.statement_tables import exact, money
from offtake.draw.tables import Table
from offtake.model.claim import Claim, ClaimState
from offtake.model.leak import Gap, Leak, LeakReport, Side

_SIDES = {
    Side.AGAINST: "against it",
    Side.FOR: "for it",
    Side.EITHER: "either way",
}


def claims(held: Iterable[Claim]) -> Table:
    """Give the calendar of claims: what was missed, what it gives back, by when to ask."""
    rows = tuple(
        (
            claim.id,
            claim.subject,
            f"{exact(claim.availability * 100, 4)} %",
            f"{exact(claim.promised * 100, 4)} %",
            money(claim.credit_minor, claim.places),
            claim.currency,
            claim.state.value,
            words.day(claim.deadline.date()) if claim.deadline else NOTHING,
            f"{claim.buyer} from {claim.seller}",
            ", ".join(claim.evidence),
        )
        for claim in held
    )
    return Table(
        caption="Service levels that were missed; the credit is before any cap",
        head=(
            *("Claim", "Missed by", "Up", "Promised", "Credit", "Currency"),
            *("State", "Deadline", "Who", "Proof"),
        ),
        rows=rows,
        texts=frozenset({0, 1, 5, 6, 7, 8, 9}),
    )


def claims_say(held: Sequence[Claim]) -> str:
    """Say how many claims there are, and which must be asked for."""
    if not held:
        return "No service level was missed."
    open_ = [claim for claim in held if claim.state is ClaimState.OPEN]
    lapsed = [claim for claim in held if claim.state is ClaimState.LAPSED]
    told = f"{words.counted(len(held), 'service level')} missed."
    if open_:
        told += f" {words.counted(len(open_), 'credit')} must still be asked for."
    if lapsed:
        told += f" {words.counted(len(lapsed), 'credit')} lapsed."
    return told


def gaps(held: Iterable[Gap]) -> Table:
    """Give the differences between neighbouring contracts, in words."""
    rows = tuple(
        (
            f"{gap.above} > {gap.party} > {gap.below}",
            gap.topic.value,
            gap.aspect,
            gap.above_says,
            gap.below_says,
            _SIDES[gap.side],
            gap.text,
        )
        for gap in held
    )
    return Table(
        caption="Clauses of neighbouring contracts that do not say the same",
        head=("Between", "About", "Part", "Above", "Below", "For the middle", "What follows"),
        rows=rows,
        texts=frozenset(range(7)),
    )


def leaks(held: Iterable[Leak], caption: str) -> Table:
    """Give what facts, or what-ifs, do to whom, the largest loss first."""
    rows = tuple(
        (
            leak.party,
            leak.fact_says,
            leak.topic.value,
            money(leak.above_minor, leak.places),
            money(leak.below_minor, leak.places),
            money(leak.outside_minor, leak.places),
            money(leak.net_minor, leak.places),
            leak.currency,
        )
        for leak in sorted(held, key=lambda leak: (leak.net_minor, leak.party, leak.fact))
    )
    return Table(
        caption=caption,
        head=("Party", "Fact", "About", "From above", "From below", "Outside", "Left", "Currency"),
        rows=rows,
        texts=frozenset({0, 1, 2, 7}),
    )


def facts(report: LeakReport) -> Table:
    """Give what really happened, priced."""
    caption = "What happened in the month, each fact alone; negative is lost by the party"
    return leaks(report.facts, caption)


def what_ifs(report: LeakReport) -> Table:
    """Give the standard what-ifs, priced."""
    return leaks(report.what_ifs, "What would have happened, each added to the month as it was")


def leaks_say(report: LeakReport) -> str:
    """Say who lost most by what, all its lines together."""
    worst: tuple[int, Leak, int, int] | None = None
    for leak in report.facts:
        same = [o for o in report.facts if (o.party, o.fact) == (leak.party, leak.fact)]
        same = [other for other in same if other.currency == leak.currency]
        net = sum(other.net_minor for other in same)
        if worst is None or net < worst[0]:
            above = sum(other.above_minor for other in same)
            worst = net, leak, above, sum(other.below_minor for other in same)
    if worst is None or worst[0] >= 0:
        return "Nothing that happened in the month leaked."
    net, leak, above, below = worst
    return (
        f"{leak.party} lost most, {money(-net, leak.places)} {leak.currency}, by "
        f"{words.plain(leak.fact_says)}: {money(below, leak.places)} below, "
        f"{money(above, leak.places)} above."
    )


def notes(report: LeakReport) -> tuple[str, ...]:
    """Give what could not be priced, the first reason of each."""
    return tuple(note.partition("\n")[0] for note in report.notes)
