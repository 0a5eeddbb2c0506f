"""Options that many commands share."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

Json = Annotated[bool, Parameter(name="--json")]
"""Print JSON alone on stdout, faults too."""
