"""The command line as a process: pipes, signals, terminals, statuses."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.cli.calling import REPO, WORLD

OFFTAKE = (sys.executable, "-m", "offtake")
BARE = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}


def run(
    *words: str | Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [*OFFTAKE, *(str(word) for word in words)]
    return subprocess.run(
        command, cwd=REPO, env={**BARE, **(env or {})}, check=False, capture_output=True, text=True
    )


def test_a_process_says_what_the_function_says() -> None:
    ran = run()
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "offtake init my-lab" in ran.stdout
    ran = run("plan", WORLD, "--rsk", "1")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "did you mean '--risk' or '--resume'?" in ran.stderr


def test_a_pipe_gets_plain_text_whatever_the_terminal_is_said_to_be() -> None:
    ran = run("plan", "three-sites", env={"TERM": "xterm-256color"})
    assert ran.returncode == 0
    for text in (ran.stdout, ran.stderr):
        assert all(character.isprintable() or character == "\n" for character in text)
        assert not any(line.endswith(" ") for line in text.splitlines())
    assert "What to sign" in ran.stdout
    assert "What to sign" not in ran.stderr
    assert "drawing 20 scenarios" in ran.stderr


def test_json_stands_alone_on_stdout() -> None:
    ran = run("plan", "three-sites", "--json")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["schema"] == "offtake.plan/1"
    assert "drawing" in ran.stderr


def test_any_locale_will_do() -> None:
    ran = run("plan", "three-sites", "--quiet", env={"PYTHONIOENCODING": "ascii"})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.isascii()
    assert "What to sign" in ran.stdout
    ran = run("plan", "three-sites", "--json", "--quiet", env={"PYTHONIOENCODING": "latin-1"})
    assert json.loads(ran.stdout)["portfolio"] == "three-sites"


def test_quiet_is_silent() -> None:
    ran = run("plan", "three-sites", "--quiet")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_who_stops_reading_is_not_bothered() -> None:
    command = f"{sys.executable} -m offtake explain --codes | head -1"
    piped = subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"],
        cwd=REPO, env=BARE, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert piped.stderr == ""
    first, status = piped.stdout.splitlines()
    assert first.startswith("code")
    assert status in ("0", "141")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nowhere:
        ran = subprocess.run(
            [*OFFTAKE, "catalogue", "sites"],
            cwd=REPO, env=BARE, check=False, stdout=nowhere, stderr=subprocess.PIPE,
        )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_a_plan_nobody_reads_to_the_end_is_saved_all_the_same(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nowhere:
        ran = subprocess.run(
            [*OFFTAKE, "plan", "three-sites", "--quiet", "--out", str(tmp_path / "out")],
            cwd=REPO, env=BARE, check=False, stdout=nowhere, stderr=subprocess.PIPE,
        )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (141, b"")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["plan.json", "report.html"]


LISTENING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever the test runner ignores
from offtake.cli import main
sys.exit(main())
"""


def planning(tmp_path: Path) -> tuple[subprocess.Popen[str], str]:
    """A plan of stargate under way, and what it said until it was looking for a bound."""
    running = subprocess.Popen(
        [sys.executable, "-c", LISTENING, "plan", "stargate", "--out", str(tmp_path / "out")],
        cwd=REPO, env=BARE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stderr is not None
    said = ""
    while "bound" not in said:
        line = running.stderr.readline()
        assert line, said
        said += line
    return running, said


def test_ctrl_c_stops_a_plan_with_the_best_found(tmp_path: Path) -> None:
    running, _ = planning(tmp_path)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=180)
    assert running.returncode == 0, err
    assert "stopping with the best plan found" in err
    assert "The search was stopped early" in " ".join(out.split())
    assert (tmp_path / "out" / "plan.json").exists()


def test_ctrl_c_twice_ends_a_plan_at_once_and_writes_nothing(tmp_path: Path) -> None:
    running, said = planning(tmp_path)
    running.send_signal(signal.SIGINT)
    assert running.stderr is not None
    while "stopping" not in said:
        said += running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "offtake: interrupted; nothing was written"
    assert "Traceback" not in said + err
    assert not (tmp_path / "out").exists()


def on_a_terminal(*words: str, env: Mapping[str, str]) -> str:
    """Run with stdout and stderr on a pseudo-terminal; give all it was sent."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [*OFFTAKE, *words], cwd=REPO, env={**BARE, "TERM": "xterm-256color", **env},
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    sent = b""
    try:
        while chunk := os.read(ours, 65_536):
            sent += chunk
    except OSError:
        pass  # the other side is closed: this is how a terminal ends
    os.close(ours)
    assert running.wait(timeout=60) == 0
    return sent.decode()


def test_a_terminal_gets_colour_and_a_live_line_that_goes_away() -> None:
    sent = on_a_terminal("plan", "three-sites", env={"COLUMNS": "100"})
    assert "\x1b[1m" in sent
    assert "\x1b[2K" in sent  # the live line is taken off again
    assert "choosing whole blocks" in sent


def test_no_color_is_honoured_and_the_width_kept() -> None:
    sent = on_a_terminal("check", "--list", env={"COLUMNS": "60", "NO_COLOR": "1"})
    assert "\x1b[3" not in sent
    assert "\x1b[9" not in sent
    assert max(len(line.rstrip()) for line in plain(sent).splitlines()) <= 60


def plain(sent: str) -> str:
    """Leave out bold and dim, which are no colours."""
    for code in ("\x1b[1m", "\x1b[2m", "\x1b[0m"):
        sent = sent.replace(code, "")
    return sent
