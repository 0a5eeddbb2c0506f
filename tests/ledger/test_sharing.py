"""Contracts side by side at one site: a rule to share its electricity, or an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from offtake.errors import Fault, OfftakeError
from offtake.ledger.chain import settle_chain
from offtake.ledger.known import known
from offtake.ledger.sharing import unshared
from offtake.model.contract import Contract
from offtake.model.reading import Meter, Reading
from offtake.model.records import Readings
from tests.ledger.cases import exact
from tests.ledger.june import (
    AS_OF,
    CONTRACT_0,
    CONTRACT_A,
    CONTRACT_B,
    CONTRACTS,
    EVENTS,
    FIRST,
    JUNE,
    READINGS,
    RECORDS,
    SITE,
)

T1, T2 = CONTRACT_B.tranches
B1 = replace(CONTRACT_B, id="B1", tranches=(T1,))
B2 = replace(CONTRACT_B, id="B2", tranches=(T2,), buyer="guest")
"""B in two branches: one for each cluster."""


def it(amount: int, name: str, *, node: str | None = None, tranche: str | None = None) -> Reading:
    return Reading(
        source=f"pdu-{name}", id="june", meter=Meter.IT_ENERGY, site=SITE, starts=FIRST,
        ends=datetime(2027, 7, 1, tzinfo=UTC), amount=amount, recorded=AS_OF, node=node,
        tranche=tranche,
    )  # fmt: skip


def found(contracts: Sequence[Contract], *more: Reading) -> tuple[Fault, ...]:
    facts = replace(RECORDS, readings=Readings.of((*READINGS, *more)))
    return unshared({c.id: c for c in contracts}, known(facts, AS_OF), JUNE)


def places(faults: Sequence[Fault]) -> list[str]:
    assert {fault.code for fault in faults} <= {"OTK-L132"}
    return [fault.where.path for fault in faults]


ALL = ("contracts.B1.pass_through (2027-06)", "contracts.B2.pass_through (2027-06)")


def test_contracts_of_one_chain_do_not_share() -> None:
    assert found(CONTRACTS) == ()


def branch(*contracts: Contract) -> list[Contract]:
    events = {e.id: e for e in EVENTS}
    dated = {"T1": events["accept-t1"].starts.date(), "T2": events["accept-t2"].starts.date()}
    return [
        replace(c, tranches=tuple(replace(t, accepted=dated[t.id]) for t in c.tranches))
        for c in contracts
    ]


def test_branches_below_one_contract_need_readings_of_each() -> None:
    chain = [CONTRACT_0, CONTRACT_A, *branch(B1, B2)]
    assert places(found(chain)) == [*ALL]
    one = it(10**9, "B1", tranche="B1.T1")
    assert places(found(chain, one)) == [ALL[1]]
    assert found(chain, one, it(10**9, "B2", tranche="B2.T2")) == ()
    assert "under B1, B2, and nothing says which part is B1's" in str(found(chain)[0])


def test_contracts_by_meter_may_be_told_by_their_nodes() -> None:
    metered = [replace(c, pass_through=CONTRACT_0.pass_through, upstream=()) for c in (B1, B2)]
    chain = branch(*metered)
    assert places(found(chain)) == [*ALL]
    assert found(chain, it(10**9, "a", node="n001"), it(10**9, "b", node="n600")) == ()
    assert places(found(chain, it(10**9, "a", node="n001"))) == [ALL[1]]


def test_who_hands_nothing_on_needs_no_readings() -> None:
    silent = replace(B2, pass_through=None)
    assert found([CONTRACT_0, CONTRACT_A, *branch(B1, silent)]) == ()


def test_who_is_not_in_service_needs_no_readings() -> None:
    assert found([CONTRACT_0, CONTRACT_A, *branch(B1), B2]) == ()


def test_another_chain_at_the_site_needs_readings_of_both() -> None:
    (other,) = branch(replace(B2, id="X", upstream=(), pass_through=CONTRACT_0.pass_through))
    faults = found([*CONTRACTS, other])
    assert places(faults) == [
        "contracts.0.pass_through (2027-06)",
        "contracts.A.pass_through (2027-06)",
        "contracts.X.pass_through (2027-06)",
    ]


def test_a_chain_is_not_settled_while_nothing_says_how_it_shares() -> None:
    chain = [CONTRACT_0, CONTRACT_A, *branch(B1, replace(B2, commitments=()))]
    facts = replace(RECORDS, events=EVENTS)
    with pytest.raises(OfftakeError, match="OTK-L132"):
        settle_chain(chain, facts, JUNE, as_of=AS_OF)


def test_branches_with_readings_hand_on_all_of_the_bill_between_them() -> None:
    chain = [CONTRACT_0, CONTRACT_A, *branch(B1, B2)]
    parts = (it(3_730_000_000, "B1", tranche="B1.T1"), it(10**9, "B2", tranche="B2.T2"))
    late = replace(parts[1], starts=datetime(2027, 6, 21, tzinfo=UTC))
    use = [replace(r, tranche=f"B{n}.T{n}") for n, r in ((1, READINGS[3]), (2, READINGS[4]))]
    facts = replace(RECORDS, readings=Readings.of((*READINGS[:3], *use, parts[0], late)))
    statement = settle_chain(chain, facts, JUNE, as_of=AS_OF)
    handed = {c.id: c.amount for c in statement.charges if c.kind == "power-upstream"}
    assert handed == {
        "B1/2027-06/pass_through.upstream.A.fjord": exact("276796.60"),  # 3,730 of 4,730 MWh
        "B2/2027-06/pass_through.upstream.A.fjord": exact("74208.21"),  # 1,000, in ten days
    }
    assert sum(handed.values()) == exact("351004.81")
