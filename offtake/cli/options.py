"""Options that many commands share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter, Token


def whole(wanted: Any, tokens: Sequence[Token]) -> int:
    """Read a whole number; the parser's own way would make 1 of 1.5."""
    return int(tokens[0].value)


Json = Annotated[bool, Parameter(name="--json")]
"""Print JSON alone on stdout, faults too."""
Whole = Annotated[int | None, Parameter(converter=whole)]
"""A whole number, or none."""
