"""Ray and Kubernetes for the suite of engines: stand-ins always, real ones where they are named.

`OFFTAKE_RAY=http://127.0.0.1:8265` names the dashboard of a Ray with one node of eight GPUs
(`OFFTAKE_RAY_TOKEN_FILE` the file of its token, where it wants one), and
`OFFTAKE_KUBERNETES=1` says that the cluster of KUBECONFIG may be used; both see this machine's
temporary folder under its own path.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec
from offtake.operate.engines import kubernetes, ray
from tests.ports.engines import Bench
from tests.ports.kubernetes_fake import KubernetesFake
from tests.ports.processes import serving
from tests.ports.ray_fake import RayFake

TOKEN = "let-me-in"


def cluster(engine: EngineSpec, accelerator: str = "h100") -> ClusterSpec:
    """Describe a cluster of two nodes of eight."""
    return ClusterSpec(
        id="abilene", site="tx", accelerator=accelerator, accelerator_count=16, engine=engine
    )


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    return str(path)


@pytest.fixture
def ray_server() -> Iterator[tuple[RayFake, str]]:
    fake = RayFake()
    with serving(fake.asked, token=TOKEN) as url:
        yield fake, url
        fake.end()


@pytest.fixture
def kubernetes_server() -> Iterator[tuple[KubernetesFake, str]]:
    fake = KubernetesFake()
    with serving(fake.asked, token=TOKEN) as url:
        yield fake, url
        fake.end()


def _clock() -> float:
    return 0.0


def ray_at(url: str, folder: Path, token_file: str | None) -> Bench:
    # The first job of a Ray that has just begun takes longer than the default.
    spec = EngineSpec(kind=EngineKind.RAY, url=url, token_file=token_file, timeout_s=30.0)
    engine, yard = ray.made(cluster(spec), folder / "yard", _clock)
    return Bench(engine, yard)


def kubernetes_at(spec: EngineSpec, folder: Path, accelerator: str = "h100") -> Bench:
    engine, yard = kubernetes.made(cluster(spec, accelerator), folder / "yard", _clock)
    return Bench(engine, yard)


@pytest.fixture
def ray_fake(ray_server: tuple[RayFake, str], tmp_path: Path, token_file: str) -> Iterator[Bench]:
    bench = ray_at(ray_server[1], tmp_path, token_file)
    yield bench
    bench.engine.close()


@pytest.fixture
def ray_real(tmp_path: Path) -> Iterator[Bench]:
    url = os.environ.get("OFFTAKE_RAY")
    if url is None:
        pytest.skip("OFFTAKE_RAY names no dashboard of a Ray")
    bench = ray_at(url, tmp_path, os.environ.get("OFFTAKE_RAY_TOKEN_FILE"))
    yield bench
    bench.engine.stop([path.name for path in (tmp_path / "yard" / "attempts").iterdir()])
    bench.engine.close()


@pytest.fixture
def kubernetes_fake(
    kubernetes_server: tuple[KubernetesFake, str], tmp_path: Path, token_file: str
) -> Iterator[Bench]:
    spec = EngineSpec(
        kind=EngineKind.KUBERNETES,
        url=kubernetes_server[1],
        token_file=token_file,
        namespace="lab",
        image="registry.example/body:1",
        partition="training",
    )
    bench = kubernetes_at(spec, tmp_path)
    yield bench
    bench.engine.close()


@pytest.fixture
def kubernetes_real(tmp_path: Path) -> Iterator[Bench]:
    config = os.environ.get("KUBECONFIG")
    if os.environ.get("OFFTAKE_KUBERNETES") != "1" or config is None:
        pytest.skip("OFFTAKE_KUBERNETES is not 1, or KUBECONFIG names no cluster")
    image = os.environ.get("OFFTAKE_KUBERNETES_IMAGE", "debian:stable-slim")
    spec = EngineSpec(kind=EngineKind.KUBERNETES, config=config, image=image)
    bench = kubernetes_at(spec, tmp_path, "cpu")
    yield bench
    bench.engine.stop([path.name for path in (tmp_path / "yard" / "attempts").iterdir()])
    bench.engine.close()
