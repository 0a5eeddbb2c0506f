"""Scripts of completion: bash completes with them; each knows every command."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from offtake.cli.commands import COMMANDS, WITHIN
from offtake.cli.completing import script
from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]
ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_offtake
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def sourced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("completion") / "offtake.bash"
    made.write_text(script("bash"), encoding="utf-8")
    return made


def completed(sourced: Path, *words: str) -> list[str]:
    """What bash offers for the last of these words."""
    command = ["bash", "--norc", "-c", ASK, "bash", str(sourced), *words]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ran.stderr == ""
    return ran.stdout.split()


def test_bash_completes_commands_options_and_values(sourced: Path) -> None:
    assert completed(sourced, "offtake", "") == list(COMMANDS)
    assert completed(sourced, "offtake", "schem") == ["schema"]
    assert "--force" in completed(sourced, "offtake", "schema", "--")
    assert "job" in completed(sourced, "offtake", "schema", "--of", "")
    assert completed(sourced, "offtake", "completion", "") == ["bash", "zsh", "fish"]


@pytest.mark.parametrize("group", WITHIN)
def test_bash_completes_commands_within_commands(sourced: Path, group: str) -> None:
    assert completed(sourced, "offtake", group, "") == list(WITHIN[group])


def test_bash_offers_files_where_nothing_is_known(sourced: Path) -> None:
    assert completed(sourced, "offtake", "check", "") == []
    assert "\ncomplete -o default -F _offtake offtake\n" in sourced.read_text(encoding="utf-8")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_knows_every_command_and_is_sound(
    shell: str, tmp_path: Path, capsys: Capsys
) -> None:
    ran = call(capsys, "completion", shell)
    assert (ran.status, ran.err) == (0, "")
    inner = (name for told in WITHIN.values() for name in told)
    assert [name for name in (*COMMANDS, *inner) if name not in ran.out] == []
    if shutil.which(shell):
        made = tmp_path / "script"
        made.write_text(ran.out, encoding="utf-8")
        subprocess.run([shell, "-n", str(made)], check=True)


def test_zsh_offers_files_where_nothing_is_known(capsys: Capsys) -> None:
    lines = call(capsys, "completion", "zsh").out.splitlines()
    world = [line for line in lines if "'1:Folder or file of a portfolio" in line]
    assert world
    assert all(line.rstrip(" \\").endswith(":_files'") for line in world)


def test_a_shell_that_is_unknown(capsys: Capsys) -> None:
    assert call(capsys, "completion", "tcsh").codes == ["OTK-U004"]
    assert call(capsys, "completion").codes == ["OTK-U003"]
