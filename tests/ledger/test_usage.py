"""Readings: each counted once, none half, and what is wrong with them told by name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.ledger.flaws import sound
from offtake.ledger.usage import _by, _doubled
from offtake.model.month import Month
from offtake.model.reading import Meter, Reading
from offtake.model.records import Readings
from tests.ledger.small import USED, amounts, contract, gpu_hours, on, refused, settled

JUNE = Month(2027, 6)
MADE = contract(USED)


def reading(name: str, first: int, last: int, hours: int = 10, **more: Any) -> Reading:
    """Make a reading of the tranche from one day of June to another."""
    told: dict[str, Any] = {"id": name, "starts": on(2027, 6, first), "ends": on(2027, 6, last)}
    return gpu_hours(JUNE, hours, **(told | more))


def test_a_reading_sent_again_counts_once() -> None:
    one = reading("a", 1, 2)
    again = replace(one, recorded=on(2027, 7, 2))
    assert amounts(settled(MADE, "2027-06", one, again)) == {"rates.use.T": "10.00"}


@pytest.mark.parametrize(
    "changed",
    [{"amount": 1}, {"ends": on(2027, 6, 3)}, {"node": "n01"}, {"meter": Meter.TOKENS}],
)
def test_a_reading_sent_again_and_changed_is_refused(changed: dict[str, Any]) -> None:
    one = reading("a", 1, 2)
    told = refused(MADE, "2027-06", one, replace(one, recorded=on(2027, 7, 2), **changed))
    assert [one[:8] for one in told] == ["OTK-L040"] * len(told)
    assert told[0].startswith("OTK-L040 contracts.C.rates.use (2027-06): a reading was sent again")
    assert "slurm/a, 2027-06-01T00:00:00Z to 2027-06-" in told[0]


def test_what_was_recorded_later_is_not_known() -> None:
    late = reading("b", 3, 4, recorded=on(2027, 8))
    told = settled(MADE, "2027-06", reading("a", 1, 2), late, as_of=on(2027, 7))
    assert amounts(told) == {"rates.use.T": "10.00"}


def test_a_reading_of_the_future_is_refused() -> None:
    early = reading("a", 1, 10, recorded=on(2027, 6, 9))
    told = refused(MADE, "2027-06", early, as_of=on(2027, 6, 9, 5))
    assert [one[:8] for one in told] == ["OTK-L041"]
    assert "recorded 2027-06-09T00:00:00Z" in told[0]
    other = contract(USED, tranches=(replace(MADE.tranches[0], site="elsewhere"),))
    assert settled(other, "2027-06", early).charges == ()


def test_readings_of_one_source_that_overlap_are_refused() -> None:
    told = refused(MADE, "2027-06", reading("a", 1, 5), reading("b", 4, 6))
    assert [one[:8] for one in told] == ["OTK-L042"]
    assert "1 of T; the first is of C.T, at 2027-06-04T00:00:00Z" in told[0]
    nodes = [reading(n, 1, 5, tranche=None, node=n) for n in ("n01", "n02")]
    assert amounts(settled(MADE, "2027-06", *nodes)) == {"rates.use.T": "20.00"}
    again = reading("c", 4, 6, tranche=None, node="n02")
    assert "the first is of n02" in refused(MADE, "2027-06", *nodes, again)[0]


def test_several_sources_are_added_and_that_is_said() -> None:
    two = (reading("a", 1, 5), reading("a", 4, 6, source="kueue"))
    invoice = settled(MADE, "2027-06", *two)
    assert amounts(invoice) == {"rates.use.T": "20.00"}
    assert "the sum of several sources" in invoice.notes[0]


def test_more_than_there_was_is_refused() -> None:
    assert settled(MADE, "2027-06", gpu_hours(JUNE, 72_000)).charges
    told = refused(MADE, "2027-06", gpu_hours(JUNE, 72_000, amount=72_000 * 3600 + 1))
    assert [one[:8] for one in told] == ["OTK-L046"]


def test_a_reading_across_the_months_border_is_refused() -> None:
    across = reading("a", 25, 26, ends=on(2027, 7, 2), recorded=on(2027, 7, 2))
    told = refused(MADE, "2027-06", across)
    assert [one[:8] for one in told] == ["OTK-L043"]
    assert "1 readings of gpu-time lie only partly" in told[0]


def test_a_tranche_read_as_a_whole_and_by_node_is_refused() -> None:
    told = refused(MADE, "2027-06", reading("a", 1, 2), reading("b", 3, 4, node="n01"))
    assert [one[:8] for one in told] == ["OTK-L044"]


def test_readings_of_the_tranche_come_before_those_of_its_nodes() -> None:
    both = (reading("a", 1, 2), reading("b", 1, 2, hours=99, tranche=None, node="n01"))
    assert amounts(settled(MADE, "2027-06", *both)) == {"rates.use.T": "10.00"}


def columns(rows: list[tuple[int, int, int]], ids: Any = None) -> Readings:
    """Make readings of (source, starts, ends), all of one subject, an hour a unit."""
    count = len(rows)
    made = Readings.of(())
    whole = np.zeros(count, np.int32)
    return replace(
        made,
        names=("s", "t", *(f"source-{i}" for i in range(8))),
        source=np.array([2 + r[0] for r in rows], np.int32),
        id=np.arange(count) if ids is None else ids,
        meter=np.zeros(count, np.int8),
        site=whole,
        tranche=whole + 1,
        node=whole - 1,
        starts=np.array([r[1] for r in rows], np.int64),
        ends=np.array([r[2] for r in rows], np.int64),
        amount=np.ones(count, np.int64),
        recorded=np.full(count, 10**9, np.int64),
    )


SPANS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 40), st.integers(1, 6)).map(
        lambda t: (t[0], t[1], t[1] + t[2])
    ),
    min_size=2,
    max_size=12,
)


@given(SPANS)
def test_overlaps_are_found_and_none_made_up(rows: list[tuple[int, int, int]]) -> None:
    def overlap(by_source: bool) -> bool:
        return any(
            a[1] < b[2] and b[1] < a[2] and (not by_source or a[0] == b[0])
            for i, a in enumerate(rows)
            for b in rows[i + 1 :]
        )

    readings = columns(rows)
    every = np.arange(len(rows), dtype=np.int64)
    for by_source in (False, True):
        found = _doubled(readings, every, by_source=by_source)
        assert bool(found) == overlap(by_source)
        assert all(one[:2] == (1, -1) for one in found)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**62 // 8)), min_size=1, max_size=8))
def test_sums_are_exact_at_any_size(rows: list[tuple[int, int]]) -> None:
    names = np.array([r[0] for r in rows], np.int32)
    found = _by(names, np.array([r[1] for r in rows], np.int64), 5)
    assert found.tolist() == [sum(a for n, a in rows if n == name) for name in range(5)]


@pytest.mark.parametrize("kind", ["int64", "object", "U8"])
def test_ids_may_be_numbers_or_text(kind: str) -> None:
    ids = np.array([7, 8, 7, 7]).astype(kind)
    rows = [(0, 0, 1), (0, 1, 2), (1, 2, 3), (0, 0, 1)]
    kept, flaws = sound(columns(rows, ids))
    assert (len(kept), flaws) == (3, ())


def test_the_first_of_many_flaws_are_told_and_how_many_more() -> None:
    many = [reading(f"r{k}", 10, 10) for k in range(50)]  # each of no time at all
    told = refused(MADE, "2027-06", *many)
    assert [one[:8] for one in told] == ["OTK-L041"] * 20
    assert told[-1].endswith("31 more readings of this kind")


def test_flaws_of_another_month_or_contract_do_not_stand_in_the_way() -> None:
    old = [reading(f"r{k}", 10, 10) for k in range(50)]
    other = reading("x", 10, 10, tranche="D.T")
    july = gpu_hours(JUNE + 1, 5)
    assert amounts(settled(MADE, "2027-07", *old, other, july)) == {"rates.use.T": "5.00"}
    assert amounts(settled(MADE, "2027-06", other, reading("a", 1, 2)))
    late = reading("b", 10, 10, starts=on(2027, 7, 10), ends=on(2027, 7, 10))
    told = refused(MADE, "2027-07", *old, late)
    assert len(told) == 1
    assert "slurm/b" in told[0]
