from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter
from ruamel.yaml import YAML

from offtake.errors import OfftakeError
from offtake.files.sbatch import Imported, Left, read_sbatch
from offtake.model.work import JobSpec

NAMES = ("H100", "MI300X", "GB300")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "train.sh"


def _read(script: Path, *lines: str, body: str = "srun python train.py\n") -> Imported:
    head = "".join(f"#SBATCH {line}\n" for line in lines)
    script.write_text(f"#!/bin/bash\n{head}{body}")
    return read_sbatch(script, NAMES)


def test_what_a_script_says_becomes_fields(script: Path) -> None:
    made = _read(
        script,
        "-J finetune-7b -N 2 --gpus-per-node=h100:8  # a comment",
        "--time=1-12:00:00",
        "--chdir=/data/run",
        "--export=NONE,SEED=7,WORDS='a b'",
        "--signal=B:TERM@120",
        "--no-requeue",
    )
    assert made.left == ()
    assert made.job == JobSpec(
        name="finetune-7b",
        run="#!/bin/bash\nsrun python train.py\n",
        accelerator=("H100",),
        accelerator_count=16,
        limit_hours=36.0,
        folder="/data/run",
        env={"SEED": "7", "WORDS": "a b"},
        grace_s=120.0,
        restarts_count=0,
    )


def test_the_yaml_says_the_same_job(script: Path) -> None:
    made = _read(script, "--gres=gpu:mi300x:4", "-t 90", "-J 'no: #1'")
    data = YAML(typ="safe").load(made.text)
    assert TypeAdapter(JobSpec).validate_python(data) == made.job
    assert "limit_hours: 1.5\n" in made.text


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("30", 0.5),
        ("30:36", 0.51),
        ("2:30:00", 2.5),
        ("1-0", 24.0),
        ("1-6:30", 30.5),
        ("2-00:00:36", 48.01),
    ],
)
def test_times_are_read_as_slurm_reads_them(script: Path, written: str, hours: float) -> None:
    made = _read(script, f"--gpus=1 --time={written}")
    assert made.job.limit_hours == pytest.approx(hours)


@pytest.mark.parametrize(
    ("line", "count", "kind"),
    [
        ("--gpus=12", 12, ()),
        ("-G h100:12", 12, ("H100",)),
        ("--gres=gpu", 1, ()),
        ("--gres gpu:2 -N3", 6, ()),
        ("--gres=gpu:b900:2 --nodes=2", 4, ("b900",)),
        ("-n 6 --gpus-per-task=2", 12, ()),
        ("--gpus-per-node=4 --gpus-per-node=8", 8, ()),
    ],
)
def test_accelerators_are_counted_in_all(
    script: Path, line: str, count: int, kind: tuple[str, ...]
) -> None:
    made = _read(script, line)
    assert (made.job.accelerator_count, made.job.accelerator) == (count, kind)


def test_what_a_job_cannot_say_is_named_and_stays_in_the_script(script: Path) -> None:
    made = _read(
        script,
        "--gpus=1",
        "--mail-type=END --mail-user me@lab",
        "-p gpu -A lab",
        "--dependency=afterok:7",
        "--new-in-slurm-30 value",
    )
    assert [(one.line, one.option) for one in made.left] == [
        (3, "--mail-type=END"),
        (3, "--mail-user me@lab"),
        (4, "-p gpu"),
        (4, "-A lab"),
        (5, "--dependency=afterok:7"),
        (6, "--new-in-slurm-30 value"),
    ]
    assert made.left[-1].reason == "a job has no field for it"
    assert "wait for each other" in made.left[4].reason
    assert made.job.run == (
        "#!/bin/bash\n#SBATCH --mail-type=END --mail-user me@lab\n#SBATCH -p gpu -A lab\n"
        "#SBATCH --dependency=afterok:7\n#SBATCH --new-in-slurm-30 value\nsrun python train.py\n"
    )


def test_options_after_the_first_command_are_not_taken_but_named(script: Path) -> None:
    made = _read(script, "--gpus=1", body="\n# fine\nmodule load x\n#SBATCH --gpus=64\n")
    assert made.job.accelerator_count == 1
    assert made.left == (Left(6, "--gpus=64", "Slurm reads none after the first command"),)


def test_a_script_for_processors_alone_is_told_what_it_will_hold(script: Path) -> None:
    (only,) = _read(script, "-t 10").left
    assert "at least one accelerator" in only.reason


def test_a_name_comes_from_the_file_where_there_is_none(script: Path) -> None:
    assert _read(script, "--gpus=1").job.name == "train"


def test_all_that_cannot_be_read_is_told_at_once(script: Path) -> None:
    with pytest.raises(OfftakeError) as told:
        _read(
            script,
            "--time=soon",
            "--nodes=0",
            "--gres=gpu:h100:4,gpu:a100:4",
            "--job-name 'open",
            "8",
            "--chdir=here",
        )
    found = {(fault.code, fault.where.line) for fault in told.value.faults}
    assert found == {("OTK-E051", line) for line in (2, 3, 4, 5, 6, 7)}
    assert "'soon'" in str(told.value)


@pytest.mark.parametrize("text", ["", "echo no script\n"])
def test_what_is_no_script_is_named(script: Path, text: str) -> None:
    script.write_text(text)
    with pytest.raises(OfftakeError, match="OTK-E050 .*#!/bin/bash"):
        read_sbatch(script)


def test_a_script_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OfftakeError, match="OTK-E050 .*cannot be read: No such file"):
        read_sbatch(tmp_path / "none.sh")
