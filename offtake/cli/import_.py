"""`offtake import`: what another scheduler runs, as a job."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json


def sbatch(
    script: Path, /, *, out: Path | None = None, as_json: Json = False, force: bool = False
) -> None:
    """Turn a Slurm script into a job in YAML; name what a job cannot say.

    What its `#SBATCH` lines ask for becomes fields of the job. An option that a job has no
    field for stays in the script, where a shell passes over it, and is named on stderr with
    the reason; none is dropped without a word.

        offtake import sbatch train.sh
        offtake import sbatch train.sh --out train.yaml

    Args:
        script: The script, as sbatch reads it.
        out: File to write; else the job is printed.
        as_json: Print the job and what was left as JSON, in the form offtake.import/1.
        force: Replace a file that offtake did not write.
    """
    from offtake.cli import importing

    importing.from_sbatch(script, out, as_json=as_json, force=force)
