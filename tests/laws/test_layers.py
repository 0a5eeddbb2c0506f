"""The floors hold: the contracts of `lint-imports` name all that exists, and they bite.

cli | api | web
report
cycle                                         only this one sees all three loops
plan | simulate | operate                     never import each other
store : files : draw
policy : ledger : measure : capital : checks  pure functions
catalogue
model                                         frozen values
units : errors : version : verbs : progress
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.laws.sources import REPO, Source, files, sources

PURE = {"model", "policy", "ledger", "measure", "capital", "checks", "plan", "simulate"}
"""What is thought: it reads no file and no store."""
IMPURE = {"files", "store"}
FACES = {"cli", "api", "web"}


def contracts() -> Mapping[str, Mapping[str, Any]]:
    """The contracts of pyproject.toml, by their id."""
    settings = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in settings["tool"]["importlinter"]["contracts"]}


def top_modules(package: Path) -> set[str]:
    """The modules and folders right below the package that hold code."""
    return {
        path.stem
        for path in package.iterdir()
        if not path.name.startswith("_") and (path.suffix == ".py" or list(path.glob("*.py")))
    }


def named(layers: Iterable[str]) -> set[str]:
    return {name for layer in layers for name in re.findall(r"\w+", layer)}


def test_every_module_stands_on_a_floor() -> None:
    homeless = top_modules(REPO / "offtake") - named(contracts()["floors"]["layers"])
    assert not homeless, f"give {sorted(homeless)} a floor in pyproject.toml, contract 'floors'"


def test_every_folder_of_code_is_a_package() -> None:
    # Without __init__.py a folder is left out of the wheel and out of sight of lint-imports.
    folders = {path.parent for path in files() if path.suffix == ".py"}
    inside = {folder for folder in folders if folder.is_relative_to(REPO / "offtake")}
    bare = {str(f.relative_to(REPO)) for f in inside if not (f / "__init__.py").is_file()}
    assert not bare, f"add __init__.py, with a docstring, to {sorted(bare)}"


def test_every_module_of_thought_is_kept_from_files_and_store() -> None:
    upper, lower = contracts()["pure"]["layers"]
    assert named([upper]) == IMPURE
    assert named([lower]) == PURE


def through_the_front_door(among: Iterable[Source]) -> Iterator[str]:
    """Give a fault for each import of a name from `offtake` itself, the faces' door."""
    inside = {source.name.removesuffix(".py") for source in among if source.name.count("/") == 1}
    inside |= {source.name.rpartition("/")[0] for source in among if source.name.count("/") == 2}
    for source in among:
        if source.name.split("/")[1] in FACES or source.name == "offtake/__init__.py":
            continue
        for node in ast.walk(source.tree):
            match node:
                case ast.Import(names=names) if any(a.name == "offtake" for a in names):
                    yield f"{source.at(node)}: import the floor, not the front door 'offtake'"
                case ast.ImportFrom(module="offtake", names=names):
                    for alias in names:
                        if f"offtake/{alias.name}" not in inside:
                            yield f"{source.at(node)}: '{alias.name}' comes from the front door"


def typing_only(among: Iterable[Source]) -> Iterator[str]:
    """Give a fault for each import of ours under TYPE_CHECKING: it hides a cycle."""
    for source in among:
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)):
                continue
            for inner in ast.walk(node):
                modules = [
                    *([inner.module or ""] if isinstance(inner, ast.ImportFrom) else []),
                    *([a.name for a in inner.names] if isinstance(inner, ast.Import) else []),
                ]
                if any(name.partition(".")[0] == "offtake" for name in modules):
                    yield f"{source.at(node)}: an import under TYPE_CHECKING dodges a cycle"


def test_no_floor_goes_through_the_front_door() -> None:
    assert list(through_the_front_door(sources("offtake"))) == []


def test_no_import_hides_under_type_checking() -> None:
    # The front door promises types of what it reads lazily; it is no floor.
    inner = [s for s in sources("offtake") if s.name != "offtake/__init__.py"]
    assert list(typing_only(inner)) == []


def test_the_law_sees_a_back_way() -> None:
    model = Source(
        "offtake/model/site.py", "import offtake\nfrom offtake import errors, plan, read"
    )
    others = [Source("offtake/errors.py", ""), Source("offtake/plan/__init__.py", "")]
    face = Source("offtake/cli/app.py", "import offtake")
    assert list(through_the_front_door([model, *others, face])) == [
        "offtake/model/site.py:1: import the floor, not the front door 'offtake'",
        "offtake/model/site.py:2: 'read' comes from the front door",
    ]
    hidden = Source("a.py", "if TYPE_CHECKING:\n    import numpy\n    from offtake.plan import x\n")
    open_ = Source("b.py", "if TYPE_CHECKING:\n    import numpy\nfrom offtake.plan import x\n")
    assert list(typing_only([hidden, open_])) == [
        "a.py:1: an import under TYPE_CHECKING dodges a cycle"
    ]


SOUND = {
    "__init__": "from offtake.cli import main\n",
    "units": "import math\n",
    "errors": "from offtake import units\n",
    "model/__init__": "",
    "model/site": "from offtake.units import math\n",
    "model/fleet": "from offtake.model import site\n",
    "files/__init__": "import pydantic\nfrom offtake.model import site\n",
    "draw": "from offtake import files\n",
    "plan/__init__": "from offtake.model import fleet\n",
    "simulate/__init__": "from offtake.model import fleet\n",
    "cycle": "from offtake import files, plan, simulate\n",
    "cli/__init__": "import offtake\ndef main():\n    from offtake import cycle\n",
    "web/__init__": "from offtake import cycle\n",
}
"""A small package on the same floors that keeps every contract."""

BREACHES = {
    "a floor reaches up": ("model/site", "from offtake import plan\n", "floors"),
    "two loops know each other": ("plan/__init__", "from offtake import simulate\n", "floors"),
    "two faces know each other": ("cli/__init__", "from offtake import web\n", "floors"),
    "a module without a floor": ("extras", "", "floors"),
    "a floor uses the front door": ("model/site", "import offtake\n", "floors"),
    "a loop reads files": ("plan/__init__", "from offtake import files\n", "pure"),
    "a loop reads files through another": ("plan/__init__", "from offtake import draw\n", "pure"),
    "the model parses yaml": ("model/site", "import ruamel.yaml\n", "doors"),
    "the model knows pydantic": ("model/site", "from pydantic import Field\n", "doors"),
    "errors know pydantic": ("errors", "import pydantic_core\n", "doors"),
    "an import hides in a function": (
        "model/site",
        "def f():\n    from offtake.model import fleet\n",
        "cycles",
    ),
}


def lint(folder: Path, package: Mapping[str, str]) -> str:
    """Write the package and its contracts below the folder; give what lint-imports prints."""
    for name, text in package.items():
        path = folder / "offtake" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copy(REPO / "pyproject.toml", folder)
    tool = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert tool, "lint-imports is not installed beside this Python"
    ran = subprocess.run(
        [tool, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        check=False,
        capture_output=True,
        text=True,
    )
    return ran.stdout + ran.stderr


def broken(printed: str) -> set[str]:
    """Give the ids of the contracts that lint-imports calls broken."""
    ids = {entry["name"]: key for key, entry in contracts().items()}
    lines = [line.strip() for line in printed.splitlines()]
    assert any(line.startswith("Contracts:") for line in lines), printed
    return {ids[line.removesuffix(" BROKEN")] for line in lines if line.endswith(" BROKEN")}


def test_a_sound_package_keeps_every_contract(tmp_path: Path) -> None:
    assert broken(lint(tmp_path, SOUND)) == set()


@pytest.mark.parametrize("breach", BREACHES)
def test_the_contracts_bite(breach: str, tmp_path: Path) -> None:
    module, text, contract = BREACHES[breach]
    package = {**SOUND, module: SOUND.get(module, "") + text}
    assert contract in broken(lint(tmp_path, package))
