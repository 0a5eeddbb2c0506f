"""What evidence is worth to a contract's tests, and every way it can be worth nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.measure.acceptance import Decision, Outcome, Proof, event_of, judge
from offtake.model.clause import Scope
from offtake.model.contract import Acceptance, AcceptanceTest, Comparison, Tranche
from offtake.model.event import NEEDED, EventKind
from offtake.model.evidence import Evidence, Measured

NOON = datetime(2027, 6, 20, 12, tzinfo=UTC)
BANDWIDTH = AcceptanceTest(name="memory copy", metric="GB/s", threshold_amount=Decimal(100))
ERRORS = AcceptanceTest(
    name="xid errors", metric="errors", comparison=Comparison.AT_MOST, threshold_amount=Decimal(0)
)
GPUS = replace(BANDWIDTH, scope=Scope.GPU, threshold_amount=Decimal(50))


def tranche(*tests: AcceptanceTest, nodes: str | None = "n[1-4]", **rules: object) -> Tranche:
    made = Acceptance(tests=tests or (BANDWIDTH,), **rules)  # type: ignore[arg-type]
    return Tranche(
        id="T", site="s", nodes=nodes, due=date(2027, 6, 1), term_months=12, acceptance=made
    )


def proof(
    node: str,
    copied: float | None = 120,
    *,
    starts: datetime = NOON,
    gpus: tuple[float | None, ...] = (),
    xids: float | None = 0,
    metric: str = "GB/s",
) -> Proof:
    def one(name: str, unit: str, amount: float | None, part: str = "") -> Measured:
        return Measured(
            name=name,
            metric=unit,
            scope=Scope.GPU if part else Scope.NODE,
            part=part,
            median_amount=None if amount is None else Decimal(str(amount)),
            unknown="not told" if amount is None else "",
        )

    parts = [one("memory copy", metric, held, f"gpu{i}") for i, held in enumerate(gpus)]
    found = (one("memory copy", metric, copied), *parts, one("xid errors", "errors", xids))
    made = Evidence(
        node=node,
        starts=starts,
        ends=starts + timedelta(minutes=5),
        device="twin",
        part_count=2,
        software="memory",
        seed=1,
        measured=found,
    )
    return Proof(evidence=made, sha256="ab" * 32, place=f"{node}.json")


def codes(*given: object, **more: object) -> list[str]:
    with pytest.raises(OfftakeError) as raised:
        judge("B.T", *given, **more)  # type: ignore[arg-type]
    assert all(str(fault.where) for fault in raised.value.faults)
    return [fault.code for fault in raised.value.faults]


def test_a_result_at_the_threshold_passes_and_below_it_fails() -> None:
    found = judge("B.T", tranche(), [proof("n1", 100), proof("n2", 99.999)])
    assert [one.outcome for one in found.tested] == [Outcome.PASSED, Outcome.FAILED]
    none = judge("B.T", tranche(ERRORS), [proof("n1", xids=0), proof("n2", xids=1)])
    assert [one.outcome for one in none.tested] == [Outcome.PASSED, Outcome.FAILED]


def test_an_unknown_neither_passes_nor_fails() -> None:
    found = judge("B.T", tranche(ERRORS), [proof("n1", xids=None)])
    (held,) = found.tested[0].held
    assert (held.outcome, held.amount, held.why) == (Outcome.UNPROVEN, None, "not told")
    both = judge("B.T", tranche(BANDWIDTH, ERRORS), [proof("n1", 1, xids=None)])
    assert both.tested[0].outcome is Outcome.FAILED


def test_the_worst_accelerator_of_a_node_counts_and_a_silent_one_proves_nothing() -> None:
    given = [
        proof("n1", gpus=(60, 55)),
        proof("n2", gpus=(60, 49)),
        proof("n3", gpus=(60,)),
        proof("n4", gpus=(None, 60)),
    ]
    found = judge("B.T", tranche(GPUS), given)
    outcomes = [one.outcome for one in found.tested]
    assert outcomes == [Outcome.PASSED, Outcome.FAILED, Outcome.UNPROVEN, Outcome.UNPROVEN]
    assert found.tested[1].held[0].amount == 49
    assert found.tested[2].held[0].why == "1 of 2 accelerators told anything"


def test_enough_nodes_accept_too_many_failures_reject_and_silence_leaves_it_open() -> None:
    three = tranche(passing_share=Decimal("0.75"))
    good, bad = [proof(f"n{i}") for i in (1, 2, 3)], [proof(f"n{i}", 1) for i in (3, 4)]
    assert judge("B.T", three, good).decision is Decision.ACCEPTED
    assert judge("B.T", three, [*good[:2], *bad]).decision is Decision.REJECTED
    assert judge("B.T", three, [*good[:2], bad[0]]).decision is Decision.UNDECIDED
    assert judge("B.T", three, good[:2]).decision is Decision.UNDECIDED


@given(
    outcomes=st.lists(st.sampled_from([120.0, 1.0, None]), min_size=1, max_size=8),
    more=st.integers(0, 4),
    share=st.decimals(0, 1, places=3),
)
def test_what_is_missing_cannot_turn_a_decision(
    outcomes: list[float | None], more: int, share: Decimal
) -> None:
    count = len(outcomes) + more
    rules = tranche(nodes=f"n[1-{count}]", passing_share=share)
    given = [proof(f"n{i + 1}", amount) for i, amount in enumerate(outcomes)]
    decision = judge("B.T", rules, given).decision
    for turned in (120.0, 1.0):
        told = [turned if amount is None else amount for amount in outcomes] + [turned] * more
        final = judge("B.T", rules, [proof(f"n{i + 1}", a) for i, a in enumerate(told)]).decision
        assert final is not Decision.UNDECIDED
        assert decision in (final, Decision.UNDECIDED)


def test_a_node_twice_a_strange_node_and_no_evidence_are_named() -> None:
    assert codes(tranche(), [proof("n1"), proof("n1"), proof("m7")]) == ["OTK-A014", "OTK-A016"]
    assert codes(tranche(), []) == ["OTK-A018"]
    unnamed = replace(tranche(nodes=None), node_count=1)
    assert codes(unnamed, [proof("a"), proof("b")]) == ["OTK-A016"]
    assert codes(tranche(nodes=None), [proof("a")]) == ["OTK-A017"]


def test_a_contract_without_tests_is_named() -> None:
    assert codes(replace(tranche(), acceptance=None), [proof("n1")]) == ["OTK-A011"]
    assert codes(replace(tranche(), acceptance=Acceptance()), [proof("n1")]) == ["OTK-A011"]


def test_other_units_names_and_scopes_are_named() -> None:
    assert codes(tranche(), [proof("n1", metric="TB/s")]) == ["OTK-A013"]
    assert codes(tranche(replace(BANDWIDTH, name="memory copi")), [proof("n1")]) == ["OTK-A012"]
    assert codes(tranche(replace(BANDWIDTH, scope=Scope.RACK)), [proof("n1")]) == ["OTK-A012"]


def test_all_evidence_lies_in_one_window() -> None:
    day = tranche(window_days=1.0)
    later = proof("n2", starts=NOON + timedelta(days=1, minutes=-5))
    assert judge("B.T", day, [proof("n1"), later]).decision is Decision.UNDECIDED
    outside = proof("n3", starts=NOON + timedelta(days=1, minutes=-4))
    assert codes(day, [proof("n1"), outside]) == ["OTK-A015"]
    since = NOON + timedelta(minutes=1)
    assert codes(day, [proof("n1")], since=since) == ["OTK-A015"]
    assert judge("B.T", tranche(), [proof("n1"), outside]).nodes == 4  # no length, no end


def test_the_event_says_what_it_rests_on_and_comes_after_it() -> None:
    half = tranche(passing_share=Decimal("0.5"))
    found = judge("B.T", half, [proof("n1"), proof("n2", starts=NOON + timedelta(hours=1))])
    ends = NOON + timedelta(hours=1, minutes=5)
    made = event_of(found, ends, ["cd"])
    assert made is not None
    assert (made.kind, made.starts, made.tranches) == (EventKind.ACCEPTED, ends, ("B.T",))
    assert all(getattr(made, field) for field in NEEDED[made.kind])
    assert made.evidence == (f"n1 sha256:{'ab' * 32}", f"n2 sha256:{'ab' * 32}")
    assert made.note == "2 of 4 nodes passed all tests; signed by cd."
    with pytest.raises(OfftakeError) as raised:
        event_of(found, ends - timedelta(seconds=1))
    assert [fault.code for fault in raised.value.faults] == ["OTK-A015"]
    rejected = event_of(judge("B.T", tranche(), [proof("n1", 1)]), ends)
    assert rejected is not None
    assert rejected.kind is EventKind.REJECTED
    assert "failed: n1" in rejected.note
    assert event_of(judge("B.T", tranche(), [proof("n1")]), ends) is None
