"""One value of a class in a YAML file of its own, read with the care of a portfolio's files."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from offtake.errors import Fault, OfftakeError
from offtake.files.gather import HEADER, composed, header_faults, joined
from offtake.files.reading import validate
from offtake.files.source import Reader
from offtake.model.value import Value

Kind = TypeVar("Kind", bound=Value)


def read_value(path: str | Path, made: type[Kind], form: str) -> Kind:
    """Read a value from a file that begins with `offtake: FORM`, such as `scene/1`.

    Raises:
        OfftakeError: with every fault of the file, each with line and column (`OTK-F…`).
    """
    faults: list[Fault] = []
    tree = composed(Reader().read(Path(path), str(path)), faults, form)
    if tree is not None:
        faults += header_faults(tree, required=True, form=form)
    if tree is None or faults:
        raise OfftakeError(faults)
    value, wrong = validate(joined([tree], faults, (HEADER,)), made)
    if value is None or wrong or faults:
        raise OfftakeError([*faults, *wrong])
    return value
