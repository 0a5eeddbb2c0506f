"""Laws of an attempt: whatever becomes known of it, in any order and however often."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from offtake.model.work import AttemptState
from offtake.operate.attempts import Absent, Attempt, Fact, Revoked, learn
from offtake.operate.engines.port import (
    Refused,
    Report,
    Seen,
    Sighting,
    Submitted,
    Unsure,
)

TOKEN = "0" * 32
NEW = Attempt(token=TOKEN, job="j", number=1, cluster="c", accelerators=4, intended_at=1000.0)
BEGAN = Report(token=TOKEN, began_at=1010.0, node="n1")
ENDED = Report(token=TOKEN, began_at=1010.0, ended_at=1025.5, exit_code=0, node="n1")
RAN = (AttemptState.BEGUN, AttemptState.ENDED, AttemptState.VANISHED)
times = st.floats(1000.0, 1100.0, allow_nan=False)
facts: st.SearchStrategy[Fact] = st.one_of(
    st.sampled_from([BEGAN, ENDED, Submitted("7"), Refused("no"), Refused("never", lasting=True)]),
    st.just(Unsure("lost")),
    st.builds(Revoked, st.booleans()),
    st.builds(Absent, times),
    st.builds(
        Sighting, token=st.just(TOKEN), engine_id=st.just("7"), seen=st.sampled_from(list(Seen))
    ),
)


def lives(known: list[tuple[Fact, float]]) -> list[Attempt]:
    """Give the attempt as it was after each fact."""
    made = [NEW]
    for fact, now in known:
        made.append(learn(made[-1], fact, now=now, settle_s=4.0).attempt)
    return made


histories = st.lists(st.tuples(facts, times), max_size=30)


@given(histories)
def test_who_began_is_never_lost_and_who_ended_stays_so(known: list[tuple[Fact, float]]) -> None:
    life = lives(known)
    for at, attempt in enumerate(life):
        if attempt.state in RAN:
            assert all(later.state in RAN for later in life[at:])
        if attempt.state is AttemptState.ENDED:
            assert all(later == attempt for later in life[at:])


@given(histories)
def test_it_is_given_up_only_after_its_token_was_revoked(known: list[tuple[Fact, float]]) -> None:
    life = lives(known)
    for (fact, _), was, now in zip(known, life, life[1:], strict=False):
        if now.state is AttemptState.LOST and was.state is not AttemptState.LOST:
            assert fact == Revoked(True)


@given(histories, facts, times)
def test_a_fact_that_comes_twice_says_nothing_new(
    known: list[tuple[Fact, float]], fact: Fact, now: float
) -> None:
    once = learn(lives(known)[-1], fact, now=now, settle_s=4.0).attempt
    again = learn(once, fact, now=now, settle_s=4.0).attempt
    assert replace(again, missing_since=None) == replace(once, missing_since=None)


@given(histories, st.permutations([BEGAN, ENDED, BEGAN, ENDED, Submitted("7"), Revoked(False)]))
def test_the_end_that_was_written_down_wins_in_any_order(
    known: list[tuple[Fact, float]], order: list[Fact]
) -> None:
    life = lives([*known, *((fact, 1050.0) for fact in order)])
    last = life[-1]
    assert (last.state, last.began_at, last.ended_at) == (AttemptState.ENDED, 1010.0, 1025.5)
    assert last.gpu_seconds == 62
