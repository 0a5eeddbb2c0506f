"""The HTTP API as a client sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from offtake.operate import access
from offtake.operate.access import Gate, Role
from offtake.store.opening import open_store
from tests.api.serving import serving

HELLO = {"name": "hello", "run": "echo hello; exit 0", "accelerator": ["cpu"]}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        serving(tmp_path_factory.mktemp("service")) as url,
        httpx.Client(base_url=url, timeout=30.0) as made,
    ):
        yield made


def until(client: httpx.Client, job: str, *states: str) -> Any:
    found: Any = None
    for _ in range(600):
        found = client.get(f"/v1/jobs/{job}").json()
        if found["state"] in states:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def hand_in(client: httpx.Client, **changed: Any) -> str:
    answer = client.post("/v1/jobs", json={**HELLO, **changed})
    assert answer.status_code == 201, answer.text
    job: str = answer.json()["jobs"][0]
    return job


def test_a_job_is_handed_in_runs_and_can_be_read(client: httpx.Client) -> None:
    job = hand_in(client)
    found = until(client, job, "succeeded")
    assert found["attempts"][0]["exit_code"] == 0
    log = client.get(f"/v1/jobs/{job}/log")
    assert log.text == "hello\n"
    assert log.headers["Offtake-Offset"] == "6"
    assert client.get(f"/v1/jobs/{job}/log", params={"offset": 6}).text == ""


def test_what_was_told_of_jobs_is_how_they_stand(client: httpx.Client) -> None:
    """As of now, by what was told, they are as their own rows say; before, as they were then."""
    done = hand_in(client, name="told")
    until(client, done, "succeeded")
    cancelled = hand_in(client, name="told", accelerator_count=8, run="sleep 100")
    until(client, cancelled, "running")
    then = time.time()
    client.post(f"/v1/jobs/{cancelled}/cancel")
    until(client, cancelled, "cancelled")
    asked: dict[str, Any] = {"name": "told", "limit": 1000}
    now = client.get("/v1/jobs", params=asked).json()["jobs"]
    told = client.get("/v1/jobs", params={**asked, "as_of": time.time()}).json()["jobs"]
    for word in ("id", "state", "spec", "submitted"):
        assert [one[word] for one in told] == [one[word] for one in now]
    before = client.get("/v1/jobs", params={**asked, "as_of": then}).json()["jobs"]
    assert [(one["id"], one["state"]) for one in before] == [
        (cancelled, "running"),
        (done, "succeeded"),
    ]
    assert {one["cluster"] for one in before} == {"here"}
    running = client.get("/v1/jobs", params={**asked, "as_of": then, "state": "running"})
    assert [one["id"] for one in running.json()["jobs"]] == [cancelled]
    assert client.get("/v1/counts", params={"as_of": 1.0}).json()["running"] == 0
    for never in ("yesterday", time.time() + 3600.0):
        for path in ("/v1/jobs", "/v1/counts"):
            assert client.get(path, params={"as_of": never}).status_code == 422


def test_a_key_sent_again_gives_the_first_answer(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "one"}
    first = client.post("/v1/jobs", json=HELLO, headers=headers)
    again = client.post("/v1/jobs", json=HELLO, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["jobs"] == again.json()["jobs"]
    other = client.post("/v1/jobs", json={**HELLO, "name": "other"}, headers=headers)
    assert other.status_code == 409
    assert other.json()["faults"][0]["code"] == "OTK-E021"


def test_a_key_has_a_longest_length(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", json=HELLO, headers={"Idempotency-Key": "k" * 201})
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["where"] == "header.idempotency-key"


def test_the_document_says_how_jobs_are_handed_in(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    said = document["paths"]["/v1/jobs"]
    assert set(said) == {"get", "post"}
    schema = said["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["anyOf"][0]["$ref"].rpartition("/")[2] in document["components"]["schemas"]


def test_many_are_taken_in_or_none(client: httpx.Client) -> None:
    before = sum(client.get("/v1/counts").json().values())
    wrong = client.post("/v1/jobs", json=[HELLO, {**HELLO, "accelerator": ["TPU"]}])
    assert wrong.status_code == 422
    assert wrong.headers["Content-Type"] == "application/problem+json"
    assert wrong.json()["faults"][0]["code"] == "OTK-E022"
    assert sum(client.get("/v1/counts").json().values()) == before
    many = client.post("/v1/jobs", json=[{**HELLO, "accelerator": ["H100"]}] * 50)
    assert len(many.json()["jobs"]) == 50


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 422, "OTK-H002"),
        (b"[]", 422, "OTK-H002"),
        (b'{"name": "a"}', 422, "OTK-H002"),
        (b'{"name": "a", "run": "true", "surprise": 1}', 422, "OTK-H002"),
        (b'{"name": "a", "run": "true", "accelerator_count": 0}', 422, "OTK-H002"),
        (b'{"name": "a", "run": "true", "clusters": ["her"]}', 422, "OTK-E030"),
        (b'{"name": "a", "run": "true", "env": {"A;B": "x"}}', 422, "OTK-E004"),
        (b'{"name": "a", "run": "' + b"x" * 1_000_001 + b'"}', 413, "OTK-E024"),
        (b'{"name": "a", "run": "' + b"x" * 32_000_001 + b'"}', 413, "OTK-H001"),
    ],
    ids=["cut", "none", "no-run", "unknown", "zero", "cluster", "shell", "1-MB", "32-MB"],
)
def test_what_is_not_sound_is_told(
    client: httpx.Client, body: bytes, status: int, code: str
) -> None:
    answer = client.post("/v1/jobs", content=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["faults"][0]["code"] == code


def test_shell_metacharacters_are_data(client: httpx.Client) -> None:
    job = hand_in(client, run='printf %s "$A"', env={"A": "$(touch pwned); `id` ' \" \\ \n*"})
    until(client, job, "succeeded")
    assert client.get(f"/v1/jobs/{job}/log").text == "$(touch pwned); `id` ' \" \\ \n*"


def test_a_running_job_is_cancelled(client: httpx.Client) -> None:
    job = hand_in(client, run="sleep 60", grace_s=1)
    until(client, job, "running")
    assert client.post(f"/v1/jobs/{job}/cancel").status_code == 202
    assert until(client, job, "cancelled")["reason"] == "cancelled"
    assert client.post(f"/v1/jobs/{job}/cancel").status_code == 409


def test_events_tell_what_happened_in_order(client: httpx.Client) -> None:
    job = hand_in(client)
    until(client, job, "succeeded")
    told = client.get("/v1/events", params={"after": 0, "job": job, "follow": False}).text
    kinds = [line.split()[1] for line in told.splitlines() if line.startswith("event:")]
    assert kinds == ["queued", "placed", "running", "succeeded"]


def test_clusters_are_drained_and_resumed(client: httpx.Client) -> None:
    assert client.post("/v1/clusters/here/drain").status_code == 202
    job = hand_in(client)
    time.sleep(0.6)
    said = client.get(f"/v1/jobs/{job}/why").json()
    assert said["state"] == "queued"
    assert next(c for c in said["clusters"] if c["cluster"] == "here")["drained"]
    assert client.post("/v1/clusters/here/resume").status_code == 202
    until(client, job, "succeeded")
    assert client.post("/v1/clusters/her/drain").status_code == 404
    kinds = [e["kind"] for e in client.get("/v1/clusters/here/events").json()["events"]]
    assert kinds[-2:] == ["drained", "resumed"]


def test_metrics_and_health(client: httpx.Client) -> None:
    assert client.get("/healthz").json()["engines"] == {"here": "ok", "abilene": "ok"}
    text = client.get("/metrics").text
    assert 'offtake_cluster_usable_accelerators{cluster="abilene"} 64.0' in text
    assert "offtake_cycle_seconds_bucket" in text


def test_a_number_of_any_length_is_answered(client: httpx.Client) -> None:
    for digits in (30, 308, 400, 4000):
        body = f'{{"name": "a", "run": "b", "accelerator_count": 1{"0" * digits}}}'
        answer = client.post("/v1/jobs", content=body)
        assert answer.status_code == 422
        assert answer.json()["faults"][0]["code"] in ("OTK-E022", "OTK-F120")


def test_what_is_not_there(client: httpx.Client) -> None:
    for path in ("/v1/jobs/j-none", "/v1/nothing"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json()["faults"][0]["code"] in ("OTK-E020", "OTK-H007")


def test_tokens_say_who_may_do_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "CACHED_S", 0.0)
    with serving(tmp_path) as url, httpx.Client(base_url=url) as client:
        gate = Gate(open_store(tmp_path / "work.db"), clock=time.time)
        tokens = {role: gate.make(role.name.lower(), role) for role in Role if role}
        blue = gate.make("blue", Role.SUBMITTER, tenant="blue")
        old = gate.make("old", Role.OWNER, days=-1.0)

        def ask(method: str, path: str, token: str | None, **more: Any) -> int:
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            return client.request(method, path, headers=headers, **more).status_code

        assert ask("GET", "/v1/jobs", None) == 401
        assert ask("GET", "/v1/jobs", "otk_wrong") == 401
        assert ask("GET", "/v1/jobs", old) == 401
        assert ask("GET", "/v1/jobs", tokens[Role.VIEWER]) == 200
        assert ask("GET", "/healthz", None) == 200
        assert [ask("GET", "/metrics", each) for each in (None, blue)] == [401, 403]
        assert ask("GET", "/metrics", tokens[Role.VIEWER]) == 200
        assert ask("POST", "/v1/jobs", tokens[Role.VIEWER], json=HELLO) == 403
        assert ask("POST", "/v1/jobs", tokens[Role.SUBMITTER], json=HELLO) == 201
        assert ask("POST", "/v1/jobs", blue, json=HELLO) == 403
        assert ask("POST", "/v1/clusters/here/drain", tokens[Role.SUBMITTER]) == 403
        assert ask("POST", "/v1/clusters/here/drain", tokens[Role.OPERATOR]) == 202
        job = client.get(
            "/v1/jobs", headers={"Authorization": f"Bearer {tokens[Role.VIEWER]}"}
        ).json()["jobs"][0]["id"]
        assert ask("GET", f"/v1/jobs/{job}", blue) == 404
        gate.revoke("viewer")
        assert ask("GET", "/v1/jobs", tokens[Role.VIEWER]) == 401


def test_a_job_is_checked_and_not_taken_in(client: httpx.Client) -> None:
    before = sum(client.get("/v1/counts").json().values())
    answer = client.post("/v1/check", json=[HELLO, {**HELLO, "accelerator": []}])
    first = {c["cluster"]: c["never"] for c in answer.json()["jobs"][0]["clusters"]}
    assert first == {"here": None, "abilene": "it has H100, not cpu"}
    assert [c["never"] for c in answer.json()["jobs"][1]["clusters"]] == [None, None]
    refused = client.post("/v1/check", json={**HELLO, "accelerator": ["TPU"]})
    assert refused.json()["faults"][0]["code"] == "OTK-E022"
    assert sum(client.get("/v1/counts").json().values()) == before


def test_jobs_are_found_by_name_the_newest_first(client: httpx.Client) -> None:
    first, second = hand_in(client, name="by-name"), hand_in(client, name="by-name")
    found = client.get("/v1/jobs", params={"name": "by-name"}).json()["jobs"]
    assert [job["id"] for job in found] == [second, first]


def test_events_of_a_job_there_is_not(client: httpx.Client) -> None:
    answer = client.get("/v1/events", params={"job": "j-none", "follow": False})
    assert answer.status_code == 404
