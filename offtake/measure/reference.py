"""Print the page of every metric: what is divided by what, in which unit, at which boundary.

python -m offtake.measure.reference
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from offtake.measure.definitions import DEFINITIONS
from offtake.model.metric import Definition

INTRO = """\
# Metrics

A number under one of these ids means the same whoever publishes it. Each comes with its
version, its numerator and denominator, its unit, its boundary, its window, its source, whether
it was measured, modelled or assumed, and the share of the window it speaks for. A number is
known no better than its weakest part. Utilisation is never shown without its kind; Scope 2
always comes in three figures; carbon says its basis (stack or life-cycle) and whether its
factors are average or marginal.

`offtake schema --of transparency` writes the JSON Schema of a sheet of them, and
`offtake measure --check FILE` holds a sheet against the schema and this page.

Boundaries, from the inside: `accelerator` (the package), `node` (the server), `it` (all
servers, network, storage), `facility` (all behind the site's meter).
"""


def _rows(known: Definition) -> Iterator[str]:
    yield f"## {known.id}\n"
    yield f"{known.name}, version {known.version}, in **{known.unit}**. {known.says}\n"
    formula = known.numerator
    if known.denominator:
        formula = f"{known.numerator} ÷ {known.denominator}"
    yield f"- {formula}"
    yield f"- boundary: {', '.join(f'`{each}`' for each in known.boundaries)}"
    if known.origin:
        yield f"- from: {known.origin}"
    yield ""


def lines() -> Iterator[str]:
    """Give the page, line by line."""
    yield INTRO
    for known in DEFINITIONS.values():
        yield from _rows(known)


def main() -> int:
    """Print the page."""
    sys.stdout.write("\n".join(lines()).rstrip() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
