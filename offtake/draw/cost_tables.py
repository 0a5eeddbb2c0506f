"""Own, lease or rent as tables of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from offtake.capital.compare import Answer
from offtake.capital.ladder import LEASE, Rung
from offtake.draw import numbers, words
from offtake.draw.numbers import MINUS, NOTHING
from offtake.draw.tables import Table


def sides(answer: Answer) -> Table:
    """Give what each way to hold the accelerator costs."""
    rows = tuple(
        (
            side.name,
            f"{side.usd_per_year:,.0f}",
            f"{side.usd_per_used_hour:.4f}",
            f"{side.usd_per_eflop:.4f}",
        )
        for side in answer.sides
    )
    asked = answer.question
    caption = (
        f"{words.plain(asked.accelerator)}, {asked.utilisation_share:.0%} of hours used, "
        f"{asked.mfu_share:.0%} of {asked.speed_tflops:g} dense BF16 TFLOP/s useful"
    )
    return Table(caption, ("Held", "USD a year", "USD a used hour", "USD per EFLOP"), rows)


def worths(answer: Answer) -> Table:
    """Give what owning is worth against paying somebody else."""
    rows = tuple(
        (
            f"instead of {'a lease' if worth.instead_of == LEASE else 'renting'}",
            f"{worth.npv_usd:,.0f}".replace("-", MINUS),
            _share(worth.irr_share_per_year),
            _even(worth.break_even_share, worth.instead_of),
        )
        for worth in answer.worths
    )
    asked = answer.question
    caption = f"Owning for {asked.life_years:g} years at {asked.discount_share_per_year:.2%} a year"
    head = ("Owning", "NPV, USD", "IRR", "Cheaper from")
    return Table(caption, head, rows, frozenset({0, 3}))


def _even(share: float, instead_of: str) -> str:
    if instead_of == LEASE:  # both are paid for every hour
        return "always" if share <= 1 else "never"
    return f"{share:.2%} of hours used" if share <= 1 else f"never ({share:.0%} of hours)"


def lives(answer: Answer, published: Mapping[int, tuple[float, str, date]]) -> Table:
    """Give what the life of servers means, and a gigawatt beside what was published."""
    rows = []
    for life in answer.lives:
        told = published.get(int(life.life_years))
        rows.append(
            (
                f"{life.life_years:g} years",
                f"{life.usd_per_used_hour:.4f}",
                f"{life.usd_per_eflop:.4f}",
                f"{life.gw_usd_per_year / 1e9:.3f}",
                NOTHING if told is None else f"{told[0] / 1e9:g}",
                "" if told is None else f"{words.plain(told[1])}, {told[2]}",
            )
        )
    asked = answer.question
    caption = (
        f"Owned; servers bought anew at the end of each life in a shell of "
        f"{asked.shell_life_years:g} years, {asked.progress_share_per_year:.0%} more work a year"
    )
    head = (
        *("Life of servers", "USD a used hour", "USD per EFLOP", "GW of IT, B USD a year"),
        *("Published", "By"),
    )
    return Table(caption, head, tuple(rows), frozenset({0, 5}))


def ladder(found: Sequence[Rung]) -> Table:
    """Give the prices there are, the cheapest first, each with date and source."""
    rows = tuple(
        (
            f"{rung.usd_per_gpu_hour:.3f}",
            rung.kind,
            words.plain(rung.who),
            words.plain(rung.accelerator),
            words.plain(rung.what),
            words.plain(rung.observed),
            rung.known_from.isoformat(),
            rung.quality,
            words.plain(rung.source),
        )
        for rung in found
    )
    head = (
        *("USD/GPU-hour", "Held", "Who", "Accelerator", "What", "Observed", "Known from"),
        *("Quality", "Source"),
    )
    return Table("From the catalogue", head, rows, frozenset(range(1, 9)))


def swings(answer: Answer) -> Table:
    """Give what the cost of a used hour of owning hangs on, the most first."""
    rows = tuple(
        (
            swing.name,
            swing.low,
            f"{swing.low_usd_per_used_hour:.4f}",
            swing.high,
            f"{swing.high_usd_per_used_hour:.4f}",
        )
        for swing in answer.swings
    )
    caption = "USD a used hour of owning, one input turned at a time"
    head = ("Input", "Low", "gives", "High", "gives")
    return Table(caption, head, rows, frozenset({0, 1, 3}))


def _share(value: float | None) -> str:
    return NOTHING if value is None else str(numbers.share(value))
