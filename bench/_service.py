"""A service of its own for a benchmark: `offtake serve` that also writes down its rounds.

    python -m bench._service INSTALLATION STORE FOLDER ROUNDS

ROUNDS gets a line a round that changed something: when it ended (seconds since 1970), how long it
took, and the processor seconds of the controller's thread meanwhile.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.request import urlopen

from offtake.cli import serving
from offtake.operate.draft import Draft
from offtake.operate.service import Service

TICKS_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Running:
    """A service that runs, and where to see what it does."""

    pid: int
    port: int
    store: Path
    rounds: Path
    start_s: float

    def get(self, path: str) -> Any:
        """Give what it answers."""
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60.0) as answer:
            return json.load(answer)

    def cpu_s(self) -> float:
        """Give the processor seconds it has used."""
        words = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / TICKS_S

    def rss_mb(self, line: str = "VmRSS") -> float:
        """Give the memory it holds now, or with `VmHWM` held at most."""
        for each in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if each.startswith(line + ":"):
                return int(each.split()[1]) * 1024 / 1e6
        raise KeyError(line)

    def rounds_since(self, since: float) -> list[tuple[float, float, float]]:
        """Give the rounds that ended after a time."""
        lines = self.rounds.read_text().splitlines()
        found = (tuple(map(float, each.split())) for each in lines if each.count(" ") == 2)
        return [(a, b, c) for a, b, c in found if a >= since]


@contextmanager
def running(folder: Path, installation: str) -> Iterator[Running]:
    """Serve an installation from a folder; the process is ended after."""
    folder.mkdir(parents=True, exist_ok=True)
    file, store, rounds = folder / "installation.yaml", folder / "work.db", folder / "rounds"
    file.write_text(installation)
    words = [sys.executable, "-m", "bench._service", str(file), str(store), str(folder / "yards")]
    began = time.perf_counter()
    with (folder / "errors").open("a") as errors:
        process = subprocess.Popen([*words, str(rounds)], stdout=subprocess.PIPE, stderr=errors)
    try:
        assert process.stdout is not None
        said = b"".join(_until_brace(process.stdout)) + b"}"
        if process.poll() is not None:
            raise RuntimeError((folder / "errors").read_text())
        port = int(json.loads(said)["url"].rpartition(":")[2])
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60.0) as answer:
            answer.read()
        took = time.perf_counter() - began
        yield Running(process.pid, port, store, rounds, took)
    finally:
        process.terminate()
        process.wait(60.0)
        if process.stdout is not None:
            process.stdout.close()


def _until_brace(said: IO[bytes]) -> Iterator[bytes]:
    for line in said:
        if line == b"}\n":
            return
        yield line


class _Watched(Service):
    """A service whose rounds are written down."""

    def write_to(self, path: Path) -> None:
        """Write its rounds to a file from now on."""
        out = path.open("a", buffering=1)
        last = [time.thread_time()]

        def told(draft: Draft, seconds: float) -> None:
            now = time.thread_time()
            if not draft.empty:
                out.write(f"{time.time():.3f} {seconds:.6f} {now - last[0]:.6f}\n")
            last[0] = now

        self.watch(told)


def main() -> int:
    """Serve as `offtake serve` does."""
    installation, store, folder, rounds = map(Path, sys.argv[1:])
    asked = serving.Asked(
        installation=installation,
        store=str(store),
        folder=folder,
        host="127.0.0.1",
        port=0,
        cert=None,
        key=None,
        log=None,
    )
    made = serving.make

    def make(service: Service, asked: serving.Asked, *more: Any) -> Any:
        assert isinstance(service, _Watched)
        service.write_to(rounds)
        return made(service, asked, *more)

    serving.Service, serving.make = _Watched, make  # type: ignore[assignment,attr-defined]
    return serving.serve(asked, check=False, as_json=True)


if __name__ == "__main__":
    sys.exit(main())
