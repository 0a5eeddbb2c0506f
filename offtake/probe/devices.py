"""Which device a probe tries: what torch sees where there is torch, else the processor."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.probe.port import Device
from offtake.probe.processor import Processor

Through = Literal["auto", "torch", "numpy"]


def device(through: Through = "auto") -> Device:
    """Give the device of this machine.

    Raises:
        OfftakeError: torch is asked for and not installed (`OTK-A006`).
    """
    there = find_spec("torch") is not None
    if through == "torch" and not there:
        what, hint = "torch is not installed", "install PyTorch, or use --through numpy"
        where = Where(path="offtake probe node --through")
        raise OfftakeError(
            Fault(code="OTK-A006", what=what, where=where, hint=hint), exit=Exit.FAILED
        )
    if through == "numpy" or not there:
        return Processor()
    torched: Any = import_module("offtake.probe.torched")
    made: Device = torched.Torch()
    return made
