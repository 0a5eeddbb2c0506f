"""Electricity handed on: every figure of the worked month, and no figure without its meter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from offtake.ledger.case import Case
from offtake.ledger.power import pass_through
from offtake.model.charge import Charge, ChargeKind
from offtake.model.clause import CostOf, FixingRule, PassThrough, TariffPart
from offtake.model.contract import Contract
from offtake.model.reading import Fixing, Meter, Reading, Tariff
from offtake.model.records import Readings
from tests.ledger.cases import amounts, case_of, codes, exact, invoice, june
from tests.ledger.june import (
    CONTRACT_0,
    CONTRACT_A,
    CONTRACT_B,
    FIRST,
    FIXINGS,
    READINGS,
    RECORDS,
    SITE,
    TARIFFS,
)

END = datetime(2027, 7, 1, tzinfo=UTC)
(POWER,) = TARIFFS


def handed(
    contract: Contract,
    readings: Sequence[Reading] = READINGS,
    tariffs: Sequence[Tariff] = TARIFFS,
    above: tuple[Contract, Sequence[Charge]] | None = None,
    fixings: Sequence[Fixing] = FIXINGS,
) -> tuple[Case, tuple[Charge, ...]]:
    facts = replace(
        RECORDS,
        readings=Readings.of(readings),
        tariffs=tuple(tariffs),
        fixings=tuple(fixings),
    )
    upstream = {above[0].id: invoice(*above)} if above else None
    case = case_of(contract, facts, upstream=upstream)
    return case, pass_through(case, ())


def sound(contract: Contract, **more: object) -> dict[str, Decimal]:
    case, lines = handed(contract, **more)  # type: ignore[arg-type]
    assert not case.faults, case.faults
    return amounts(lines)


def clause(contract: Contract, **changes: object) -> Contract:
    made = replace(contract.pass_through or PassThrough(), **changes)  # type: ignore[arg-type]
    return replace(contract, pass_through=made)


def reading(
    meter: Meter,
    amount: int,
    *,
    source: str = "",
    name: str = "2027-06",
    starts: datetime = FIRST,
    ends: datetime = END,
    **more: object,
) -> Reading:
    return Reading(
        source=source or f"own-{meter}", id=name, meter=meter, site=SITE, starts=starts,
        ends=ends, amount=amount, recorded=END, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def without(*meters: Meter) -> list[Reading]:
    return [r for r in READINGS if r.meter not in meters]


ENERGY, DEMAND = "pass_through.energy.fjord-power", "pass_through.demand.fjord-power"


def test_contract_0_hands_on_all_energy_and_the_peak() -> None:
    assert sound(CONTRACT_0) == {ENERGY: exact("288802.88"), DEMAND: exact("66750.00")}


def test_contract_a_bills_no_more_than_its_pue_cap() -> None:
    case, lines = handed(CONTRACT_A)
    assert amounts(lines) == {ENERGY: exact("284254.81"), DEMAND: exact("66750.00")}
    assert lines[0].quantity == 5_912_500
    assert amounts(lines) != sound(clause(CONTRACT_A, pue_cap_ratio=None))  # uncapped: 288,802.88
    assert [c.meter for c in case.coverage if c.share == 1] == [
        "facility-energy at fjord",
        "it-energy at fjord",
        "peak-power at fjord",
    ]


def test_contract_b_hands_on_what_a_charged_and_its_own_fee() -> None:
    _, lines = handed(CONTRACT_A)
    assert sound(CONTRACT_B, above=(CONTRACT_A, lines)) == {
        "pass_through.upstream.A.fjord": exact("351004.81"),
        "pass_through.markup.fjord": exact("10530.14"),
    }


def test_a_line_says_what_it_rests_on() -> None:
    _, lines = handed(CONTRACT_A)
    told = [source for step in lines[0].steps for source in step.sources]
    assert told == [
        "reading:meter-site/2027-06",
        "reading:meter-it/2027-06",
        "clause:pass_through",
        "tariff:fjord-power",
        "fixing:USD/NOK/2027-06-30",
    ]
    _, below = handed(CONTRACT_B, above=(CONTRACT_A, lines))
    assert below[0].steps[0].sources == tuple(f"line:{line.id}" for line in lines)


def test_kwh_are_summed_before_they_are_exchanged() -> None:
    # 720 hours of an odd number of Wh: exchanged and rounded hour by hour they come to more.
    hours = [
        reading(
            Meter.FACILITY_ENERGY, 8_343_197, name=str(h),
            starts=datetime.fromtimestamp(FIRST.timestamp() + 3600 * h, UTC),
            ends=datetime.fromtimestamp(FIRST.timestamp() + 3600 * (h + 1), UTC),
        )
        for h in range(720)
    ]  # fmt: skip
    case, lines = handed(CONTRACT_0, [*without(Meter.FACILITY_ENERGY), *hours])
    assert not case.faults
    whole = Fraction(8_343_197 * 720, 1000) * Fraction(1, 2) / Fraction("10.4")
    assert lines[0].exact == whole
    assert lines[0].minor == round(whole * 100)
    hourly = 720 * round(Fraction(8_343_197, 1000) * Fraction(1, 2) / Fraction("10.4") * 100)
    assert lines[0].minor != hourly
    assert lines[0].steps[0].sources == ("readings:720 of own-facility-energy",)


def test_the_share_of_the_month_that_was_metered_is_told() -> None:
    half = reading(Meter.FACILITY_ENERGY, 6_007_100_000, ends=june(16))
    case, _ = handed(CONTRACT_0, [*without(Meter.FACILITY_ENERGY), half])
    assert case.coverage[0].share == Fraction(1, 2)


@pytest.mark.parametrize(
    ("contract", "gone", "code"),
    [
        (CONTRACT_0, Meter.FACILITY_ENERGY, "OTK-L120"),
        (CONTRACT_A, Meter.IT_ENERGY, "OTK-L126"),
        (CONTRACT_A, Meter.PEAK_POWER, "OTK-L128"),
    ],
)
def test_a_missing_meter_is_a_fault(contract: Contract, gone: Meter, code: str) -> None:
    case, _ = handed(contract, without(gone))
    assert codes(case.faults) == [code]


def test_meters_that_are_not_asked_for_may_be_missing() -> None:
    energy = clause(CONTRACT_0, parts=(TariffPart.ENERGY,))
    assert sound(energy, readings=without(Meter.PEAK_POWER, Meter.IT_ENERGY)) == {
        ENERGY: exact("288802.88")
    }
    free = replace(POWER, demand_price=exact("0"))
    assert set(sound(CONTRACT_0, readings=without(Meter.PEAK_POWER), tariffs=[free])) == {ENERGY}


def test_less_energy_at_the_meter_than_at_the_servers_is_a_fault() -> None:
    less = reading(Meter.FACILITY_ENERGY, 4_729_999_999)
    case, _ = handed(CONTRACT_A, [*without(Meter.FACILITY_ENERGY), less])
    assert codes(case.faults) == ["OTK-L127"]


def test_a_reading_partly_in_the_month_is_a_fault() -> None:
    over = reading(Meter.FACILITY_ENERGY, 10**9, starts=datetime(2027, 5, 31, 12, tzinfo=UTC))
    case, _ = handed(CONTRACT_0, [*without(Meter.FACILITY_ENERGY), over])
    assert "OTK-L121" in codes(case.faults)
    assert "own-facility-energy/2027-06" in str(case.faults[0])


def test_readings_of_one_meter_that_overlap_are_a_fault() -> None:
    again = reading(Meter.FACILITY_ENERGY, 5, source="meter-site", name="day", ends=june(2))
    case, _ = handed(CONTRACT_0, [*READINGS, again])
    assert "OTK-L122" in codes(case.faults)
    other = reading(Meter.FACILITY_ENERGY, 5_000, source="second-meter", ends=june(2))
    case, lines = handed(CONTRACT_0, [*READINGS, other])
    assert not case.faults
    assert lines[0].quantity == 6_007_105


def test_a_currency_without_a_rule_is_a_fault() -> None:
    case, _ = handed(clause(CONTRACT_0, tariff_currency=None))
    assert codes(case.faults) == ["OTK-L131"]
    case, _ = handed(clause(CONTRACT_0, tariff_currency="SEK"))
    assert codes(case.faults) == ["OTK-L131"]


def test_a_missing_fixing_is_a_fault() -> None:
    case, lines = handed(CONTRACT_0, fixings=())
    assert codes(case.faults) == ["OTK-L130"]
    assert lines == ()


def test_another_fixing_rule_gives_another_amount() -> None:
    more = Fixing(series="USD/NOK", day=date(2027, 6, 1), value_amount=exact("10"), recorded=END)
    average = clause(CONTRACT_0, fx_rule=FixingRule.MONTH_AVERAGE)
    found = sound(average, fixings=[more, *FIXINGS])
    assert found[ENERGY] == exact("294465.69")  # 3,003,550 NOK at 10.2


def test_two_tariffs_in_a_month_price_their_own_time() -> None:
    first = replace(POWER, ends=date(2027, 6, 16))
    second = replace(
        POWER, id="winter", starts=date(2027, 6, 16), energy_price=exact("1"),
        demand_price=exact("0"), fixed_amount=exact("1040"),
    )  # fmt: skip
    halves = [
        reading(Meter.FACILITY_ENERGY, 3_000_000_000, name="a", ends=june(16)),
        reading(Meter.FACILITY_ENERGY, 3_007_100_000, name="b", starts=june(16)),
        reading(Meter.PEAK_POWER, 8_900_000, name="a", ends=june(16)),
        reading(Meter.IT_ENERGY, 4_730_000_000),
    ]
    every = clause(CONTRACT_0, parts=tuple(TariffPart))
    found = sound(every, readings=halves, tariffs=[first, second])
    assert found == {
        ENERGY: exact("144230.77"),  # 3,000,000 · 0.5 / 10.4
        "pass_through.energy.winter": exact("289144.23"),
        DEMAND: exact("33375.00"),  # half a month of 8,900 · 78 / 10.4
        "pass_through.fixed.winter": exact("50.00"),
    }
    capped = clause(every, pue_cap_ratio=exact("1.25"))
    case, lines = handed(capped, halves, [first, second])
    assert not case.faults
    energy = [line for line in lines if line.kind is ChargeKind.POWER_ENERGY]
    assert sum(Fraction(line.quantity) for line in energy) == 5_912_500
    assert Fraction(energy[0].quantity) / Fraction(energy[1].quantity) == Fraction(30000, 30071)


def test_a_reading_across_a_change_of_tariff_is_a_fault() -> None:
    first = replace(POWER, ends=date(2027, 6, 16))
    second = replace(POWER, id="winter", starts=date(2027, 6, 16))
    case, _ = handed(CONTRACT_0, tariffs=[first, second])
    assert "OTK-L121" in codes(case.faults)


def test_time_without_a_tariff_is_a_fault() -> None:
    late = replace(POWER, starts=date(2027, 6, 2))
    case, _ = handed(CONTRACT_0, tariffs=[late])
    assert "OTK-L123" in codes(case.faults)
    assert "86400 seconds without" in str(case.faults)
    assert codes(handed(CONTRACT_0, tariffs=[])[0].faults) == ["OTK-L123"]


def test_contracts_at_one_site_share_it_by_it_energy() -> None:
    own = reading(Meter.IT_ENERGY, 1_182_500_000, source="pdu", tranche="0.phase-1")
    case, lines = handed(CONTRACT_0, [*READINGS, own])
    assert not case.faults
    assert amounts(lines) == {ENERGY: exact("72200.72"), DEMAND: exact("16687.50")}  # a quarter
    assert any(step.what == "share of fjord by IT energy" for step in lines[0].steps)


def test_nodes_that_are_metered_are_a_contracts_own_part() -> None:
    nodes = [
        reading(Meter.IT_ENERGY, 2_365_000_000, source="bmc", name=node, node=node)
        for node in ("n001", "m001")
    ]
    case, lines = handed(
        clause(CONTRACT_A, pue_cap_ratio=None), [*without(Meter.IT_ENERGY), *nodes]
    )
    assert not case.faults
    assert lines[0].quantity == Fraction(6_007_100, 2)


def test_own_meters_are_taken_before_shares() -> None:
    own = [
        reading(Meter.FACILITY_ENERGY, 1_040_000, source="sub", tranche="0.phase-1"),
        reading(Meter.PEAK_POWER, 2_000, source="sub-peak", tranche="0.phase-1"),
    ]
    assert sound(CONTRACT_0, readings=[*READINGS, *own]) == {
        ENERGY: exact("50.00"),
        DEMAND: exact("15.00"),
    }


def test_a_part_of_nothing_is_a_fault() -> None:
    own = reading(Meter.IT_ENERGY, 5, source="pdu", tranche="0.phase-1")
    case, _ = handed(CONTRACT_0, [*without(Meter.IT_ENERGY), own])
    assert "OTK-L124" in codes(case.faults)
    more = reading(Meter.IT_ENERGY, 4_730_000_001, source="pdu", tranche="0.phase-1")
    case, _ = handed(CONTRACT_0, [*READINGS, more])
    assert "OTK-L125" in codes(case.faults)


def test_a_branch_hands_on_its_share_of_what_was_charged_above() -> None:
    _, lines = handed(CONTRACT_A)
    own = reading(Meter.IT_ENERGY, 1_182_500_000, source="pdu", tranche="B.T1")
    found = sound(CONTRACT_B, readings=[*READINGS, own], above=(CONTRACT_A, lines))
    assert found["pass_through.upstream.A.fjord"] == exact("87751.20")


def test_only_parts_that_are_handed_on_are_taken_from_above() -> None:
    _, lines = handed(CONTRACT_A)
    energy = clause(CONTRACT_B, parts=(TariffPart.ENERGY,))
    assert sound(energy, above=(CONTRACT_A, lines))["pass_through.upstream.A.fjord"] == exact(
        "284254.81"
    )


def test_corrections_above_are_not_handed_on_twice() -> None:
    _, lines = handed(CONTRACT_A)
    old = replace(lines[0], id="A/2027-06/late", corrects=lines[0].month)
    assert sound(CONTRACT_B, above=(CONTRACT_A, [*lines, old])) == sound(
        CONTRACT_B, above=(CONTRACT_A, lines)
    )


def test_nothing_charged_above_is_a_fault() -> None:
    case, _ = handed(CONTRACT_B, above=(CONTRACT_A, ()))
    assert codes(case.faults) == ["OTK-L129"]
    case, _ = handed(replace(CONTRACT_B, upstream=()))
    assert codes(case.faults) == ["OTK-L129"]


def test_a_contract_pays_for_its_time_in_service_alone() -> None:
    # Only T2, in service from the 21st: ten of thirty days of the demand charge.
    late = clause(replace(CONTRACT_A, tranches=CONTRACT_A.tranches[1:]), pue_cap_ratio=None)
    parts = [
        reading(Meter.FACILITY_ENERGY, 10_400_000, name="a", ends=june(21)),
        reading(Meter.FACILITY_ENERGY, 20_800_000, name="b", starts=june(21)),
        reading(Meter.PEAK_POWER, 9_000_000, name="a", ends=june(21)),
        reading(Meter.PEAK_POWER, 6_000_000, name="b", starts=june(21)),
    ]
    assert sound(late, readings=parts) == {ENERGY: exact("1000.00"), DEMAND: exact("15000.00")}


def test_without_the_clause_there_are_no_lines() -> None:
    assert handed(replace(CONTRACT_A, pass_through=None))[1] == ()


def test_a_markup_on_metered_electricity_is_a_line_of_its_own() -> None:
    marked = clause(CONTRACT_0, markup_share=exact("0.1"), cost_of=CostOf.METER)
    assert sound(marked)["pass_through.markup.fjord"] == exact("35555.29")
