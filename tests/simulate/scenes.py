"""A small scene that tests of causes and services share."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from offtake.files.valued import read_value
from offtake.model.fleet import Cluster, Delivery
from offtake.model.service import Curve, CurvePoint, Load, Service
from offtake.simulate.parameters import Checkpoint, Parameters, Power
from offtake.simulate.scene import Mix, Scene, Size
from tests.conftest import REPO

FILE = REPO / "worlds" / "small-fleet" / "scene.yaml"


@cache
def small() -> Scene:
    """The scene that comes with offtake."""
    return read_value(FILE, Scene, "scene/1")


def calm(nodes: int = 16, **others: Any) -> Scene:
    """One cluster on which nothing fails, kept busy by jobs of one node; checkpoints are free."""
    usual: dict[str, Any] = {
        "clusters": (cluster("here", nodes),),
        "parameters": Parameters(
            hazards=(), checkpoint=Checkpoint(interval_minutes=0.0), power=Power(tdp_watts=1000.0)
        ),
        "jobs": Mix(load_ratio=3.0, sizes=(Size(node_count=1, work_hours=2.0, time_share=1.0),)),
    }
    return Scene(**{**usual, **others})


def cluster(name: str, nodes: int, **trips: float) -> Cluster:
    """A cluster of so many nodes, so many milliseconds from regions."""
    return Cluster(
        id=name,
        site=name,
        accelerator="H100",
        deliveries=(Delivery(node_count=nodes),),
        latency_ms=trips or {"home": 10.0},
    )


def service(**others: Any) -> Service:
    """A service of 1000 tokens/s a node at the speed that is promised; nodes go over at once."""
    usual: dict[str, Any] = {
        "id": "chat",
        "curves": (curve((10.0, 2000.0), (20.0, 1000.0), (40.0, 400.0)),),
        "user_tokens_per_s": 20.0,
        "headroom_ratio": 0.0,
        "reclaim_minutes": 0.0,
        "load_minutes": 0.0,
        "keep_minutes": 0.0,
        "loads": (Load(region="home", mean_tokens_per_s=4000.0),),
    }
    return Service(**{**usual, **others})


def curve(*points: tuple[float, float], accelerator: str = "H100") -> Curve:
    """A curve of points: tokens/s a user, tokens/s a node."""
    made = tuple(CurvePoint(user_tokens_per_s=u, node_tokens_per_s=n) for u, n in points)
    return Curve(accelerator=accelerator, points=made)


def with_services(scene: Scene, *services: Service) -> Scene:
    """The same fleet, with these services."""
    return replace(scene, services=services)
