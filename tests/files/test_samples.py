"""Files of samples: CSV and Parquet give the same table, and faults have a row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.files.samples import read_samples, samples_bytes, write_samples
from offtake.model.samples import SampleTable
from offtake.plan.samples import given, table_of
from offtake.plan.supply import compile_supply
from offtake.plan.tree import grown
from tests.plan.pasts import portfolio, scenarios

SUPPLY = compile_supply(portfolio())
HEADER = "scenario,probability_share,path,quarter,value,unit"
COLUMNS = [n for n in SampleTable.__dataclass_fields__ if n not in ("file", "line")]


def written(tmp_path: Path, text: str, name: str = "s.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def said(path: Path) -> list[str]:
    with pytest.raises(OfftakeError) as caught:
        read_samples(path)
    return [str(f).replace(str(path), "s.csv") for f in caught.value.faults]


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("tree", [False, True])
def test_what_is_written_is_read_to_the_last_bit(tmp_path: Path, ending: str, tree: bool) -> None:
    """Every cell of the table, and the scenarios it stands for."""
    made, node = grown(portfolio(), SUPPLY, (2, 3), (4,), 0)
    table = table_of(portfolio(), SUPPLY, made, node if tree else None)
    path = write_samples(table, tmp_path / f"s{ending}")
    again = read_samples(path)
    for name in COLUMNS:
        assert list(getattr(again, name)) == list(getattr(table, name)), name
    found = given(portfolio(), SUPPLY, again).scenarios
    assert np.array_equal(found.inference, made.inference)
    assert np.array_equal(found.late_days["lease"], made.late_days["lease"])
    assert samples_bytes(again, ending) == path.read_bytes()


def test_what_says_nothing_has_no_column() -> None:
    text = samples_bytes(table_of(portfolio(), SUPPLY, scenarios(2)), ".csv").decode()
    assert text.splitlines()[0] == HEADER + ",story"


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    """Also where cells have line breaks, lines are empty, or a byte order mark stands first."""
    text = f'\ufeff{HEADER}\n\n"a\nb",1,rental_price,2027Q1,1.5,ratio\na,,x,,2,ratio\n'
    table = read_samples(written(tmp_path, text))
    assert list(table.line) == [4, 5]
    assert list(table.probability_share) == [1.0, None]
    assert list(table.value) == [1.5, 2.0]
    assert list(table.node) == ["", ""]


def test_rows_of_parquet_are_counted(tmp_path: Path) -> None:
    table = table_of(portfolio(), SUPPLY, scenarios(2))
    path = write_samples(table, tmp_path / "s.parquet")
    assert read_samples(path).line[0] == 1


CASES = {
    "a column too few": (
        "scenario,path,quarter,value,unit\n",
        [
            "OTK-F060 s.csv:1: the column `probability_share` is missing; `offtake samples WORLD "
            "--out FILE` writes a file to begin with"
        ],
    ),
    "a column nobody knows": (
        HEADER + ",noode\n",
        ["OTK-F060 s.csv:1: the column is unknown; got 'noode'; did you mean 'node'?"],
    ),
    "a column twice": (
        HEADER + ",value\n",
        ["OTK-F060 s.csv:1: the column is there twice; got 'value'"],
    ),
    "half a tree": (
        HEADER + ",node\n",
        ["OTK-F060 s.csv:1: a tree needs both columns, `node` and `parent`"],
    ),
    "numbers that are none": (
        HEADER + "\na,1,x,,one,ratio\na,nan,x,,1,ratio\na,1,x,,,ratio\n",
        [
            "OTK-F061 s.csv:3: `probability_share` is a finite number; got 'nan'; written like "
            "0.25 or 1e3, without a unit",
            "OTK-F061 s.csv:2: `value` is a finite number; got 'one'; written like 0.25 or 1e3, "
            "without a unit",
            "OTK-F061 s.csv:4: `value` is a finite number; got nothing; written like 0.25 or 1e3, "
            "without a unit",
        ],
    ),
    "rows of another length": (
        HEADER + "\na,1,x,,1,ratio\na,1,x,,1\n",
        ["OTK-F061 s.csv:3: the row has 5 cells, the header 6"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_faults_of_the_form(tmp_path: Path, name: str) -> None:
    text, expected = CASES[name]
    assert said(written(tmp_path, text)) == expected


def test_files_that_are_none(tmp_path: Path) -> None:
    assert said(tmp_path / "none.csv")[0].startswith("OTK-F001")
    assert said(tmp_path)[0].startswith("OTK-F003")
    assert said(written(tmp_path, "x", "s.parquet"))[0].startswith("OTK-F062")
    latin = tmp_path / "l.csv"
    latin.write_bytes(HEADER.encode() + b"\n\xe4,1,x,,1,ratio\n")
    assert said(latin)[0].endswith(".csv:2: the file is not UTF-8 text")


def test_many_faults_are_counted(tmp_path: Path) -> None:
    rows = "\n".join("a,1,x,,no,ratio" for _ in range(50))
    found = said(written(tmp_path, f"{HEADER}\n{rows}\n"))
    assert len(found) == 21
    assert found[-1] == "OTK-F061 s.csv: 30 more of this kind"
