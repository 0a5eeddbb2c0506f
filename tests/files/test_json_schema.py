"""The schema editors use says what the reader says."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from offtake import files
from offtake.files.compose import compose
from offtake.files.emit import terse
from offtake.files.nodes import Source, held
from offtake.files.reading import adapter
from offtake.model import Portfolio
from tests.files.test_reading import PHASES
from tests.files.texts import HEAD, PHASE
from tests.strategies import portfolios

WORLDS = sorted(
    path.parent
    for path in (Path(__file__).resolve().parents[2] / "worlds").glob("*/portfolio.yaml")
)
WHOLE = Draft202012Validator(files.schema())
PART = Draft202012Validator(files.part_schema())


def data(path: Path, text: str) -> Any:
    node, _ = compose(Source(str(path), path, text))
    assert node is not None
    return held(node)


def test_both_are_schemas() -> None:
    Draft202012Validator.check_schema(files.schema())
    Draft202012Validator.check_schema(files.part_schema())


@pytest.mark.parametrize("world", WORLDS, ids=lambda path: path.name)
def test_the_shipped_worlds_fit(world: Path) -> None:
    first, *others = files.open_document(world).trees.values()
    WHOLE.validate(held(first))
    for tree in others:
        PART.validate(held(tree))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(portfolio=portfolios())
def test_every_portfolio_fits(portfolio: Portfolio) -> None:
    said = terse(portfolio)
    assert isinstance(said, dict)
    WHOLE.validate(_floats({"offtake": "portfolio/1", **said}))


def _floats(said: Any) -> Any:
    match said:
        case dict():
            return {key: _floats(item) for key, item in said.items()}
        case list():
            return [_floats(item) for item in said]
        case Decimal():
            return float(said)
        case _:
            return said


@pytest.mark.parametrize("fields", [fields for fields, _ in PHASES.values()], ids=PHASES)
def test_what_the_reader_refuses_the_schema_refuses(fields: str) -> None:
    if ".inf" in fields or "1e999" in fields or "02-30" in fields or "13-01" in fields:
        pytest.skip("JSON has no infinity, and its schemas no calendar")
    assert not WHOLE.is_valid(data(Path("x"), HEAD + PHASE.format(fields)))


def test_the_first_file_needs_its_header_and_alone_all_that_is_required() -> None:
    assert not WHOLE.is_valid(data(Path("x"), HEAD.partition("\n")[2]))
    assert not WHOLE.is_valid({"offtake": "portfolio/1"})
    assert WHOLE.is_valid({"offtake": "portfolio/1", "include": ["a.yaml"]})
    assert PART.is_valid({})
    assert not PART.is_valid({"abuot": "x"})


def test_a_field_has_its_description_unit_bounds_and_default() -> None:
    offer = files.schema()["$defs"]["Offer"]
    assert offer["description"] == "Capacity that may be signed, and on what terms."
    power = offer["properties"]["power_it_mw"]
    assert power["unit"] == "MW IT"
    assert power["description"].startswith("Most that can be signed over the whole plan")
    assert power["anyOf"][0] == {"type": "number", "minimum": 0}
    assert offer["properties"]["availability_share"]["default"] == 0.99
    assert offer["properties"]["tenure"]["enum"] == ["own", "lease", "reserve", "rent", "spot"]
    assert {"id", "tenure", "price"} < set(offer["required"])


def test_pydantic_sees_the_same_fields() -> None:
    theirs = adapter(Portfolio).json_schema()["$defs"]
    ours = files.schema()["$defs"]
    for name, made in ours.items():
        assert set(made["properties"]) == set(theirs[name]["properties"])
        assert set(made.get("required", ())) == set(theirs[name].get("required", ()))


def test_a_world_can_be_copied_for_editors(tmp_path: Path) -> None:
    shutil.copytree(WORLDS[0], tmp_path / "from")
    made = files.init(tmp_path / "to", tmp_path / "from")
    assert tmp_path / "to" / ".offtake" / "portfolio.schema.json" in made
