from decimal import Decimal

import pytest

from offtake.capital.leases import Terms, recognise
from offtake.errors import OfftakeError
from offtake.model.lease import Judgement, Standard

YES = Judgement(is_lease=True, reason="the racks are named and ours to direct", decided_by="CFO")
NO = Judgement(is_lease=False, reason="the supplier may swap the racks", decided_by="CFO")


def example_13() -> Terms:
    return Terms(
        payments=(Decimal(50_000),) * 10,
        in_advance=True,
        rate_share=Decimal("0.05"),
        direct_cost_amount=Decimal(20_000),
        incentive_amount=Decimal(5_000),
    )


def test_ifrs_16_example_13() -> None:
    lease = recognise(example_13(), YES)
    assert lease.liability == Decimal("355391.08")
    assert lease.right_of_use == Decimal("420391.08")
    assert lease.lines[-1].closing == 0
    assert lease.lines[-1].right_of_use == 0
    assert sum(line.depreciation for line in lease.lines) == lease.right_of_use
    assert sum(line.interest for line in lease.lines) == 9 * 50_000 - lease.liability


def test_ifrs_16_example_18() -> None:
    terms = Terms(payments=(Decimal(100_000),) * 10, rate_share=Decimal("0.06"))
    lease = recognise(terms, YES)
    assert lease.liability == Decimal("736008.71")
    assert lease.lines[0].interest == Decimal("44160.52")
    assert lease.lines[-1].closing == 0


def test_an_operating_lease_costs_the_same_each_period() -> None:
    terms = Terms(payments=(Decimal(100),) * 5, rate_share=Decimal("0.05"))
    lease = recognise(terms, YES, standard=Standard.ASC_842_OPERATING)
    assert {line.expense for line in lease.lines} == {Decimal("100.00")}


def test_what_is_no_lease_is_not_put_on_the_balance_sheet() -> None:
    with pytest.raises(OfftakeError, match=r"OTK-C011.*swap the racks"):
        recognise(example_13(), NO)
    with pytest.raises(OfftakeError, match="OTK-C012"):
        recognise(Terms(payments=(), rate_share=Decimal(0)), YES)
