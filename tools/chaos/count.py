"""Counting: what bodies witnessed, against what the store says.

Every body appends a line to a file when it begins and one when it ends. That is the witness: the
service never reads it, and nothing of the service writes it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import select

from offtake.measure.runs import SOURCE
from offtake.store import work_tables
from offtake.store.facts import records
from offtake.store.opening import open_store

SLACK_S = 2.0
"""Longest that wrapper and body may lie apart on a machine that is being shaken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was counted; `broken` says which promises were not kept."""

    jobs: int
    """Acknowledged."""
    lost: int
    """Acknowledged, and not done with status 0 at the end."""
    strangers: int
    """In the store, and never acknowledged: a request that was sent again made jobs twice."""
    attempts: Mapping[str, int]
    """Attempts by the state they ended in."""
    bodies: int
    """Times a body began."""
    bodies_a_job: Mapping[int, int]
    """Jobs by how often a body of theirs began."""
    started_twice: int
    """Tokens whose body began more than once."""
    begun_after_lost: int
    """Tokens that were given up for lost, and whose body began all the same."""
    reruns_after_completion: int
    """Bodies that began after a body of the same job had ended."""
    died_midway: int
    """Bodies that began and never ended: killed with their nodes."""
    readings: int
    """Readings in the store."""
    read_twice: int
    """Tokens with more than one reading."""
    unread: int
    """Attempts that ended, and have no reading."""
    ledger_gpu_s: int
    """Accelerator-seconds of all readings."""
    ledger_difference_gpu_s: int
    """Readings against begin and end as wrappers metered them, summed without sign."""
    witness_gpu_s: float
    """Accelerator-seconds by the clocks of bodies, inside their wrappers."""
    witness_apart_s: float
    """Furthest that a reading and its body's own clock lie apart, in seconds of one body."""
    sacct_tokens: int
    """Attempts that Slurm's own accounting has a word of."""
    sacct_difference_gpu_s: float
    """Slurm's accounting, in its whole seconds, less readings of the same attempts."""

    def broken(self) -> tuple[str, ...]:
        """Name the promises that were not kept."""
        kept = {
            "lost": self.lost,
            "strangers": self.strangers,
            "started_twice": self.started_twice,
            "begun_after_lost": self.begun_after_lost,
            "reruns_after_completion": self.reruns_after_completion,
            "read_twice": self.read_twice,
            "unread": self.unread,
            "ledger_difference_gpu_s": self.ledger_difference_gpu_s,
            "witness_apart_s": self.witness_apart_s > SLACK_S,
        }
        return tuple(name for name, found in kept.items() if found)

    def plain(self) -> Mapping[str, Any]:
        """Give it as plain data."""
        return {**asdict(self), "broken": self.broken()}


def counted(
    store: str, witness: Path, acknowledged: Iterable[str], sacct: Mapping[str, float]
) -> Count:
    """Count, now that all is over.

    Args:
        store: the store of the service.
        witness: folder that bodies wrote to.
        acknowledged: jobs the service said that it has.
        sacct: accelerator-seconds by Slurm's accounting, by token.
    """
    jobs, attempts, readings = _stored(store)
    begins, ends = _lines(witness / "begins"), _lines(witness / "ends")
    asked = set(acknowledged)
    ended = {t: a for t, a in attempts.items() if a["state"] == "ended"}
    amounts = {token: sum(found) for token, found in readings.items()}
    apart = [
        abs(amounts[t] / a["accelerators"] - (ends[t][0] - begins[t][0]))
        for t, a in ended.items()
        if t in ends and t in amounts
    ]
    whole = [t for t in begins if t in ends]
    runs = Counter(attempts[t]["job"] for t, times in begins.items() for _ in times)
    return Count(
        jobs=len(asked),
        lost=sum(jobs.get(job) != "succeeded" for job in asked),
        strangers=len(jobs.keys() - asked),
        attempts=dict(Counter(a["state"] for a in attempts.values())),
        bodies=sum(map(len, begins.values())),
        bodies_a_job=dict(Counter(runs.values())),
        started_twice=sum(len(times) > 1 for times in begins.values()),
        begun_after_lost=sum(attempts[t]["state"] == "lost" for t in begins),
        reruns_after_completion=_reruns(attempts, begins, ends),
        died_midway=len(begins) - len(whole),
        readings=sum(map(len, readings.values())),
        read_twice=sum(len(found) > 1 for found in readings.values()),
        unread=len(ended.keys() - readings.keys()),
        ledger_gpu_s=sum(amounts.values()),
        ledger_difference_gpu_s=sum(
            abs(amounts.get(t, 0) - round((a["ended"] - a["began"]) * a["accelerators"]))
            for t, a in ended.items()
        ),
        witness_gpu_s=round(
            sum((ends[t][0] - begins[t][0]) * attempts[t]["accelerators"] for t in whole), 3
        ),
        witness_apart_s=round(max(apart, default=0.0), 3),
        sacct_tokens=len(sacct.keys() & amounts.keys()),
        sacct_difference_gpu_s=round(
            sum(sacct[t] - amounts[t] for t in sacct.keys() & amounts.keys()), 3
        ),
    )


def tokens(store: str) -> Mapping[str, tuple[str, ...]]:
    """Give the tokens of all attempts, by cluster."""
    found = defaultdict(list)
    for token, attempt in _stored(store)[1].items():
        found[str(attempt["cluster"])].append(token)
    return {cluster: tuple(made) for cluster, made in found.items()}


def _stored(store: str) -> tuple[dict[str, str], dict[str, Any], dict[str, list[int]]]:
    """Give jobs with their state, attempts by token, and what each token's readings say."""
    opened = open_store(store)
    try:
        with opened.reading() as connection:
            job, attempt = work_tables.job, work_tables.attempt
            jobs = {row.id: row.state for row in connection.execute(select(job))}
            attempts = {
                row["token"]: dict(row) for row in connection.execute(select(attempt)).mappings()
            }
            found = records(connection).readings
    finally:
        opened.close()
    readings: dict[str, list[int]] = defaultdict(list)
    ours = found.where(found.source == found.code(SOURCE))
    for token, amount in zip(ours.id, ours.amount, strict=True):
        readings[str(token)].append(int(amount))
    return jobs, attempts, readings


def _lines(path: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    if path.exists():
        for line in path.read_text().splitlines():
            token, at = line.split()
            found[token].append(float(at))
    return found


def _reruns(
    attempts: Mapping[str, Any],
    begins: Mapping[str, list[float]],
    ends: Mapping[str, list[float]],
) -> int:
    """Count bodies that began after one of the same job had ended."""
    by_job = defaultdict(list)
    for token in begins:
        by_job[attempts[token]["job"]].append((begins[token][0], token))
    return sum(
        first in ends for runs in by_job.values() for (_, first), _ in pairwise(sorted(runs))
    )
