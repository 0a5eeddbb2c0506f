"""`offtake import sbatch`: a Slurm script becomes a job, and what a job cannot say is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from offtake.errors import Exit
from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "train.sh"
    path.write_text(
        "#!/bin/bash\n#SBATCH -N 2 --gpus-per-node=h100:8 -t 1:30:00\n"
        "#SBATCH --mail-type=END\nsrun python train.py\n"
    )
    return str(path)


def test_the_job_is_printed_and_what_is_left_out_is_named(capsys: Capsys, script: str) -> None:
    ran = call(capsys, "import", "sbatch", script)
    assert ran.status == Exit.OK
    assert ran.out == (
        "name: train\nrun: |\n  #!/bin/bash\n  #SBATCH --mail-type=END\n  srun python train.py\n"
        "accelerator: [H100]\naccelerator_count: 16\nlimit_hours: 1.5\n"
    )
    assert ran.err == f"{script}:3: --mail-type=END is left out: a job has no field for it\n"


def test_as_json_it_holds_both(capsys: Capsys, script: str) -> None:
    ran = call(capsys, "import", "sbatch", script, "--json")
    said = json.loads(ran.out)
    assert said["schema"] == "offtake.import/1"
    assert said["job"]["accelerator_count"] == 16
    assert [(one["line"], one["option"]) for one in said["left"]] == [(3, "--mail-type=END")]
    assert ran.err == ""


def test_a_file_is_written_and_not_over_others(capsys: Capsys, script: str, tmp_path: Path) -> None:
    out = tmp_path / "train.yaml"
    ran = call(capsys, "import", "sbatch", script, "--out", str(out))
    assert ran.out == f"wrote {out}\n"
    assert out.read_text().startswith("name: train\n")
    again = call(capsys, "import", "sbatch", script, "--out", str(out))
    assert again.status == Exit.FAILED
    assert "OTK-F040" in again.err
    assert call(capsys, "import", "sbatch", script, "--out", str(out), "--force").status == Exit.OK


def test_values_that_cannot_be_read_are_faults_of_their_lines(
    capsys: Capsys, tmp_path: Path
) -> None:
    path = tmp_path / "train.sh"
    path.write_text("#!/bin/sh\n#SBATCH --gpus=none\n#SBATCH --time=soon\n")
    ran = call(capsys, "import", "sbatch", str(path))
    assert ran.status == Exit.FAULTS
    assert ran.out == ""
    assert "train.sh:2" in ran.err
    assert "train.sh:3" in ran.err
