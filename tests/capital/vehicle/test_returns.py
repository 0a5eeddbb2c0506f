import numpy as np
import pytest
import pyxirr

from offtake.capital.vehicle.returns import irr


def test_returns_are_those_of_pyxirr() -> None:
    rng = np.random.default_rng(3)
    flows = rng.uniform(0, 30, (60, 200))
    flows[:6] = -rng.uniform(50, 200, (6, 200))
    found = irr(flows)
    for number in range(200):
        assert found[number] == pytest.approx(pyxirr.irr(flows[:, number]), rel=1e-9, abs=1e-11)


def test_periods_are_compounded_to_a_year() -> None:
    flows = np.array([[-100.0], *[[1.0]] * 11, [101.0]])
    assert irr(flows, 12)[0] == pytest.approx(1.01**12 - 1, rel=1e-12)


def test_total_loss_and_no_single_return() -> None:
    flows = np.array([[-1.0, 0.0, -1.0], [0.0, 1.0, 3.0], [0.0, 1.0, -1.0]])
    found = irr(flows)
    assert found[0] == -1.0
    assert np.isnan(found[1:]).all()
