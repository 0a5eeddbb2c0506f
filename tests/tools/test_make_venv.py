"""`make demo` starts on machines whose Python is old, broken or bare, or says what to do."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "make-venv"

OLD = """case "$*" in *version_info*) exit 1;; *) echo 3.9.2;; esac"""
BROKEN = "exit 127"
MAKES_VENV = """case "$*" in
    *"-m venv"*)
        for folder in "$@"; do :; done
        mkdir -p "$folder/bin"
        printf '#!/bin/sh\nexit 0\n' > "$folder/bin/python"
        chmod +x "$folder/bin/python";;
    *python_version*) echo 3.11.7;;
esac"""
MAKES_VENV_WITH_ITS_OWN_PIP = f"""case "$*" in
    *ensurepip*|*virtualenv*) exit 1;;
    "-m pip --quiet --python "*) echo lent > "$(dirname "$5")/pip";;
esac
{MAKES_VENV}"""
BARE = """case "$*" in
    *ensurepip*|*virtualenv*|*"-m pip"*) exit 1;;
    *python_version*) echo 3.12.1;;
    *) exit 0;;
esac"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine with no programs but the few named ones."""

    root: Path

    def has(self, name: str, script: str) -> None:
        program = self.root / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)

    def make_venv(self, *pythons: str) -> subprocess.CompletedProcess[str]:
        for tool in ("cat", "chmod", "dirname", "mkdir"):
            self.has(tool, f'exec {shutil.which(tool)} "$@"')
        return subprocess.run(
            ["/bin/sh", str(SCRIPT), str(self.root / "venv"), *pythons],
            env={"PATH": str(self.root / "bin"), "HOME": str(self.root)},
            check=False,
            capture_output=True,
            text=True,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_first_python_that_can_is_used(machine: Machine) -> None:
    machine.has("python3", OLD)
    machine.has("python3.12", BROKEN)
    machine.has("python3.11", MAKES_VENV)
    done = machine.make_venv("python3", "python3.12", "python3.11")
    assert done.returncode == 0, done.stderr
    assert "with python3.11 (3.11.7)" in done.stdout
    again = machine.make_venv("python3")
    assert (again.returncode, again.stdout) == (0, "")


def test_a_python_without_ensurepip_borrows_its_own_pip(machine: Machine, tmp_path: Path) -> None:
    machine.has("python3", MAKES_VENV_WITH_ITS_OWN_PIP)
    done = machine.make_venv("python3")
    assert done.returncode == 0, done.stderr
    assert "with python3, without ensurepip" in done.stdout
    assert (tmp_path / "venv/bin/pip").read_text(encoding="utf-8") == "lent\n"


def test_where_none_can_it_says_what_to_install(machine: Machine) -> None:
    machine.has("python3", OLD)
    machine.has("python3.12", BARE)
    machine.has("python3.13", BROKEN)
    done = machine.make_venv("python3", "python3.11", "python3.12", "python3.13")
    assert done.returncode == 1
    assert "python3: is 3.9.2; 3.11 or newer is needed" in done.stderr
    assert "python3.11: not found" in done.stderr
    assert "python3.12: is 3.12.1, but has no ensurepip" in done.stderr
    assert "python3.13: found, but does not run" in done.stderr
    assert "sudo apt-get install python3 python3-venv" in done.stderr
    assert "make demo PYTHON=/path/to/python3" in done.stderr
