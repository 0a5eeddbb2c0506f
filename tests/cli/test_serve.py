"""`offtake serve`: what it refuses, what it drives, how it ends; a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from offtake.cli import serving, spans
from offtake.cli.calling import Caller
from offtake.errors import OfftakeError
from offtake.operate.draft import Draft
from tests.cli.calling import REPO, call
from tests.cli.operating import WORLD, two_clusters

Capsys = pytest.CaptureFixture[str]
INSTALLATION = str(WORLD / "installation.yaml")


def test_a_check_says_what_would_be_driven(
    capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = call(capsys, "serve", INSTALLATION, "--check")
    assert (ran.status, ran.err) == (0, "nothing was begun\n")
    assert [line.split() for line in ran.out.splitlines()[1:]] == [
        ["north", "narvik", "local", "cpu", "4"],
        ["south", "sines", "local", "cpu", "8"],
    ]
    (here,) = call(capsys, "serve", "--check", "--json").data["clusters"]
    assert (here["engine"], here["accelerator_count"]) == ("local", os.cpu_count())
    assert list(tmp_path.iterdir()) == []


def test_what_is_to_be_shown_must_be_sound(capsys: Capsys, tmp_path: Path) -> None:
    shown = call(capsys, "serve", INSTALLATION, "--check", "--world", "norway-chain")
    assert shown.status == 0
    (tmp_path / "portfolio.yaml").write_text("offtake: portfolio/1\nname: x\n")
    broken = call(capsys, "serve", INSTALLATION, "--check", "--world", str(tmp_path))
    assert (broken.status, "OTK-F" in broken.err) == (3, True)
    lacking = call(capsys, "serve", INSTALLATION, "--check", "--plan", str(tmp_path / "no"))
    assert (lacking.status, "OTK-F" in lacking.err) == (3, True)


def keyed(folder: Path) -> tuple[str, str]:
    """A certificate for this machine that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(_day(2026)).not_valid_after(_day(2036))
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(cert), str(secret)


def _day(year: int) -> Any:
    from datetime import UTC, datetime

    return datetime(year, 1, 1, tzinfo=UTC)


def test_it_listens_wider_only_with_tls_and_tokens(capsys: Capsys, tmp_path: Path) -> None:
    cert, key = keyed(tmp_path)
    wide = ("serve", INSTALLATION, "--host", "0.0.0.0", "--port", "0")
    kept = ("--store", str(tmp_path / "work.db"), "--folder", str(tmp_path / "yards"))
    assert call(capsys, *wide, *kept).codes == ["OTK-H005"]
    assert call(capsys, *wide, *kept, "--cert", cert).codes == ["OTK-H019"]
    assert call(capsys, *wide, *kept, "--cert", key, "--key", cert).codes == ["OTK-H016"]
    ran = call(capsys, *wide, *kept, "--cert", cert, "--key", key)
    assert (ran.status, ran.codes) == (2, ["OTK-H005"])
    assert "tokens" in ran.err


def test_what_is_wrong_is_told_before_anything_begins(capsys: Capsys, tmp_path: Path) -> None:
    kept = ("--store", str(tmp_path / "work.db"), "--folder", str(tmp_path / "yards"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = call(capsys, "serve", INSTALLATION, "--port", port, *kept)
    assert (ran.status, ran.codes) == (1, ["OTK-H016"])
    assert list(tmp_path.iterdir()) == []
    twice = tmp_path / "twice.yaml"
    one = "{id: a, site: x, accelerator: cpu, accelerator_count: 1}"
    twice.write_text(f"offtake: installation/1\nclusters: [{one}, {one}]\n")
    assert call(capsys, "serve", twice, "--check").codes[0].startswith("OTK-")
    assert call(capsys, "serve", tmp_path / "none.yaml", "--check").codes == ["OTK-F001"]
    log = str(tmp_path / "none" / "log")
    ran = call(capsys, "serve", INSTALLATION, "--port", "0", "--log", log, *kept)
    assert ran.codes == ["OTK-F041"]


def test_a_service_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "offtake", "serve", INSTALLATION, "--port", "0"]
    log = tmp_path / "serve.log"
    with subprocess.Popen(
        [*command, "--log", str(log)],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(REPO)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        url = lines[-1].removeprefix("offtake listens on ").strip()
        with Caller(url) as caller:
            assert caller.get("/healthz")["status"] == "ok"
            assert [one["id"] for one in caller.get("/v1/clusters")["clusters"]] == [
                "north",
                "south",
            ]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert err.endswith("jobs go on, and the next service on this store finds them\n")
    said = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert {"at", "level", "from", "said"} <= set(said[0])
    assert (tmp_path / "work.db").exists()


class Watched:
    """A service and an application that only take note of who watches."""

    def __init__(self) -> None:
        self.watchers: list[Any] = []

    def watch(self, watcher: Any) -> None:
        self.watchers.append(watcher)

    def middleware(self, _kind: str) -> Any:
        return lambda handler: handler


def test_rounds_become_spans() -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    provider, kept = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    service = Watched()
    spans.record(service, service, provider.get_tracer("test"))  # type: ignore[arg-type]
    (watcher,) = service.watchers
    watcher(Draft(0.0), 0.25)
    assert kept.get_finished_spans() == ()
    changed = Draft(0.0)
    changed.tell("j-1", "queued")
    watcher(changed, 0.25)
    (span,) = kept.get_finished_spans()
    assert span.name == "cycle"
    assert (span.end_time or 0) - (span.start_time or 0) == 250_000_000


def test_an_installation_is_read() -> None:
    assert serving.read(WORLD / "installation.yaml") == two_clusters()
    assert serving.read(WORLD) == serving.read(Path("two-clusters")) == two_clusters()
    with pytest.raises(OfftakeError):
        serving.read(WORLD / "hello.yaml")


def test_what_it_is_made_of_is_looked_for_first(
    capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import import_module

    command = import_module("offtake.cli.serve")
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "numba" else name)
    ran = call(capsys, "serve", INSTALLATION, "--check")
    assert (ran.status, ran.codes) == (1, ["OTK-H018"])
    assert "got no numba" in ran.err
