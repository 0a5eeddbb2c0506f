"""What a slurmrestd that misbehaves makes of a submission: a small one of our own does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from offtake.operate.engines.port import EngineError, Launch, Refused, Submitted, Unsure
from offtake.operate.engines.slurm.dialect import Request
from offtake.operate.engines.slurm.rest import Rest

SCHEMA = {
    "properties": {
        "job": {
            "properties": {
                "name": {"type": "string"},
                "environment": {"type": "object"},
                "time_limit": {"type": "integer"},
                "gres": {"type": "string"},
            }
        }
    }
}
CONTENT = {"application/json": {"schema": SCHEMA}}
OPENAPI = {"paths": {"/slurm/v0.0.38/job/submit": {"post": {"requestBody": {"content": CONTENT}}}}}
GONE = (0, None)
"""The connection ends without an answer."""


class Fake:
    """A slurmrestd that gives one prepared answer after the other."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.openapi: tuple[int, Any] = (200, OPENAPI)
        self.pinged: tuple[int, Any] = (200, {"errors": [], "pings": [{"ping": "UP"}]})
        self.described = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path.endswith("/ping"):
                    self._say(*outer.pinged)
                    return
                outer.described += 1
                self._say(*outer.openapi)

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.bodies.append(json.loads(self.rfile.read(length)))
                outer.tokens.append(self.headers["X-SLURM-USER-TOKEN"])
                self._say(*outer.answers.pop(0))

            def _say(self, status: int, body: Any) -> None:
                if (status, body) == GONE:
                    self.close_connection = True
                    return
                sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def fake() -> Iterator[Fake]:
    made = Fake()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def rest(fake: Fake, tmp_path: Path) -> Iterator[Rest]:
    token = tmp_path / "token"
    token.write_text("first\n")
    made = Rest("narvik", fake.url, user="lab", token_file=token, timeout_s=5.0)
    yield made
    made.close()


@pytest.fixture
def requests() -> Callable[[int], list[Request]]:
    def make(count: int) -> list[Request]:
        return [
            Request(
                launch=Launch(
                    token=f"{n:032x}",
                    job=f"job-{n}",
                    name="train",
                    command=("/bin/true",),
                    log="/y/log",
                    folder=None,
                    script="",
                ),
                partition=None,
                account=None,
                environment={"PATH": "/bin"},
            )
            for n in range(count)
        ]

    return make


Requests = Callable[[int], list[Request]]


def _ok(number: int) -> tuple[int, Any]:
    return (200, {"errors": [], "job_id": number})


def _wrong(code: int, said: str, status: int = 500) -> tuple[int, Any]:
    return (status, {"errors": [{"error_code": code, "error": said}]})


def test_jobs_are_handed_in_by_name(fake: Fake, rest: Rest, requests: Requests) -> None:
    fake.answers = [_ok(7), _ok(8)]
    assert rest.submit(requests(2)) == [Submitted("7"), Submitted("8")]
    assert [body["job"]["name"] for body in fake.bodies] == [f"{0:032x}", f"{1:032x}"]


def test_a_job_that_was_taken_in_counts_whatever_is_said_beside_it(
    fake: Fake, rest: Rest, requests: Requests
) -> None:
    # Seen on 22.05 while all nodes were down: status 200, an error, and a job that then ran.
    beside = {"errors": [{"error_code": 2068, "error": "Required node not available"}]}
    fake.answers = [(200, {**beside, "job_id": 504})]
    assert rest.submit(requests(1)) == [Submitted("504")]


def test_refusals_say_whether_asking_again_helps(
    fake: Fake, rest: Rest, requests: Requests
) -> None:
    fake.answers = [_wrong(2014, "not available"), _wrong(2050, "over a limit")]
    fake.answers += [_wrong(9001, "Failure during parsing", 400), _ok(9)]
    assert rest.submit(requests(4)) == [
        Refused("not available", lasting=True),
        Refused("over a limit", lasting=False),
        Refused("Failure during parsing", lasting=True),
        Submitted("9"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        _wrong(1802, "Unable to contact slurm controller (receive failure)"),
        _wrong(5004, "Socket timed out on send/recv operation"),
        _wrong(-1, "Unspecified error"),
        (500, "a page of a proxy"),
        (200, "not JSON"),
        (200, {"errors": []}),
        GONE,
    ],
)
def test_what_says_neither_yes_nor_no_is_not_taken_for_either(
    fake: Fake, rest: Rest, requests: Requests, answer: tuple[int, Any]
) -> None:
    fake.answers = [answer]
    (got,) = rest.submit(requests(1))
    assert isinstance(got, Unsure)


def test_after_a_lost_answer_the_rest_is_not_tried(
    fake: Fake, rest: Rest, requests: Requests
) -> None:
    fake.answers = [_ok(1), GONE]
    first, second, third, fourth = rest.submit(requests(4))
    assert isinstance(first, Submitted)
    assert isinstance(second, Unsure)
    assert isinstance(third, Refused)
    assert not third.lasting
    assert third == fourth
    assert len(fake.bodies) == 2


def test_an_expired_token_is_an_error_before_anything_is_handed_in(
    fake: Fake, rest: Rest, requests: Requests
) -> None:
    fake.openapi = (401, "Authentication failure")
    with pytest.raises(EngineError, match="OTK-E044 .* refuses the token of lab"):
        rest.submit(requests(2))
    assert fake.bodies == []


def test_a_server_without_slurmctld_is_an_error_before_anything_is_handed_in(
    fake: Fake, rest: Rest, requests: Requests
) -> None:
    fake.pinged = _wrong(-1, "Unspecified error")
    with pytest.raises(EngineError, match="OTK-E042 .*slurmctld does not answer"):
        rest.submit(requests(2))
    assert fake.bodies == []


def test_a_token_that_expires_midway_refuses_the_rest(
    fake: Fake, rest: Rest, requests: Requests
) -> None:
    fake.answers = [_ok(1), (401, "Authentication failure")]
    answers = rest.submit(requests(3))
    assert answers[0] == Submitted("1")
    assert [isinstance(one, Refused) for one in answers] == [False, True, True]


def test_a_renewed_token_is_read_from_its_file(
    fake: Fake, rest: Rest, requests: Requests, tmp_path: Path
) -> None:
    fake.answers = [_ok(1), _ok(2)]
    rest.submit(requests(1))
    (tmp_path / "token").write_text("second\n")
    rest.submit(requests(1))
    assert fake.tokens == ["first", "second"]


def test_a_token_file_that_is_not_there_is_named(fake: Fake, tmp_path: Path) -> None:
    gone = tmp_path / "none"
    rest = Rest("narvik", fake.url, user="lab", token_file=gone, timeout_s=5.0)
    with pytest.raises(EngineError, match=f"OTK-E044 .*{gone}"):
        rest.connect()
    rest.close()


def test_the_server_is_asked_once_what_it_calls_things(
    fake: Fake, rest: Rest, requests: Requests
) -> None:
    fake.answers = [_ok(1), _ok(2), (404, "no such path"), _ok(3)]
    rest.submit(requests(1))
    rest.submit(requests(1))
    assert fake.described == 1
    (moved,) = rest.submit(requests(1))
    assert moved == Refused("slurmrestd no longer offers /slurm/v0.0.38/job/submit")
    assert rest.submit(requests(1)) == [Submitted("3")]
    assert fake.described == 2


def test_something_else_at_the_address_is_named(fake: Fake, rest: Rest) -> None:
    fake.openapi = (200, {"paths": {}})
    with pytest.raises(EngineError, match="OTK-E043 .*is no slurmrestd that takes jobs"):
        rest.connect()
    fake.openapi = (200, ["what"])
    with pytest.raises(EngineError, match="OTK-E043"):
        rest.connect()


def test_nobody_at_the_address_is_an_error(fake: Fake, requests: Requests) -> None:
    rest = Rest("narvik", "http://127.0.0.1:1", user="lab", token_file=None, timeout_s=5.0)
    with pytest.raises(EngineError, match="OTK-E042 clusters.narvik: http://127.0.0.1:1 cannot"):
        rest.submit(requests(1))


@pytest.mark.parametrize("url", ["narvik:6820", "unix:/run/socket", "http://"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(EngineError, match="OTK-E042"):
        Rest("narvik", url, user="lab", token_file=None, timeout_s=5.0)
