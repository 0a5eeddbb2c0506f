"""A lost site: its jobs run again elsewhere, and capacity that is gone is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from offtake.errors import OfftakeError
from offtake.model.bucket import Bucket
from offtake.model.fleet import Delivery
from offtake.simulate.parameters import Checkpoint
from offtake.simulate.scene import Mix, Scene, Size
from offtake.simulate.shock import SiteLoss, lose
from offtake.simulate.shock.loss import _deliveries
from tests.simulate.scenes import calm, cluster, small


def two_sites(load: float) -> Scene:
    sizes = (Size(node_count=1, work_hours=30.0, time_share=1.0),)
    scene = calm(
        clusters=(cluster("east", 8), cluster("west", 24)),
        jobs=Mix(load_ratio=load, sizes=sizes),
    )
    hourly = Checkpoint(interval_minutes=60.0)
    return replace(scene, parameters=replace(scene.parameters, checkpoint=hourly))


def test_capacity_that_is_gone_is_counted() -> None:
    made = lose(small(), SiteLoss(at_hours=12.0, lasts_hours=6.0), hours=24.0, replications=3)
    assert made.site == "north"
    assert made.change.capacity.mean == pytest.approx(-48 * 8 * 6.0)
    total = sum(mean.mean for mean in made.change.buckets.values())
    assert total == pytest.approx(made.change.capacity.mean)
    assert made.struck.mean > 0.0
    assert made.minutes is not None
    assert made.unclosed < 1e-9


def test_what_was_not_saved_is_lost() -> None:
    loss = SiteLoss(site="east", at_hours=12.0, lasts_hours=None)
    made = lose(two_sites(3.0), loss, hours=24.0, replications=4)
    assert made.struck.mean == 8.0  # all its nodes were busy
    lost = made.change.buckets[Bucket.LOST].mean
    # Half an hour on average, at most an hour of each job's eight accelerators.
    assert 0.0 < lost < 8 * 8 * 1.0
    assert made.change.capacity.mean == pytest.approx(-8 * 8 * 12.0)


def test_jobs_run_again_at_once_where_there_is_room_and_wait_where_there_is_none() -> None:
    loss = SiteLoss(site="east", at_hours=4.0, lasts_hours=6.0)
    full = lose(two_sites(3.0), loss, hours=24.0, replications=3)
    spare = two_sites(3.0)
    roomy = replace(
        spare,
        jobs=replace(spare.jobs, load_ratio=0.001),
        clusters=(*spare.clusters, cluster("north", 64)),
    )
    # So many jobs as fill the fleet run at first; half of 30 h later a share is done.
    thin = lose(roomy, replace(loss, at_hours=40.0), hours=60.0, replications=3)
    assert thin.minutes is not None
    assert full.minutes is not None
    assert thin.minutes.mean <= 5.0 + 1e-9
    assert thin.replaced_share == 1.0
    assert full.minutes.mean > 60.0


def test_a_site_that_is_not_there_or_not_then_is_refused() -> None:
    for loss, code in (
        (SiteLoss(site="nowhere"), "OTK-S045"),
        (SiteLoss(at_hours=60.0), "OTK-S046"),
        (SiteLoss(at_hours=90.0, lasts_hours=None), "OTK-S046"),
    ):
        with pytest.raises(OfftakeError, match=code):
            lose(small(), loss, hours=72.0, replications=1)


def spans(delivery: Delivery, loss: SiteLoss, lost: bool = True) -> list[tuple[float, object]]:
    there = replace(cluster("east", 1), deliveries=(delivery,))
    made = _deliveries(there, loss, 72.0, lost)
    return [(d.arrives_hours, d.leaves_hours) for d in made if d.arrives_hours <= 72.0]


def test_nodes_are_gone_while_the_site_is() -> None:
    loss = SiteLoss(at_hours=24.0, lasts_hours=24.0)

    def of(arrives: float, leaves: float | None = None, lost: bool = True) -> object:
        told = Delivery(node_count=1, arrives_hours=arrives, leaves_hours=leaves)
        return spans(told, loss, lost)

    assert of(0.0) == [(0.0, 24.0), (48.0, None)]
    assert of(0.0, lost=False) == [(0.0, None)]
    assert of(0.0, 60.0) == [(0.0, 24.0), (48.0, 60.0)]
    assert of(0.0, 30.0) == [(0.0, 24.0)]
    assert of(0.0, 20.0) == [(0.0, 20.0)]
    assert of(30.0) == [(48.0, None)]
    assert of(30.0, 40.0) == []
    assert of(50.0) == [(50.0, None)]
    assert spans(Delivery(node_count=1), SiteLoss(lasts_hours=None)) == [(0.0, 24.0)]
