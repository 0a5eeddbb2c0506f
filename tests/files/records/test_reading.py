"""Records in YAML are read with every fault at its line, and joined over files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from offtake.files import check, read
from offtake.files.records import read_records
from offtake.model.event import EventKind
from offtake.model.month import Month
from offtake.model.reading import Fixing
from tests.files.records.worlds import JUNE, bare, told, world

DOWN = """\
  - id: e1
    kind: outage
    site: fjord
    scope: node
    nodes: n001
    starts: 2027-06-08T02:00:00Z
    ends: 2027-06-08T05:35:00Z
    recorded: 2027-06-08T06:00:00Z
"""


def test_a_world_without_records_has_none(tmp_path: Path) -> None:
    records = read_records(bare(tmp_path))
    assert (records.events, len(records.readings), records.tariffs) == ((), 0, ())
    assert read_records(JUNE.parent / "norway-chain").fixings == ()


def test_files_are_joined_and_folders_looked_into(tmp_path: Path) -> None:
    made = world(tmp_path, one="events:\n" + DOWN)
    (made / "records" / "2027").mkdir()
    later = DOWN.replace("e1", "e2").replace("T02", "T01")
    (made / "records" / "2027" / "two.yml").write_text("offtake: records/1\nevents:\n" + later)
    (made / "records" / ".draft.yaml").write_text("nonsense")
    assert sorted(event.id for event in read_records(made).events) == ["e1", "e2"]


def test_moments_months_and_exact_numbers_keep_what_is_written(tmp_path: Path) -> None:
    said = (
        "events:\n  - {id: p, kind: paid, contract: A, month: 2027-06, amount: 10.10,\n"
        "     currency: USD, starts: '2027-07-15T14:00:00+02:00', recorded: 2027-07-15T13:00Z}\n"
        "fixings:\n  - {series: USD/NOK, day: 2027-06-30, value_amount: 10.40000000000000000001,\n"
        "     recorded: 2027-06-30T15:00:00Z}\n"
    )
    records = read_records(world(tmp_path, one=said))
    (event,) = records.events
    assert (event.kind, event.month, event.amount) == (
        EventKind.PAID,
        Month(2027, 6),
        Decimal("10.10"),
    )
    assert event.starts == datetime(2027, 7, 15, 12, tzinfo=UTC)
    assert event.starts.tzinfo == timezone(timedelta(hours=2))
    assert records.fixings == (
        Fixing(
            series="USD/NOK",
            day=date(2027, 6, 30),
            value_amount=Decimal("10.40000000000000000001"),
            recorded=datetime(2027, 6, 30, 15, tzinfo=UTC),
        ),
    )


def test_every_fault_of_all_files_is_told_at_once(tmp_path: Path) -> None:
    wrong = """\
events:
  - id: e1
    kind: outtage
    site: fjord
    starts: 2027-06-08
    ends: 2027-06-08T05:35:00
    recorded: yesterday
    month: 2027-06-08
    power_mw: -2
    notes: what
"""
    made = world(tmp_path, a=wrong, b="tariffs: 3\n", c="events: []\ninclude: [d.yaml]\n")
    (made / "records" / "d.yaml").write_text("offtake: portfolio/1\n")
    (made / "records" / "e.yaml").write_text("events: []\n")
    assert told(made) == [
        "OTK-F031 d.yaml:1:1 offtake: not the header of records; got 'portfolio/1'; "
        "write `offtake: records/1`",
        "OTK-F030 e.yaml:1:1: the file does not say what it is; begin it with `offtake: records/1`",
        "OTK-M001 a.yaml:6:5 events.e1.starts: a moment is wanted, not a day; got '2027-06-08'; "
        "write it like 2027-06-08T00:00:00Z",
        "OTK-M001 a.yaml:7:5 events.e1.ends: a moment needs its time zone; "
        "got '2027-06-08T05:35:00'; in UTC it is 2027-06-08T05:35:00Z",
        "OTK-M001 a.yaml:8:5 events.e1.recorded: a moment is wanted; got 'yesterday'; "
        "write it like 2027-06-08T02:00:00Z, or with +02:00 for Z",
        "OTK-F108 a.yaml:4:5 events.e1.kind: none of the words this field knows; got 'outtage'; "
        "did you mean 'outage'?",
        "OTK-M002 a.yaml:9:5 events.e1.month: a month is written like 2027-06; got '2027-06-08'; "
        "did you mean '2027-06'?",
        "OTK-F120 a.yaml:10:5 events.e1.power_mw: must be at least 0 MW facility; got -2",
        "OTK-F101 a.yaml:11:5 events.e1.notes: unknown field; got 'notes'; "
        "did you mean 'note' or 'nodes'?",
        "OTK-F110 b.yaml:2:1 tariffs: a list is wanted; got 3; write [3]",
        "OTK-F101 c.yaml:3:1 include: unknown field; got 'include'; "
        "known: events, fixings, readings, tariffs",
    ]


def test_a_reading_in_the_wrong_unit_is_refused(tmp_path: Path) -> None:
    wrong = """\
readings:
  - {source: m, id: a, meter: it-energy, site: fjord, starts: 2027-06-01T00:00:00Z,
     ends: 2027-06-02T00:00:00Z, recorded: 2027-06-03T00:00:00Z, amount: 12 kWh}
"""
    (fault,) = told(world(tmp_path, a=wrong))
    assert fault.startswith("OTK-F105 a.yaml:4:66 readings.a.amount: wrong unit 'kWh'")


def test_checking_a_world_checks_its_records(tmp_path: Path) -> None:
    good = "fixings:\n  - {series: EUR/NOK, day: 2027-06-30, value_amount: 11, "
    good += "recorded: 2027-06-30T15:00:00Z}\n"
    made = world(tmp_path, a="events:\n" + DOWN.replace("fjord", "fjrod"), b=good)
    report = check(made)
    assert [f.fault.code for f in report.errors] == ["OTK-M012"]
    assert str(report.errors[0].fault).endswith("got 'fjrod'; did you mean 'fjord'?")
    assert "OTK-M016" in {f.fault.code for f in report.warnings}
    assert check(made, strict=["all"]).exit
    assert read(made).name == "june-chain"
    assert "OTK-M012" not in {f.fault.code for f in check(made, only=["references"]).findings}
