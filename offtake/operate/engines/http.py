"""Calls by HTTP to engines that speak JSON: what failed, and whether anything was handed in."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from offtake.operate.engines.port import Answer, EngineError, Launch, Refused, Unsure

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures after which nothing was handed in: there was no connection to do it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back."""

    status: int
    """Status of HTTP."""
    body: Any
    """The JSON, or the text where it is none."""

    @property
    def said(self) -> str:
        """What it says in a line: a `message`, or the last line, as tracebacks end with it."""
        if isinstance(self.body, dict):
            return str(self.body.get("message") or self.body)[:400]
        lines = str(self.body or "").strip().splitlines()
        return (lines[-1] if lines else f"status {self.status}")[:400]


class Calls:
    """One server, and the token it is shown.

    Raises:
        EngineError: the address is none (`OTK-E094`).
    """

    def __init__(
        self,
        cluster: str,
        url: str,
        *,
        token: Callable[[], str | None],
        timeout_s: float,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Take note of where it is; nothing is asked yet.

        Args:
            cluster: what the cluster is called.
            url: where the server answers.
            token: gives the token, each time anew, as it may be renewed.
            timeout_s: longest one call may take.
            tls: whom to trust, and what to show; None is what this machine trusts.
        """
        self._cluster = cluster
        self._url = url.rstrip("/")
        self._token = token
        try:
            parsed = httpx.URL(self._url)
        except httpx.InvalidURL:
            parsed = httpx.URL("")
        if parsed.scheme not in ("http", "https") or not parsed.host:
            what = f"'{url}' is no address such as https://host:port"
            raise EngineError(cluster, what, code="OTK-E094", hint="give the engine its `url`")
        verify: ssl.SSLContext | bool = True if tls is None else tls
        self._client = httpx.Client(verify=verify, timeout=timeout_s, trust_env=False)

    def send(self, method: str, path: str, body: Any = None, **query: str) -> Answered:
        """Send a request, and give what comes back, whatever its status.

        Raises:
            EngineError: the token cannot be read or is refused (`OTK-E092`).
            httpx.HTTPError: there was no answer.
        """
        headers = {"Accept": "application/json"}
        token = self._shown()
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        came = self._client.request(
            method, self._url + path, params=query or None, json=body, headers=headers
        )
        if came.status_code == httpx.codes.UNAUTHORIZED:
            what = f"{self._url} refuses the token, or wants one"
            raise EngineError(
                self._cluster, what, code="OTK-E092", hint="renew it in its `token_file`"
            )
        try:
            return Answered(status=came.status_code, body=came.json())
        except ValueError:
            return Answered(status=came.status_code, body=came.text)

    def ask(
        self, method: str, path: str, body: Any = None, *, also: Iterable[int] = (), **query: str
    ) -> Answered:
        """Send a request that is to succeed; `also` are further statuses that are no failure.

        Raises:
            EngineError: no answer (`OTK-E090`), or an error (`OTK-E091`, `OTK-E092`).
        """
        try:
            answered = self.send(method, path, body, **query)
        except httpx.HTTPError as error:
            raise self.unreachable(error) from error
        if answered.status >= httpx.codes.BAD_REQUEST and answered.status not in set(also):
            what = f"{method} {path} was answered with {answered.status}: {answered.said}"
            raise EngineError(self._cluster, what, code="OTK-E091")
        return answered

    def hand_in(
        self, launches: Sequence[Launch], one: Callable[[Launch], Answer]
    ) -> Sequence[Answer]:
        """Hand in attempts one by one; where there is no connection the rest is not tried.

        Raises:
            EngineError: nothing could be handed in (`OTK-E090`, `OTK-E092`).
        """
        answers: list[Answer] = []
        for launch in launches:
            try:
                answers.append(one(launch))
            except _NOT_SENT as error:
                if not answers:
                    raise self.unreachable(error) from error
                answers.append(Refused(f"not tried: {_told(error)}"))
            except httpx.HTTPError as error:
                answers.append(Unsure(f"no answer: {_told(error)}"))
            except EngineError as error:
                if not answers:
                    raise
                answers.append(Refused(f"not tried: {error.faults[0].what}"))
        return answers

    def unreachable(self, error: Exception) -> EngineError:
        """Say that there was no answer."""
        what = f"{self._url} cannot be reached: {_told(error)}"
        return EngineError(self._cluster, what, code="OTK-E090", hint="see that it answers there")

    def unreadable(self, what: str) -> EngineError:
        """Say that an answer is not what such a server gives."""
        return EngineError(self._cluster, f"{self._url}: {what}", code="OTK-E093")

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _shown(self) -> str | None:
        try:
            return self._token()
        except OSError as error:
            what = f"the token cannot be read: {error.strerror}: {error.filename}"
            raise EngineError(self._cluster, what, code="OTK-E092") from error


def token_of(path: str | None) -> Callable[[], str | None]:
    """Give what reads a token from its file; without a file none is shown."""
    if path is None:
        return lambda: None
    return lambda: Path(path).read_text().strip()


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
