"""What a plan leaves to what is learnt, in words and tables: what is signed when, and if."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.draw import numbers, words
from offtake.draw.numbers import NOTHING
from offtake.draw.tables import Table
from offtake.model.plan import Plan, Stages


def says(plan: Plan) -> str:
    """Tell what is signed for certain, when the plan is looked at again, and what it sees."""
    return "" if plan.stages is None else " ".join(sentences(plan.stages))


def sentences(made: Stages) -> Iterator[str]:
    """Tell the stages of a plan in sentences."""
    first = made.reviews[0]
    power = numbers.power(sum(one.power_it_mw for one in made.certain))
    offers = len({one.offer for one in made.certain})
    certain = f"{power} of {words.counted(offers, 'offer')}" if made.certain else "nothing"
    yield f"Before the signings of {first} {certain} is signed, whatever comes."
    if made.later:
        waits = numbers.power(sum(one.mean_it_mw for one in made.later))
        yield f"From then on {waits} in the mean: how much depends on what has been observed."
    else:
        yield "From then on nothing is signed in any state of knowledge."
    yield words.plain(made.about)


def later(plan: Plan) -> Table:
    """Give what may be signed later: how much, how likely, and what it waits for."""
    made = plan.stages.later if plan.stages is not None else ()
    unit = numbers.column((one.most_it_mw for one in made), numbers.POWER)
    rows = tuple(
        (
            str(one.period),
            words.plain(one.name),
            unit(one.mean_it_mw),
            unit(one.least_it_mw),
            unit(one.most_it_mw),
            str(numbers.share(one.probability_share)),
            words.plain(one.why),
        )
        for one in made
    )
    return Table(
        caption=f"Modelled: what is signed later by what is learnt, {unit.unit}",
        head=("When", "What", "Mean", "Least", "Most", "Chance", "If"),
        rows=rows,
        texts=frozenset({0, 1, 6}),
    )


def states(plan: Plan) -> Table:
    """Give the states of knowledge: how likely each is, and what tells it."""
    rows = tuple(
        (
            words.plain(branch.id),
            str(branch.review),
            str(numbers.share(branch.probability_share)),
            words.plain(branch.when) or NOTHING,
            str(numbers.share(branch.accuracy_share)),
            str(numbers.power(sum(one.power_it_mw for one in branch.signed))),
        )
        for branch in (plan.stages.branches if plan.stages is not None else ())
    )
    return Table(
        caption="Modelled: states of knowledge, what tells each from its siblings best, and how "
        "often that is right",
        head=("State", "From", "Chance", "Told by", "Right", "Signs"),
        rows=rows,
        texts=frozenset({0, 1, 3}),
    )
