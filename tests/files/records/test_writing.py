"""Records are added in new files: what is there stays, and adding twice adds once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.files.records import append_records, read_records, write_records
from offtake.files.records.form import RecordFile
from offtake.files.records.writing import MOST_IN_YAML, table_of
from offtake.model.event import Event
from offtake.model.reading import Reading
from offtake.model.records import Readings, Records
from tests.files.records.test_tables import said
from tests.files.records.worlds import bare
from tests.ledger import june
from tests.strategies import values

DAY = timedelta(days=1)


def snapshot(made: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((made / "records").iterdir())}


def meant(records: Records) -> tuple[object, ...]:
    return (
        *(sorted(map(repr, rows)) for rows in (records.events, records.fixings, records.tariffs)),
        sorted(said(records), key=str),
    )


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    made = bare(tmp_path)
    told = write_records(made, june.RECORDS)
    assert (told.added_count, told.again_count) == (17, 0)
    assert [re.sub("-[0-9a-f]{12}", "", path.name) for path in told.files] == [
        "events.yaml",
        "fixings.yaml",
        "tariffs.yaml",
        "readings.parquet",
    ]
    assert meant(read_records(made)) == meant(june.RECORDS)
    with pytest.raises(OfftakeError, match="OTK-M020 .*records: the world has records already"):
        write_records(made, june.RECORDS)


def test_adding_twice_adds_once_and_touches_nothing(tmp_path: Path) -> None:
    made = bare(tmp_path)
    half = replace(june.RECORDS, events=june.EVENTS[:4], readings=Readings.of(june.READINGS[:2]))
    append_records(made, half, name="first")
    before = snapshot(made)
    told = append_records(made, june.RECORDS, name="second")
    assert (told.added_count, told.again_count) == (9, 8)
    after = snapshot(made)
    assert {name: after[name] for name in before} == before
    assert meant(read_records(made)) == meant(june.RECORDS)
    again = append_records(made, june.RECORDS)
    assert (again.files, again.added_count, again.again_count) == ((), 0, 17)
    assert snapshot(made) == after


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    made = bare(tmp_path)
    told = append_records(made, june.RECORDS, dry_run=True)
    assert (len(told.files), snapshot(made)) == (4, {})


def test_what_contradicts_is_refused_whole_and_names_both(tmp_path: Path) -> None:
    made = bare(tmp_path)
    append_records(made, replace(june.RECORDS, events=()))
    before = snapshot(made)
    wrong = replace(june.READINGS[0], amount=1)
    more = Records(events=june.EVENTS, readings=Readings.of([wrong]))
    with pytest.raises(OfftakeError) as raised:
        append_records(made, more)
    (fault,) = raised.value.faults
    assert fault.code == "OTK-M010"
    assert fault.where.path == "new readings.meter-it/2027-06"
    assert ".parquet row 1 says otherwise" in str(fault.hint)
    assert snapshot(made) == before


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    strange = replace(june.EVENTS[4], id="x", site="fjrod")
    early = replace(june.READINGS[0], recorded=june.FIRST)
    with pytest.raises(OfftakeError) as raised:
        append_records(bare(tmp_path), Records(events=(strange,), readings=Readings.of([early])))
    assert [str(f).partition(":")[0] for f in raised.value.faults] == [
        "OTK-M012 new events.x site",
        "OTK-M014 new readings.meter-it/2027-06 recorded",
    ]


def test_time_is_not_counted_twice(tmp_path: Path) -> None:
    made = bare(tmp_path)
    append_records(made, june.RECORDS)
    first = june.READINGS[0]
    half = replace(first, id="half", starts=first.starts + 15 * DAY)
    peak = replace(june.READINGS[2], id="half", starts=first.starts + 15 * DAY)
    append_records(made, Records(readings=Readings.of([replace(half, source="two"), peak])))
    with pytest.raises(OfftakeError) as raised:
        append_records(made, Records(readings=Readings.of([half])))
    (fault,) = raised.value.faults
    assert (fault.code, fault.got) == ("OTK-M021", "'meter-it/half'")
    assert "readings" in str(fault.hint)
    assert "row 1 covers part of it" in str(fault.hint)


def test_many_events_become_a_table(tmp_path: Path) -> None:
    made = bare(tmp_path)
    first = june.EVENTS[5]
    events = tuple(
        replace(first, id=f"e{i}", starts=first.starts + i * DAY, ends=None)
        for i in range(MOST_IN_YAML + 1)
    )
    (path,) = append_records(made, Records(events=events)).files
    assert path.suffix == ".parquet"
    assert read_records(made).events == events


@given(st.lists(values(Event), min_size=1, max_size=3))
def test_a_table_of_any_events_says_the_same(events: list[Event]) -> None:
    table = table_of(Event, events)
    kept = set(table.column_names)
    assert {"id", "kind", "starts", "recorded"} <= kept
    assert table.num_rows == len(events)


def test_any_number_of_readings_comes_back(tmp_path: Path) -> None:
    made = bare(tmp_path)
    rng = np.random.default_rng(3)
    start = datetime(2027, 6, 1, tzinfo=UTC)
    readings = [
        Reading(
            source=f"m{i % 30}",
            id=str(i),
            meter=june.READINGS[int(rng.integers(5))].meter,
            site="fjord",
            tranche=None if i % 3 else "B.T1",
            node=None if i % 2 else f"n{int(rng.integers(1, 700)):03}",
            starts=start + i * 10 * DAY,
            ends=start + i * 10 * DAY + timedelta(seconds=int(rng.integers(1, 10**5))),
            amount=int(rng.integers(0, 2**62)),
            recorded=start + (600 + i % 5) * DAY,
        )
        for i in range(50)
    ]
    for part in (readings[:20], readings[10:]):
        append_records(made, Records(readings=Readings.of(part)))
    ours = said(read_records(made))
    assert sorted(ours, key=str) == sorted(said(Records(readings=Readings.of(readings))), key=str)
    recorded = [str(row[-1]) for row in ours]
    assert recorded == sorted(recorded), "as they were recorded"


def test_the_form_of_files_has_every_kind_of_record() -> None:
    assert set(Records.__slots__) == set(RecordFile.__slots__)
