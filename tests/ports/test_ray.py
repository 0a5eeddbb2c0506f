"""Ray beyond the suite of all engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.model.installation import EngineKind, EngineSpec
from offtake.operate.engines import ray
from offtake.operate.engines.port import EngineError, Refused, Submitted, Unsure
from tests.ports.conftest import cluster, ray_at
from tests.ports.engines import Bench
from tests.ports.ray_fake import RayFake

Served = tuple[RayFake, str]


def test_several_nodes_are_refused_for_good(ray_fake: Bench) -> None:
    (answer,) = ray_fake.engine.submit([ray_fake.launch(nodes=2, accelerators=8)])
    assert answer == Refused("Ray stands an entrypoint on one node", lasting=True)


def test_what_ray_cannot_read_is_refused_for_good(ray_fake: Bench, ray_server: Served) -> None:
    (answer,) = ray_fake.engine.submit([ray_fake.launch(accelerators=-1)])
    assert isinstance(answer, Refused)
    assert answer.lasting
    assert "-1 is less than the minimum of 0" in answer.reason
    assert ray_server[0].jobs == {}


def test_an_error_leaves_it_unknown_whether_it_was_handed_in(
    ray_fake: Bench, ray_server: Served
) -> None:
    ray_server[0].refuse = "Traceback\nRuntimeError: no agent"
    answers = ray_fake.engine.submit([ray_fake.launch()])
    assert answers == [Unsure("Ray answered with 500: RuntimeError: no agent")]


def test_an_error_about_what_ray_has_is_as_good_as_taken(
    ray_fake: Bench, ray_server: Served
) -> None:
    launch = ray_fake.launch("sleep 30")
    ray_fake.engine.submit([launch])
    ray_server[0].refuse = "Traceback\nRuntimeError: no agent"
    assert ray_fake.engine.submit([launch]) == [Submitted(launch.token)]


def test_jobs_of_others_are_left_out(ray_fake: Bench, ray_server: Served) -> None:
    launch = ray_fake.launch("sleep 30")
    ray_fake.engine.submit([launch])
    job = ray_server[0].jobs[launch.token]
    job["metadata"] = {**job["metadata"], "offtake_cluster": "elsewhere"}
    assert ray_fake.engine.sightings() == {}


def test_the_wrapper_has_its_grace_before_ray_ends_it(ray_fake: Bench, ray_server: Served) -> None:
    launch = ray_fake.launch(grace_s=120.0)
    ray_fake.engine.submit([launch])
    env = ray_server[0].jobs[launch.token]["runtime_env"]["env_vars"]
    assert env == {"RAY_JOB_STOP_WAIT_TIME_S": "130"}


def test_a_token_that_is_refused_is_said(ray_server: Served, tmp_path: Path) -> None:
    bench = ray_at(ray_server[1], tmp_path, None)
    with pytest.raises(EngineError, match="OTK-E092"):
        bench.engine.submit([bench.launch()])
    bench.engine.close()


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    bench = ray_at("http://127.0.0.1:9", tmp_path, None)
    with pytest.raises(EngineError, match="OTK-E090"):
        bench.engine.submit([bench.launch()])
    with pytest.raises(EngineError, match="OTK-E090"):
        bench.engine.sightings()
    bench.engine.close()


@pytest.mark.parametrize("url", [None, "", "head:8265", "ftp://head"])
def test_an_address_is_needed(url: str | None, tmp_path: Path) -> None:
    spec = EngineSpec(kind=EngineKind.RAY, url=url)
    with pytest.raises(OfftakeError, match="OTK-E094"):
        ray.made(cluster(spec), tmp_path / "yard", lambda: 0.0)
