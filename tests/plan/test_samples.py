"""The user's own samples: a round trip to the last bit, and every fault with its row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from offtake.errors import OfftakeError
from offtake.model.samples import SampleTable
from offtake.plan.samples import Given, given, table_of
from offtake.plan.scenarios import Scenarios
from offtake.plan.supply import compile_supply
from offtake.plan.tree import grown, nodes_of, reviewed, stages
from tests.plan.pasts import PERIODS, portfolio, scenarios

SUPPLY = compile_supply(portfolio())


def table(count: int = 4, node: np.ndarray | None = None) -> SampleTable:
    return table_of(portfolio(), SUPPLY, scenarios(count), node)


def read(rows: SampleTable) -> Given:
    return given(portfolio(), SUPPLY, rows)


def same(one: Scenarios, other: Scenarios) -> None:
    for name in ("probability", "inference", "training", "rental_price", "spot_price"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert np.array_equal(one.electricity_price, other.electricity_price)
    assert np.array_equal(one.site_up, other.site_up)
    assert one.story == other.story
    for mine, yours in ((one.late_days, other.late_days), (one.party_up, other.party_up)):
        assert mine.keys() == yours.keys()
        for name, held in mine.items():
            assert np.array_equal(held, yours[name]), name


def rows_of(held: SampleTable, **wanted: str) -> list[int]:
    return [
        r for r in range(held.count) if all(getattr(held, n)[r] == v for n, v in wanted.items())
    ]


def without(held: SampleTable, rows: list[int]) -> SampleTable:
    left = [r for r in range(held.count) if r not in set(rows)]
    names = [n for n in SampleTable.__dataclass_fields__ if n != "file"]
    return SampleTable(file="mine.csv", **{n: [getattr(held, n)[r] for r in left] for n in names})


def changed(held: SampleTable, row: int, **cells: Any) -> SampleTable:
    """The table as file mine.csv, with some cells of one row changed."""
    columns = {n: list(getattr(held, n)) for n in SampleTable.__dataclass_fields__ if n != "file"}
    for name, cell in cells.items():
        columns[name][row] = cell
    return SampleTable(file="mine.csv", **columns)


def faults(held: SampleTable) -> list[str]:
    with pytest.raises(OfftakeError) as caught:
        read(held)
    return [str(fault) for fault in caught.value.faults]


# ------------------------------------------------------------------ round trips


def test_scenarios_come_back_to_the_last_bit() -> None:
    found = read(table(7))
    same(found.scenarios, scenarios(7))
    assert found.node is None
    assert found.remarks == ()


def test_a_tree_comes_back() -> None:
    made = scenarios(20)
    node = reviewed(portfolio(), SUPPLY, made, (3, 6), 3)
    found = read(table_of(portfolio(), SUPPLY, made, node))
    assert found.node is not None
    assert np.array_equal(nodes_of(stages(found.node), PERIODS), nodes_of(stages(node), PERIODS))


def test_a_grown_tree_comes_back() -> None:
    made, node = grown(portfolio(), SUPPLY, (2, 2, 2), (3, 6), 0)
    held = table_of(portfolio(), SUPPLY, made, node)
    assert {"now", "1", "2", "1.1", "2.2"} <= set(held.node)
    found = read(held)
    same(found.scenarios, made)
    assert [s.count for s in stages(found.node if found.node is not None else node)] == [1, 2, 4]


def test_the_order_of_rows_is_of_no_matter() -> None:
    held = table(3)
    order = np.random.default_rng(0).permutation(held.count)
    first = sorted(order, key=lambda r: held.scenario[r] != "1")
    mixed = SampleTable(
        file="",
        **{
            n: [getattr(held, n)[r] for r in first]
            for n in SampleTable.__dataclass_fields__
            if n != "file"
        },
    )
    found = read(mixed).scenarios
    order_of = [list(dict.fromkeys(mixed.scenario)).index(n) for n in ("1", "2", "3")]
    same(found.take(np.array(order_of)), scenarios(3))


def test_other_units_and_empty_chances() -> None:
    """H100e and H100e-hours are scaled; a chance said once is enough; quarters may have a dash."""
    held = table(3)
    row = rows_of(held, path="demand.inference.chat", scenario="2")[0]
    value = held.value[row]
    held = changed(held, row, value=value * 1000, unit="H100e", quarter="2027-Q1")
    job = rows_of(held, path="demand.training.run", scenario="2")[0]
    held = changed(held, job, value=held.value[job] * 2190e3, unit="H100e-hours")
    held = changed(held, job, probability_share=None)
    found = read(held).scenarios
    assert found.inference[0, 1, 0] == pytest.approx(value, rel=1e-14)
    assert found.training == pytest.approx(scenarios(3).training, rel=1e-14)


def test_what_is_not_said_is_undisturbed_and_told() -> None:
    held = table(3)
    gone = [
        r
        for r in range(held.count)
        if held.path[r] in ("rental_price", "spot_price", "delays.lease", "parties.seller.up")
    ]
    found = read(without(held, gone))
    assert np.all(found.scenarios.rental_price == 1)
    assert np.all(found.scenarios.spot_price == 1)
    assert np.all(found.scenarios.late_days["lease"] == 0)
    assert "seller" not in found.scenarios.party_up
    assert found.remarks == (
        "The samples do not mention rental_price, spot_price, delays.lease, parties.seller.up: "
        "taken as undisturbed in every scenario.",
    )


def test_spot_follows_the_rental_price_where_nothing_is_said() -> None:
    held = table(3)
    found = read(without(held, rows_of(held, path="spot_price")))
    assert np.array_equal(found.scenarios.spot_price, scenarios(3).rental_price)


# ------------------------------------------------------------------ faults


def test_chances_that_do_not_add_up() -> None:
    held = table(4)
    for row in rows_of(held, scenario="2"):
        held = changed(held, row, probability_share=0.5)
    total = 0.5 + scenarios(4).probability[[0, 2, 3]].sum()
    assert faults(held) == [
        f"OTK-P140 mine.csv: the chances of the 4 scenarios add up to 1; got {total:.9g}"
    ]


def test_chances_that_differ_or_are_none() -> None:
    held = table(4)
    row = rows_of(held, scenario="3")[5]
    before = held.probability_share[row]
    assert faults(changed(held, row, probability_share=0.9)) == [
        f"OTK-P140 mine.csv:{row + 1} {held.path[row]}: the chance of scenario '3' was "
        f"{before:g} before; got 0.9"
    ]
    none = held
    for row in rows_of(held, scenario="3"):
        none = changed(none, row, probability_share=None)
    assert faults(none) == [
        f"OTK-P140 mine.csv:{rows_of(held, scenario='3')[0] + 1} demand.inference.chat: scenario "
        "'3' has no chance in any of its rows"
    ]
    minus = changed(none, rows_of(held, scenario="3")[0], probability_share=-0.25)
    assert any("a chance lies between 0 and 1; got -0.25" in said for said in faults(minus))


def test_a_path_that_is_not_there() -> None:
    held = table(2)
    row = rows_of(held, path="delays.lease", scenario="1")[0]
    said = faults(changed(held, row, path="delays.leese"))
    assert said[0] == (
        f"OTK-P141 mine.csv:{row + 1} delays.leese: nothing of that path is uncertain; got "
        "'delays.leese'; did you mean 'delays.lease' or 'delays.built/tower'?"
    )
    assert "scenario '1' has no value of delays.lease" in said[1]


def test_a_number_told_twice_and_one_not_told() -> None:
    held = table(2)
    second = rows_of(held, path="rental_price", scenario="1")[1]
    said = faults(changed(held, second, quarter="2027Q1"))
    assert said == [
        f"OTK-P142 mine.csv:{second + 1} rental_price: scenario '1' says this number twice; got "
        "2027Q1",
        f"OTK-P143 mine.csv:{rows_of(held, path='rental_price', scenario='1')[-1] + 1} "
        "rental_price: scenario '1' has no value of rental_price in 2027Q2",
    ]


def test_demand_must_be_there() -> None:
    held = table(2)
    said = faults(without(held, rows_of(held, path="demand.inference.near")))
    assert said == [
        "OTK-P143 mine.csv: no scenario says anything of demand.inference.near, which must be there"
    ]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("demand.inference.chat", -1.0, "must be at least 0; got -1 k H100e"),
        ("rental_price", 0.0, "must be above 0; got 0 ratio"),
        ("sites.here.up", 1.5, "must be at least 0 and at most 1; got 1.5 share"),
        ("delays.lease", -3.0, "must be at least 0; got -3 days"),
    ],
)
def test_values_that_cannot_be(path: str, value: float, words: str) -> None:
    held = table(2)
    row = rows_of(held, path=path)[0]
    said = faults(changed(held, row, value=value))
    assert said == [f"OTK-P144 mine.csv:{row + 1} {path}: {words}"]


def test_who_has_defaulted_does_not_come_back() -> None:
    held = table(2)
    rows = rows_of(held, path="parties.seller.up", scenario="1")
    for row, up in zip(rows, [1, 0, 0, 1, 1, 1, 1, 1, 1, 1], strict=True):
        held = changed(held, row, value=float(up))
    assert faults(held) == [
        f"OTK-P144 mine.csv:{rows[0] + 1} parties.seller.up: in scenario '1' a party that has "
        "defaulted comes back"
    ]


def test_units_and_quarters_that_do_not_fit() -> None:
    held = table(2)
    row = rows_of(held, path="demand.inference.chat", scenario="1")[0]
    assert "OTK-P145" in faults(changed(held, row, unit="MW"))[0]
    assert "write k H100e or H100e" in faults(changed(held, row, unit="MW"))[0]
    assert faults(changed(held, row, quarter="2031Q1"))[0].endswith(
        "a quarter of the horizon is wanted, 2027Q1 to 2029Q2; got '2031Q1'"
    )
    once = rows_of(held, path="delays.lease", scenario="1")[0]
    assert faults(changed(held, once, quarter="2027Q1"))[0].endswith(
        "this is said once a scenario: the quarter stays empty; got '2027Q1'"
    )


def test_nothing_at_all() -> None:
    assert faults(without(table(2), list(range(table(2).count)))) == [
        "OTK-P143 mine.csv: there is no row, so no scenario"
    ]


def test_all_faults_come_at_once_and_many_are_counted() -> None:
    held = table(40)
    for row in rows_of(held, path="electricity_price"):
        held = changed(held, row, value=-1.0)
    held = changed(held, 0, unit="GW")
    said = faults(held)
    assert sum("OTK-P144" in s for s in said) == 21
    assert "OTK-P144 mine.csv: 380 more of this kind" in said
    assert any("OTK-P145" in s for s in said)


# ------------------------------------------------------------------ trees with faults


def tree() -> SampleTable:
    made, node = grown(portfolio(), SUPPLY, (2, 2), (4,), 0)
    return table_of(portfolio(), SUPPLY, made, node)


def at(held: SampleTable, scenario: str, quarter: str) -> list[int]:
    return rows_of(held, scenario=scenario, quarter=quarter)


def test_a_parent_that_is_not_there() -> None:
    held = tree()
    for row in rows_of(held, node="2"):
        held = changed(held, row, parent="then")
    said = faults(held)
    assert said[0].endswith("the parent of node '2', 'then', is not there")
    assert "there is a gap before node '2', whose parent is 'then': scenario '3' comes" in said[1]


def test_a_quarter_without_a_node() -> None:
    held = tree()
    for row in at(held, "1", "2027Q3"):
        held = changed(held, row, node="", parent="")
    row = rows_of(held, scenario="1")[0]
    assert faults(held) == [
        f"OTK-P147 mine.csv:{row + 1}: scenario '1' has no node in 2027Q3; a tree has a node in "
        "every quarter"
    ]


def test_two_parents() -> None:
    held = tree()
    row = rows_of(held, node="2")[-1]
    assert faults(changed(held, row, parent="1")) == [
        f"OTK-P147 mine.csv:{row + 1}: node '2' has two parents: 'now' and '1'"
    ]


def test_two_nodes_at_once() -> None:
    held = tree()
    row = at(held, "1", "2029Q1")[-1]
    said = faults(changed(held, row, node="2"))
    assert said == [
        f"OTK-P147 mine.csv:{row + 1}: scenario '1' is at two nodes in 2029Q1: '1' and '2'"
    ]


def test_two_roots() -> None:
    held = tree()
    for row in rows_of(held, node="2"):
        held = changed(held, row, parent="")
    said = faults(held)
    assert "a tree has one root, not 2: 'now', '2'" in said[0]
    assert "there is a gap before node '2', which has no parent: scenario '3' comes" in said[1]


def test_a_node_left_is_not_come_back_to() -> None:
    held = tree()
    for row in at(held, "1", "2029Q2"):
        held = changed(held, row, node="now", parent="")
    said = faults(held)
    assert len(said) == 1
    assert "there is a gap before node 'now', which has no parent: scenario '1' comes" in said[0]


def test_a_delay_that_has_passed_already() -> None:
    """What is known to be late is at least that late in every sample."""
    late = replace(portfolio(), as_of=(portfolio().horizon.first + 1).first_day.replace(month=6))
    supply = compile_supply(late)
    held = table_of(late, supply, scenarios(10))
    with pytest.raises(OfftakeError, match="it is that late already"):
        given(late, supply, held)
