"""Services over HTTP: taken in, told their load, scaled, ended; each tenant's are its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from offtake.errors import OfftakeError
from offtake.operate import access
from offtake.operate.access import Gate, Role
from offtake.store.opening import open_store
from tests.api.serving import serving

CHAT = {
    "name": "chat",
    "run": "simulate 100000",
    "accelerator": ["H100"],
    "accelerator_count": 8,
    "replica_requests_per_s": 10.0,
    "headroom_ratio": 0.0,
}
URL = "/v1/services/chat"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(tmp_path) as url, httpx.Client(base_url=url, timeout=30.0) as made:
        yield made


def running(client: httpx.Client, count: int) -> Any:
    found: Any = None
    for _ in range(400):
        found = client.get(URL).json()
        if found["regions"][0]["running"] == count == found["regions"][0]["replicas"]:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["faults"][0]["code"]


def test_a_service_is_taken_in_scaled_and_ended(client: httpx.Client) -> None:
    checked = client.put(URL, json=CHAT, params={"check": True}).json()["regions"]
    assert [c["never"] for c in checked[0]["clusters"]] == [None, "it has cpu, not H100"]
    assert client.get("/v1/services").json() == {"services": []}
    assert client.put(URL, json=CHAT).status_code == 201
    assert client.put(URL, json=CHAT).status_code == 200
    found = running(client, 1)
    assert client.get(f"/v1/jobs/{found['replicas'][0]['job']}").json()["state"] == "running"
    said = client.put(f"{URL}/load", json={"": 25.0}).json()["regions"][0]
    assert (said["wanted"], said["requests_per_s"]) == (3, 25.0)
    running(client, 3)
    told = client.get("/metrics").text
    for state, count in (("wanted", 3), ("running", 3), ("waiting", 0), ("short", 0)):
        labels = f'region="",service="chat",state="{state}"'
        assert f"offtake_service_replicas{{{labels}}} {count}.0" in told
    assert 'offtake_service_requests_per_s{region="",service="chat"} 25.0' in told
    assert client.put(f"{URL}/replicas", json={"": 2}).json()["regions"][0]["asked"] == 2
    running(client, 2)
    assert client.delete(URL).status_code == 202
    running(client, 0)
    assert code(client.put(f"{URL}/load", json={"": 1.0})) == (404, "OTK-E160")


def test_what_is_not_sound_is_said_in_words(client: httpx.Client) -> None:
    assert code(client.put(URL, json={**CHAT, "name": "other"})) == (422, "OTK-H002")
    assert code(client.put(URL, json={**CHAT, "runs": "x"})) == (422, "OTK-H002")
    assert code(client.put(URL, content=b"{")) == (422, "OTK-H002")
    assert code(client.put(URL, json={**CHAT, "accelerator": ["TPU"]})) == (422, "OTK-E022")
    assert code(client.get(URL)) == (404, "OTK-E160")
    client.put(URL, json=CHAT)
    assert code(client.put(f"{URL}/load", json={"mars": 1.0})) == (422, "OTK-E162")
    assert code(client.put(f"{URL}/load", json={"": -1.0})) == (422, "OTK-E165")
    assert code(client.put(f"{URL}/replicas", json={"": 10**9})) == (422, "OTK-E165")


def test_services_of_other_tenants_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "CACHED_S", 0.0)
    with serving(tmp_path) as url, httpx.Client(base_url=url) as client:
        gate = Gate(open_store(tmp_path / "work.db"), clock=time.time)
        owner = gate.make("root", Role.OWNER)
        blue = gate.make("blue", Role.SUBMITTER, tenant="blue")
        viewer = gate.make("eve", Role.VIEWER)
        with pytest.raises(OfftakeError) as caught:
            gate.make("service:chat", Role.SUBMITTER)
        assert caught.value.faults[0].code == "OTK-E167"

        def ask(token: str, method: str, path: str, **more: Any) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return client.request(method, path, headers=headers, **more).status_code

        assert ask(owner, "PUT", URL, json=CHAT) == 201
        assert ask(viewer, "GET", URL) == 200
        assert ask(viewer, "PUT", f"{URL}/load", json={"": 1.0}) == 403
        assert ask(blue, "GET", URL) == 404
        assert ask(blue, "DELETE", URL) == 404
        assert ask(blue, "PUT", URL, json=CHAT) == 403
