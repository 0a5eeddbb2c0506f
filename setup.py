"""Ship the folder `worlds/` inside the package, as `offtake/worlds`.

All else is said in pyproject.toml, which cannot put a folder from beside a package into it.
An editable install copies nothing: there the worlds are read where they stand.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

WORLDS = Path("worlds")


class BuildWithWorlds(build_py):
    """Builds the package, and the worlds with it."""

    def run(self) -> None:
        """Copy the package's files, then the worlds."""
        super().run()
        if not self.editable_mode:
            for path, target in self._worlds():
                self.mkpath(str(target.parent))
                self.copy_file(str(path), str(target), preserve_mode=False)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """List what is built."""
        made = [] if self.editable_mode else [str(target) for _, target in self._worlds()]
        return [*super().get_outputs(include_bytecode), *made]

    def get_source_files(self) -> list[str]:
        """List what a source distribution needs."""
        return [*super().get_source_files(), *(str(path) for path, _ in self._worlds())]

    def _worlds(self) -> list[tuple[Path, Path]]:
        """Every file of a world that is no hidden one, and where it goes."""
        found = sorted(path for path in WORLDS.rglob("*") if path.is_file())
        shown = [path for path in found if not any(part.startswith(".") for part in path.parts)]
        return [(path, Path(self.build_lib, "offtake", path)) for path in shown]


setup(cmdclass={"build_py": BuildWithWorlds})
