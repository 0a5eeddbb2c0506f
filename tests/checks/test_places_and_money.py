"""Accelerators, regions, countries, prices, chances and limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from offtake import catalogue
from offtake.model import Quarter, Tenure, Workload
from offtake.model.provenance import Provenance
from tests.checks.small import SOUND, put, told, wrong

CASES = {
    "an accelerator that cannot do the work": (
        "accelerators",
        [("demand.training.run.accelerators", ("A1", "A2"))],
        [
            "OTK-C271 demand.training.run.accelerators.1: 'A2' has no throughput for training; "
            "add `training` to its throughput_ratio, or take it off the list"
        ],
    ),
    "an accelerator nobody offers": (
        "accelerators",
        [("demand.inference.chat.accelerators", ("A2",))],
        [
            "OTK-C272 demand.inference.chat: no offer and no contract has an accelerator that can "
            "do this inference; it can run on A2"
        ],
    ),
    "work nothing can do": (
        "accelerators",
        [("accelerators.A1.throughput_ratio", {Workload.INFERENCE: 1.0})],
        [
            "OTK-C272 demand.training.run: no offer and no contract has an accelerator that can "
            "do this training"
        ],
    ),
    "a job placed where nothing can do it": (
        "accelerators",
        [
            ("sites", (*SOUND.sites, replace(SOUND.sites[0], id="t", phases=()))),
            ("demand.training.run.site", "t"),
        ],
        [
            "OTK-C272 demand.training.run: no offer and no contract at 't' has an accelerator that "
            "can do this training; it can run on A1"
        ],
    ),
    "a tranche before its accelerator": (
        "accelerator-dates",
        [("accelerators.A1.available", Quarter(2027, 2))],
        [
            f"OTK-C273 contracts.{name}.tranches.t1.due: due before 'A1' can be delivered, in "
            "2027Q2; got 2027-03-01"
            for name in "AB"
        ],
    ),
    "an offer before its accelerator": (
        "accelerator-dates",
        [("offers.own.accelerator", "A2"), ("offers.own.last_signing", Quarter(2026, 4))],
        [
            "OTK-C273 offers.own.accelerator: always in service before 'A2' can be delivered, in "
            "2028Q1"
        ],
    ),
    "no country": (
        "countries",
        [
            ("sites.s.country", "no"),
            ("parties.opco.country", "Norge"),
            ("parties.lab.country", "XX"),
            ("demand.inference.chat.countries", ("NO", "UK")),
        ],
        [
            "OTK-C205 sites.s.country: no ISO 3166 country code; got 'no'; did you mean 'NO'?",
            "OTK-C205 parties.lab.country: no ISO 3166 country code; got 'XX'; two capital "
            "letters, such as NO or US",
            "OTK-C205 parties.opco.country: no ISO 3166 country code; got 'Norge'; did you mean "
            "'NO'?",
            "OTK-C205 demand.inference.chat.countries.1: no ISO 3166 country code; got 'UK'; did "
            "you mean 'GB'?",
        ],
    ),
    "out of reach": (
        "regions",
        [("demand.inference.chat.region", "us")],
        ["OTK-C275 demand.inference.chat.latency_ms: no site is within 50 ms of 'us'"],
    ),
    "within reach after all": (
        "regions",
        [("demand.inference.chat.region", "us"), ("demand.inference.chat.latency_ms", 90.0)],
        [],
    ),
    "not allowed": (
        "regions",
        [("demand.inference.chat.countries", ("SE",))],
        [
            "OTK-C275 demand.inference.chat.countries: no site within reach stands in a country "
            "it may be served in; within reach: s (NO)"
        ],
    ),
    "no capacity within reach": (
        "regions",
        [("offers", ()), ("contracts.B.tranches", ())],
        [
            "OTK-C276 demand.inference.chat: nothing that can serve it is signed or offered "
            "within reach; within reach: s"
        ],
    ),
    "a one-way latency": (
        "latency-map",
        [("regions.us.latency_ms", {})],
        [
            "OTK-C277 regions.eu.latency_ms.us: 'us' does not name 'eu', so it is out of reach "
            "from there"
        ],
    ),
    "two latencies": (
        "latency-map",
        [("regions.us.latency_ms", {"eu": 80.0, "us": 5.0})],
        [
            "OTK-C277 regions.eu.latency_ms.us: the way back takes 80 ms; got 90 ms",
            "OTK-C277 regions.us.latency_ms.us: the round trip of a region to itself counts as 0; "
            "got 5 ms",
        ],
    ),
    "another currency upstream is fine": ("currency", [("contracts.A.currency", "NOK")], []),
    "a free lease": (
        "prices",
        [("offers.lease.price.usd_per_gpu_hour", 0.0)],
        ["OTK-C281 offers.lease.price: an hour of it costs nothing; give `usd_per_gpu_hour`"],
    ),
    "owned, and paid like a lease": (
        "prices",
        [("offers.lease.tenure", Tenure.OWN), ("accelerators.A1.price_usd", None)],
        [
            "OTK-C281 offers.own.accelerator: owned capacity has no price of this accelerator; "
            "give `price_usd` of 'A1': no plan is made without it",
            "OTK-C281 offers.lease.price.usd_per_gpu_hour: owned capacity has no price per hour; "
            "give `capex_usd_per_it_mw` and `running_usd_per_it_mw_year`",
            "OTK-C281 offers.lease.price.includes_energy: owned capacity pays for its own energy; "
            "write `includes_energy: false`",
            "OTK-C281 offers.lease.accelerator: owned capacity has no price of this accelerator; "
            "give `price_usd` of 'A1': no plan is made without it",
        ],
    ),
    "chances": (
        "probabilities",
        [("uncertainty.scenarios.low.probability_share", 0.5)],
        ["OTK-C282 uncertainty.scenarios: the chances of the named scenarios add up to 1; got 1.1"],
    ),
    "no chances at all": ("probabilities", [("uncertainty.scenarios", ())], []),
    "limits on nobody": (
        "limits",
        [
            ("limits.seller_share", {"hyper": 0.5, "hiper": 0.5}),
            ("limits.vendor_share", {"lab": 0.5}),
            ("limits.carbon_t_co2", {"27": 1.0, "²027": 2.0}),
        ],
        [
            "OTK-C290 limits.seller_share.hiper: no such party or group; got 'hiper'; did you mean "
            "'hyper' or 'hyperco'?",
            "OTK-C290 limits.vendor_share.lab: no such vendor; got 'lab'; known: vendor",
            "OTK-C291 limits.carbon_t_co2.27: not a calendar year; got '27'; a year is written "
            'like "2027"',
            "OTK-C291 limits.carbon_t_co2.²027: not a calendar year; got '²027'; a year is written "
            'like "2027"',
        ],
    ),
}


@pytest.mark.parametrize(("check", "changes", "said"), CASES.values(), ids=CASES)
def test_what_does_not_meet(check: str, changes: list[tuple[str, object]], said: list[str]) -> None:
    assert wrong(check, *changes) == said


def test_numbers_that_differ_from_the_catalogue() -> None:
    fact = next(f for f in catalogue.accelerators(as_of=date(2026, 5, 23)) if f.id == "H100")
    portfolio = put(SOUND, "accelerators.A1.id", "h-100")
    portfolio = put(portfolio, "accelerators.h-100.tdp_watts", fact.tdp_watts)
    assert fact.memory_gb == 80
    portfolio = put(portfolio, "accelerators.h-100.memory_gb", 94.0)
    said = [one for one in told("catalogue-drift", portfolio) if "memory_gb" in one]
    assert said == [
        "OTK-C286 accelerators.h-100.memory_gb: the catalogue says 80 "
        f"({fact.source}); got 94; take that, or give the reason under provenance.assumptions"
    ]
    reason = Provenance(assumptions={"memory_gb": "a variant", "power_it_kw": "made up"})
    assert told("catalogue-drift", put(portfolio, "accelerators.h-100.provenance", reason)) == []


def test_what_was_not_known_yet_is_no_drift() -> None:
    portfolio = put(SOUND, "accelerators.A1.id", "H100")
    assert told("catalogue-drift", portfolio) != []
    assert told("catalogue-drift", put(portfolio, "as_of", date(2020, 1, 1))) == []
