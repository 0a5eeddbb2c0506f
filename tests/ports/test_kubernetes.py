"""Kubernetes beyond the suite of all engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.errors import OfftakeError
from offtake.model.installation import EngineKind, EngineSpec
from offtake.operate.engines.kubernetes import words
from offtake.operate.engines.kubernetes.reach import reach
from offtake.operate.engines.port import EngineError, NodeState, Refused, Seen, Unsure
from tests.ports.conftest import kubernetes_at
from tests.ports.engines import Bench
from tests.ports.kubernetes_fake import KubernetesFake

Served = tuple[KubernetesFake, str]

CONFIG = """
current-context: here
contexts: [{name: here, context: {cluster: c, user: u, namespace: lab}}]
clusters: [{name: c, cluster: {server: "https://k8s.example:6443"}}]
users: [{name: u, user: %s}]
"""


def test_lists_are_read_to_their_end(kubernetes_fake: Bench) -> None:
    launches = [kubernetes_fake.launch("sleep 30") for _ in range(5)]
    kubernetes_fake.engine.submit(launches)
    assert set(kubernetes_fake.engine.sightings()) == {one.token for one in launches}
    assert [node.name for node in kubernetes_fake.engine.nodes()] == ["a", "b"]


def test_a_list_that_grew_too_old_is_begun_anew_or_given_up_whole(
    kubernetes_fake: Bench, kubernetes_server: Served
) -> None:
    launches = [kubernetes_fake.launch("sleep 30") for _ in range(3)]
    kubernetes_fake.engine.submit(launches)
    kubernetes_server[0].old = 2
    assert set(kubernetes_fake.engine.sightings()) == {one.token for one in launches}
    kubernetes_server[0].old = 3
    with pytest.raises(EngineError, match="OTK-E093"):
        kubernetes_fake.engine.sightings()


def test_several_nodes_begin_together_and_the_first_decides(
    kubernetes_fake: Bench, kubernetes_server: Served, tmp_path: Path
) -> None:
    body = f"touch {tmp_path}/$JOB_COMPLETION_INDEX; while [ ! -e {tmp_path}/1 ]; do :; done"
    launch = kubernetes_fake.launch(f"{body}\nexit 0", nodes=2, accelerators=16)
    kubernetes_fake.engine.submit([launch])
    report = kubernetes_fake.report(launch.token, ended=True)
    assert report.exit_code == 0
    assert (tmp_path / "0").exists()
    assert (tmp_path / "1").exists()
    spec = kubernetes_server[0].jobs[f"otk-{launch.token}"]["spec"]
    assert spec["parallelism"] == spec["completions"] == 2
    (container,) = spec["template"]["spec"]["containers"]
    assert container["resources"]["limits"] == {"nvidia.com/gpu": "8"}


def test_a_revoked_attempt_begins_on_none_of_its_nodes(
    kubernetes_fake: Bench, tmp_path: Path
) -> None:
    launch = kubernetes_fake.launch(f"touch {tmp_path}/begun", nodes=2, accelerators=2)
    assert kubernetes_fake.yard.revoke(launch.token)
    kubernetes_fake.engine.submit([launch])

    def gone() -> bool:
        return kubernetes_fake.engine.sightings()[launch.token].seen is Seen.GONE

    kubernetes_fake.until(gone, "the wrapper gave up")
    assert not (tmp_path / "begun").exists()


def test_a_deleted_job_is_seen_while_its_pods_end(kubernetes_fake: Bench) -> None:
    launch = kubernetes_fake.launch("trap '' TERM; sleep 0.5; sleep 0.5; sleep 30", grace_s=1.0)
    kubernetes_fake.engine.submit([launch])
    kubernetes_fake.report(launch.token, ended=False)
    kubernetes_fake.engine.stop([launch.token])
    assert kubernetes_fake.engine.sightings()[launch.token].seen is Seen.RUNNING
    assert kubernetes_fake.report(launch.token, ended=True).stopped


def test_a_queue_of_kueue_is_asked_for(kubernetes_fake: Bench, kubernetes_server: Served) -> None:
    launch = kubernetes_fake.launch()
    kubernetes_fake.engine.submit([launch])
    labels = kubernetes_server[0].jobs[f"otk-{launch.token}"]["metadata"]["labels"]
    assert labels[words.QUEUE] == "training"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (422, Refused("no", lasting=True)),
        (403, Refused("no")),
        (429, Refused("no")),
        (500, Unsure("the API server answered with 500: no")),
    ],
)
def test_what_the_api_server_answers(
    kubernetes_fake: Bench,
    kubernetes_server: Served,
    status: int,
    expected: Refused | Unsure,
) -> None:
    kubernetes_server[0].say = (status, {"kind": "Status", "message": "no"})
    assert kubernetes_fake.engine.submit([kubernetes_fake.launch()]) == [expected]


def test_an_error_in_place_of_a_list_is_no_list(
    kubernetes_fake: Bench, kubernetes_server: Served
) -> None:
    kubernetes_server[0].say = (200, "")
    with pytest.raises(EngineError, match="OTK-E093"):
        kubernetes_fake.engine.sightings()
    kubernetes_server[0].say = (503, "")
    with pytest.raises(EngineError, match="OTK-E091"):
        kubernetes_fake.engine.nodes()


def test_pods_that_cannot_begin_are_held() -> None:
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff"}}}
    pod = {
        "metadata": {"labels": {words.TOKEN: "a" * 32}},
        "spec": {"nodeName": "n1"},
        "status": {"phase": "Pending", "containerStatuses": [waiting]},
    }
    seen = words.sighting_of_pod(pod)
    assert seen is not None
    assert (seen.seen, seen.reason, seen.nodes) == (Seen.HELD, "ImagePullBackOff", ("n1",))


@pytest.mark.parametrize(
    ("spec", "ready", "expected"),
    [
        ({}, "True", NodeState.UP),
        ({"unschedulable": True}, "True", NodeState.DRAINED),
        ({"unschedulable": True}, "Unknown", NodeState.DOWN),
        ({}, "False", NodeState.DOWN),
    ],
)
def test_what_nodes_say(spec: dict[str, bool], ready: str, expected: NodeState) -> None:
    status = {
        "allocatable": {"amd.com/gpu": "8"},
        "conditions": [{"type": "Ready", "status": ready}],
    }
    node = words.node_of({"metadata": {"name": "n"}, "spec": spec, "status": status}, "mi300x")
    assert (node.state, node.accelerators) == (expected, 8)


def test_a_kubeconfig_says_where_and_as_whom(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(CONFIG % "{tokenFile: mine}")
    (tmp_path / "mine").write_text("secret\n")
    found = reach("c", EngineSpec(kind=EngineKind.KUBERNETES, config=str(path)))
    assert (found.url, found.namespace) == ("https://k8s.example:6443", "lab")
    assert found.token() == "secret"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CONFIG % "{exec: {command: aws}}", "`exec`"),
        (CONFIG % "{client-certificate: not-there, client-key: nor-this}", "not-there"),
        (CONFIG.replace("current-context: here", "current-context: there") % "{}", "there"),
        ("", "NoneType"),
        ("a: [", "ParserError"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_said(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(EngineError, match="OTK-E095") as caught:
        reach("c", EngineSpec(kind=EngineKind.KUBERNETES, config=str(path)))
    assert said in str(caught.value)


def test_an_image_is_needed(tmp_path: Path) -> None:
    spec = EngineSpec(kind=EngineKind.KUBERNETES, url="https://k8s.example:6443")
    with pytest.raises(OfftakeError, match="OTK-E096"):
        kubernetes_at(spec, tmp_path)
