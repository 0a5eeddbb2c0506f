"""The REST interface of Slurm: one connection that is kept, and a token that may be renewed."""

from __future__ import annotations

import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from offtake.operate.engines.port import Answer, EngineError, Refused, Submitted, Unsure
from offtake.operate.engines.slurm import dialect, words
from offtake.operate.engines.slurm.dialect import Dialect, DialectError, Request


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """What came back."""

    status: int
    body: Any


class Rest:
    """A slurmrestd, spoken to as one user.

    Raises:
        EngineError: the address is none (`OTK-E042`).
    """

    def __init__(
        self, cluster: str, url: str, *, user: str, token_file: Path | None, timeout_s: float
    ) -> None:
        """Take note of where it is; nothing is asked yet."""
        self._cluster = cluster
        self._url = urlsplit(url)
        if self._url.scheme not in ("http", "https") or not self._url.hostname:
            raise self._unreachable(f"'{url}' is no address such as http://host:6820")
        self._user = user
        self._token_file = token_file
        self._timeout_s = timeout_s
        self._connection: HTTPConnection | None = None
        self._dialect: Dialect | None = None

    def connect(self) -> Dialect:
        """See that jobs can be handed in, and what the server calls things, before any is.

        A connection that was kept may be dead without our knowing, so each call makes a new one.

        Raises:
            EngineError: it cannot be reached, or does not reach slurmctld (`OTK-E042`), offers
                no way to hand in jobs (`OTK-E043`), or refuses the token (`OTK-E044`).
        """
        self._hang_up()
        try:
            self._connection = self._connected()
            self._connection.connect()
            made = self._dialect or self._described(self._connection)
            answered = self._exchange(self._connection, "GET", made.ping)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise self._unreachable(f"{self._url.geturl()} cannot be reached: {error}") from error
        self._accepted(answered)
        if answered.status != 200:
            self.close()
            what = f"slurmctld does not answer to {self._url.geturl()}, or refuses the token"
            raise self._unreachable(what)
        self._dialect = made
        return made

    def _described(self, connection: HTTPConnection) -> Dialect:
        answered = self._exchange(connection, "GET", "/openapi")
        self._accepted(answered)
        try:
            return dialect.read(answered.body)
        except (DialectError, KeyError, TypeError, AttributeError) as error:
            self.close()
            what = f"{self._url.geturl()} is no slurmrestd that takes jobs: {error}"
            hint = "see what its /openapi says; without `url` the command sbatch is used"
            raise EngineError(self._cluster, what, code="OTK-E043", hint=hint) from error

    def submit(self, requests: Sequence[Request]) -> list[Answer]:
        """Hand in attempts one by one; where an answer fails to come, the rest is not tried.

        Raises:
            EngineError: it cannot be reached, or refuses the token, before the first.
        """
        wanted = self.connect()
        answers: list[Answer] = []
        for request in requests:
            if self._connection is None:
                answers.append(Refused("not tried: slurmrestd did not answer before"))
                continue
            try:
                answers.append(self._one(self._connection, wanted, request))
            except EngineError as error:
                if not answers:
                    raise
                answers.append(Refused(error.faults[0].what))
        return answers

    def _one(self, connection: HTTPConnection, wanted: Dialect, request: Request) -> Answer:
        try:
            body = wanted.body(request)
        except ValueError as error:
            return Refused(str(error), lasting=True)
        try:
            answered = self._exchange(connection, "POST", wanted.path, body)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            return Unsure(f"slurmrestd gave no answer: {type(error).__name__}: {error}")
        self._accepted(answered)
        if answered.status == 404:
            self.close()  # another version serves there now
            return Refused(f"slurmrestd no longer offers {wanted.path}")
        return _answer(answered)

    def close(self) -> None:
        """Let go of the connection, and of what the server said of itself."""
        self._hang_up()
        self._dialect = None

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _exchange(
        self, connection: HTTPConnection, method: str, path: str, body: Any = None
    ) -> _Answered:
        headers = {"X-SLURM-USER-NAME": self._user, "Content-Type": "application/json"}
        if self._token_file is not None:
            headers["X-SLURM-USER-TOKEN"] = self._token(self._token_file)
        sent = None if body is None else json.dumps(body)
        connection.request(method, self._url.path.rstrip("/") + path, sent, headers)
        answer = connection.getresponse()
        text = answer.read()
        try:
            return _Answered(status=answer.status, body=json.loads(text))
        except ValueError:
            if answer.status < 400:
                raise
            return _Answered(status=answer.status, body=text.decode(errors="replace")[:300])

    def _connected(self) -> HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            context = ssl.create_default_context()
            return HTTPSConnection(host, port, timeout=self._timeout_s, context=context)
        return HTTPConnection(host, port, timeout=self._timeout_s)

    def _token(self, path: Path) -> str:
        try:
            return path.read_text().strip()
        except OSError as error:
            what = f"the token cannot be read: {error.strerror}: {path}"
            raise EngineError(self._cluster, what, code="OTK-E044") from error

    def _accepted(self, answered: _Answered) -> None:
        if answered.status in (401, 403):
            self.close()
            what = f"{self._url.geturl()} refuses the token of {self._user}"
            hint = "renew it (scontrol token username=USER lifespan=SECONDS) in its file"
            raise EngineError(self._cluster, what, code="OTK-E044", hint=hint)

    def _unreachable(self, what: str) -> EngineError:
        hint = "see that slurmrestd runs there; without `url` the command sbatch is used"
        return EngineError(self._cluster, what, code="OTK-E042", hint=hint)


def _answer(answered: _Answered) -> Answer:
    """Say what an answer to a submission means.

    A number of a job counts, whatever error stands beside it: Slurm takes a job in and says that
    all nodes are down. Refusals have no number, or 0.
    """
    body = answered.body if isinstance(answered.body, dict) else {}
    number = body.get("job_id") or (body.get("result") or {}).get("job_id")
    if answered.status < 300 and number:
        return Submitted(str(number))
    wrong = [one for one in body.get("errors") or [] if isinstance(one, dict) and _code(one)]
    said = "; ".join(str(one.get("error") or one.get("description")) for one in wrong)
    said = said or f"slurmrestd answered with {answered.status}: {answered.body}"[:300]
    codes = {_code(one) for one in wrong}
    if not codes or not all(map(words.refuses, codes)):
        return Unsure(said)
    lasting = any(code in words.LASTING or words.malformed(code) for code in codes)
    return Refused(said, lasting=lasting)


def _code(error: dict[str, Any]) -> int:
    """Give the number of an error, under the name of any version; 0 is none."""
    for name in ("error_number", "errno", "error_code"):
        if isinstance(error.get(name), int):
            return int(error[name])
    return 0
