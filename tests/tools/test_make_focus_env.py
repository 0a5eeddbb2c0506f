"""The environment of FOCUS's judges starts from the first Python that is new enough."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "make-focus-env"
OLD = "exit 1"
NEW = """case "$*" in
    *venv*--without-pip*)
        for folder in "$@"; do :; done
        mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python";;
    -V) echo "Python 3.12.1";;
esac"""
TOLD = 'echo "$@" >> "$(dirname "$0")/told"'


def machine(root: Path, **programs: str) -> Path:
    """Give a folder of programs that are all there is beside a bare shell's."""
    folder = root / "bin"
    folder.mkdir()
    for name, body in {"pip": TOLD, "apt-get": "exit 100", **programs}.items():
        path = folder / name.replace("_", ".")
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    return folder


def run(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    target = folder.parent / "judges"
    return subprocess.run(
        [SCRIPT, target, folder / "pip"],
        env={"PATH": f"{folder}:/usr/bin:/bin", "PYENV_ROOT": "/nowhere", "HOME": "/nowhere"}
        | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_python_makes_it_and_the_judges_are_installed_by_hash(tmp_path: Path) -> None:
    folder = machine(tmp_path, python3_12=NEW)
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert "with python3.12 (Python 3.12.1)" in done.stdout
    told = (folder / "told").read_text().splitlines()
    assert len(told) == 2
    assert all("--no-deps --require-hashes" in line for line in told)


def test_it_is_made_once(tmp_path: Path) -> None:
    folder = machine(tmp_path, python3_12=NEW)
    assert run(folder).returncode == 0
    again = run(folder)
    assert (again.returncode, again.stdout) == (0, "")
    assert len((folder / "told").read_text().splitlines()) == 2
    (tmp_path / "judges" / ".made").write_text("of other pins")
    assert "made" in run(folder).stdout


@pytest.mark.parametrize("name", ["FOCUS_PYTHON", "PYENV_ROOT"])
def test_a_python_may_be_named_or_be_pyenvs(tmp_path: Path, name: str) -> None:
    held = tmp_path / "versions" / "3.12.1" / "bin"
    held.mkdir(parents=True)
    python = held / "python"
    python.write_text(f"#!/bin/sh\n{NEW}\n")
    python.chmod(0o755)
    folder = machine(tmp_path, **dict.fromkeys(("python3_12", "python3_13", "python3"), OLD))
    done = run(folder, **{name: str(python if name == "FOCUS_PYTHON" else tmp_path)})
    assert done.returncode == 0, done.stderr
    assert f"with {python} (" in done.stdout


def test_where_there_is_none_it_says_what_to_do(tmp_path: Path) -> None:
    names = ("python3_12", "python3_13", "python3_14", "python3")
    done = run(machine(tmp_path, **dict.fromkeys(names, OLD)))
    assert done.returncode == 1
    assert "no Python 3.12 or newer: install one, or name it in FOCUS_PYTHON" in done.stderr
    assert not (tmp_path / "judges").exists()
