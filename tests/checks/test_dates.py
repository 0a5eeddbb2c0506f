from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from offtake.model import Provenance, Quarter, Status
from offtake.model.clause import Basis, Option, OptionKind, Rate
from tests.checks.small import FIRST, LAST, wrong

DATES = {
    "the horizon": (
        [("horizon.last", Quarter(2026, 2))],
        "OTK-C240 horizon.last: the horizon ends before it begins, in 2026Q3; got 2026Q2",
    ),
    "first power": (
        [("sites.s.phases.p.first_power", date(2024, 12, 31))],
        "OTK-C241 sites.s.phases.p.first_power: comes before `announced`, 2025-01-01; "
        "got 2024-12-31",
    ),
    "full power": (
        [
            ("sites.s.phases.q.first_power", date(2026, 2, 1)),
            ("sites.s.phases.q.full_power", date(2026, 1, 1)),
        ],
        "OTK-C241 sites.s.phases.q.full_power: comes before `first_power`, 2026-02-01; "
        "got 2026-01-01",
    ),
    "the long stop": (
        [("contracts.0.tranches.t1.long_stop", date(2027, 3, 1))],
        "OTK-C242 contracts.0.tranches.t1.long_stop: the long stop is not after the day it is "
        "due, 2027-03-01; got 2027-03-01",
    ),
    "accepted": (
        [("contracts.0.tranches.t1.accepted", date(2026, 5, 24))],
        "OTK-C243 contracts.0.tranches.t1.accepted: accepted after the day of the portfolio, "
        "2026-05-23; got 2026-05-24; what is still to come has no `accepted`",
    ),
    "signed": (
        [("contracts.A.signed", date(2026, 6, 1))],
        "OTK-C244 contracts.A.signed: signed after the day of the portfolio, 2026-05-23; "
        "got 2026-06-01; what may still be signed is an offer",
    ),
    "due before signed": (
        [("contracts.A.tranches.t1.due", date(2025, 1, 1))],
        "OTK-C245 contracts.A.tranches.t1.due: due before the contract was signed, 2025-03-01; "
        "got 2025-01-01",
    ),
    "signing": (
        [("offers.own.first_signing", LAST), ("offers.own.last_signing", FIRST)],
        "OTK-C246 offers.own.last_signing: it can be signed until 2026Q3, but only from 2028Q4 "
        "on; got 2026Q3",
    ),
    "a job": (
        [("demand.training.run.deadline", Quarter(2026, 4))],
        "OTK-C247 demand.training.run.deadline: the deadline comes before the first quarter it "
        "can run in, 2027Q1; got 2026Q4",
    ),
    "a rate": (
        [
            (
                "contracts.A.rates",
                (
                    Rate(
                        id="r",
                        basis=Basis.GPU_HOUR,
                        price=Decimal(1),
                        starts=date(2027, 1, 1),
                        ends=date(2027, 1, 1),
                    ),
                ),
            )
        ],
        "OTK-C248 contracts.A.rates.r.ends: ends before it starts, on 2027-01-01; got 2027-01-01",
    ),
    "an option": (
        [
            (
                "contracts.A.options",
                (
                    Option(
                        id="o",
                        kind=OptionKind.EXTEND,
                        earliest=date(2028, 1, 1),
                        latest=date(2027, 1, 1),
                    ),
                ),
            )
        ],
        "OTK-C248 contracts.A.options.o.latest: the last day comes before the first, 2028-01-01; "
        "got 2027-01-01",
    ),
}


@pytest.mark.parametrize(("changes", "said"), DATES.values(), ids=DATES)
def test_days_out_of_order(changes: list[tuple[str, object]], said: str) -> None:
    assert wrong("dates", *changes) == [said]


def test_what_was_accepted_may_have_been_due_before_signing() -> None:
    assert (
        wrong(
            "dates",
            ("contracts.A.tranches.t1.due", date(2025, 1, 1)),
            ("contracts.A.tranches.t1.accepted", date(2025, 1, 1)),
        )
        == []
    )


def test_knowledge_younger_than_the_portfolio() -> None:
    assert wrong(
        "knowledge",
        ("parties.lab.provenance", Provenance(as_of=date(2026, 6, 1))),
        ("sites.s.phases.q.announced", date(2026, 6, 2)),
        ("sites.s.phases.q.status", Status.OPERATING),
        ("sites.s.phases.q.first_power", date(2026, 6, 3)),
    ) == [
        "OTK-C249 parties.lab.provenance.as_of: a source younger than the portfolio, 2026-05-23; "
        "got 2026-06-01",
        "OTK-C249 sites.s.phases.q.announced: made public after the day of the portfolio, "
        "2026-05-23; got 2026-06-02",
        "OTK-C249 sites.s.phases.q.first_power: operating, though its first servers run after "
        "2026-05-23; got 2026-06-03",
    ]
