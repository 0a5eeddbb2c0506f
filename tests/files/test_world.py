"""A new portfolio from an example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from offtake import files
from offtake.errors import OfftakeError
from offtake.files.compose import compose
from offtake.files.nodes import Source
from offtake.files.nodes import held as plain
from tests.files.texts import HEAD

WORLD = Path(__file__).resolve().parents[2] / "worlds" / "three-sites"


def test_the_copy_says_the_same_and_names_its_schema(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "mine"
    made = files.init(folder, WORLD)
    assert files.read(folder) == files.read(WORLD)
    assert {path.relative_to(folder).as_posix() for path in made} == {
        ".offtake/portfolio.schema.json",
        ".offtake/part.schema.json",
        *(path.name for path in WORLD.glob("*.yaml")),
        "README.md",
    }
    mark = "# yaml-language-server: $schema="
    for path in folder.glob("*.yaml"):
        first, _, rest = path.read_text().partition("\n")
        kind = "portfolio" if path.name == "portfolio.yaml" else "part"
        assert first == f"{mark}.offtake/{kind}.schema.json"
        assert rest == (WORLD / path.name).read_text()
    assert json.loads((folder / ".offtake/portfolio.schema.json").read_text()) == files.schema()


def test_files_in_folders_find_the_schema(tmp_path: Path) -> None:
    world = tmp_path / "world"
    (world / "sub").mkdir(parents=True)
    (world / "portfolio.yaml").write_text(HEAD + "include: [sub/more.yaml]\n")
    (world / "sub" / "more.yaml").write_text("limits: {}\n")
    files.init(tmp_path / "mine", world)
    text = (tmp_path / "mine" / "sub" / "more.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../.offtake/part.schema.json\n")
    files.init(tmp_path / "again", tmp_path / "mine")
    assert (tmp_path / "again" / "sub" / "more.yaml").read_text() == text


def test_records_come_along_with_a_schema_of_their_own(tmp_path: Path) -> None:
    june = WORLD.parent / "june-chain"
    first = tmp_path / "first"
    made = files.init(first, june)
    said = {path.relative_to(first).as_posix() for path in made}
    assert {"records/events.yaml", ".offtake/records.schema.json"} <= said
    assert (
        (first / "records" / "events.yaml")
        .read_text()
        .startswith(
            "# yaml-language-server: $schema=../.offtake/records.schema.json\n# What happened"
        )
    )
    (first / "records" / "fixings.csv").write_text(
        "series,day,value_amount,recorded\nUSD/NOK,2027-05-31,10.3,2027-05-31T15:00:00Z\n"
    )
    second = tmp_path / "second"
    files.init(second, first)
    for path in (first / "records").iterdir():
        assert (second / "records" / path.name).read_bytes() == path.read_bytes()
    assert files.check(second).errors == ()
    schema = json.loads((first / ".offtake/records.schema.json").read_text())
    for path in (june / "records").glob("*.yaml"):
        held = compose(Source(path.name, path, path.read_text()))[0]
        assert held is not None
        Draft202012Validator(schema).validate(plain(held))
    event = {
        "id": "a",
        "kind": "outage",
        "starts": "2027-06-08",
        "recorded": "2027-06-08T00:00:00Z",
    }
    broken = {"offtake": "records/1", "events": [event]}
    assert [e.json_path for e in Draft202012Validator(schema).iter_errors(broken)] == [
        "$.events[0].starts"
    ]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "offers.yaml").write_text("mine\n")
    with pytest.raises(OfftakeError) as caught:
        files.init(tmp_path, WORLD)
    assert str(caught.value) == (
        f"OTK-F040 {tmp_path}/offers.yaml: something is there already, and it is kept; "
        "name another folder, or add --force to overwrite"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["offers.yaml"]
    files.init(tmp_path, WORLD, force=True)
    assert files.read(tmp_path) == files.read(WORLD)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine\n")
    for force in (False, True):
        with pytest.raises(OfftakeError, match="OTK-F040"):
            files.init(tmp_path / "a", WORLD, force=force)


def test_a_world_with_faults_is_not_copied(tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text(HEAD + "abuot: x\n")
    with pytest.raises(OfftakeError, match="OTK-F101"):
        files.init(tmp_path / "mine", world)
    assert not (tmp_path / "mine").exists()
