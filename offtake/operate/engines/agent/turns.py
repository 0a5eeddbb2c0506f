"""The site's half: ask the service what is to be done, do it, answer, and ask again.

All connections go out from here. What was done and could not be told is told with the next turn
that gets through; whoever begins again after a kill finds what runs by its token.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import httpx

from offtake.errors import Fault, OfftakeError, Where
from offtake.operate.engines.agent.near import Near

WAIT_S = 20.0
"""How long the service may keep a turn open in which there is nothing to do."""
SLACK_S = 10.0
"""How much longer than that an answer may take on its way."""
PAUSE_S, LONGEST_PAUSE_S, GROWS = 0.5, 15.0, 1.6
"""The pause after a turn that failed, the longest, and how much longer each is than the last."""
_NEVER = (400, 401, 403, 404, 405, 409, 422)
_NEAR = ("127.0.0.1", "localhost", "::1")
Plain = Mapping[str, Any]


class Turning(Protocol):
    """What takes a turn to the service, and gives what it says."""

    def __call__(self, body: Plain) -> Plain:
        """Send a turn.

        Raises:
            OfftakeError: the service will have none of it.
            httpx.HTTPError: it did not get through.
        """
        ...


class Turns:
    """Turns of one agent with one service."""

    def __init__(
        self,
        near: Near,
        yard: str,
        turning: Turning,
        *,
        wait_s: float = WAIT_S,
        turns_at: threading.Lock | None = None,
    ) -> None:
        """Begin with nothing to tell.

        Args:
            near: the engine and the yard here.
            yard: what this yard is known by.
            turning: takes a turn to the service.
            wait_s: how long the service may keep a turn open.
            turns_at: held while calls are made, where several services share one engine.
        """
        self._near = near
        self._yard = yard
        self._turning = turning
        self._wait_s = wait_s
        self._lock = threading.Lock() if turns_at is None else turns_at
        self._untold: list[Plain] = []
        self._ends = threading.Event()

    def turn(self) -> int:
        """Tell what was done, ask, and do what is said; gives the number of calls made.

        Raises:
            OfftakeError: the service will have none of it.
            httpx.HTTPError: the turn did not get through; what was done is told with the next.
        """
        body = {"yard": self._yard, "wait_s": self._wait_s, "answers": self._untold}
        calls = self._turning(body)["calls"]
        self._untold = []
        for call in calls:
            with self._lock:
                if self._ends.is_set():
                    break
                self._untold.append(self._near.answer(call))
        return len(calls)

    def run(self, ends: threading.Event, said: Callable[[str], None]) -> None:
        """Take turns until it is to end; say when the service is lost, and when it is back.

        Raises:
            OfftakeError: the service will have none of it, and never will: the token does not
                hold, the cluster is another's.
        """
        self._ends = ends
        pause = 0.0
        while not ends.is_set():
            try:
                self.turn()
            except httpx.HTTPError as error:
                if ends.is_set():
                    return
                if not pause:
                    said(f"the service is out of reach: {type(error).__name__}: {error}")
                pause = min(LONGEST_PAUSE_S, max(PAUSE_S, pause * GROWS))
                ends.wait(pause)
                continue
            if pause:
                said("the service is back")
            pause = 0.0


class Service:
    """A service that is told turns over HTTP.

    Raises:
        OfftakeError: the address is none (`OTK-H011`), or a token would be shown to another
            machine without encryption (`OTK-E156`).
    """

    def __init__(self, url: str, cluster: str, token: str | None) -> None:
        """Take note of where it is; nothing is sent yet."""
        self.url = url.rstrip("/")
        try:
            parts = httpx.URL(self.url)
        except httpx.InvalidURL:
            parts = httpx.URL("")
        if parts.scheme not in ("http", "https") or not parts.host:
            hint = "write it like https://lab.example:8180"
            raise OfftakeError(
                Fault(code="OTK-H011", what="this is no address of a service", got=url, hint=hint)
            )
        if token is not None and parts.scheme == "http" and parts.host not in _NEAR:
            what = "a token is shown to another machine only by https"
            raise OfftakeError(Fault(code="OTK-E156", what=what, where=Where(path=url)))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        near = parts.host in _NEAR
        self._path = f"{self.url}/v1/agents/{cluster}/turn"
        timeout = httpx.Timeout(WAIT_S + SLACK_S, connect=SLACK_S)
        self._client = httpx.Client(headers=headers, timeout=timeout, trust_env=not near)

    def __call__(self, body: Plain) -> Plain:
        """Send a turn.

        Raises:
            OfftakeError: the service refuses it (its own codes), or is none (`OTK-E154`).
            httpx.HTTPError: it did not get through, or the service cannot do it now.
        """
        came = self._client.post(self._path, json=body)
        if came.status_code in _NEVER:
            _refuse(came, self.url)
        came.raise_for_status()
        try:
            said = came.json()
        except ValueError:
            said = None
        if not isinstance(said, dict) or not isinstance(said.get("calls"), list):
            raise _stranger(came, self.url)
        return said

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()


def _refuse(came: httpx.Response, url: str) -> None:
    """Raise what the service says; where something before it spoke, there is nothing to raise."""
    try:
        told = came.json()["faults"]
        faults = [
            Fault(
                code=one["code"],
                what=one["what"],
                where=Where(path=url),
                got=one["got"],
                hint=one["hint"],
            )
            for one in told
        ]
    except (ValueError, KeyError, TypeError):
        return
    raise OfftakeError(faults)


def _stranger(came: httpx.Response, url: str) -> OfftakeError:
    what = "what answers there is no service of this release"
    got = f"{came.status_code} {came.headers.get('content-type', '')}".strip()
    return OfftakeError(Fault(code="OTK-E154", what=what, where=Where(path=url), got=got))
