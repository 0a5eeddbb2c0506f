"""What was used, by both witnesses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.measure.used import used
from offtake.measure.watched import Run, Watched
from offtake.model.installation import ClusterSpec
from offtake.model.work import AttemptState

CLUSTER = ClusterSpec(
    id="north", site="s", accelerator="H100", accelerator_count=32, contract="c", tranche="t"
)
RUN = Run(
    token="a",
    job="j",
    cluster="north",
    accelerators=8,
    state=AttemptState.ENDED,
    began_at=100.3,
    ended_at=110.9,
    metered_s=85,
    accounted_s=84.0,
)
GONE = replace(RUN, token="b", state=AttemptState.VANISHED, ended_at=None, metered_s=None)
GONE = replace(GONE, accounted_s=None, gone_at=150.0)


def test_both_witnesses_and_what_neither_saw() -> None:
    silent = replace(RUN, token="c", accounted_s=None)
    told = replace(GONE, token="d", accounted_s=40.0)
    runs = replace(RUN, token="e", state=AttemptState.BEGUN, ended_at=None, metered_s=None)
    (found,) = used(Watched(clusters=(CLUSTER,), runs=(RUN, silent, GONE, told, runs)))
    assert (found.contract, found.tranche) == ("c", "t")
    assert (found.attempts, found.metered_s) == (2, 170)
    assert (found.accounted, found.accounted_s, found.difference_s) == (1, 84.0, 1.0)
    assert (found.vanished, found.told_of, found.vanished_s) == (2, 1, 40.0)
    assert found.running == 1


def test_a_run_across_the_end_is_in_both_halves_and_no_more() -> None:
    watched = Watched(clusters=(CLUSTER,), runs=(RUN,))
    (early,), (late,) = used(watched, ends=105.0), used(watched, 105.0)
    assert (early.metered_s, late.metered_s) == (38, 47)
    assert early.accounted_s + late.accounted_s == pytest.approx(84.0)
    (none,) = used(watched, 120.0)
    assert (none.attempts, none.metered_s, none.difference_s) == (0, 0, None)


def test_a_cluster_that_is_no_longer_there_still_shows_what_ran() -> None:
    (found,) = used(Watched(runs=(RUN,)))
    assert (found.cluster, found.contract, found.metered_s) == ("north", None, 85)
