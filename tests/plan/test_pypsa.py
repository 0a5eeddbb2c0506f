"""PyPSA asked the same question: a capacity expansion in two stages, with and without CVaR.

The portfolio is one both can say (`bench.pypsa_model`): built, leased and rented capacity at
five sites, demand that walks, prices that swing, sites that fail. PyPSA (T. Brown, J. Hörsch
and D. Schlachtberger, Journal of Open Research Software 6, 2018) writes it as a network with
`set_scenarios` and `set_risk_preference` and hands it to HiGHS through linopy; nothing but the
drawn scenarios is shared.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator

import pytest

from offtake.plan.formulate import Risk
from offtake.plan.front import build, plan, prepare

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from bench.instances import Size, instance
    from bench.pypsa_model import expansion, loaded, network, optimum, shapes

SIZE, COUNT, SEED = Size(5, 2, 4), 12, 3


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """PyPSA tells of everything it does, and warns of what others will change."""
    logging.disable(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("risk", [Risk(0.0, 0.9), Risk(0.3, 0.9), Risk(1.0, 0.7)])
def test_pypsa_finds_the_same_optimum(risk: Risk) -> None:
    portfolio = expansion(SIZE)
    facts = prepare(portfolio, COUNT, SEED)
    solver = loaded(network(facts, risk))
    ours, theirs = shapes(facts, risk, build(facts, risk)[1], solver)
    assert ours == theirs
    made = plan(portfolio, risk=risk.weight, alpha=risk.alpha, scenarios=COUNT, seed=SEED, gap=1e-9)
    assert made.objective_usd == pytest.approx(-optimum(solver) * 1e6, rel=1e-9)
    assert made.bound_usd == pytest.approx(made.objective_usd, rel=1e-8)
    if risk.weight == 0:
        assert any(line.tenure == "own" for line in made.signed)


def test_what_pypsa_cannot_be_asked_is_refused() -> None:
    facts = prepare(instance(Size(2, 2, 8)), 2, 0)
    with pytest.raises(ValueError, match="training; signing after the first quarter; revenue"):
        network(facts, Risk(0.0, 0.9))
