from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from offtake.model import Contract, Tranche
from offtake.model.chain import links
from offtake.model.clause import Quantity, Scope
from tests.checks.small import SOUND, put, told, wrong


def test_a_chain_that_comes_back_to_itself() -> None:
    assert wrong("chains", ("contracts.0.upstream", ("B",))) == [
        "OTK-C110 contracts.0.upstream: the chain comes back to itself: 0 -> B -> A -> 0; "
        "a chain runs from the site to the lab; remove one `upstream`",
        "OTK-C221 contracts.0.upstream.0: the seller 'siteco' does not buy this capacity: in 'B' "
        "the buyer is 'lab'; a contract is missing between the two, or a party is wrong",
    ]


def test_a_contract_upstream_of_itself() -> None:
    said = wrong("chains", ("contracts.0.upstream", ("0",)))
    assert said[0].startswith(
        "OTK-C110 contracts.0.upstream: the chain comes back to itself: 0 -> 0"
    )


def test_a_gap() -> None:
    assert wrong("chains", ("contracts.A.buyer", "lab")) == [
        "OTK-C221 contracts.B.upstream.0: the seller 'hyperco' does not buy this capacity: in 'A' "
        "the buyer is 'lab'; a contract is missing between the two, or a party is wrong"
    ]


def test_a_party_that_sells_to_itself() -> None:
    assert wrong("chains", ("contracts.0.seller", "opco")) == [
        "OTK-C222 contracts.0.buyer: sells to itself; got 'opco'"
    ]


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        (("siteco", "hyperco", "lab"), []),
        (("siteco", "hyperco", "infra"), []),
        (
            ("siteco", "hyperco"),
            [
                "OTK-C223 offers.lease.chain: the last party of the chain is neither the lab nor "
                "its vehicle; got 'hyperco'"
            ],
        ),
        (
            ("hyperco", "opco", "lab"),
            [
                "OTK-C223 offers.lease.chain: the party before the lab is not the seller of the "
                "offer; got 'opco'; the seller is 'hyperco'"
            ],
        ),
        (
            ("hyperco", "siteco", "hyperco", "lab"),
            ["OTK-C224 offers.lease.chain: a party stands in the chain twice"],
        ),
    ],
)
def test_the_chain_of_an_offer(chain: tuple[str, ...], said: list[str]) -> None:
    assert wrong("chains", ("offers.lease.chain", chain)) == said


def ladder(steps: int, width: int) -> tuple[Contract, ...]:
    """Contracts in layers, each resting on all of the layer below."""
    made: list[Contract] = []
    below: tuple[str, ...] = ()
    for step in range(steps):
        names = tuple(f"{step}-{number}" for number in range(width))
        made += (
            Contract(id=name, seller=f"p{step}", buyer=f"p{step + 1}", upstream=below)
            for name in names
        )
        below = names
    return tuple(made)


def test_long_and_wide_chains_take_no_time() -> None:
    for contracts in (ladder(60, 3), ladder(2_000, 1)):
        started = time.perf_counter()
        assert told("chains", replace(SOUND, contracts=contracts)) == []
        assert len(links(contracts[-1], {c.id: c for c in contracts})) <= len(contracts)
        assert time.perf_counter() - started < 5


CLAUSES = {
    "nothing upstream at the site": (
        [("contracts.A.tranches.t1.phase", "q")],
        "OTK-C232 contracts.A.tranches.t1.site: nothing is delivered from above at site 's'; "
        "upstream: '0'",
    ),
    "promised earlier": (
        [("contracts.B.tranches.t1.due", date(2027, 2, 1))],
        "OTK-C230 contracts.B.tranches.t1.due: promised 28 days before anything comes from above, "
        "on 2027-03-01; got 2027-02-01",
    ),
    "promised for longer": (
        [("contracts.B.tranches.t1.term_months", 61)],
        "OTK-C231 contracts.B.tranches.t1.term_months: promised until 2032-04-01, but what comes "
        "from above ends on 2032-03-01; got 61",
    ),
    "more is promised": (
        [("contracts.B.tranches.t1.accelerator_count", 4_500)],
        "OTK-C232 contracts.B.tranches: 9 MW IT promised at 's'; 8 MW come from above; "
        "upstream: 'A'",
    ),
    "no availability above": (
        [("contracts.A.service_levels", ())],
        "OTK-C233 contracts.B.service_levels: availability is promised here, and none in 'A'",
    ),
    "availability of another scope": (
        [("contracts.B.service_levels.up.scope", "cluster")],
        "OTK-C233 contracts.B.service_levels: availability is promised per cluster, and per node "
        "in 'A'; an outage can count below and not above",
    ),
    "stricter availability": (
        [("contracts.B.service_levels.up.credits.0.below_share", "0.999")],
        "OTK-C234 contracts.B.service_levels: credits per node begin below 99.9 %, and below "
        "99 % in 'A'",
    ),
    "less is taken or paid": (
        [
            ("contracts.B.rates.r.quantity", "used"),
            ("contracts.B.commitments.0.level_share", "0.85"),
        ],
        "OTK-C235 contracts.B.commitments: 85 % comes in here whether used or not, and 100 % is "
        "paid in 'A'",
    ),
    "no damages above": (
        [("contracts.A.delay_damages", ())],
        "OTK-C236 contracts.B.delay_damages: lateness costs damages here, and none in 'A'",
    ),
    "less grace": (
        [("contracts.B.delay_damages.0.grace_days", 3.0)],
        "OTK-C236 contracts.B.delay_damages: damages begin after 3 days here, and after 5 in 'A'",
    ),
    "another currency": (
        [("contracts.0.currency", "NOK")],
        "OTK-C237 contracts.A.currency: paid in USD here, and in NOK in '0'",
    ),
    "a currency with a brace": (
        [("contracts.0.currency", "{x}")],
        "OTK-C237 contracts.A.currency: paid in USD here, and in {x} in '0'",
    ),
}


@pytest.mark.parametrize(("changes", "said"), CLAUSES.values(), ids=CLAUSES)
def test_a_clause_without_its_twin(changes: list[tuple[str, object]], said: str) -> None:
    words: dict[object, object] = {"cluster": Scope.CLUSTER, "used": Quantity.USED}
    words |= {share: Decimal(share) for share in ("0.999", "0.85")}
    found = wrong("chain-clauses", *((path, words.get(new, new)) for path, new in changes))
    below = [one for one in found if "contracts.C" not in one]
    assert said in below
    assert len(below) == 1 or "tranches" in said


def test_gaps_to_several_contracts_are_told_once() -> None:
    second = replace(SOUND.contracts[1], id="A2", service_levels=())
    portfolio = replace(SOUND, contracts=(*SOUND.contracts, second))
    portfolio = put(portfolio, "contracts.A.service_levels", ())
    portfolio = put(portfolio, "contracts.B.upstream", ("A", "A2"))
    said = [one for one in told("chain-clauses", portfolio) if "contracts.B." in one]
    assert said == [
        "OTK-C233 contracts.B.service_levels: availability is promised here, and none in 'A' and "
        "'A2'"
    ]


def test_siblings_share_what_comes_from_above() -> None:
    sibling = replace(SOUND.contracts[2], id="C")
    said = told("chain-clauses", replace(SOUND, contracts=(*SOUND.contracts, sibling)))
    assert said == [
        "OTK-C232 contracts.B.tranches: 16 MW IT promised at 's', with 'C'; 8 MW come from above; "
        "upstream: 'A'",
        "OTK-C232 contracts.C.tranches: 16 MW IT promised at 's', with 'B'; 8 MW come from above; "
        "upstream: 'A'",
    ]


def test_an_owner_needs_nothing_from_above() -> None:
    elsewhere = Tranche(
        id="t2",
        site="z",
        accelerator="A1",
        accelerator_count=1,
        due=date(2028, 1, 1),
        term_months=1,
    )
    portfolio = replace(SOUND, sites=(*SOUND.sites, replace(SOUND.sites[0], id="z")))
    portfolio = put(portfolio, "contracts.B.tranches", (*SOUND.contracts[2].tranches, elsewhere))
    assert len(told("chain-clauses", portfolio)) == 1
    assert told("chain-clauses", put(portfolio, "sites.z.owner", "hyperco")) == []
