"""Laws of a fleet that inference and training share, whatever users ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from offtake.model.bucket import Bucket
from offtake.model.service import Load, Service
from offtake.simulate.scene import Scene
from offtake.simulate.services.asked import Floats
from offtake.simulate.services.books import booked
from offtake.simulate.services.shift import hold, present, remaining
from tests.simulate.scenes import calm, cluster, service, with_services

STEPS = 12
TOKENS = st.floats(0.0, 30_000.0, allow_subnormal=False)
SERIES = st.lists(TOKENS, min_size=STEPS, max_size=STEPS)


@st.composite
def services(draw: st.DrawFn, name: str) -> Service:
    loads = tuple(
        Load(region=region, tokens_per_s=tuple(draw(SERIES)))
        for region in draw(st.sampled_from([("home",), ("home", "away"), ("away",)]))
    )
    minutes = st.sampled_from([0.0, 5.0, 12.0, 30.0])
    return service(
        id=name,
        loads=loads,
        nodes_per_replica_count=draw(st.integers(1, 3)),
        floor_count=draw(st.integers(0, 2)),
        headroom_ratio=draw(st.sampled_from([0.0, 0.3])),
        reclaim_minutes=draw(minutes),
        load_minutes=draw(minutes),
        keep_minutes=draw(minutes),
        latency_ms=draw(st.sampled_from([None, 50.0])),
    )


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    there = (
        cluster("near", draw(st.integers(1, 20)), home=10.0, away=80.0),
        cluster("far", draw(st.integers(1, 20)), home=90.0, away=20.0),
    )
    return with_services(calm(clusters=there), draw(services("a")), draw(services("b")))


def asked(scene: Scene) -> list[Floats]:
    return [np.array([load.tokens_per_s for load in told.loads]).T for told in scene.services]


@given(scenes(), st.booleans())
@settings(deadline=None, max_examples=40)
def test_nothing_is_dropped_and_nothing_is_held_twice(scene: Scene, shared: bool) -> None:
    held = hold(scene, asked(scene), shared=shared)
    there = present(scene.clusters, STEPS)
    left = there - sum(one.held for one in held)
    assert left.min() >= 0
    for one in held:
        assert np.allclose(one.flow.sum(axis=2) + one.unserved, one.demand)
        assert one.unserved.min() >= -1e-6
        assert (one.serving <= one.held).all()
        assert one.used_share.max(initial=0.0) <= 1.0 + 1e-9
    for place, there_now in enumerate(scene.clusters):
        spans = remaining(there_now, left[:, place])
        steps = sum(
            d.node_count
            * ((STEPS if d.leaves_hours is None else d.leaves_hours * 12) - d.arrives_hours * 12)
            for d in spans
        )
        assert abs(steps - left[:, place].sum()) < 1e-6


@given(scenes())
@settings(deadline=None, max_examples=40)
def test_the_ledger_of_inference_closes(scene: Scene) -> None:
    books = booked(scene, hold(scene, asked(scene)))
    assert abs(sum(books.seconds.values()) - books.held) <= 1e-9 * max(books.held, 1.0)
    assert min(books.seconds.values()) >= -1e-6
    assert books.seconds[Bucket.LOST] == 0.0


@given(scenes())
@settings(deadline=None, max_examples=40)
def test_a_fleet_without_end_serves_all_that_is_within_reach_when_it_may_hold_its_peak(
    scene: Scene,
) -> None:
    vast = tuple(cluster(c.id, 5000, **dict(c.latency_ms)) for c in scene.clusters)
    for one in hold(replace(scene, clusters=vast), asked(scene), shared=False):
        assert np.abs(one.unserved).max(initial=0.0) <= 1e-6 * max(one.demand.max(), 1.0)
