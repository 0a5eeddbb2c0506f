"""What a reader adds up is the sum that is shown."""

from __future__ import annotations

import pytest

from offtake.web.adding import decimals, written


@pytest.mark.parametrize(
    ("members", "many"),
    [
        ([19.5624, 19.5624], 2),
        ([5.69344, 2.84672], 1),
        ([20.0, 20.0], 0),
        ([], 0),
        ([0.0], 0),
    ],
)
def test_the_fewest_digits_that_add_up(members: list[float], many: int) -> None:
    least = 1 if 5.69344 in members else 0
    assert decimals([members], least) == many


def test_every_group_adds_up() -> None:
    assert decimals([[20.0, 20.0], [19.5624, 19.5624]]) == 2


def test_where_no_digits_help_the_fewest_are_kept() -> None:
    members = [0.3334] * 40
    assert decimals([members], 1) == 1


def test_as_it_is_written() -> None:
    assert [written(1234.567, many) for many in (0, 2)] == ["1,235", "1,234.57"]
