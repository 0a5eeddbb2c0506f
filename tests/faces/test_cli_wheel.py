"""A wheel holds the worlds, and offtake installed from it begins with one."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.cli.calling import REPO

PARTS = ("offtake", "worlds", "pyproject.toml", "setup.py", "LICENSE", "NOTICE", "README.md")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel from a copy of the repository."""
    source = tmp_path_factory.mktemp("source")
    for part in PARTS:
        found = REPO / part
        if found.is_dir():
            shutil.copytree(found, source / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif found.exists():
            shutil.copy(found, source / part)
        else:
            (source / part).write_text("# offtake\n", encoding="utf-8")
    (source / "worlds" / ".hidden").mkdir()
    (source / "worlds" / ".hidden" / "portfolio.yaml").touch()
    code = "from setuptools.build_meta import build_wheel; print(build_wheel('dist'))"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True)
    return next((source / "dist").glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_every_world(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as held:
        names = set(held.namelist())
    there = {
        f"offtake/{path.relative_to(REPO)}"
        for path in (REPO / "worlds").rglob("*")
        if path.is_file()
    }
    assert there == {name for name in names if name.startswith("offtake/worlds/")}
    assert "offtake/catalogue/data/sites.csv" in names
    assert "offtake/report/templates/report.html.j2" in names
    assert not any(name.startswith(("tests/", "tools/", "bench/")) for name in names)


@pytest.mark.slow
def test_what_is_installed_begins_with_a_world(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as held:
        held.extractall(installed)
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
        "import offtake; assert offtake.__file__.startswith(sys.path[0])\n"
        "from offtake.cli import main; sys.exit(main())"
    )
    for words in (("init", "lab", "--world", "stargate"), ("check", "lab"), ("check", "stargate")):
        ran = subprocess.run(
            [sys.executable, "-c", code, str(installed), *words],
            cwd=tmp_path, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (tmp_path / "lab" / "portfolio.yaml").is_file()
