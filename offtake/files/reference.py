"""Reference pages, made from the model and the tables of codes.

python -m offtake.files.reference portfolio      every field of a portfolio's files
python -m offtake.files.reference faults         every code, and what it means
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping

from offtake.checks import CHECKS
from offtake.files.codes import CODES
from offtake.files.fields import FieldInfo, described
from offtake.files.shape import classes, fields_of
from offtake.model.value import Value


def reference_markdown() -> str:
    """Give the reference of a portfolio's files: a table of fields for each class."""
    return "\n".join(_portfolio()) + "\n"


def faults_markdown() -> str:
    """Give the list of all codes of files and checks, with their meaning."""
    return "\n".join(_faults()) + "\n"


def _portfolio() -> Iterator[str]:
    yield from (
        "# Fields of a portfolio",
        "",
        "A portfolio is one YAML file or several (see `include`). Each table below is one",
        "kind of entry. **Bold** fields are required. A number may be written plainly, in",
        "the unit of its field, or as text with another unit of the same kind: `1.2 GW`",
        "for a field in MW. Ask for one field with `offtake explain offers.power_it_mw`.",
        "",
        "Two more keys stand at the top of the first file: `offtake: portfolio/1` says what",
        "the file is, and `include` lists further files, relative to this one. Lists of one",
        "name in several files are joined, maps are merged, and a single value may be said",
        "once.",
        "",
    )
    for made in classes():
        yield from _class(made)


def _class(made: type[Value]) -> Iterator[str]:
    head, *more = (made.__doc__ or "").strip().split("\n\n")
    yield f"## {made.__name__}"
    yield ""
    yield " ".join(head.split())
    yield ""
    for paragraph in more:
        if not paragraph.startswith("    Raises:"):
            yield from _paragraph(paragraph)
    yield "| field | holds | default | meaning |"
    yield "|---|---|---|---|"
    for field in fields_of(made).values():
        yield _row(described(field, field.shape, field.name))
    yield ""


def _paragraph(paragraph: str) -> Iterator[str]:
    lines = [line.removeprefix("    ") for line in paragraph.split("\n")]
    if any(line.startswith("    ") or "─" in line for line in lines):
        yield from ("```text", *lines, "```", "")
    else:
        yield from (" ".join(" ".join(lines).split()), "")


def _row(info: FieldInfo) -> str:
    name = f"**`{info.path}`**" if info.required else f"`{info.path}`"
    holds = info.type
    for made in classes():
        if holds.endswith(made.__name__):
            head = holds.removesuffix(made.__name__)
            holds = f"{head}[{made.__name__}](#{made.__name__.lower()})"
            break
    if info.choices:
        holds = holds.replace("choice", " \\| ".join(f"`{word}`" for word in info.choices))
    unit = f" in {info.unit}" if info.unit else ""
    bounds = f", {info.bounds}" if info.bounds else ""
    default = f"`{info.default}`" if info.default else ""
    return f"| {name} | {holds}{unit}{bounds} | {default} | {info.description} |"


def _faults() -> Iterator[str]:
    yield from (
        "# Codes of faults",
        "",
        "Every fault has a code. A code never changes its meaning; the words may improve.",
        "",
        "## Files",
        "",
        "| code | meaning |",
        "|---|---|",
    )
    yield from _rows(CODES)
    yield from (
        "",
        "## Checks",
        "",
        "`offtake check` runs them all. An error keeps a plan from being made; a warning is",
        "worth knowing. `--strict NAME` makes an error of a warning.",
        "",
        "| code | meaning |",
        "|---|---|",
        "| `OTK-C200` | There is no such check. |",
        "",
    )
    for check in CHECKS.values():
        yield from (f"### {check.name} ({check.level})", "", check.about, "")
        yield from ("| code | meaning |", "|---|---|")
        yield from _rows(check.codes)
        yield ""


def _rows(codes: Mapping[str, str]) -> Iterator[str]:
    for code, meaning in codes.items():
        yield f"| `{code}` | {meaning} |"


PAGES: Mapping[str, Callable[[], str]] = {
    "portfolio": reference_markdown,
    "faults": faults_markdown,
}

if __name__ == "__main__":
    sys.stdout.write(PAGES[sys.argv[1]]())
