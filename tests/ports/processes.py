"""What the fakes of Ray and Kubernetes share: processes in place of pods, and a server of JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Said = tuple[int, Any]
Asked = Callable[[str, str, dict[str, str], Any], Said]


class Body:
    """A process of its own session; TERM goes to all of it, as at the end of a pod or a job."""

    def __init__(self, command: list[str], **env: str) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, env={**os.environ, **env}, start_new_session=True
        )

    @property
    def code(self) -> int | None:
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        if self.code is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def end(self) -> None:
        self.send(signal.SIGKILL)
        self._process.wait()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        server: Any = self.server
        url = urlsplit(self.path)
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Authorization") != server.bearer:
            said: Said = (401, {"kind": "Status", "message": "Unauthorized"})
        else:
            with server.lock:
                query = dict(parse_qsl(url.query))
                said = server.asked(self.command, url.path, query, json.loads(text or b"null"))
        out = json.dumps(said[1]).encode() if not isinstance(said[1], str) else said[1].encode()
        self.send_response(said[0])
        self.send_header("Content-Length", str(len(out)))
        self.end_headers()
        self.wfile.write(out)

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815 -- the names the server looks for

    def log_message(self, format: str, *args: Any) -> None:
        del format, args


@contextmanager
def serving(asked: Asked, *, token: str) -> Iterator[str]:
    """Serve on loopback, one request after the other, and give the address."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.asked, server.lock, server.bearer = asked, threading.Lock(), f"Bearer {token}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
