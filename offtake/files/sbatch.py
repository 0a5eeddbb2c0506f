"""A Slurm script as a job: what its `#SBATCH` lines say, and what of it a job cannot say.

    #!/bin/bash
    #SBATCH -J finetune -N 2 --gpus-per-node=h100:8      name: finetune
    #SBATCH --time=1-12:00:00                        ──> accelerator: [H100]
    #SBATCH --mail-type=END                              accelerator_count: 16
    srun python train.py                                 limit_hours: 36

Nothing is dropped without a word: an option a job has no field for stays in the script, as the
comment it is to a shell, and is named with the reason.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offtake.errors import Fault, OfftakeError, Where
from offtake.files.emit import block, terse
from offtake.model.work import JobSpec

_SHORT = {
    "A": "account",
    "a": "array",
    "C": "constraint",
    "c": "cpus-per-task",
    "D": "chdir",
    "d": "dependency",
    "e": "error",
    "G": "gpus",
    "H": "hold",
    "i": "input",
    "J": "job-name",
    "L": "licenses",
    "M": "clusters",
    "N": "nodes",
    "n": "ntasks",
    "o": "output",
    "p": "partition",
    "q": "qos",
    "t": "time",
    "w": "nodelist",
    "x": "exclude",
}
_BARE = frozenset(
    {"hold", "no-requeue", "requeue", "exclusive", "overcommit", "no-kill", "verbose"}
)
"""Options that stand without a value."""
_REASONS = {
    "account": "who asks is the field `tenant`; name yours there",
    "array": "a job is one piece of work; hand in one for each index",
    "clusters": "clusters are named as the installation names them; see the field `clusters`",
    "constraint": "what a node must be is said by `accelerator`, `one_pod`, `sites`, `countries`",
    "cpus-per-task": "processors come with the accelerators",
    "dependency": "jobs do not wait for each other; hand this one in when the other has ended",
    "error": "what a job prints is kept with it; see `offtake logs`",
    "hold": "a job waits from when it is handed in; hand it in later",
    "mem": "memory comes with the accelerators",
    "nodelist": "nodes are chosen by the engine",
    "ntasks": "how many processes run is up to the script",
    "output": "what a job prints is kept with it; see `offtake logs`",
    "partition": "the partition belongs to the cluster's engine",
    "qos": "what goes first is the field `priority`",
}
_NO_FIELD = "a job has no field for it"
_LINE = re.compile(r"#SBATCH\s+(.*)")
_GPUS = re.compile(r"(?:([A-Za-z][\w.+-]*):)?(\d+)")


@dataclass(frozen=True, slots=True)
class Left:
    """An option of a script that a job does not say."""

    line: int
    """Where it stands, counted from 1."""
    option: str
    """As it is written."""
    reason: str
    """Why it is left out, and what says it instead."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A job, and what the script says beyond it."""

    job: JobSpec
    """What to hand in."""
    left: tuple[Left, ...]
    """What was left in the script, in its order."""

    @property
    def text(self) -> str:
        """The job as YAML."""
        data = terse(self.job)
        assert isinstance(data, dict)
        return block(data)


@dataclass(frozen=True, slots=True)
class _Option:
    line: int
    name: str
    value: str
    written: str


class _UnreadableError(ValueError):
    """A value that is not one of its option."""


def read_sbatch(path: str | Path, accelerators: Iterable[str] = ()) -> Imported:
    """Read a Slurm script.

    Args:
        path: the script.
        accelerators: names of accelerators; a type that is one of them in other letters (`h100`)
            is written like it.

    Raises:
        OfftakeError: it cannot be read or is no script (`OTK-E050`), or options have
            values that cannot be read (`OTK-E051`, all of them).
    """
    file = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = f"the script cannot be read: {getattr(error, 'strerror', None) or error}"
        raise OfftakeError(Fault(code="OTK-E050", what=what, where=Where(file=file))) from None
    if not text.startswith("#!"):
        what = "a Slurm script begins with a line such as #!/bin/bash"
        where = Where(file=file, line=1)
        raise OfftakeError(Fault(code="OTK-E050", what=what, where=where, got=repr(text[:40])))
    faults: list[Fault] = []
    options, late = _options(text.splitlines(), file, faults)
    made = _Made({name.lower(): name for name in accelerators})
    for option in options:
        try:
            made.take(option)
        except _UnreadableError as error:
            where = Where(file=file, line=option.line)
            what = f"--{option.name} cannot be read"
            faults.append(
                Fault(
                    code="OTK-E051",
                    what=what,
                    where=where,
                    got=f"'{option.value}'",
                    hint=str(error),
                )
            )
    if faults:
        raise OfftakeError(faults)
    left = made.finished(Path(path).stem, late)
    taken = {option.line for option in options} - {one.line for one in left}
    lines = text.splitlines(keepends=True)
    run = "".join(line for number, line in enumerate(lines, 1) if number not in taken)
    return Imported(JobSpec(run=run, **made.fields), tuple(left))


def _options(
    lines: Sequence[str], file: str, faults: list[Fault]
) -> tuple[list[_Option], list[Left]]:
    """Give the options Slurm would read, and those it would not: after the first command."""
    options: list[_Option] = []
    late: list[Left] = []
    commands = False
    for number, line in enumerate(lines, 1):
        found = _LINE.match(line)
        if found is None:
            commands = commands or bool(line.strip() and not line.lstrip().startswith("#"))
        elif commands:
            late.append(Left(number, found[1].strip(), "Slurm reads none after the first command"))
        else:
            try:
                options += _parsed(number, shlex.split(found[1], comments=True))
            except ValueError as error:
                where = Where(file=file, line=number)
                what = f"the line cannot be read: {error}"
                faults.append(Fault(code="OTK-E051", what=what, where=where, got=f"'{found[1]}'"))
    return options, late


def _parsed(line: int, words: Sequence[str]) -> Iterator[_Option]:
    """Part the words of a line into options: `-N2`, `-N 2`, `--nodes=2`, `--nodes 2`.

    Raises:
        ValueError: a word is no option.
    """
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
        elif word.startswith("-") and len(word) > 1:
            name, equals, value = _SHORT.get(word[1], word[1]), word[2:], word[2:].lstrip("=")
        else:
            raise ValueError(f"'{word}' belongs to no option")
        written = word
        if not equals and name not in _BARE and rest and not rest[0].startswith("-"):
            value = rest.pop(0)
            written = f"{word} {value}"
        yield _Option(line, name, value, written)


class _Made:
    """A job while it is made of options; the last of two that say one thing counts, as in Slurm."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.fields: dict[str, Any] = {}
        self._known = known
        self._nodes = 1
        self._gpus: tuple[str, str, int] | None = None
        self._tasks = 1
        self._left: list[Left] = []
        self._does: Mapping[str, Callable[[str], str | None]] = {
            "chdir": self._chdir,
            "export": self._export,
            "gpus": lambda value: self._count("in all", value),
            "gpus-per-node": lambda value: self._count("a node", value),
            "gpus-per-task": lambda value: self._count("a task", value),
            "gres": self._gres,
            "job-name": self._name,
            "no-requeue": self._no_requeue,
            "nodes": self._node_count,
            "ntasks": self._task_count,
            "requeue": lambda value: None,
            "signal": self._signal,
            "time": self._time,
        }

    def take(self, option: _Option) -> None:
        """Take an option over, or note why not.

        Raises:
            _UnreadableError: its value is none.
        """
        does = self._does.get(option.name)
        reason = _REASONS.get(option.name, _NO_FIELD) if does is None else does(option.value)
        if reason is not None:
            self._left.append(Left(option.line, option.written, reason))

    def finished(self, stem: str, late: Sequence[Left]) -> list[Left]:
        """Fill in what several options say together, and give what was left."""
        self.fields.setdefault("name", stem)
        if self._gpus is None:
            reason = "it asks for no GPU; a job holds at least one accelerator"
            self._left.append(Left(0, "--gpus", reason))
        else:
            of, kind, count = self._gpus
            times = {"in all": 1, "a node": self._nodes, "a task": self._tasks}[of]
            self.fields["accelerator_count"] = count * times
            if kind:
                self.fields["accelerator"] = (self._known.get(kind.lower(), kind),)
        return sorted([*self._left, *late], key=lambda one: one.line)

    def _name(self, value: str) -> None:
        if not value:
            raise _UnreadableError("give a name")
        self.fields["name"] = value

    def _chdir(self, value: str) -> None:
        if not value.startswith("/"):
            raise _UnreadableError("give a folder that begins with /, as nodes see it")
        self.fields["folder"] = value

    def _no_requeue(self, value: str) -> None:
        del value
        self.fields["restarts_count"] = 0

    def _node_count(self, value: str) -> str | None:
        self._nodes = _whole(value.partition("-")[0])
        return "a job does not take more than it needs" if "-" in value else None

    def _task_count(self, value: str) -> str:
        self._tasks = _whole(value)
        return _REASONS["ntasks"]

    def _count(self, of: str, value: str) -> None:
        found = _GPUS.fullmatch(value)
        if found is None or int(found[2]) == 0:
            raise _UnreadableError("write one type, such as 8 or h100:8")
        self._gpus = (of, found[1] or "", int(found[2]))

    def _gres(self, value: str) -> str | None:
        kinds = [part for part in value.split(",") if part.partition(":")[0] == "gpu"]
        others = [part for part in value.split(",") if part not in kinds]
        if len(kinds) > 1:
            raise _UnreadableError("write one type of GPU, such as gpu:h100:8")
        for kind in kinds:
            self._count("a node", kind.partition(":")[2] or "1")
        return f"{', '.join(others)}: {_NO_FIELD}" if others else None

    def _export(self, value: str) -> str | None:
        pairs = [part for part in value.split(",") if "=" in part]
        names = [
            part for part in value.split(",") if "=" not in part and part not in ("NONE", "NIL")
        ]
        if pairs:
            self.fields["env"] = dict(pair.split("=", 1) for pair in pairs)
        if not names:
            return None
        return (
            f"{', '.join(names)}: the environment of whoever hands in is not handed on; use `env`"
        )

    def _signal(self, value: str) -> str | None:
        found = re.fullmatch(r"(?:[BR]+:)?(?:SIG)?(\w+)(?:@(\d+))?", value)
        if found is None:
            raise _UnreadableError("write a signal and seconds, such as B:TERM@120")
        if found[1] not in ("TERM", "15"):
            return "a job that is to stop is sent TERM; the time it has then is `grace_s`"
        self.fields["grace_s"] = float(found[2] or 60)
        return None

    def _time(self, value: str) -> str | None:
        if value.upper() in ("UNLIMITED", "INFINITE", "0"):
            return "a job has a limit: `limit_hours`, 24 unless it says otherwise"
        self.fields["limit_hours"] = _minutes(value) / 60.0
        return None


def _whole(value: str) -> int:
    if not value.isdigit() or int(value) == 0:
        raise _UnreadableError("give a whole number from 1 on")
    return int(value)


def _minutes(value: str) -> float:
    """Read a time as Slurm does: M, M:S, H:M:S, D-H, D-H:M, D-H:M:S."""
    days, dash, clock = value.rpartition("-")
    parts = clock.split(":")
    if not all(part.isdigit() for part in parts) or len(parts) > 3 or (dash and not days.isdigit()):
        raise _UnreadableError("write minutes, H:M:S, or D-H:M:S")
    numbers = [int(part) for part in parts]
    if dash:
        hours, minutes, seconds = (*numbers, 0, 0)[:3]
    elif len(numbers) == 3:
        hours, minutes, seconds = numbers
    else:
        hours, (minutes, seconds) = 0, (*numbers, 0)[:2]
    return int(days or 0) * 1440 + hours * 60 + minutes + seconds / 60.0
