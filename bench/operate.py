"""Figures of operation: a whole service in a process of its own, asked through HTTP.

    python -m bench.operate
    python -m bench.operate --only submit --only queue

The store is SQLite on disk, synchronous; what is acknowledged is fsynced. The client that loads
the service shares the machine's cores with it. Bodies are simulated: nothing runs but the control
plane. `anchor` is the bar; beside a wall time stands the service's processor time, which other
work on the machine changes less. Compiled rules are loaded before anything is timed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench._figure import show
from bench._service import Running, running
from bench.operate_placement import BASELINE, LARGE, Set

CONNECTIONS = 8
SUBMITS = 8_000
BULK, BULKS = 1_000, 40
QUEUED, ACTIVE, WATCHED_S = 100_000, 10_000, 30.0
STARTS = 5
EVERY_S = 0.05
"""How often due workloads of a scenario are handed in."""
PUBLISHED = {"baseline": (351.0, 0.559), "large": (1179.0, 0.386)}
"""Kueue's own figures: wall seconds, mean usage."""
BARS = {"baseline": (80.0, 0.9), "large": (30.0, 0.75)}
UNEQUAL = (
    "not equal: Kueue's pass through a Kubernetes API server and etcd, one request a workload,"
    " and its runner ends workloads through that API too; ours go through offtake's HTTP API"
    " (lists of what is due every 50 ms) into SQLite, fsynced, and bodies are simulated in the"
    " service; preempted bodies begin anew on both"
)


# ------------------------------------------------------------------ a raw client
class Line:
    """One kept connection, with as little between as a client can have."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: bytes) -> bytes:
        """Send a body and give the answer's.

        Raises:
            RuntimeError: the answer is not one of success.
        """
        head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        top, _, rest = got.partition(b"\r\n\r\n")
        length = int(top.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(rest) < length:
            rest += self._more()
        if top[9:11] != b"20":
            raise RuntimeError((top + b"\n" + rest).decode())
        return rest

    def close(self) -> None:
        """Let go."""
        self._socket.close()

    def _more(self) -> bytes:
        got = self._socket.recv(1 << 20)
        if not got:
            raise RuntimeError("the service hung up")
        return got


def job(seconds: float, count: int = 1, **fields: Any) -> dict[str, Any]:
    """Give a job as a user hands it in."""
    run = f"simulate {seconds}"
    return {"name": "bench", "run": run, "accelerator_count": count, **fields}


def installation(clusters: int, accelerators: int, node: int, tenants: Sequence[str] = ()) -> str:
    """Give the file of an installation of simulated clusters."""
    made: dict[str, Any] = {"offtake": "installation/1", "grace_s": 0.01}
    made["clusters"] = [
        {
            "id": f"c{i}",
            "site": f"s{i}",
            "accelerator": "x",
            "accelerator_count": accelerators,
            "accelerators_per_node_count": node,
            "accelerators_per_pod_count": accelerators,
            "engine": {"kind": "simulated"},
        }
        for i in range(clusters)
    ]
    if tenants:
        made["tenants"] = [
            {"id": t, "nominal_count": 20, "borrow_count": 100, "cohort": t.split("-")[0]}
            for t in tenants
        ]
    return json.dumps(made)


def until(
    service: Running, done: Callable[[dict[str, int]], bool], what: str, most_s: float
) -> None:
    """Wait until the counts of jobs are as asked.

    Raises:
        RuntimeError: they are not in time.
    """
    ends = time.monotonic() + most_s
    while not done(counts := service.get("/v1/counts")):
        if time.monotonic() > ends:
            raise RuntimeError(f"not in {most_s:.0f} s: {what}; {counts}")
        time.sleep(0.25)


def warm(service: Running, **fields: Any) -> None:
    """Let one job through, so that the rules are loaded."""
    Line(service.port).post("/v1/jobs", json.dumps(job(0.01, **fields)).encode())
    until(service, lambda counts: counts["succeeded"] == 1, "one job", 300.0)


# ------------------------------------------------------------------ start and rest
def rest(folder: Path) -> None:
    """Print how long a service takes to answer, and what it holds while nothing happens."""
    made = installation(2, 64, 8)
    took, held, cpu = [], 0.0, 0.0
    for _ in range(STARTS):
        with running(folder, made) as service:
            took.append(service.start_s)
            time.sleep(1.0)
            held, cpu = service.rss_mb(), service.cpu_s()
    show("start_s", statistics.median(took), "s", 2.0)
    show("start_cpu_s", cpu, "s")
    show("idle_rss_mb", held, "MB", 150.0)


# ------------------------------------------------------------------ handing in
def submit(folder: Path) -> None:
    """Print how fast single jobs and lists of jobs are taken in."""
    with running(folder, installation(2, 64, 8)) as service:
        warm(service)
        body = json.dumps(job(3600.0, limit_hours=24.0)).encode()
        waits: list[float] = []
        before, began = service.cpu_s(), time.perf_counter()
        threads = [
            threading.Thread(target=_one_by_one, args=(service.port, body, waits))
            for _ in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall = time.perf_counter() - began
        if len(waits) != SUBMITS:
            raise RuntimeError(f"{len(waits)} of {SUBMITS} jobs were acknowledged")
        show("submit_per_s", SUBMITS / wall, "1/s", 1000.0)
        show("submit_p50_ms", float(np.percentile(waits, 50)) * 1e3, "ms")
        show("submit_p99_ms", float(np.percentile(waits, 99)) * 1e3, "ms", 50.0)
        show("submit_cpu_ms", (service.cpu_s() - before) / SUBMITS * 1e3, "ms")
        line, many = Line(service.port), json.dumps([json.loads(body)] * BULK).encode()
        before, began = service.cpu_s(), time.perf_counter()
        for _ in range(BULKS):
            line.post("/v1/jobs", many)
        wall = time.perf_counter() - began
        show("bulk_submit_per_s", BULK * BULKS / wall, "1/s", 10_000.0)
        show("bulk_submit_cpu_us", (service.cpu_s() - before) / (BULK * BULKS) * 1e6, "us")


def _one_by_one(port: int, body: bytes, waits: list[float]) -> None:
    line = Line(port)
    for _ in range(SUBMITS // CONNECTIONS):
        began = time.perf_counter()
        line.post("/v1/jobs", body)
        waits.append(time.perf_counter() - began)
    line.close()


# ------------------------------------------------------------------ a long queue
def queue(folder: Path) -> None:
    """Print how long rounds take, and what the service holds, with a long queue."""
    rng = np.random.default_rng(1)
    made = installation(20, ACTIVE // 20, 8)
    with running(folder, made) as service:
        warm(service)
        line = Line(service.port)
        seconds = rng.uniform(50.0, 150.0, ACTIVE + QUEUED).tolist()
        for at in range(0, ACTIVE + QUEUED, BULK):
            many = [job(each) for each in seconds[at : at + BULK]]
            line.post("/v1/jobs", json.dumps(many).encode())
        full = ACTIVE * 0.98
        until(service, lambda counts: counts["running"] >= full, "all runs that can", 400.0)
        line = Line(service.port)  # the service hung up the one that was silent for so long
        began, cpu = time.time(), service.cpu_s()
        while (passed := time.time() - began) < WATCHED_S:
            line.post("/v1/jobs", json.dumps([job(100.0)] * 10).encode())
            time.sleep(max(0.0, 0.1 - (time.time() - began - passed)))
        counts = service.get("/v1/counts")
        rounds = service.rounds_since(began)
        spent = (service.cpu_s() - cpu) / (time.time() - began)
        print(f"queue: {counts['queued']} wait, {counts['running']} run, {len(rounds)} rounds")
        took = [each[1] * 1e3 for each in rounds]
        show("cycle_p50_ms_100k_queued", float(np.percentile(took, 50)), "ms")
        show("cycle_p99_ms_100k_queued", float(np.percentile(took, 99)), "ms", 500.0)
        show("cycle_cpu_p99_ms", float(np.percentile([r[2] * 1e3 for r in rounds], 99)), "ms")
        show("service_cpu_share_100k_queued", spent, "cores")
        show("rss_100k_queued_gb", service.rss_mb("VmHWM") / 1e3, "GB", 1.0)


# ------------------------------------------------------------------ Kueue's scenarios
def scenario(folder: Path, name: str, cohorts: int, queues: int, sets: tuple[Set, ...]) -> None:
    """Print wall time and usage of one scenario, Kueue's beside them."""
    tenants = [f"q{c}-{q}" for c in range(cohorts) for q in range(queues)]
    quota = 20 * len(tenants)
    coming = sorted(
        (i * each.every, at, kind)
        for at in range(len(tenants))
        for kind, each in enumerate(sets)
        for i in range(each.count)
    )
    bodies = [[_workload(tenant, each) for each in sets] for tenant in tenants]
    with running(folder, installation(1, quota, quota, tenants)) as service:
        warm(service, tenant=tenants[0])
        cpu, began, at = service.cpu_s(), time.time(), 0
        line = Line(service.port)
        while at < len(coming):
            now, first = time.time() - began, at
            while at < len(coming) and coming[at][0] <= now:
                at += 1
            for start in range(first, at, BULK):
                some = coming[start : min(start + BULK, at)]
                text = ",".join(bodies[who][kind] for _, who, kind in some)
                line.post("/v1/jobs", f"[{text}]".encode())
            time.sleep(EVERY_S)
        print(f"kueue {name}: all handed in after {time.time() - began:.1f} s")
        total = len(coming) + 1
        until(service, lambda counts: counts["succeeded"] == total, "all is done", 900.0)
        spent = service.cpu_s() - cpu
        wall, reserved, ran, stops = _used(service.store, began, quota)
    bars, published = BARS[name], PUBLISHED[name]
    show(f"kueue_{name}_s", wall, "s", bars[0])
    show(f"kueue_{name}_usage_share", reserved, "share", bars[1])
    show(f"kueue_{name}_bodies_share", ran, "share")
    show(f"kueue_{name}_preempted", stops, "attempts")
    show(f"kueue_{name}_cpu_s", spent, "s")
    print(f"kueue {name}: published {published[0]:.0f} s, {published[1]:.1%} used")


def _workload(tenant: str, each: Set) -> str:
    made = job(
        each.runs,
        each.request,
        tenant=tenant,
        priority=each.priority,
        preemptible=True,
        grace_s=0.01,
        restarts_count=1000,
        limit_hours=max(0.001, 10.0 * each.runs / 3600.0),
    )
    return json.dumps({**made, "name": each.name})


def _used(store: Path, began: float, quota: int) -> tuple[float, float, float, int]:
    """Give wall seconds, the share reserved (placed until freed), the share run, and stops."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        rows = connection.execute(
            "select a.accelerators, a.intended, a.began, a.ended, a.stopped,"
            " (select min(e.at) from job_event e where e.job = a.job and e.at > a.intended"
            "  and e.kind in ('succeeded', 'failed', 'cancelled', 'queued'))"
            " from attempt a where a.intended >= ?",
            (began,),
        ).fetchall()
    wall = max(row[5] for row in rows) - began
    reserved = sum(row[0] * (row[5] - row[1]) for row in rows)
    ran = sum(row[0] * (row[3] - row[2]) for row in rows if row[2] and row[3])
    stops = sum(bool(row[4]) for row in rows)
    return wall, reserved / (wall * quota), ran / (wall * quota), stops


def kueue(folder: Path) -> None:
    """Print both scenarios."""
    scenario(folder / "baseline", "baseline", 5, 6, BASELINE)
    scenario(folder / "large", "large", 10, 100, LARGE)
    print(UNEQUAL)


PARTS: dict[str, Callable[[Path], None]] = {
    "rest": rest,
    "submit": submit,
    "queue": queue,
    "kueue": kueue,
}


def main() -> int:
    """Run all parts, or those that are named."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", choices=PARTS, action="append")
    asked.add_argument("--folder", type=Path, help="where stores lie; default a temporary one")
    given = asked.parse_args()
    root = given.folder or Path(tempfile.mkdtemp(prefix="offtake-bench-"))
    try:
        for name in given.only or PARTS:
            PARTS[name](root / name)
    finally:
        if given.folder is None:
            shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
