"""Contracts and facts that contradict each other are refused, by name of clause and event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from offtake.model.clause import Basis, TakeOrPay
from offtake.model.event import EventKind
from tests.ledger.small import (
    HELD,
    TRANCHE,
    accepted,
    amounts,
    contract,
    event,
    on,
    refused,
    settled,
)


def test_accepted_on_two_days() -> None:
    told = refused(contract(), "2027-06", accepted(on(2027, 2, 1)))
    assert told == [
        "OTK-L020 contracts.C.tranches.T (2027-06): T was accepted on two days: by the contract, "
        "and by events; got accepted: 2027-01-01; by accepted-C.T-2027020100: 2027-02-01; leave "
        "`accepted` out where events say when"
    ]
    assert settled(contract(), "2027-06", accepted(on(2027, 1, 1, 15))).charges
    part = refused(contract(), "2027-06", accepted(on(2027, 1, 1), 4))
    assert "not all of it" in part[0]


def test_events_of_nodes_that_are_not_counted_or_not_there() -> None:
    bare = replace(TRANCHE, accepted=None, node_count=None, nodes=None)
    told = refused(contract(tranches=(bare,)), "2027-06", accepted(on(2027, 2, 1), 4))
    assert "OTK-L021" in {one[:8] for one in told}
    open_ = contract(tranches=(replace(TRANCHE, accepted=None),))
    both = (accepted(on(2027, 2, 1), 6), accepted(on(2027, 3, 1), 6))
    assert [one[:8] for one in refused(open_, "2027-06", *both)] == ["OTK-L024"]
    gone = event(EventKind.WITHDRAWN, on(2027, 4), tranches=("C.T",), node_count=11)
    assert [one[:8] for one in refused(contract(), "2027-06", gone)] == ["OTK-L024"]


def test_events_of_tranches_there_are_not() -> None:
    told = refused(contract(), "2027-06", accepted(on(2027, 2, 1), tranche="C.TT"))
    assert told == [
        "OTK-L022 contracts.C.tranches (2027-06): event accepted-C.TT-2027020100 is of a tranche "
        "there is not; got C.TT; did you mean 'T'?"
    ]
    assert settled(contract(), "2027-06", accepted(on(2027, 2, 1), tranche="D.TT")).charges


def test_an_acceptance_of_the_future() -> None:
    early = replace(accepted(on(2027, 6, 20)), recorded=on(2027, 6, 19))
    made = contract(tranches=(replace(TRANCHE, accepted=None),))
    assert [one[:8] for one in refused(made, "2027-06", early)] == ["OTK-L023"]


def test_a_node_in_two_tranches_at_one_time() -> None:
    other = replace(TRANCHE, id="U", nodes="n10,m[01-09]")
    told = refused(contract(tranches=(TRANCHE, other)), "2027-06")
    assert told == [
        "OTK-L029 contracts.C.tranches.U.nodes (2027-06): T and U have nodes in common and are in "
        "service at one time; got 1 nodes, the first n10; a node is sold once: end one tranche "
        "first, or name other nodes"
    ]
    elsewhere = contract(tranches=(TRANCHE, replace(other, site="s2")))
    assert len(settled(elsewhere, "2027-06").charges) == 2
    after = replace(other, due=date(2027, 6, 16), accepted=date(2027, 6, 16))
    ended = event(EventKind.TERMINATED, on(2027, 6, 16), contract="C", tranches=("C.T",))
    lines = amounts(settled(contract(tranches=(TRANCHE, after)), "2027-06", ended))
    assert lines == {"rates.held.T": "36000.00", "rates.held.U": "36000.00"}


def test_nodes_that_cannot_be_read_or_counted() -> None:
    def codes(**more: object) -> set[str]:
        made = contract(tranches=(replace(TRANCHE, **more),))  # type: ignore[arg-type]
        return {one[:8] for one in refused(made, "2027-06")}

    assert codes(nodes="n[01-05]") == {"OTK-L100"}
    assert codes(nodes="n[01-") == {"OTK-L010"}
    assert codes(accelerator_count=101) == {"OTK-L103"}


def test_clauses_that_name_what_is_not_there() -> None:
    made = contract(
        replace(HELD, tranches=("T", "X")),
        commitments=(TakeOrPay(level_share=HELD.price, tranches=("T",), rate="hold"),),
    )
    told = refused(made, "2027-06")
    assert [one.split(":")[0] for one in told] == [
        "OTK-L026 contracts.C.rates.held (2027-06)",
        "OTK-L028 contracts.C.commitments[0] (2027-06)",
    ]


def test_faults_of_every_clause_are_told_once() -> None:
    made = contract(
        replace(HELD, id="a", basis=Basis.KW_MONTH),
        replace(HELD, id="b", basis=Basis.KW_MONTH),
        currency="KWD",
    )
    codes = [one[:8] for one in refused(made, "2027-06")]
    assert codes == ["OTK-L038", "OTK-L032", "OTK-L032"]
