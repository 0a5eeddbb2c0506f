"""Slurm's commands, each run as a list of words: no shell reads any of them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

from offtake.operate.engines.port import EngineError

_HANDED_ON = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "LANG")
"""Of our environment, what commands get: sbatch hands it on to jobs, secrets and all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a command ended."""

    code: int
    """Its exit status."""
    out: str
    """What it printed."""
    err: str
    """What it complained of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """The commands of one Slurm."""

    cluster: str
    """Cluster it drives, for messages."""
    config: str | None
    """Its slurm.conf; None is the one the commands find by themselves."""
    timeout_s: float
    """Longest one command may take."""

    def run(self, *words: str, stdin: str = "") -> Said:
        """Run a command to its end, whatever that is.

        Raises:
            EngineError: it is not installed (`OTK-E040`).
            subprocess.TimeoutExpired: it took too long, and was killed.
        """
        try:
            done = subprocess.run(
                words,
                input=stdin,
                env=self.environment(),
                cwd="/",
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=self.timeout_s,
            )
        except OSError as error:
            what = f"{words[0]} cannot be run: {error.strerror}"
            hint = "install Slurm's commands on this machine (Debian: slurm-client)"
            raise EngineError(self.cluster, what, code="OTK-E040", hint=hint) from error
        return Said(code=done.returncode, out=done.stdout, err=done.stderr.strip())

    def ask(self, *words: str) -> str:
        """Run a command that only succeeds or fails, and give what it printed.

        Raises:
            EngineError: it is not installed (`OTK-E040`), failed or took too long (`OTK-E041`).
        """
        try:
            said = self.run(*words)
        except subprocess.TimeoutExpired as error:
            what = f"{words[0]} took longer than {self.timeout_s:g} s"
            raise self._failed(what) from error
        if said.code:
            raise self._failed(f"{words[0]} ended with {said.code}: {said.err or said.out}")
        return said.out

    def _failed(self, what: str) -> EngineError:
        hint = "see that slurmctld runs and that this user may ask it"
        return EngineError(self.cluster, what, code="OTK-E041", hint=hint)

    def environment(self) -> dict[str, str]:
        """Give what commands get of our environment."""
        kept = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
        if self.config is not None:
            kept["SLURM_CONF"] = self.config
        elif "SLURM_CONF" in os.environ:
            kept["SLURM_CONF"] = os.environ["SLURM_CONF"]
        return kept
