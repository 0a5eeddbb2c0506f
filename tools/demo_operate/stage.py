"""What the demonstration runs on: a folder, a service of its own, and two clusters."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from offtake.cli.calling import Caller
from offtake.errors import OfftakeError

HERE = Path(__file__).resolve().parent
REPO = HERE.parents[1]
START_S = 60.0
"""Longest the service may take until it answers."""
_MARK = "demo-operate"
"""File that says that a folder is the demonstration's own, to be made anew."""


class Stage:
    """A service on a fresh store, in a folder of its own."""

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        """Make the folder anew, with these files in its world; nothing runs yet.

        Raises:
            RuntimeError: something else is in the folder.
        """
        if folder.exists() and not (folder / _MARK).exists():
            raise RuntimeError(f"{folder} holds something else; name another with --folder")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / _MARK).touch()
        self.folder = folder.resolve()
        self.store = self.folder / "work.db"
        self.yards = self.folder / "yards"
        self.world = self.folder / "world"
        self.world.mkdir()
        for name, text in files.items():
            (self.world / name).write_text(text)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start the service, and wait until it answers.

        Raises:
            RuntimeError: it ended, or does not answer.
        """
        command = [sys.executable, "-m", "offtake", "serve", str(self.world / "installation.yaml")]
        command += ["--store", str(self.store), "--folder", str(self.yards)]
        command += ["--port", self.url.rpartition(":")[2], "--log", str(self.folder / "serve.log")]
        with (self.folder / "serve.out").open("wb") as out:
            self._process = subprocess.Popen(
                command, cwd=REPO, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                said = (self.folder / "serve.out").read_text(errors="replace")
                raise RuntimeError(f"the service does not answer; it said:\n{said[-2000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with Caller(self.url) as caller:
                caller.get("/v1/counts")
        except OfftakeError:
            return False
        return True

    def end(self) -> None:
        """End the service; what it knows is in the store."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def cut_power(tokens: Iterable[str]) -> int:
    """Kill every process of these attempts at once, as a site that loses power does.

    Wrappers and bodies carry their token in their environment or command line. Gives how many
    processes were killed.
    """
    wanted = [token.encode() for token in tokens]
    killed = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            if any(token in told for token in wanted):
                os.kill(int(entry.name), signal.SIGKILL)
                killed += 1
        except (OSError, ProcessLookupError):
            continue  # it ended meanwhile, or is somebody else's
    return killed
