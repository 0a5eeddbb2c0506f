"""Records that can be read must agree with the portfolio, and with themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.files.records import read_records
from offtake.model.event import NEEDED, EventKind
from tests.files.records.worlds import told, world

TIMES = "starts: 2027-06-08T02:00:00Z, recorded: 2027-06-08T06:00:00Z"


def event(said: str) -> str:
    return f"events:\n  - {{id: e1, {said}, {TIMES}}}\n"


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("kind: outage, site: fjord", "OTK-M011 kind: an event of kind outage needs `scope`"),
        (
            "kind: outage, site: fjord, scope: node, ends: 2027-06-08T01:00:00Z",
            "OTK-M013 ends: it ends before it starts; got 2027-06-08 01:00:00+00:00; "
            "it starts at 2027-06-08 02:00:00+00:00",
        ),
        (
            "kind: outage, site: fjord, scope: node, nodes: 'n[512-514],n769'",
            "OTK-M012 nodes: no tranche at this site has such a node; got 'n769'; "
            "did you mean 'n768' or 'n767'?",
        ),
        (
            "kind: outage, site: fjord, scope: node, nodes: 'n[512-'",
            "OTK-L010 nodes: not a list of nodes; got n[512-; "
            "write it like n[001-512] or n001,n002",
        ),
        (
            "kind: accepted, tranches: [T2]",
            "OTK-M012 tranches: there is no such tranche; got 'T2'; write it CONTRACT.TRANCHE; "
            "did you mean 'B.T2' or 'A.T2'?",
        ),
        (
            "kind: defaulted, party: hypercoo",
            "OTK-M012 party: there is no such party; got 'hypercoo'; did you mean 'hyperco'?",
        ),
        (
            "kind: claimed, contract: A, service_level: nodes, month: 2027-06",
            "OTK-M012 service_level: there is no such service level of this contract; "
            "got 'nodes'; did you mean 'node'?",
        ),
        (
            "kind: option-used, contract: A, option: grow",
            "OTK-M012 option: there is no such option of this contract; got 'grow'; "
            "there is none at all",
        ),
        (
            "kind: terminated, contract: C",
            "OTK-M012 contract: there is no such contract; got 'C'; known: 0, A, B",
        ),
        (
            "kind: defaulted, party: lab, replaces: e9",
            "OTK-M012 replaces: there is no such event; got 'e9'; known: e1",
        ),
    ],
)
def test_an_event_that_cannot_be(tmp_path: Path, said: str, fault: str) -> None:
    (found,) = told(world(tmp_path, a=event(said)))
    code, _, rest = fault.partition(" ")
    head, _, said = found.partition(" events.e1.")
    assert head.startswith(f"{code} a.yaml:3:")
    assert said == rest


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_tells_what_it_needs(tmp_path: Path, kind: EventKind) -> None:
    found = told(world(tmp_path, a=event(f"kind: {kind}")))
    assert [f.partition("needs ")[2] for f in found] == [f"`{name}`" for name in NEEDED[kind]]


READING = """\
readings:
  - {source: s, id: r1, meter: gpu-time, site: fjord, tranche: B.T1, node: n001, amount: 5,
     starts: 2027-06-08T00:00:00Z, ends: 2027-06-09T00:00:00Z, recorded: 2027-06-09T00:00:00Z}
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("ends: 2027-06-09", "ends: 2027-06-08", "OTK-M013 ends: it covers no time"),
        ("recorded: 2027-06-09", "recorded: 2027-06-08", "OTK-M014 recorded: it is recorded bef"),
        ("site: fjord", "site: fjort", "OTK-M012 site: there is no such site; got 'fjort'; did"),
        ("B.T1", "B.T3", "OTK-M012 tranche: there is no such tranche; got 'B.T3'; did you mean"),
        ("n001", "n1", "OTK-M012 node: there is no such node of a tranche at this site; got 'n1'"),
    ],
)
def test_a_reading_that_cannot_be(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert len(read_records(world(tmp_path / "good", a=READING)).readings) == 1
    (found,) = told(world(tmp_path / "bad", a=READING.replace(old, new)))
    code, _, rest = fault.partition(" ")
    assert found.startswith(f"{code} a.yaml:")
    assert found.partition(" readings.r1.")[2].startswith(rest)


def test_a_tariff_of_nobody(tmp_path: Path) -> None:
    said = (
        "tariffs:\n  - {id: t, site: fjord, seller: utilty, payer: siteco, currency: NOK,\n"
        "     energy_price: 1, demand_price: 2, fixed_amount: 0, starts: 2027-02-01,\n"
        "     ends: 2027-01-01, recorded: 2027-01-01T00:00:00Z}\n"
    )
    seller, ends = told(world(tmp_path, a=said))
    assert "tariffs.t.seller: there is no such party; got 'utilty'; did you mean" in seller
    assert ends.startswith("OTK-M013 a.yaml:5:6 tariffs.t.ends: it ends before it starts")
