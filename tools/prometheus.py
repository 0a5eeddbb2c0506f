"""A private Prometheus for tests: on loopback, in a temporary folder, scraping one address.

Debian's `prometheus` package is what is meant.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HOW = "install Prometheus (Debian: apt-get install prometheus) or set OFFTAKE_PROMETHEUS to it"
_CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: devices
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
_PATIENCE_S = 60.0


def find_prometheus() -> Path | None:
    """Give the server: OFFTAKE_PROMETHEUS, or on PATH."""
    found = os.environ.get("OFFTAKE_PROMETHEUS") or shutil.which("prometheus")
    return Path(found) if found and Path(found).is_file() else None


def free_port() -> int:
    """Give a port of loopback that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextmanager
def running(binary: Path, scraped: int) -> Iterator[str]:
    """Run a server that scrapes a port of loopback every second; give its address.

    Raises:
        RuntimeError: it does not come up; with what it said.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        config = folder / "prometheus.yml"
        config.write_text(_CONFIG.format(port=scraped), encoding="utf-8")
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [
                    str(binary),
                    f"--config.file={config}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
            try:
                address = f"http://127.0.0.1:{port}"
                _ready(server, f"{address}/-/ready", folder / "log")
                yield address
            finally:
                server.terminate()
                server.wait(30)


def _ready(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and server.poll() is None:
        with (
            suppress(urllib.error.URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(address, timeout=2) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"Prometheus did not come up: {log.read_text(errors='replace')[-800:]}")


def ask(address: str, path: str, **query: str) -> bytes:
    """Ask the HTTP API, and give its answer as it came."""
    asked = f"{address}/api/v1/{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(asked, timeout=10) as answer:
        held: bytes = answer.read()
        return held


def samples(address: str, query: str) -> list[dict[str, Any]]:
    """Give the series a query finds, as the API tells them."""
    found: list[dict[str, Any]] = json.loads(ask(address, "query", query=query))["data"]["result"]
    return found
