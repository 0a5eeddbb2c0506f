"""Drawn portfolios: the sizes promised, no fault in them, the same for the same seed."""

from __future__ import annotations

import pytest

from bench.instances import INTRO, RISK, SIZES, Size, instance
from offtake import checks
from offtake.model import Portfolio, Tenure
from offtake.model.canonical import sha256
from offtake.plan.front import build, prepare


def tenures(portfolio: Portfolio) -> dict[Tenure, int]:
    found: dict[Tenure, int] = {}
    for offer in portfolio.offers:
        found[offer.tenure] = found.get(offer.tenure, 0) + 1
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", [0, 1])
def test_no_check_finds_an_error(size: str, seed: int) -> None:
    found = checks.run(instance(size, seed))
    assert [f.fault.what for f in found if f.level is checks.Level.ERROR] == []


@pytest.mark.parametrize("size", SIZES)
def test_sizes_are_those_of_their_names(size: str) -> None:
    wanted, made = SIZES[size], instance(size)
    assert len(made.sites) == wanted.sites
    assert len(made.accelerators) == wanted.accelerators
    assert len(made.horizon.quarters) == wanted.quarters
    assert len(made.demand.training) == wanted.quarters // 4
    stands = {(o.site, o.accelerator) for o in made.offers if o.tenure is Tenure.RENT}
    at = [sum(site == s.id for site, _ in stands) for s in made.sites]
    if wanted.sparse:
        assert set(at) == {3, 4}
    else:
        assert set(at) == {wanted.accelerators}
    count = tenures(made)
    assert count[Tenure.LEASE] == 3 * len(stands)
    assert 0 < count[Tenure.OWN] <= 2 * 3 * wanted.sites


def test_a_seed_gives_the_same_portfolio_and_another_seed_another() -> None:
    first, again, other = instance("mid", 3), instance("mid", 3), instance("mid", 4)
    assert sha256(first) == sha256(again) != sha256(other)


def test_a_size_of_ones_own() -> None:
    made = instance(Size(2, 3, 8), seed=5)
    assert (len(made.sites), len(made.accelerators), len(made.horizon.quarters)) == (2, 3, 8)
    with pytest.raises(ValueError, match=f"at most {len(INTRO)} accelerators, not 9"):
        instance(Size(2, 9, 8))


def test_its_program_has_every_kind_of_decision() -> None:
    """Whole blocks, hosts, leases, rent, routes, training and the tail of the distribution."""
    made, assembled = build(prepare(instance(Size(2, 3, 12)), 3, 0), RISK)
    filled = {name for name, index in made.program.columns.items() if (index >= 0).any()}
    assert filled >= {"x", "host", "rent", "use_inference", "routed", "use_training", "tail"}
    assert assembled.integer.any()
    limits = {name for name, rows in made.program.rows.items() if rows.limit is not None}
    assert limits >= {"investment", "carbon", "phase_power", "site_power", "block"}
