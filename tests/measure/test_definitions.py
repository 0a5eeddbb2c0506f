"""Every metric is documented, and made only as its definition allows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from offtake.errors import OfftakeError
from offtake.measure.definitions import DEFINITIONS, definition
from offtake.measure.taking import Within, take
from offtake.model.metric import Boundary, Counting, Evidence, Subject
from offtake.model.power import CarbonBasis
from tests.laws.sources import REPO

WITHIN = Within(
    of=Subject(site="fjord"),
    starts=datetime(2027, 6, 1, tzinfo=UTC),
    ends=datetime(2027, 7, 1, tzinfo=UTC),
    source="a meter",
)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_metric_is_documented(name: str) -> None:
    page = (REPO / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    assert f"\n## {name}\n" in page
    assert DEFINITIONS[name].unit in page


def test_utilisation_has_no_id_without_its_kind() -> None:
    assert "utilisation" not in DEFINITIONS
    kinds = [n for n, d in DEFINITIONS.items() if d.name.startswith("Utilisation: ")]
    assert len(kinds) == 8


@pytest.mark.parametrize(
    ("name", "boundary", "above", "below", "code"),
    [
        ("utilisation", Boundary.ACCELERATOR, 1, 2, "OTK-Q001"),
        ("pue", Boundary.NODE, 3, 2, "OTK-Q002"),
        ("pue", Boundary.FACILITY, 3, 0, "OTK-Q003"),
        ("pue", Boundary.FACILITY, 3, None, "OTK-Q003"),
        ("tokens", Boundary.IT, 3, 1, "OTK-Q003"),
        ("mfu", Boundary.ACCELERATOR, 3, 2, "OTK-Q004"),
        ("mfu", Boundary.ACCELERATOR, -1, 2, "OTK-Q004"),
        ("embodied", Boundary.FACILITY, 1, None, "OTK-Q005"),
    ],
)
def test_what_no_definition_allows_is_refused(
    name: str, boundary: Boundary, above: float, below: float | None, code: str
) -> None:
    with pytest.raises(OfftakeError) as told:
        take(name, WITHIN, boundary, above, below)
    assert [fault.code for fault in told.value.faults] == [code]


def test_carbon_says_its_kind_and_others_do_not() -> None:
    kind = WITHIN.but(counting=Counting.AVERAGE, carbon_basis=CarbonBasis.STACK)
    assert take("embodied", kind, Boundary.FACILITY, 1).counting is Counting.AVERAGE
    assert take("tokens", kind, Boundary.IT, 1).counting is None


def test_a_number_is_known_no_better_than_its_weakest_part() -> None:
    assert Evidence.weakest(Evidence.MEASURED, Evidence.ASSUMED) is Evidence.ASSUMED
    assert Evidence.weakest(Evidence.MODELLED, Evidence.MEASURED) is Evidence.MODELLED


def test_a_wrong_name_is_met_with_the_nearest() -> None:
    with pytest.raises(OfftakeError, match="utilisation-tensor"):
        definition("utilisation-tensr")
