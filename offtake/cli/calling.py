"""Calling the service: HTTP there, faults back; what breaks off is asked again.

--url, else OFFTAKE_URL, else http://127.0.0.1:8180        OFFTAKE_TOKEN is shown if it is set
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from offtake.cli import screen
from offtake.errors import Exit, Fault, OfftakeError, Where

try:
    import httpx
except ModuleNotFoundError:
    _WHAT = "what calls a service is not installed"
    _HINT = "run pip install 'offtake[operate,simulate,store]'"
    _LACK = Fault(code="OTK-H018", what=_WHAT, got="no httpx", hint=_HINT)
    raise OfftakeError(_LACK, exit=Exit.FAILED) from None

USUAL = "http://127.0.0.1:8180"
"""Where a service listens unless it is told otherwise."""
TIMEOUT_S = 30.0
"""Longest one answer may take."""
TRIES = 16
"""How often a request that breaks off is sent; it carries its key, so nothing is done twice."""
SLOW_TRIES = 3
"""How often one is sent whose answer takes too long."""
PAUSE_S, LONGEST_PAUSE_S, GROWS = 0.3, 5.0, 1.6
"""The pause before the second try, the longest, and how much longer each is than the last: a
service that was reached once may be away for a minute."""
PREFIX = "otk_"
"""What every token begins with."""
_ID = re.compile(r"j-[2-9a-z]{12}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_USAGE = (400, 401, 403, 404, 405, 409)

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was told."""

    number: str
    """Its number: what comes after it is asked for by it."""
    body: Plain
    """What it says; empty where the service only says where it stands."""


class Caller:
    """A client of one service, to be used in a `with`."""

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Call a service; nothing is sent yet.

        Args:
            url: where it is; None takes OFFTAKE_URL, or this machine.
            token: what to show; None takes OFFTAKE_TOKEN.
            pause: waits so many seconds between tries.

        Raises:
            OfftakeError: the address is none (`OTK-H011`).
        """
        self.url = (url or os.environ.get("OFFTAKE_URL") or USUAL).rstrip("/")
        parts = _address(self.url)
        shown = token or _shown()
        headers = {"Authorization": f"Bearer {shown}"} if shown else {}
        near = parts.scheme == "http" and parts.host in _LOOPBACK
        self._client = httpx.Client(
            base_url=self.url, headers=headers, timeout=TIMEOUT_S, trust_env=not near
        )
        self._pause = pause
        self._reached = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._client.close()

    def get(self, path: str, **asked: Any) -> Any:
        """Ask for something.

        Raises:
            OfftakeError: the service cannot be reached (`OTK-H006`), or says no.
        """
        return self._data(self._sent("GET", path, params=_said(asked)))

    def post(self, path: str, body: object = None, *, key: str | None = None, **asked: Any) -> Any:
        """Have something done; with a key it is done once, however often it is sent.

        Raises:
            OfftakeError: as `get`.
        """
        more: dict[str, Any] = {"params": _said(asked)}
        if body is not None:
            more["json"] = body
        if key is not None:
            more["headers"] = {"Idempotency-Key": key}
        return self._data(self._sent("POST", path, **more))

    def put(self, path: str, body: object, **asked: Any) -> Any:
        """Have something be so; sent again it changes nothing.

        Raises:
            OfftakeError: as `get`.
        """
        return self._data(self._sent("PUT", path, json=body, params=_said(asked)))

    def delete(self, path: str) -> Any:
        """Have something ended.

        Raises:
            OfftakeError: as `get`.
        """
        return self._data(self._sent("DELETE", path))

    def text(self, path: str, **asked: Any) -> tuple[str, Mapping[str, str]]:
        """Ask for text; gives it with the headers it came with.

        Raises:
            OfftakeError: as `get`.
        """
        answer = self._sent("GET", path, params=_said(asked))
        return answer.text, answer.headers

    def job(self, named: str) -> Plain:
        """Give a job by its id, or the latest of a name.

        Raises:
            OfftakeError: there is none (`OTK-H012`, `OTK-E020`).
        """
        found: Plain = self.get(f"/v1/jobs/{self.ident(named)}")
        return found

    def ident(self, named: str) -> str:
        """Give the id of a job that is named by its id or its name.

        Raises:
            OfftakeError: no job has this name (`OTK-H012`).
        """
        if _ID.fullmatch(named):
            return named
        found = self.get("/v1/jobs", name=named, limit=1)["jobs"]
        if not found:
            hint = "`offtake status --all` lists them"
            what = "no job has this id or name"
            raise OfftakeError(
                Fault(code="OTK-H012", what=what, got=f"'{named}'", hint=hint), exit=Exit.USAGE
            )
        ident: str = found[0]["id"]
        return ident

    def events(self, **asked: Any) -> Iterator[Event]:
        """Follow what is told, without an end; a stream that breaks off goes on where it was.

        Raises:
            OfftakeError: as `get`.
        """
        last: str | None = None
        tries = 0
        while True:
            try:
                for event in self._stream(_said(asked), last):
                    last, tries = event.number, 0
                    if event.body:
                        yield event
                if not asked.get("follow", True):
                    return
                self._pause(PAUSE_S)
            except httpx.TransportError as error:
                tries += 1
                self._rest(tries, error)

    def _stream(self, asked: Mapping[str, Any], last: str | None) -> Iterator[Event]:
        headers = {"Last-Event-ID": last} if last is not None else {}
        params = {k: v for k, v in asked.items() if last is None or k != "after"}
        with self._client.stream("GET", "/v1/events", params=params, headers=headers) as answer:
            if answer.status_code >= 400:
                answer.read()
                raise _refusal(answer, self.url)
            self._reached = True
            number, body = "", {}
            for line in answer.iter_lines():
                word, _, rest = line.partition(": ")
                if word == "id":
                    number = rest
                elif word == "data":
                    body = json.loads(rest)
                elif not line and number:
                    yield Event(number, body)
                    number, body = "", {}

    def _sent(self, method: str, path: str, **more: Any) -> httpx.Response:
        tries = 0
        while True:
            try:
                answer = self._client.request(method, path, **more)
            except httpx.TransportError as error:
                tries += 1
                self._rest(tries, error)
                continue
            self._reached = True
            if answer.status_code >= 400:
                raise _refusal(answer, self.url)
            return answer

    def _rest(self, tries: int, error: httpx.TransportError) -> None:
        """Wait before a request is sent again; one that was never heard is not."""
        slow = isinstance(error, httpx.TimeoutException)
        unheard = isinstance(error, httpx.ConnectError) and not self._reached
        if unheard or tries >= (SLOW_TRIES if slow else TRIES):
            raise self._out_of_reach(error) from None
        if tries == 1:
            screen.note("the service is out of reach; asking again", "dim")
        self._pause(min(PAUSE_S * GROWS ** (tries - 1), LONGEST_PAUSE_S))

    def _data(self, answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise _stranger(answer, self.url) from None

    def _out_of_reach(self, error: Exception | None) -> OfftakeError:
        what = "the service cannot be reached"
        hint = "begin one with `offtake serve`, or name it with --url or OFFTAKE_URL"
        got = str(error) or type(error).__name__
        where = Where(path=self.url)
        fault = Fault(code="OTK-H006", what=what, where=where, got=got, hint=hint)
        return OfftakeError(fault, exit=Exit.FAILED)


def _shown() -> str | None:
    """Give the token of the environment; inside a job the same name is its attempt's, no token."""
    held = os.environ.get("OFFTAKE_TOKEN", "")
    return held if held.startswith(PREFIX) else None


def _said(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if value is not None}


def _address(url: str) -> httpx.URL:
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        parts = httpx.URL("")
    if parts.scheme not in ("http", "https") or not parts.host:
        what, hint = "this is no address of a service", f"write it like {USUAL}"
        raise OfftakeError(
            Fault(code="OTK-H011", what=what, got=f"'{url}'", hint=hint), exit=Exit.USAGE
        )
    return parts


def _refusal(answer: httpx.Response, url: str) -> OfftakeError:
    """Turn a problem the service tells back into faults."""
    try:
        told = answer.json()["faults"]
        faults = [
            Fault(
                code=one["code"],
                what=one["what"],
                where=Where(path=one["where"]),
                got=one["got"],
                hint=one["hint"],
            )
            for one in told
        ]
    except (ValueError, KeyError, TypeError):
        return _stranger(answer, url)
    if answer.status_code >= 500:
        return OfftakeError(faults, exit=Exit.FAILED)
    usage = answer.status_code in _USAGE
    return OfftakeError(faults, exit=Exit.USAGE if usage else Exit.FAULTS)


def _stranger(answer: httpx.Response, url: str) -> OfftakeError:
    what = "what answers there is not offtake"
    got = f"{answer.status_code} {answer.headers.get('content-type', '')}".strip()
    fault = Fault(code="OTK-H006", what=what, where=Where(path=url), got=got)
    return OfftakeError(fault, exit=Exit.FAILED)
