"""Slurm behind the port: submission by REST or sbatch, everything else by its commands."""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from offtake.model.installation import EngineSpec
from offtake.operate.engines.port import (
    Answer,
    EngineError,
    Launch,
    Node,
    NodeState,
    Refused,
    Seen,
    Sighting,
    Submitted,
    Unsure,
    Usage,
)
from offtake.operate.engines.slurm import words
from offtake.operate.engines.slurm.commands import Commands
from offtake.operate.engines.slurm.dialect import Request
from offtake.operate.engines.slurm.rest import Rest
from offtake.operate.engines.slurm.words import Listed

LAG_S = 8.0
"""Longest Slurm may forget a job it acknowledged: it saves its state every 5 s."""
DEAF_S = 10.0
"""How long after its grace a wrapper may still be there, until Slurm ends it."""
AFRESH_S = 10
"""How long a job that could not be launched waits for its next launch.

A node takes a launch in the second of the failed one for that one, which is over, and the job
fails for good ("Job credential revoked"). Slurm itself waits 120 s; clocks may differ a little.
"""
AGAIN_S = 60.0
"""A job that was moved up is left alone for so long: each move puts it off by `AFRESH_S`."""
_BEST = (Seen.RUNNING, Seen.WAITING, Seen.HELD, Seen.GONE)
"""Which job of a token counts where it was handed in twice: the one nearest to a begin."""
_OVER = ("Invalid job id specified", "already completing or completed")
_PATH = "/usr/local/bin:/usr/bin:/bin"


class SlurmEngine:
    """One Slurm cluster.

    Raises:
        EngineError: the address of its REST interface is none (`OTK-E042`).
    """

    def __init__(self, cluster: str, spec: EngineSpec, *, history_days: int = 35) -> None:
        """Take note of how it is reached; nothing is asked yet.

        Args:
            cluster: what the cluster is called.
            spec: `config` is its slurm.conf; `url`, `user` and `token_file` its REST interface,
                without `url` sbatch is used; `partition` and `account` are handed in with jobs.
            history_days: how far back its accounting is asked for what an attempt used.
        """
        self.cluster = cluster
        self.settle_s = LAG_S + spec.timeout_s
        self._spec = spec
        self._history_days = history_days
        self._commands = Commands(cluster=cluster, config=spec.config, timeout_s=spec.timeout_s)
        self._user = spec.user or _caller()
        self._rest: Rest | None = None
        if spec.url is not None:
            token = None if spec.token_file is None else Path(spec.token_file)
            self._rest = Rest(
                cluster, spec.url, user=self._user, token_file=token, timeout_s=spec.timeout_s
            )
        self._looked = False
        self._handed_in: dict[str, float] = {}
        self._stopping: dict[str, float] = {}
        self._moved: dict[str, float] = {}
        self._detour = ""
        self._types: dict[str, str] = {}

    def submit(self, launches: Sequence[Launch]) -> Sequence[Answer]:
        """Hand in attempts, in order; one that Slurm lists by its token already is left as it is.

        Where slurmrestd cannot be reached, nothing was handed in to it, and sbatch is used if
        that acts as the same user; `heal` says so. A token that is refused is not gone round.

        Raises:
            EngineError: Slurm cannot be reached (`OTK-E040` to `OTK-E044`).
        """
        there = self._there(launches)
        fresh = [launch for launch in launches if launch.token not in there]
        now = time.monotonic()
        self._handed_in.update((launch.token, now) for launch in fresh)
        answers = dict(zip((one.token for one in fresh), self._hand_in(fresh), strict=True))
        answers |= {token: Submitted(job.number) for token, job in there.items()}
        return [answers[launch.token] for launch in launches]

    def sightings(self) -> Mapping[str, Sighting]:
        """List our jobs by token, those that ended as long as Slurm remembers (MinJobAge).

        Raises:
            EngineError: the list could not be had (`OTK-E040`, `OTK-E041`, `OTK-E045`).
        """
        jobs = _one_a_token(self._list())
        old = time.monotonic() - self.settle_s
        for known in (self._handed_in, self._stopping):
            for token in [t for t, at in known.items() if t not in jobs and at < old]:
                del known[token]
        return {
            token: Sighting(
                token=token,
                engine_id=job.number,
                seen=job.seen,
                reason=job.reason,
                nodes=job.nodes,
            )
            for token, job in jobs.items()
        }

    def stop(self, tokens: Sequence[str]) -> None:
        """Take back what waits; send TERM to wrappers of what runs, which keep to the grace.

        A wrapper that is still there after its grace, and is asked again, is ended by Slurm.

        Raises:
            EngineError: Slurm cannot be reached (`OTK-E040`, `OTK-E041`).
        """
        wanted = set(tokens)
        if not wanted:
            return
        jobs = [job for job in self._list() if job.token in wanted and job.seen is not Seen.GONE]
        now = time.monotonic()
        gently, at_once = [], []
        for job in jobs:
            asked = self._stopping.get(job.token)
            if job.seen is not Seen.RUNNING:
                at_once.append(job.number)
            elif asked is None:
                gently.append(job)
            elif now > asked + job.grace_s + DEAF_S:
                at_once.append(job.number)
        self._cancel(at_once)
        self._cancel([job.number for job in gently], "--signal=TERM", "--batch")
        self._stopping.update((job.token, now) for job in gently)

    def nodes(self) -> tuple[Node, ...]:
        """List the nodes that have accelerators, each once.

        Raises:
            EngineError: the list could not be had (`OTK-E040`, `OTK-E041`, `OTK-E045`).
        """
        partition = () if self._spec.partition is None else ("-p", self._spec.partition)
        text = self._commands.ask("sinfo", "-h", "-N", "-o", words.NODES, *partition)
        return tuple(node for node in words.nodes(self.cluster, text) if node.accelerators)

    def usage(self, tokens: Sequence[str]) -> Mapping[str, Usage]:
        """Give what sacct says of attempts that ended; nothing where no accounting is kept.

        Raises:
            EngineError: the accounting cannot be reached (`OTK-E040`, `OTK-E041`, `OTK-E045`).
        """
        found: dict[str, Usage] = {}
        if not tokens or not self._keeps_accounts():
            return found
        options = ("-X", "-n", "-P", "-D", "--noconvert", "-o", words.ACCOUNTING)
        since = f"now-{self._history_days}days"
        for some in _portions(tokens, 500):
            text = self._commands.ask(
                "sacct", *options, "-u", self._user, "-S", since, f"--name={','.join(some)}"
            )
            found |= words.usage(self.cluster, text)
        return found

    def heal(self) -> tuple[str, ...]:
        """Release and move up what Slurm could not launch; resume nodes it drained for no fault.

        Jobs that people hold and nodes that people drained are left alone.

        Raises:
            EngineError: Slurm cannot be reached (`OTK-E040`, `OTK-E041`), or refuses some of it
                (`OTK-E046`) after the rest was done.
        """
        done: list[str] = []
        refused: list[str] = []
        for line, commands in self._remedies():
            try:
                for command in commands:
                    self._commands.ask(*command)
                done.append(line)
            except EngineError as error:
                refused.append(f"{line}: {error.faults[0].what}")
        if refused:
            what = "not permitted or not possible: " + "; ".join(refused)
            hint = "let this user be an operator of Slurm (sacctmgr), or do it by hand"
            raise EngineError(self.cluster, what, code="OTK-E046", hint=hint)
        if self._detour:
            done.append(self._detour)
            self._detour = ""
        return tuple(done)

    def close(self) -> None:
        """Let go of the connection; jobs go on."""
        if self._rest is not None:
            self._rest.close()

    def _remedies(self) -> Iterable[tuple[str, Sequence[Sequence[str]]]]:
        """Give each remedy: what is done in words, and the commands that do it."""
        now = time.monotonic()
        self._moved = {n: at for n, at in self._moved.items() if now < at + AGAIN_S}
        for job in self._list():
            said = f"job {job.number} ({job.token}): {job.reason}"
            # Slurm puts off for minutes what it could not launch, also once it is released.
            soon = ("scontrol", "update", f"jobid={job.number}", f"StartTime=now+{AFRESH_S}")
            if job.seen is Seen.HELD and words.may_be_released(job.reason):
                self._moved[job.number] = now
                yield f"released {said}", [("scontrol", "release", job.number), soon]
            elif (
                job.seen is Seen.WAITING
                and job.reason == "BeginTime"
                and job.number not in self._moved
            ):
                self._moved[job.number] = now
                yield f"moved up {said}", [soon]
        for node in self.nodes():
            if node.state is NodeState.DRAINED and words.may_be_resumed(node.reason):
                line = f"resumed node {node.name}: {node.reason}"
                yield line, [("scontrol", "update", f"nodename={node.name}", "state=resume")]

    def _there(self, launches: Sequence[Launch]) -> dict[str, Listed]:
        """Give the jobs that carry one of the tokens already; ask only where that can be."""
        tokens = {launch.token for launch in launches}
        if self._looked and not tokens & self._handed_in.keys():
            return {}
        jobs = _one_a_token(self._list())
        return {token: job for token, job in jobs.items() if token in tokens}

    def _hand_in(self, launches: Sequence[Launch]) -> list[Answer]:
        environment = {"PATH": _PATH, **self._commands.environment()}
        requests = [
            Request(
                launch=replace(launch, accelerator=self._type(launch.accelerator)),
                partition=self._spec.partition,
                account=self._spec.account,
                environment=environment,
            )
            for launch in launches
        ]
        if self._rest is not None and requests:
            try:
                return self._rest.submit(requests)
            except EngineError as error:  # before the first was handed in
                if error.faults[0].code == "OTK-E044" or self._user != _caller():
                    raise
                self._detour = f"used sbatch: {error.faults[0].what}"
        return self._by_command(requests)

    def _type(self, accelerator: str) -> str:
        """Give a type as Slurm writes it (`h100` for H100); none where Slurm names no types."""
        if accelerator and accelerator.lower() not in self._types:
            self._types = {node.accelerator.lower(): node.accelerator for node in self.nodes()}
            if set(self._types) == {""}:
                self._types[accelerator.lower()] = ""
        return self._types.get(accelerator.lower(), accelerator)

    def _by_command(self, requests: Sequence[Request]) -> list[Answer]:
        answers: list[Answer] = []
        for index, request in enumerate(requests):
            answers.append(self._sbatch(request))
            if isinstance(answers[-1], Unsure):
                rest = len(requests) - index - 1
                return answers + [Refused("not tried: Slurm did not answer before")] * rest
        return answers

    def _sbatch(self, request: Request) -> Answer:
        launch = request.launch
        try:
            per_node = request.per_node
        except ValueError as error:
            return Refused(str(error), lasting=True)
        options = [
            f"--job-name={launch.token}",
            f"--comment={request.comment}",
            f"--output={request.log}",
            "--input=/dev/null",
            "--open-mode=append",
            "--chdir=/",
            "--no-requeue",
            f"--time={request.minutes}",
            f"--nodes={launch.nodes}",
            f"--ntasks={launch.nodes}",
        ]
        if launch.accelerators:
            options.append(f"--gres={per_node}")
        for name in ("partition", "account"):
            value = getattr(request, name)
            if value is not None:
                options.append(f"--{name}={value}")
        try:
            said = self._commands.run("sbatch", "--parsable", *options, stdin=request.script)
        except subprocess.TimeoutExpired:
            return Unsure(f"sbatch took longer than {self._spec.timeout_s:g} s")
        number = said.out.strip().partition(";")[0]
        if said.code == 0 and number.isdigit():
            return Submitted(number)
        reason = said.err or said.out.strip() or f"sbatch ended with {said.code}"
        if words.unsure(reason) or said.code <= 0:
            return Unsure(reason)
        return Refused(reason, lasting=words.lasting(reason))

    def _list(self) -> list[Listed]:
        mine = ("-u", self._user)
        text = self._commands.ask("squeue", "-h", "-t", "all", *mine, "-o", words.LISTING)
        self._looked = True
        return list(words.listed(self.cluster, text))

    def _cancel(self, numbers: Sequence[str], *options: str) -> None:
        for some in _portions(numbers, 500):
            try:
                self._commands.ask("scancel", *options, *some)
            except EngineError as error:
                if not any(over in error.faults[0].what for over in _OVER):
                    raise

    def _keeps_accounts(self) -> bool:
        text = self._commands.ask("scontrol", "show", "config")
        lines = [line for line in text.splitlines() if line.startswith("AccountingStorageType")]
        return not any(line.endswith("/none") for line in lines)


def _caller() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _one_a_token(jobs: Iterable[Listed]) -> dict[str, Listed]:
    found: dict[str, Listed] = {}
    for job in jobs:
        other = found.get(job.token)
        if other is None or _BEST.index(job.seen) < _BEST.index(other.seen):
            found[job.token] = job
    return found


def _portions(items: Sequence[str], most: int) -> Iterable[Sequence[str]]:
    return (items[start : start + most] for start in range(0, len(items), most))
