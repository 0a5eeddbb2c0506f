"""A yard on a file system that the nodes of a site share.

    YARD/wrapper.sh                      what engines run: wrapper.sh YARD TOKEN
    YARD/attempts/TOKEN/{run,env,limits} what the wrapper needs, written before any engine hears
    YARD/attempts/TOKEN/log              what the body prints
    YARD/fence/TOKEN/                    made once: by the wrapper that begins, or to revoke
    YARD/spool/TOKEN.{began,ended}       what wrappers report, until it is committed elsewhere

`mkdir` succeeds for exactly one caller on POSIX file systems, NFS among them: whoever makes the
folder of a token in `fence` has decided for good whether its body begins.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.operate.engines.port import EngineError, Launch, Report

WRAPPER = Path(__file__).resolve().parent / "wrapper.sh"
"""The wrapper as it comes with offtake; each yard gets a copy."""
_TOKEN = re.compile(r"[0-9a-f]{32}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""What a variable of the environment may be called."""


class FolderYard:
    """A yard in a folder that this machine and all nodes of a cluster see.

    Raises:
        EngineError: the folder cannot be made or written (`OTK-E003`).
    """

    def __init__(self, folder: Path, cluster: str, *, as_nodes_see_it: Path | None = None) -> None:
        """Make the folder where there is none, and put the wrapper there."""
        self.folder = folder.resolve()
        self.cluster = cluster
        self._seen = self.folder if as_nodes_see_it is None else as_nodes_see_it
        try:
            for part in ("attempts", "fence", "spool"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
            wrapper = self.folder / "wrapper.sh"
            copy = self.folder / f"wrapper.{os.getpid()}.part"
            shutil.copyfile(WRAPPER, copy)
            copy.chmod(0o755)
            copy.replace(wrapper)
        except OSError as error:
            raise self._wrong(error) from error

    def prepare(self, launches: Sequence[Launch]) -> None:
        """Write down what each attempt's wrapper will need, before any engine hears of it.

        Raises:
            EngineError: it cannot be written (`OTK-E003`).
            OfftakeError: a token or a name in the environment is not one (`OTK-E004`).
        """
        for launch in launches:
            _proper(launch)
            home = self.folder / "attempts" / launch.token
            try:
                home.mkdir(exist_ok=True)
                (home / "limits").write_text(
                    f"limit_s={max(1, round(launch.limit_s))}\n"
                    f"grace_s={max(0, round(launch.grace_s))}\n"
                )
                (home / "env").write_text(_environment(launch))
                run = home / "run"
                text = launch.script
                run.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}")
                run.chmod(0o755)
            except OSError as error:
                raise self._wrong(error) from error

    def command(self, token: str) -> tuple[str, ...]:
        """Give the command an engine runs for a token."""
        return ("/bin/sh", str(self._seen / "wrapper.sh"), str(self._seen), token)

    def log(self, token: str) -> str:
        """Give the file, as nodes see it, that an attempt prints to."""
        return str(self._seen / "attempts" / token / "log")

    def revoke(self, token: str) -> bool:
        """See to it that a token never begins; True where it had not begun, and now never will.

        Raises:
            EngineError: the yard is out of reach: nothing is known, nothing may be run again.
        """
        mark = self.folder / "fence" / token
        try:
            mark.mkdir()
        except FileExistsError:
            return (mark / "revoked").exists()
        except OSError as error:
            raise self._wrong(error) from error
        try:
            (mark / "revoked").touch()
        except OSError as error:
            raise self._wrong(error) from error
        return True

    def reports(self) -> Sequence[Report]:
        """Give the begins and ends written down and not yet forgotten, begins before ends.

        Raises:
            EngineError: the yard is out of reach, or a report cannot be read (`OTK-E005`).
        """
        try:
            names = sorted(path.name for path in (self.folder / "spool").iterdir())
            return [self._report(name) for name in names]
        except OSError as error:
            raise self._wrong(error) from error

    def forget(self, reports: Sequence[Report]) -> None:
        """Let go of reports that are committed elsewhere; their tokens can still not begin."""
        for report in reports:
            kind = "began" if report.ended_at is None else "ended"
            (self.folder / "spool" / f"{report.token}.{kind}").unlink(missing_ok=True)

    def tail(self, token: str, offset: int, most: int) -> bytes:
        """Give at most so many bytes an attempt printed, from an offset on; none yet is empty."""
        try:
            with (self.folder / "attempts" / token / "log").open("rb") as file:
                file.seek(offset)
                return file.read(most)
        except FileNotFoundError:
            return b""

    def _report(self, name: str) -> Report:
        token, _, kind = name.partition(".")
        words = (self.folder / "spool" / name).read_text().split()
        try:
            if kind == "began":
                return Report(token=token, began_at=float(words[0]), node=words[1])
            return Report(
                token=token,
                began_at=float(words[0]),
                ended_at=float(words[1]),
                exit_code=int(words[2]),
                stopped=words[3] == "1",
                node=words[4],
            )
        except (IndexError, ValueError):
            what = f"a report cannot be read: {name}"
            hint = "look at it, and move it out of the spool"
            raise EngineError(self.cluster, what, code="OTK-E005", hint=hint) from None

    def _wrong(self, error: OSError) -> EngineError:
        what = f"the yard cannot be used: {error.strerror}: {error.filename}"
        hint = "see that the file system is mounted, has room, and may be written"
        return EngineError(self.cluster, what, code="OTK-E003", hint=hint)


def _proper(launch: Launch) -> None:
    if not _TOKEN.fullmatch(launch.token):
        raise _not_one("a token is 32 hexadecimal digits", launch.token)
    for name, value in launch.env.items():
        if not NAME.fullmatch(name):
            raise _not_one("a name in the environment is letters, digits and _", name)
        if "\0" in value:
            raise _not_one("a value in the environment holds a zero byte", name)


def _not_one(what: str, got: str) -> OfftakeError:
    fault = Fault(code="OTK-E004", what=what, where=Where(path="launch"), got=repr(got))
    return OfftakeError(fault, exit=Exit.USAGE)


def _environment(launch: Launch) -> str:
    """Write an environment that a shell reads back as it was, whatever it holds."""
    own = {"OFFTAKE_TOKEN": launch.token, "OFFTAKE_JOB": launch.job}
    if launch.folder is not None:
        own["OFFTAKE_FOLDER"] = launch.folder
    lines = []
    for name, value in {**launch.env, **own}.items():
        quoted = value.replace("'", "'\\''")
        lines.append(f"{name}='{quoted}'\n")
    return "".join(lines)
