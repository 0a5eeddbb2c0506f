from dataclasses import replace

import pytest
import pyxirr

from offtake.capital import ladder
from offtake.capital.compare import Question, compare, own_usd_per_year
from offtake.capital.ladder import Given
from offtake.errors import OfftakeError

ASKED = Question(
    accelerator="X",
    power_it_kw=2.0,
    speed_tflops=2500.0,
    servers_usd=52_220.0,
    shell_usd=23_540.0,
    running_usd_per_year=1_804.0,
    discount_share_per_year=0.065,
    utilisation_share=0.7,
    lease_usd_per_gpu_hour=2.7,
    rent_usd_per_gpu_hour=3.2,
)


def test_a_gigawatt_is_what_was_published() -> None:
    lives = {life.life_years: life.gw_usd_per_year / 1e9 for life in compare(ASKED).lives}
    for years, told in {3.0: 12.066, 5.0: 8.491, 7.0: 6.968}.items():
        assert lives[years] == pytest.approx(told, abs=5e-4)


def test_the_sides_by_hand() -> None:
    own, lease, rent = compare(ASKED).sides
    assert own.usd_per_used_hour == pytest.approx(own_usd_per_year(ASKED) / 8760 / 0.7)
    assert lease.usd_per_used_hour == pytest.approx(2.7 / 0.7)
    assert rent.usd_per_used_hour == pytest.approx(3.2)
    # 2,500 TFLOP/s at 40 % for an hour are 3.6 EFLOP.
    assert rent.usd_per_eflop == pytest.approx(3.2 / 3.6)


def test_at_the_levelised_cost_owning_gains_nothing() -> None:
    even = own_usd_per_year(ASKED) / (8760 * 0.7)
    worth = compare(replace(ASKED, rent_usd_per_gpu_hour=even)).worths[1]
    assert worth.npv_usd == pytest.approx(0.0, abs=1e-6)
    assert worth.irr_share_per_year == pytest.approx(0.065, rel=1e-9)
    assert worth.break_even_share == pytest.approx(0.7, rel=1e-12)


def test_value_and_return_are_those_of_pyxirr() -> None:
    held = replace(ASKED, shell_usd=0.0, residual_share=0.1, rent_change_share_per_year=-0.1)
    worth = compare(held).worths[1]
    hours = 8760 * 0.7
    flows = [-52_220.0] + [3.2 * hours * 0.9**t - 1_804 for t in range(5)]
    flows[-1] += 5_222.0
    assert worth.npv_usd == pytest.approx(pyxirr.npv(0.065, flows), rel=1e-10)
    assert worth.irr_share_per_year == pytest.approx(pyxirr.irr(flows), rel=1e-9)


def test_progress_favours_short_lives_and_nothing_else_changes() -> None:
    plain = {life.life_years: life for life in compare(ASKED).lives}
    fast = {
        life.life_years: life for life in compare(replace(ASKED, progress_share_per_year=0.4)).lives
    }
    for years, life in plain.items():
        per_hour = life.usd_per_used_hour / ASKED.work_eflop
        assert life.usd_per_eflop == pytest.approx(per_hour, rel=1e-12)
        assert fast[years].usd_per_used_hour == life.usd_per_used_hour
    gain = {years: fast[years].usd_per_eflop / plain[years].usd_per_eflop for years in plain}
    assert gain[3.0] < gain[5.0] < gain[7.0] < 1.0


def test_the_tornado_begins_with_the_largest() -> None:
    swings = compare(ASKED).swings
    sizes = [swing.size for swing in swings]
    assert sizes == sorted(sizes, reverse=True)
    assert {swing.name for swing in swings} >= {"Used hours", "Life of servers", "Servers' cost"}
    used = next(swing for swing in swings if swing.name == "Used hours")
    assert used.high_usd_per_used_hour < used.low_usd_per_used_hour


def test_what_cannot_be_is_named_all_at_once() -> None:
    with pytest.raises(OfftakeError, match=r"(?s)OTK-C030.*OTK-C031"):
        compare(replace(ASKED, life_years=20.5))


def test_contracts_are_rungs_of_the_ladder() -> None:
    held = ladder.rungs("GB300")
    prices = {rung.who: rung.usd_per_gpu_hour for rung in held if rung.kind == ladder.LEASE}
    assert prices["Nscale/Aker JV to Microsoft"] == pytest.approx(2.722, abs=5e-4)
    assert prices["Nebius to Microsoft"] == pytest.approx(3.973, abs=5e-4)
    assert [rung.usd_per_gpu_hour for rung in held] == sorted(
        rung.usd_per_gpu_hour for rung in held
    )


def test_a_question_is_filled_in_from_the_catalogue() -> None:
    asked = ladder.question("GB300", Given(rent_usd_per_gpu_hour=5.0))
    assert asked.servers_usd == pytest.approx(26.11e6 * 2.09e-3)
    assert asked.lease_usd_per_gpu_hour == pytest.approx((2.722 + 3.973) / 2, abs=1e-3)
    assert asked.rent_usd_per_gpu_hour == 5.0
    # Three contracts of a year, of the 12 months to June 2026: 1.70, 2.35 and 2.65.
    assert ladder.price("H100", ladder.LEASE) == 2.35
    # Nobody rents this one by the hour but by a list nobody needs to pay.
    assert ladder.price("GB300", ladder.RENT) is None
    with pytest.raises(OfftakeError, match="OTK-K203"):
        ladder.question("GB9000", Given())


def test_published_figures_have_their_source() -> None:
    told = ladder.published()
    assert {years: round(value / 1e9, 1) for years, (value, _, _) in told.items()} == {
        3: 12.0,
        5: 8.5,
        7: 7.0,
    }
    assert all(source for _, source, _ in told.values())
