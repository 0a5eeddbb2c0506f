"""What was sent twice counts once; what contradicts itself names both places."""

from __future__ import annotations

from pathlib import Path

from offtake.files.records import read_records
from tests.files.records.worlds import HEAD, told, world

EVENT = (
    "events:\n  - {id: e1, kind: outage, site: fjord, scope: node, nodes: n001,\n"
    "     starts: 2027-06-08T02:00:00Z, recorded: 2027-06-08T06:00:00Z}\n"
)
READING = (
    "readings:\n  - {source: s, id: '7', meter: gpu-time, site: fjord, tranche: B.T1, amount: 5,\n"
    "     starts: 2027-06-08T00:00:00Z, ends: 2027-06-09T00:00:00Z, "
    "recorded: 2027-06-09T01:00:00Z}\n"
)
TABLE = (
    "source,id,meter,site,tranche,starts,ends,amount,recorded\n"
    "s,7,gpu-time,fjord,B.T1,2027-06-08T00:00:00Z,2027-06-09T00:00:00Z,5,2027-06-09T02:00:00Z\n"
    "t,7,gpu-time,fjord,B.T2,2027-06-08T00:00:00Z,2027-06-09T00:00:00Z,6,2027-06-09T00:00:00Z\n"
)


def test_the_same_again_counts_once_as_of_when_it_was_first_known(tmp_path: Path) -> None:
    made = world(
        tmp_path,
        a=EVENT.replace("T06", "T07") + READING,
        b=EVENT + READING.replace("T01", "T03"),
    )
    (made / "records" / "readings.csv").write_text(TABLE)
    records = read_records(made)
    (event,) = records.events
    assert event.recorded.hour == 6
    rows = records.readings
    assert [str(ident) for ident in rows.id] == ["7", "7"]
    assert [rows.names[code] for code in rows.source] == ["t", "s"], "as they were recorded"
    assert rows.amount.tolist() == [6, 5]
    assert rows.recorded[1] % 86400 == 3600


def test_contradictions_name_both_places(tmp_path: Path) -> None:
    made = world(tmp_path, a=EVENT + READING, b=EVENT.replace("n001", "n002"))
    (made / "records" / "readings.csv").write_text(TABLE.replace(",5,", ",55,"))
    assert told(made) == [
        "OTK-M010 b.yaml:3:5 events.1: said twice, and not the same; got 'e1'; "
        "a.yaml:3:5 events.e1 says otherwise; a correction has a name of its own",
        "OTK-M010 readings.csv:2: said twice, and not the same; got 's/7'; "
        "a.yaml:6:5 readings.7 says otherwise; a correction has a name of its own",
    ]


def test_a_fixing_may_be_published_again(tmp_path: Path) -> None:
    head = "fixings:\n  - {series: USD/NOK, day: 2027-06-30, value_amount: "
    first = head + "10.4, recorded: 2027-06-30T15:00:00Z}\n"
    later = head + "10.5, recorded: 2027-07-01T15:00:00Z}\n"
    assert len(read_records(world(tmp_path / "one", a=first, b=later)).fixings) == 2
    (fault,) = told(world(tmp_path / "two", a=first, b=later.replace("07-01", "06-30")))
    assert fault.startswith("OTK-M010 b.yaml:3:5 fixings.1: said twice")
    assert HEAD.startswith("offtake: records/1")
