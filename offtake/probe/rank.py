"""One rank of an all-reduce, in a process of its own.

python -m offtake.probe.rank '{"backend": "ring", "rank": 0, …}'    prints its seconds as JSON
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

from offtake.probe import ring


def seconds(spec: ring.Spec) -> list[float]:
    """Give how long each repetition took on this rank."""
    if spec.backend == "ring":
        return ring.seconds(spec)
    collective: Any = import_module("offtake.probe.collective")
    found: list[float] = collective.seconds(spec)
    return found


def main(text: str) -> None:
    """Read what the rank is told, reduce, and print how long it took."""
    said = json.loads(text)
    sys.stdout.write(json.dumps(seconds(ring.Spec(**{**said, "hosts": tuple(said["hosts"])}))))


if __name__ == "__main__":
    main(sys.argv[1])
