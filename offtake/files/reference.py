"""Reference pages, made from the model and the tables of codes.

python -m offtake.files.reference portfolio      every field of a portfolio's files
python -m offtake.files.reference records        every field of a world's records
python -m offtake.files.reference jobs           every field of jobs, services, installations
python -m offtake.files.reference faults         every code, and what it means
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from offtake.checks import CHECKS
from offtake.files.codes import CODES
from offtake.files.fields import FieldInfo, described
from offtake.files.records.form import KINDS
from offtake.files.shape import classes, fields_of, first_sentence
from offtake.model.event import NEEDED, EventKind
from offtake.model.installation import Installation
from offtake.model.reading import Meter
from offtake.model.value import Value
from offtake.model.work import JobSpec, JobState, ServiceSpec


def reference_markdown() -> str:
    """Give the reference of a portfolio's files: a table of fields for each class."""
    return "\n".join(_portfolio()) + "\n"


def records_markdown() -> str:
    """Give the reference of a world's records: a table of fields for each kind."""
    return "\n".join(_records()) + "\n"


def jobs_markdown() -> str:
    """Give the reference of jobs, services and installations: a table of fields for each class."""
    return "\n".join(_jobs()) + "\n"


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


def _records() -> Iterator[str]:
    yield from (
        "# Fields of records",
        "",
        "What happened, was metered and was published stands in the folder `records/` beside",
        "a world's `portfolio.yaml`, in as many files and folders as you like:",
        "",
        "- **YAML** that begins with `offtake: records/1` and holds `events`, `readings`,",
        "  `fixings` and `tariffs`, as many of them as fit.",
        "- **Tables**, CSV (UTF-8, commas, a header) or Parquet, whose name, or whose folder's",
        "  name, begins with the kind of its rows: `readings-2027-06.parquet`, `events/june.csv`.",
        "  Columns are called as the fields below; `;` stands between the items of a list.",
        "",
        "Records are only ever added. What is sent twice counts once, as of when it was first",
        "recorded; the same name with other content is an error that names both places. A",
        "mistake is corrected by a later event that `replaces` the first, and a fixing by one",
        "of the same day recorded later. `offtake check` looks at them, `offtake meter` adds",
        "readings, and `offtake.files.records.append_records` adds any.",
        "",
        "Moments say their time zone and are to the second: `2027-06-08T02:00:00Z`. Amounts",
        "are exact: a Parquet file holds them as whole numbers, decimals or text, not as",
        "floating-point numbers.",
        "",
        "| kind | what one is |",
        "|---|---|",
        *(f"| `{name}` | {first_sentence(made)} |" for name, made in KINDS.items()),
        "",
    )
    for made in KINDS.values():
        yield from _class(made)
    yield from (
        "## What each kind of event needs",
        "",
        "| kind | needs, beyond `id`, `kind`, `starts` and `recorded` | meaning |",
        "|---|---|---|",
    )
    said = _members(EventKind)
    for kind, fields in NEEDED.items():
        yield f"| `{kind}` | {', '.join(f'`{name}`' for name in fields)} | {said[kind.name]} |"
    yield from ("", "## Meters", "", "| meter | unit | what its amounts are |", "|---|---|---|")
    said = _members(Meter)
    for meter in Meter:
        yield f"| `{meter}` | {meter.unit} | {said[meter.name]} |"


def _jobs() -> Iterator[str]:
    yield from (
        "# Fields of jobs, services and installations",
        "",
        "What `offtake submit` hands in and what `offtake serve` drives, each a YAML file whose",
        "first key says what it is. **Bold** fields are required. A number may be written",
        "plainly, in the unit of its field, or as text with another unit of the same kind.",
        "`offtake schema --of job` (`service`, `installation`) gives the same to an editor.",
        "",
        "| file | says | holds |",
        "|---|---|---|",
        "| job, or several parted by `---` | `offtake: job/1`, or nothing | [JobSpec](#jobspec) |",
        "| service | `kind: service` | [ServiceSpec](#servicespec) |",
        "| installation | `offtake: installation/1` | [Installation](#installation) |",
        "",
    )
    known = dict.fromkeys(
        each for root in (JobSpec, ServiceSpec, Installation) for each in classes(root)
    )
    for made in known:
        yield from _class(made, tuple(known))
    yield from ("## States of a job", "", "| state | meaning |", "|---|---|")
    said = _members(JobState)
    for state in JobState:
        over = " It is over." if state.final else ""
        yield f"| `{state}` | {said[state.name]}{over} |"


def _members(kind: type) -> Mapping[str, str]:
    """Read the strings below the members of an enumeration."""
    (tree,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(tree, ast.ClassDef)
    return {
        here.targets[0].id: " ".join(below.value.value.split())
        for here, below in pairwise(tree.body)
        if isinstance(here, ast.Assign)
        and isinstance(here.targets[0], ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


def _class(made: type[Value], known: Sequence[type[Value]] = ()) -> Iterator[str]:
    """Tell a class, with links to those on the page: those of a portfolio if none are named."""
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
        yield _row(described(field, field.shape, field.name), known or classes())
    yield ""


def _paragraph(paragraph: str) -> Iterator[str]:
    lines = [line.removeprefix("    ") for line in paragraph.split("\n")]
    if any(line.startswith("    ") or "─" in line for line in lines):
        yield from ("```text", *lines, "```", "")
    else:
        yield from (" ".join(" ".join(lines).split()), "")


def _row(info: FieldInfo, known: Sequence[type[Value]]) -> str:
    name = f"**`{info.path}`**" if info.required else f"`{info.path}`"
    holds = info.type
    for made in known:
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
    "records": records_markdown,
    "jobs": jobs_markdown,
    "faults": faults_markdown,
}

if __name__ == "__main__":
    sys.stdout.write(PAGES[sys.argv[1]]())
