"""Records in tables are read a column at a time, with the line or row of every fault."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from offtake.files.records import read_records
from offtake.model.records import Records
from tests.files.records.worlds import bare, table, told

EVENTS = """\
id,kind,site,scope,nodes,tranches,starts,ends,recorded,power_mw,price,currency,payer,payee
a,outage,fjord,node,n001,,2027-06-08T02:00:00Z,2027-06-08T05:35:00Z,2027-06-08T06:00:00Z,,,,,
b,accepted,,,,A.T2; B.T2,2027-06-21T00:00:00Z,,2027-06-21T01:00:00Z,,,,,
c,demand-response,fjord,,,,2027-06-21T00:00:00+02:00,,2027-06-21T01:00:00Z,2.50,300,USD,grid,opco
"""


def parquet(folder: Path, name: str, columns: dict[str, object]) -> Path:
    made = bare(folder)
    pq.write_table(pa.table(columns), made / "records" / name)
    return made


def test_events_from_csv(tmp_path: Path) -> None:
    first, second, third = read_records(table(tmp_path, "events-2027.csv", EVENTS)).events
    assert (first.id, first.nodes, first.cause, first.tranches) == ("a", "n001", "", ())
    assert first.starts == datetime(2027, 6, 8, 2, tzinfo=UTC)
    assert (second.tranches, second.ends, second.site) == (("A.T2", "B.T2"), None, None)
    assert (str(third.power_mw), third.price) == ("2.50", Decimal(300))
    assert third.starts == datetime(2027, 6, 20, 22, tzinfo=UTC)


def test_events_from_parquet_are_those_from_csv(tmp_path: Path) -> None:
    head, *rows = [line.split(",") for line in EVENTS.splitlines()]
    cells = {name: [row[i] or None for row in rows] for i, name in enumerate(head)}
    columns: dict[str, object] = dict(cells)
    for name in ("starts", "ends", "recorded"):
        held = [datetime.fromisoformat(c) if c else None for c in cells[name]]
        columns[name] = pa.array(held, pa.timestamp("ns", tz="Europe/Oslo"))
    columns["tranches"] = pa.array([None, ["A.T2", "B.T2"], []], pa.list_(pa.string()))
    columns["power_mw"] = pa.array([None, None, Decimal("2.50")], pa.decimal128(10, 2))
    columns["price"] = pa.array([None, None, 300], pa.int32())
    columns["kind"] = pa.array(cells["kind"]).dictionary_encode()
    made = parquet(tmp_path / "p", "event.parquet", columns)
    other = table(tmp_path / "c", "events.csv", EVENTS)
    assert read_records(made).events == read_records(other).events


def test_every_cell_that_cannot_be_read_is_told_with_its_line(tmp_path: Path) -> None:
    text = (
        "id,kind,starts,recorded,power_mw,node_count,month\r\n"
        "a,outage,2027-06-08T02:00:00Z,2027-06-08T06:00:00,-1,2.5,2027-13\r\n"
        ",outege,2027-06-08,2027-06-08T06:00:00Z,2 MW,1,2027-06\r\n"
    )
    assert told(table(tmp_path, "events.csv", text)) == [
        "OTK-M008 events.csv:3 id: the cell is empty; Name no other event has.",
        "OTK-F108 events.csv:3 kind: none of the words this field knows; got 'outege'; "
        "did you mean 'outage'?",
        "OTK-M001 events.csv:3 starts: a moment is wanted, not a day; got '2027-06-08'; "
        "write it like 2027-06-08T00:00:00Z",
        "OTK-M001 events.csv:2 recorded: a moment needs its time zone; "
        "got '2027-06-08T06:00:00'; in UTC it is 2027-06-08T06:00:00Z",
        "OTK-F120 events.csv:2 power_mw: must be at least 0 MW facility; got '-1'",
        "OTK-F104 events.csv:3 power_mw: an exact number in MW facility is wanted; got '2 MW'",
        "OTK-F104 events.csv:2 node_count: a whole number is wanted; got '2.5'",
        "OTK-M002 events.csv:2 month: a month is written like 2027-06; got '2027-13'",
    ]


def test_columns_must_be_fields(tmp_path: Path) -> None:
    text = "id,kind,kind,start,ends\n"
    assert told(table(tmp_path, "events.csv", text + "a,outage,outage,x,y\n")) == [
        "OTK-M005 events.csv:1: the column is there twice; got 'kind'",
        "OTK-M005 events.csv:1: the column is unknown; got 'start'; "
        "did you mean 'starts' or 'party'?",
        "OTK-M005 events.csv:1: the column `starts` is missing; When it began, or took effect.",
        "OTK-M005 events.csv:1: the column `recorded` is missing; When it became known.",
    ]


def test_rows_of_another_length_are_told_with_their_line(tmp_path: Path) -> None:
    text = "series,day,value_amount,recorded\nUSD/NOK,2027-06-30,10.4\n"
    text += "USD/NOK,2027-06-30,10.4,2027-06-30T00:00:00Z\nx,2027-06-30,1,2027-06-30T00:00:00Z,\n"
    assert told(table(tmp_path, "fixings.csv", text)) == [
        "OTK-M007 fixings.csv:2: the row has 3 cells, the header 4",
        "OTK-M007 fixings.csv:4: the row has 5 cells, the header 4",
    ]


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("stuff.csv", b"id\n", "OTK-M003 stuff.csv: the name of the table does not tell"),
        ("events.csv", b"id\n\xff\xfe\n", "OTK-M00"),
        ("events.csv", b"", "OTK-M00"),
        ("readings.parquet", b"PAR1nothing", "OTK-M004 readings.parquet: not Parquet"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, name: str, content: bytes, fault: str) -> None:
    made = bare(tmp_path)
    (made / "records" / name).write_bytes(content)
    assert told(made)[0].startswith(fault)


def test_a_table_with_a_header_alone_says_nothing(tmp_path: Path) -> None:
    head = "source,id,meter,site,starts,ends,amount,recorded\n"
    made = table(tmp_path, "readings.csv", head)
    (made / "records" / "events.csv").write_text(EVENTS.splitlines()[0] + "\n")
    assert read_records(made).events == ()
    assert len(read_records(made).readings) == 0


def test_a_rounded_number_is_not_exact(tmp_path: Path) -> None:
    times = pa.array([datetime(2027, 6, 8, tzinfo=UTC)], pa.timestamp("s", tz="UTC"))
    columns = {"id": ["a"], "kind": ["outage"], "site": ["fjord"], "scope": ["node"]}
    more = {"starts": times, "recorded": times, "price": [0.1], "node_count": [2.0]}
    (fault,) = told(parquet(tmp_path, "events.parquet", {**columns, **more}))
    assert fault == (
        "OTK-M006 events.parquet row 1 price: a rounded number where an exact one is wanted; "
        "got 0.1; write the column as decimal numbers, whole numbers or text"
    )


def test_a_timestamp_without_a_zone_is_refused(tmp_path: Path) -> None:
    times = pa.array([datetime(2027, 6, 8)], pa.timestamp("s"))  # noqa: DTZ001
    columns = {"id": ["a"], "kind": ["defaulted"], "party": ["lab"]}
    starts, recorded = told(
        parquet(tmp_path, "events.parquet", {**columns, "starts": times, "recorded": times})
    )
    assert starts.startswith("OTK-M001 events.parquet row 1 starts: a moment to the second, with")
    assert recorded.startswith("OTK-M001 events.parquet row 1 recorded")


# ------------------------------------------------------------------ readings


def columns(count: int) -> dict[str, object]:
    hours = np.arange(count) % 720
    starts = 1_811_808_000 + 3600 * hours
    stamp = pa.timestamp("s", tz="UTC")
    return {
        "source": pa.array(["meter"] * count).dictionary_encode(),
        "id": np.arange(count),
        "meter": pa.array(["it-energy"] * count).dictionary_encode(),
        "site": ["fjord"] * count,
        "node": [f"n{1 + i // 720:03}" for i in range(count)],
        "starts": pa.array(starts, stamp),
        "ends": pa.array(starts + 3600, stamp),
        "amount": np.arange(count) + 2**53,
        "recorded": pa.array(starts + 3600, stamp),
    }


def said(records: Records) -> list[tuple[object, ...]]:
    rows = records.readings
    names = (*rows.names, None)
    return [
        (*(names[c] for c in codes), str(ident), *numbers)
        for codes, ident, numbers in zip(
            zip(rows.source, rows.site, rows.tranche, rows.node, strict=True),
            rows.id,
            zip(rows.meter, rows.starts, rows.ends, rows.amount, rows.recorded, strict=True),
            strict=True,
        )
    ]


def test_readings_from_parquet_are_those_from_csv(tmp_path: Path) -> None:
    held = columns(1500)
    made = parquet(tmp_path / "p", "readings.parquet", held)
    rows = pa.table(held).to_pylist()
    lines = [",".join(held)]
    for row in rows:
        cells = (c.isoformat() if isinstance(c, datetime) else str(c) for c in row.values())
        lines.append(",".join(cells))
    other = table(tmp_path / "c", "readings.csv", "\n".join(lines) + "\n")
    ours, theirs = read_records(made), read_records(other)
    assert said(ours) == said(theirs)
    assert ours.readings.id.dtype == np.int64
    assert int(ours.readings.amount.max()) == 2**53 + 1499
    assert len(ours.readings) == 1500


def test_ids_of_two_forms_meet_as_text(tmp_path: Path) -> None:
    made = parquet(tmp_path, "readings-a.parquet", columns(3))
    text = {**columns(2), "id": ["x", "y"]}
    pq.write_table(pa.table(text), made / "records" / "readings-b.parquet")
    records = read_records(made)
    assert sorted(map(str, records.readings.id)) == ["0", "1", "2", "x", "y"]


def test_faults_of_readings_have_their_row(tmp_path: Path) -> None:
    held = columns(3)
    held["amount"] = [1, -5, 3]
    held["meter"] = ["it-energy", "it-energy", "it_energy"]
    held["node"] = ["n001", None, "n001"]
    held["site"] = ["fjord", "", "fjord"]
    assert told(parquet(tmp_path, "readings.parquet", held)) == [
        "OTK-F108 readings.parquet row 3 meter: none of the words this field knows; "
        "got 'it_energy'; did you mean 'it-energy' or 'facility-energy'?",
        "OTK-M008 readings.parquet row 2 site: the cell is empty; Site it was metered at.",
        "OTK-F120 readings.parquet row 2 amount: must be at least 0 unit of the meter; got -5",
    ]


def test_only_the_first_of_many_faults_are_told(tmp_path: Path) -> None:
    held = columns(200)
    held["site"] = ["fjrod"] * 200
    found = told(parquet(tmp_path, "readings.parquet", held))
    assert len(found) == 21
    assert found[-1] == "OTK-M012 readings.parquet: 180 more of this kind"
