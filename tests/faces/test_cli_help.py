"""Help costs little, tells every verb with a real example, and its page is what it prints."""

from __future__ import annotations

import ast
import json
import shlex
import shutil
import subprocess
import sys
from keyword import iskeyword
from pathlib import Path

import pytest

from offtake.cli import commands
from offtake.cli.app import build
from offtake.cli.commands import COMMANDS, GROUPS, WITHIN
from offtake.cli.reference import help_of, page
from offtake.files.jobs import read_installation
from tests.api.serving import serving
from tests.cli.calling import REPO, call
from tests.probe import leased

Capsys = pytest.CaptureFixture[str]

TWO_CLUSTERS = "worlds/two-clusters/installation.yaml"
HEAVY = (
    *("pydantic", "numpy", "scipy", "highspy", "altair", "pyarrow", "ruamel", "jinja2"),
    *("vl_convert", "pandas", "offtake.model", "offtake.plan", "offtake.files"),
)


def imported(*lines: str) -> set[str]:
    """What a fresh Python has imported after these command lines."""
    code = (
        "import contextlib, io, json, sys\n"
        "from offtake.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    status = [main(line.split()) for line in {lines!r}]\n"
        "assert not any(status), status\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=REPO
    )
    return set(json.loads(ran.stdout))


LEAVES = (
    *(name for name in COMMANDS if name not in WITHIN),
    *(f"{group} {inner}" for group, told in WITHIN.items() for inner in told),
)
"""Every command that does something, `simulate train` among them."""
ABOUT = {
    **{name: says for told in GROUPS.values() for name, says in told.items()},
    **{f"{group} {name}": says for group, told in WITHIN.items() for name, says in told.items()},
}


def test_what_is_said_at_once_imports_next_to_nothing() -> None:
    modules = imported("", "--help", "--version", "help")
    assert not modules & {*HEAVY, "cyclopts", "rich"}


def test_help_of_a_verb_imports_nothing_heavy() -> None:
    modules = imported(*(f"{command} --help" for command in (*COMMANDS, *LEAVES)))
    assert modules & {"cyclopts", "rich"}
    assert not modules & set(HEAVY)


def test_completion_imports_nothing_heavy() -> None:
    assert not imported("completion bash") & set(HEAVY)


def test_every_command_is_there() -> None:
    app = build()
    for command in LEAVES:
        found = app
        for word in command.split():
            found = found[word]
        assert found.default_command is not None


@pytest.mark.parametrize("group", WITHIN)
def test_a_group_lists_its_commands(group: str, capsys: Capsys) -> None:
    ran = call(capsys, group, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[2] == ABOUT[group]
    for inner, says in WITHIN[group].items():
        assert f"  {inner}" in ran.out
        assert says in ran.out
    assert call(capsys, group).out == ran.out
    wrong = call(capsys, group, "xyzzy")
    assert (wrong.status, wrong.codes) == (2, ["OTK-U001"])


@pytest.mark.parametrize("command", LEAVES)
def test_help_tells_what_it_does_and_how(
    command: str, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)  # pytest's workers set it
    said = help_of(command)
    usage, _, first, *_ = said.splitlines()
    assert usage.startswith(f"Usage: offtake {command}")
    assert first == ABOUT[command]  # the listing says the first line of the docstring
    assert examples(command)
    assert max(map(len, said.splitlines())) <= 96
    ran = call(capsys, *command.split(), "--help")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.rstrip() == said
    assert call(capsys, "help", *command.split()).out == ran.out


@pytest.mark.parametrize("command", LEAVES)
def test_every_option_is_told(command: str) -> None:
    module, name = command.split()[0], command.split()[-1]
    module = f"{module}_" if iskeyword(module) else module
    tree = ast.parse((REPO / "offtake" / "cli" / f"{module}.py").read_text(encoding="utf-8"))
    function = next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name
    )
    told = (ast.get_docstring(function) or "").partition("Args:")[2]
    for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        assert f"    {argument.arg}: " in told, f"{command} does not tell of {argument.arg}"


def examples(command: str) -> list[str]:
    """The example lines of a command's help."""
    lines = help_of(command).splitlines()
    return [line.strip() for line in lines if line.startswith(f"    offtake {command}")]


def provide(folder: Path) -> None:
    """Files that examples of meters, invoices and scripts read."""
    (folder / "train.sh").write_text("#!/bin/bash\n#SBATCH --gpus=h100:8\ntorchrun train.py\n")
    counter = 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-1",Hostname="n001"}'
    samples = (f"{counter} {s * 700000} {1780272000 + s}000" for s in range(0, 7260, 60))
    (folder / "scrape.prom").write_text("\n".join(samples) + "\n", encoding="utf-8")
    (folder / "jobs.txt").write_text(
        "JobIDRaw|State|Start|End|ElapsedRaw|AllocTRES|NodeList\n"
        "101|COMPLETED|2026-06-02T00:30:00|2026-06-02T03:00:00|9000|gres/gpu=16|n[001-002]\n",
        encoding="utf-8",
    )
    rows = (f"{i},{i * 60},{600 + 97 * (i % 13)},{(8, 8, 16, 32)[i % 4]}" for i in range(60))
    (folder / "jobs.csv").write_text(
        "\n".join(("id,submit_s,duration_s,accelerators_count", *rows)) + "\n", encoding="utf-8"
    )
    (folder / "sacct.txt").write_text(
        "JobIDRaw|State|Submit|Start|End|ElapsedRaw|AllocTRES|NodeList\n"
        "7|COMPLETED|2026-06-02T00:00:00|2026-06-02T00:30:00|2026-06-02T03:00:00|9000"
        "|gres/gpu:a100=16,gres/gpu=16|n[001-002]\n"
        "8|COMPLETED|2026-06-02T00:10:00|2026-06-02T00:40:00|2026-06-02T01:40:00|3600"
        "|gres/gpu:a100=8,gres/gpu=8|n003\n",
        encoding="utf-8",
    )
    (folder / "hall.csv").write_text(
        "starts,ends,amount\n2026-06-01T00:00:00Z,2026-06-01T01:00:00Z,8000\n", encoding="utf-8"
    )
    (folder / "cloud.csv").write_text(
        "BilledCost,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,"
        "ChargePeriodEnd,ServiceName,RegionId,ConsumedQuantity,ConsumedUnit\n"
        "9.50,USD,2026-06-01T00:00:00Z,Usage,2026-06-04T10:00:00Z,2026-06-04T11:00:00Z,"
        "Machines,north,4,GPU-Hours\n",
        encoding="utf-8",
    )


def test_every_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    (tmp_path / "worlds").symlink_to(REPO / "worlds")
    monkeypatch.chdir(tmp_path)
    provide(tmp_path)
    leased.provide(tmp_path)
    (tmp_path / "service").mkdir()
    two_clusters = read_installation(TWO_CLUSTERS)
    with serving(tmp_path / "service", two_clusters) as url:
        monkeypatch.setenv("OFFTAKE_URL", url)
        for command in LEAVES:
            if command == "cancel":
                slow = ("--name", "sleepy", "--detach", "--", "sleep", "300")
                assert call(capsys, "run", *slow).status == 0
            if command == "scale":
                assert call(capsys, "submit", "worlds/two-clusters/chat.yaml").status == 0
            if command == "compare":
                for name in ("careful", "bold"):
                    shutil.copytree("out/three-sites", f"out/{name}")
            for example in examples(command):
                ran = call(capsys, *shlex.split(example)[1:])
                assert ran.status == 0, f"{example}\n{ran.out}\n{ran.err}"
                assert ran.out, example


def test_the_examples_of_the_welcome_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    welcome = call(capsys)
    assert (welcome.status, welcome.out) == (0, commands.WELCOME + "\n")
    lines = [line.split() for line in welcome.out.splitlines() if line.startswith("  offtake")]
    assert [line[1] for line in lines] == ["init", "check", "plan"]
    for line in lines:
        assert call(capsys, *line[1:3]).status == 0


def test_the_listing_and_the_release(capsys: Capsys) -> None:
    for words in (("--help",), ("-h",), ("help",)):
        ran = call(capsys, *words)
        assert (ran.status, ran.err) == (0, "")
        for command in COMMANDS:
            assert f"\n  {command} " in ran.out
    ran = call(capsys, "--version")
    assert (ran.status, ran.out) == (0, "0.1.0\n")


def test_the_page_is_what_help_prints() -> None:
    text = (REPO / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    assert first == "<!-- generated by: offtake.cli.reference -->"
    assert rest.rstrip() == page().rstrip(), "run `make docs`"
