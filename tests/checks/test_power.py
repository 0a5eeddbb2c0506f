from __future__ import annotations

import pytest

from offtake.model import Tranche
from offtake.units import facility_mw, it_mw
from tests.checks.small import SOUND, put, told, wrong

SUMS = {
    "energy shares": (
        "power-sums",
        [("sites.s.supplies.0.energy_share", 0.6)],
        ["OTK-C260 sites.s.supplies: the energy shares of a site's supplies add up to 1; got 0.9"],
    ),
    "energy shares within rounding": (
        "power-sums",
        [("sites.s.supplies.0.energy_share", 0.7 + 5e-7)],
        [],
    ),
    "meter below servers": (
        "power-sums",
        [("sites.s.phases.p.power_facility_mw", facility_mw(9))],
        [
            "OTK-C261 sites.s.phases.p.power_facility_mw: less at the meter than at the servers, "
            "10 MW IT; got 9 MW; facility power is servers, cooling and losses together"
        ],
    ),
    "ratios the wrong way round": (
        "power-sums",
        [("sites.s.peak_ratio", 0.7), ("sites.s.pue_ratio", 0.8)],
        [
            "OTK-C261 sites.s.peak_ratio: facility over IT is never below 1; got 0.7; is it IT "
            "over facility?",
            "OTK-C261 sites.s.pue_ratio: facility over IT is never below 1; got 0.8; is it IT "
            "over facility?",
        ],
    ),
    "the site's connection": (
        "site-power",
        [("sites.s.power_facility_mw", facility_mw(27))],
        [
            "OTK-C263 sites.s.power_facility_mw: the phases draw 28 MW at the meter, more than "
            "the site can; got 27 MW; not all of them can run at their peak together"
        ],
    ),
    "the site's supplies": (
        "site-power",
        [
            ("sites.s.supplies.0.power_facility_mw", facility_mw(20)),
            ("sites.s.supplies.1.power_facility_mw", facility_mw(7.5)),
        ],
        [
            "OTK-C264 sites.s.supplies: the supplies bring less than the phases draw, 28 MW; "
            "got 27.5 MW"
        ],
    ),
    "one supply without limit": (
        "site-power",
        [("sites.s.supplies.0.power_facility_mw", facility_mw(20))],
        [],
    ),
    "a tranche larger than its phase": (
        "tranche-size",
        [("contracts.0.tranches.t1.power_it_mw", it_mw(11))],
        [
            "OTK-C265 contracts.0.tranches.t1: larger than phase 'p' of 's', which has 10 MW IT; "
            "got 11 MW IT"
        ],
    ),
    "later links are not counted twice": (
        "tranche-size",
        [("contracts.0.tranches.t1.power_it_mw", it_mw(10))],
        [],
    ),
    "neither power nor accelerators": (
        "tranche-size",
        [("contracts.0.tranches.t1.power_it_mw", None)],
        [
            "OTK-C266 contracts.0.tranches.t1: neither power nor accelerators say how much is "
            "delivered"
        ],
    ),
    "accelerators without a name": (
        "tranche-size",
        [("contracts.A.tranches.t1.accelerator", None)],
        [
            "OTK-C267 contracts.A.tranches.t1.accelerator_count: accelerators are counted, but "
            "not named"
        ],
    ),
    "power and accelerators of a tranche": (
        "accelerator-power",
        [("contracts.A.tranches.t1.power_it_mw", it_mw(9))],
        [
            "OTK-C268 contracts.A.tranches.t1.power_it_mw: its accelerators draw 8 MW IT, which is "
            "not what it says; got 9 MW IT"
        ],
    ),
    "power and accelerators within a tenth": (
        "accelerator-power",
        [("contracts.A.tranches.t1.power_it_mw", it_mw(8.8))],
        [],
    ),
    "power and accelerators of a phase": (
        "accelerator-power",
        [("sites.s.phases.p.accelerator", "A2"), ("sites.s.phases.p.accelerator_count", 1_000)],
        [
            "OTK-C268 sites.s.phases.p.power_it_mw: its accelerators draw 1 MW IT, which is not "
            "what it says; got 10 MW IT"
        ],
    ),
    "offers larger than a phase": (
        "offer-size",
        [("offers.lease.power_it_mw", it_mw(6))],
        [
            "OTK-C269 offers.lease.power_it_mw: offers of 11 MW IT and contracts of 0 MW IT at "
            "phase 'q' of 's', which has 10 MW IT; not all can be signed in full: own, lease"
        ],
    ),
    "a block larger than the offer": (
        "offer-terms",
        [("offers.own.block_it_mw", it_mw(6))],
        [
            "OTK-C270 offers.own.block_it_mw: one block is larger than all that can be signed, "
            "5 MW IT; got 6 MW IT"
        ],
    ),
    "more than can be signed in whole blocks": (
        "offer-terms",
        [("offers.own.block_it_mw", it_mw(3)), ("offers.own.least_it_mw", it_mw(4))],
        ["OTK-C270 offers.own.least_it_mw: more must be signed than can be, 3 MW IT; got 4 MW IT"],
    ),
    "more than can be signed": (
        "offer-terms",
        [("offers.lease.least_it_mw", it_mw(5.1))],
        [
            "OTK-C270 offers.lease.least_it_mw: more must be signed than can be, 5 MW IT; "
            "got 5.1 MW IT"
        ],
    ),
    "blocks of nothing": (
        "offer-terms",
        [("offers.own.block_it_mw", it_mw(5e-324))],
        [
            "OTK-C270 offers.own.block_it_mw: more than 100,000 blocks are as good as none; "
            "leave it out"
        ],
    ),
}


@pytest.mark.parametrize(("check", "changes", "said"), SUMS.values(), ids=SUMS)
def test_power_that_does_not_add_up(
    check: str, changes: list[tuple[str, object]], said: list[str]
) -> None:
    assert wrong(check, *changes) == said


def test_tranches_that_fit_only_alone() -> None:
    first = SOUND.contracts[0].tranches[0]
    portfolio = put(SOUND, "contracts.0.tranches", (first, put(first, "id", "t2")))
    assert told("tranche-size", portfolio) == [
        "OTK-C265 contracts.0.tranches.t2: the contracts at phase 'p' of 's' need more than its "
        "10 MW IT; got 16 MW IT; together: contracts.0"
    ]


def test_a_site_without_phases_has_room_behind_its_meter() -> None:
    portfolio = put(put(SOUND, "sites.s.phases", ()), "contracts.0.tranches.t1.phase", None)
    assert told("tranche-size", portfolio) == []
    assert len(told("tranche-size", put(portfolio, "sites.s.power_facility_mw", 7.0))) == 1
    assert told("tranche-size", put(portfolio, "sites.s.power_facility_mw", None)) == []


def test_sound_tranches_are_of_the_model() -> None:
    assert all(isinstance(c.tranches[0], Tranche) for c in SOUND.contracts)
