"""A service in a process of its own, with an adopted plan and simulated jobs, to look at.

    python -m tools.service out/stargate       serve it until Ctrl-C, with a few jobs

Adopting comes first: clusters then have contracts, so pages know tenure, power and what is not
yet built. Nothing but the control plane runs: engines are simulated.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

START_S = 300.0
"""Longest until jobs are where they will stay; the rules of placement may be compiled first."""


class Served:
    """A service that answers."""

    def __init__(self, url: str) -> None:
        """Know where it is."""
        self.url = url

    def get(self, path: str) -> Any:
        """Give what the interface answers."""
        with urlopen(self.url + path, timeout=60.0) as answer:
            return json.load(answer)

    def submit(self, specs: Sequence[Mapping[str, Any]]) -> list[str]:
        """Hand jobs in, in lists of a thousand.

        Raises:
            RuntimeError: they were refused.
        """
        found: list[str] = []
        for at in range(0, len(specs), 1000):
            body = json.dumps(list(specs[at : at + 1000])).encode()
            asked = Request(f"{self.url}/v1/jobs", body, {"Content-Type": "application/json"})
            try:
                with urlopen(asked, timeout=60.0) as answer:
                    found += json.load(answer)["jobs"]
            except HTTPError as error:
                raise RuntimeError(error.read().decode()) from None
        return found

    def settle(self) -> Mapping[str, int]:
        """Wait until jobs stay where they are; give how many there are in each state.

        Raises:
            RuntimeError: nothing ever ran.
        """
        last: Mapping[str, int] = {}
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            time.sleep(2.0)
            now: Mapping[str, int] = self.get("/v1/counts")
            if now == last and now["running"] and not now["starting"]:
                return now
            last = now
        raise RuntimeError(f"jobs do not come to rest: {last}")


def adopted(plan: Path, world: str, folder: Path) -> Path:
    """Adopt a plan into a store and a folder of its own; give its installation."""
    words = ["adopt", str(plan), "--world", world, "--store", str(folder / "work.db")]
    offtake(*words, "--out", str(folder / "adopted"), "--quiet")
    return folder / "adopted" / "installation.yaml"


@contextmanager
def served(installation: Path, folder: Path, *more: str) -> Iterator[Served]:
    """Serve an installation with its store in a folder; the process is ended after.

    Raises:
        RuntimeError: it does not start.
    """
    words = [sys.executable, "-m", "offtake", "serve", str(installation), "--json", "--port", "0"]
    words += ["--store", str(folder / "work.db"), "--folder", str(folder / "yards"), *more]
    with (folder / "errors").open("a") as errors:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors)
    assert process.stdout is not None
    try:
        said = b"".join(_until_brace(process.stdout))
        told = json.loads(said) if said.endswith(b"}\n") else {}
        if "url" not in told:
            raise RuntimeError(said.decode() + (folder / "errors").read_text())
        yield Served(told["url"])
    finally:
        process.terminate()
        process.wait(60.0)
        process.stdout.close()


def offtake(*words: str) -> None:
    """Run a command of offtake.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "offtake", *words], check=False, capture_output=True
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())


def some_jobs(clusters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give jobs as a lab has them: a large one, many small ones, and one that must wait."""
    open_ = [each for each in clusters if each["usable"]]
    if not open_:
        return []
    largest = max(open_, key=lambda each: int(each["usable"]))
    kind, count = largest["accelerator"], int(largest["usable"])
    long = "simulate 1000000"
    jobs = [{"name": "train-08", "accelerator": [kind], "accelerator_count": count // 16 * 8}]
    jobs += [{"name": "rl-17", "accelerator": [kind], "accelerator_count": count // 8 * 7}]
    for at, each in enumerate(open_):
        for number in range(at % 4):
            size = max(8, int(each["usable"]) // 64 // (number + 1) * 8)
            jobs.append(
                {
                    "name": f"eval-{100 + 7 * at + number}",
                    "accelerator": [each["accelerator"]],
                    "accelerator_count": size,
                    "clusters": [each["id"]],
                }
            )
    return [{**job, "run": long} for job in jobs]


def _until_brace(said: IO[bytes]) -> Iterator[bytes]:
    for line in said:
        yield line
        if line == b"}\n":
            return


def main() -> int:
    """Serve a plan until somebody says that it is enough."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("plan", type=Path, help="folder of a plan")
    parser.add_argument("--world", default="stargate", help="world it was made from")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installation = adopted(args.plan, args.world, folder)
        shown = ("--world", str(installation.parent), "--plan", str(args.plan))
        with served(installation, folder, *shown) as service:
            service.submit(some_jobs(service.get("/v1/clusters")["clusters"]))
            print(f"{service.url} (Ctrl-C ends it)", flush=True)
            try:
                while True:
                    time.sleep(3600.0)
            except KeyboardInterrupt:
                return 0


if __name__ == "__main__":
    sys.exit(main())
