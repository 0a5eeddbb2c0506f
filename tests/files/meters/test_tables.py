"""Meters in tables of any form: a map says which column is what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from offtake.errors import OfftakeError
from offtake.files.meters import Layout, clock, read_meter_table
from offtake.model.reading import Meter
from tests.files.meters.targets import HOUR, START, pieces, target

MAP = {"starts": "from", "ends": "to", "amount": "kwh", "node": "host"}
LAYOUT = Layout(MAP, Meter.IT_ENERGY, "kWh")
BARE = clock(None)


def saved(folder: Path, text: str) -> Path:
    path = folder / "meter.csv"
    path.write_text(text)
    return path


def test_columns_are_found_by_the_map_and_units_are_exact(tmp_path: Path) -> None:
    text = (
        "from,to,kwh,host,rack\n"
        "2027-06-01T00:00:00Z,2027-06-01T01:00:00Z,12.345,n001,a\n"
        "2027-06-01T03:00:00+02:00,2027-06-01T02:00:00Z,0.1,n001,a\n"
        f"{START},{START + HOUR},7,,a\n"
    )
    made = read_meter_table([saved(tmp_path, text)], target(), LAYOUT, BARE)
    assert pieces(made) == [(0, HOUR, 12_345), (HOUR, 2 * HOUR, 100), (0, HOUR, 7000)]
    assert [r.node for r in made.readings] == ["n001", "n001", None]
    assert made.readings[0].id == "it-energy/fjord/n001/2027-06-01T00:00:00Z"
    assert (dict(made.account.taken), made.account.notes) == ({"rows": 3}, [])


def test_a_period_stands_for_the_end_and_a_zone_for_bare_times(tmp_path: Path) -> None:
    text = "starts,amount,meter\n2027-06-01 02:00:00,5,tokens\n2027-06-01 03:00:00,,tokens\n"
    layout = Layout({}, period=900)
    made = read_meter_table([saved(tmp_path, text)], target(), layout, clock("Europe/Oslo"))
    assert pieces(made) == [(0, 900, 5)]
    assert dict(made.account.refused) == {"without an amount": 1}


def test_what_is_rounded_is_told(tmp_path: Path) -> None:
    text = f"starts,amount\n{START},0.0005\n{START + HOUR},0.002\n"
    layout = Layout({}, Meter.FACILITY_ENERGY, "kWh", HOUR)
    made = read_meter_table([saved(tmp_path, text)], target(), layout, BARE)
    assert [r.amount for r in made.readings] == [0, 2]
    assert made.account.taken["amounts rounded to whole units"] == 1
    assert made.account.notes == ["rounding to whole units moved 0.500 in all"]


def test_parquet_says_what_csv_says(tmp_path: Path) -> None:
    start = datetime(2027, 6, 1, tzinfo=UTC)
    columns = {
        "from": pa.array([start, start + timedelta(hours=1)], pa.timestamp("us", tz="UTC")),
        "to": pa.array([start + timedelta(hours=1), start + timedelta(hours=2)]),
        "kwh": pa.array([0.1, 3.0]),
        "host": pa.array(["n001", "n001"]),
    }
    columns["to"] = columns["to"].cast(pa.timestamp("s", tz="UTC"))
    pq.write_table(pa.table(columns), tmp_path / "meter.parquet")
    made = read_meter_table([tmp_path / "meter.parquet"], target(), LAYOUT, BARE)
    assert pieces(made) == [(0, HOUR, 100), (HOUR, 2 * HOUR, 3000)]


def test_the_same_row_again_is_merged_and_another_refused(tmp_path: Path) -> None:
    row = f"{START},{START + HOUR},1,n001\n"
    path = saved(tmp_path, "from,to,kwh,host\n" + row + row)
    made = read_meter_table([path], target(), LAYOUT, BARE)
    assert dict(made.account.merged) == {"the same row again": 1}
    path = saved(tmp_path, "from,to,kwh,host\n" + row + row.replace(",1,", ",2,"))
    with pytest.raises(OfftakeError) as raised:
        read_meter_table([path], target(), LAYOUT, BARE)
    (fault,) = raised.value.faults
    assert str(fault).replace(str(path), "…") == (
        "OTK-M103 …:3: two rows of one meter and time differ; got 2000; …:2 says 1000; "
        "are these two meters? then name a column `source`"
    )


def test_only_known_nodes_and_the_time_that_is_wanted(tmp_path: Path) -> None:
    rows = f"{START},{START + HOUR},1,n9\n{START - HOUR},{START},1,n001\n"
    path = saved(tmp_path, "from,to,kwh,host\n" + rows)
    made = read_meter_table([path], target(window=(START, START + HOUR)), LAYOUT, BARE)
    assert dict(made.account.refused) == {
        "of node 'n9', which no tranche at fjord has": 1,
        "rows outside the time that is wanted": 1,
    }


def test_all_cells_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    text = (
        "starts,ends,amount,meter\n"
        f"{START},{START},1,tokens\n"
        f"{START},{START + 1},-1,tokens\n"
        f"{START},{START + 1},much,tokens\n"
        f"2027-06-01T00:00:00,{START},1,tokens\n"
        f"{START},{START + 1},1,token\n"
        f"{START},,1,tokens\n"
        f"{START},{START + 1},1e30,tokens\n"
    )
    path = saved(tmp_path, text)
    with pytest.raises(OfftakeError) as raised:
        read_meter_table([path], target(), Layout({}), BARE)
    assert [str(f).replace(str(path), "…") for f in raised.value.faults] == [
        "OTK-M108 …:2: it ends when it starts, or before",
        "OTK-M108 …:3: `amount` is a number of at least 0; got '-1'",
        "OTK-M108 …:4: `amount` is a number; got 'much'",
        "OTK-M108 …:5: `starts` is no time: a time without its zone; say which with --zone; "
        "got '2027-06-01T00:00:00'",
        "OTK-M108 …:6: 'token' is no meter; did you mean 'tokens'?",
        "OTK-M108 …:7: `ends` is empty",
        "OTK-M108 …:8: `amount` is too large; got '1e30'",
    ]


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    path = saved(tmp_path, "form,to,kwh\n1,2,3\n")
    with pytest.raises(OfftakeError) as raised:
        read_meter_table([path], target(), LAYOUT, BARE)
    assert [str(f).replace(str(path), "…") for f in raised.value.faults] == [
        "OTK-M107 …:1: there is no column for `starts`; got 'from'; did you mean 'form'?",
        "OTK-M107 …:1: there is no column for `node`; got 'host'; known: form, kwh, to",
    ]
    path.write_text("starts,amount,ends,meter\n1,2\n")
    with pytest.raises(OfftakeError, match="OTK-M106 .*:2: the row has 2 cells, the header 4"):
        read_meter_table([path], target(), Layout({}), BARE)
    other = tmp_path / "x.parquet"
    other.write_bytes(b"PAR1")
    with pytest.raises(OfftakeError, match="OTK-M106 .*not Parquet"):
        read_meter_table([other], target(), Layout({}), BARE)
