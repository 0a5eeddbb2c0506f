"""The best cap, found by its formula and by looking."""

from __future__ import annotations

import numpy as np
import pytest

from offtake.simulate.parameters import Power
from offtake.simulate.validate.power import TDP_WATTS, acme, best_watts, site


@pytest.mark.parametrize("rest", [0.0, 300.0, 890.0])
def test_the_formula_finds_the_best_cap(rest: float) -> None:
    caps = np.linspace(0.5, 1.0, 100_001)
    work = 1.0 - Power().loss_ratio * (1.0 - caps) ** 2
    best = caps[np.argmax(work / (caps * TDP_WATTS + rest))] * TDP_WATTS
    assert best_watts(rest) == pytest.approx(best, abs=0.1)


def test_misses_are_shown_beside_hits() -> None:
    rows = {row.what: row.verdict.value for case in (site(), acme()) for row in case.rows}
    assert rows["GB200 in 150 MW, capped at 960 W"] == "hit"
    assert rows["the same without a cap"] == "miss"
    assert rows["Kalos: mean, time in use by GPU_UTIL"] == "miss"
    assert rows["Kalos: mean, time in use by SM activity"] == "hit"
