"""Hold exports of FOCUS against two judges from outside, and against their own sums.

python -m tools.focus_gate JUDGES FOLDER_1.2 FOLDER_1.4

JUDGES is the environment `tools/make-focus-env` made. The first folder is an export of
version 1.2, judged by focus-validator; the second one of 1.4, judged by focus-data-toolkit.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

BROKEN = frozenset(
    (
        "InvoiceId-C-004-C",
        "CommitmentDiscountStatus-C-004-C",
        "CapacityReservationStatus-C-003-C",
        "CapacityReservationStatus-C-004-C",
    )
)
"""Rules of focus-validator 2.2.1 whose condition says something else than their text.

InvoiceId-C-004 has no condition, so it forbids every InvoiceId; CommitmentDiscountStatus-C-004
asks for a status where there is no commitment; the two of CapacityReservationStatus write
their condition in a form that is not read, so they hold for every row.
"""
_FAILED = re.compile(r"^- (\S+): violations=(\S+); (.*)$", re.MULTILINE)
_TOTAL = re.compile(r"^Total: (\d+) \| Pass: (\d+) \| Fail: (\d+) \| Skipped: (\d+)$", re.MULTILINE)
_OF_OTHERS = "failed child rules"
_LEAST_PASSED = 300
"""Rules that pass on any sound file: fewer mean that the validator did not do its work."""

_TOOLKIT = """
import csv, json, sys
from decimal import Decimal
from pathlib import Path
import focus_data_toolkit as kit
names = json.loads(sys.argv[2])
bundle = {}
for name, file in names.items():
    with Path(sys.argv[1], file).open(newline="", encoding="utf-8") as held:
        bundle[name] = list(csv.DictReader(held))
told = []
for name, rows in bundle.items():
    if rows or name != "Contract Commitment":
        lint = kit.lint_focus_1_4_structure(
            name, rows,
            supported_conditions=("SupportsMultiplePricingCategories", "SupportsUnitPricing"))
        told += [f"{name}: {text}" for text in lint.messages()]
report = kit.validate_dataset_bundle(
    bundle, invoice_detail_authoritative=True, rounding_tolerance=Decimal(0))
told += [f"{d.code}: {d.message}" for d in report.diagnostics]
print(json.dumps({"told": told, "checks": list(report.checks_run)}))
"""
_DATASETS = {
    "Cost and Usage": "cost_and_usage.csv",
    "Contract Commitment": "contract_commitment.csv",
    "Invoice Detail": "invoice_detail.csv",
    "Billing Period": "billing_period.csv",
}
_LEAST_CHECKS = 10


class GateError(Exception):
    """A judge did not come to a verdict."""


def validator(judges: Path, parquet: Path) -> tuple[str, ...]:
    """Give the leaf rules of FOCUS 1.2 a file breaks, less those that are broken themselves.

    focus-validator ends with status 0 whatever it finds, so its output is read. It finds its
    rules beside itself, so it is run from its own folder.

    Raises:
        GateError: it did not come to a verdict.
    """
    python = (judges / "bin" / "python").absolute()
    place = next((judges / "lib").glob("python3*/site-packages"))
    words = ("--data-file", str(parquet.absolute()), "--validate-version", "1.2.0.1")
    more = ("--block-download", "--applicability-criteria", "ALL")
    told = _run([str(python), "-m", "focus_validator.main", *words, *more], place)
    total = _TOTAL.search(told)
    if total is None or int(total[2]) < _LEAST_PASSED:
        raise GateError(f"focus-validator did not come to a verdict:\n{told[-2000:]}")
    failed = [match.groups() for match in _FAILED.finditer(told)]
    if len(failed) != int(total[3]):
        raise GateError(f"focus-validator names {len(failed)} of {total[3]} failures")
    return tuple(
        f"{rule}: {why} ({count} rows)"
        for rule, count, why in failed
        if _OF_OTHERS not in why and rule not in BROKEN
    )


def toolkit(judges: Path, folder: Path) -> tuple[str, ...]:
    """Give what focus-data-toolkit has to say of a bundle of FOCUS 1.4, warnings included.

    Invoice Detail counts as the invoice itself, and no cent is let pass.

    Raises:
        GateError: it did not come to a verdict.
    """
    python = (judges / "bin" / "python").absolute()
    words = ["-c", _TOOLKIT, str(folder.absolute()), json.dumps(_DATASETS)]
    verdict = json.loads(_run([str(python), *words], folder).splitlines()[-1])
    if len(verdict["checks"]) < _LEAST_CHECKS:
        raise GateError(f"focus-data-toolkit made {len(verdict['checks'])} checks only")
    return tuple(verdict["told"])


def sums(folder: Path) -> tuple[str, ...]:
    """Give the commitments whose two sums differ: cost of use, and what was bought for it.

    The rule is EffectiveCost-C-012 of FOCUS, which no judge works out.
    """
    with (folder / "cost_and_usage.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    bought: dict[tuple[str, str], Decimal] = {}
    used: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        key = (row["CommitmentDiscountId"], row["x_CorrectsMonth"])
        if key[0] and row["ChargeCategory"] == "Purchase":
            bought[key] = bought.get(key, Decimal(0)) + Decimal(row["BilledCost"])
        elif key[0]:
            used[key] = used.get(key, Decimal(0)) + Decimal(row["EffectiveCost"])
    return tuple(
        f"{' '.join(key).strip()}: bought {bought.get(key, 0)}, used and unused {used.get(key, 0)}"
        for key in sorted(bought.keys() | used.keys())
        if bought.get(key, Decimal(0)) != used.get(key, Decimal(0))
    )


def verdicts(judges: Path, old: Path, new: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the judges' names with what each found; nothing where it has nothing to say.

    Raises:
        GateError: a judge did not come to a verdict.
    """
    yield "focus-validator, FOCUS 1.2", validator(judges, old / "cost_and_usage.parquet")
    yield "focus-data-toolkit, FOCUS 1.4", toolkit(judges, new)
    for folder in (old, new):
        yield f"sums of commitments, {folder.name}", sums(folder)


def _run(words: Sequence[str], place: Path) -> str:
    done = subprocess.run(words, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise GateError(f"{words[:3]} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def main(words: Sequence[str]) -> int:
    """Judge two folders, and say what was found; 1 where something was."""
    judges, old, new = map(Path, words)
    found = 0
    for name, faults in verdicts(judges, old, new):
        print(f"{name}: {'clean' if not faults else f'{len(faults)} faults'}")
        for fault in faults:
            print(f"  {fault}")
        found += len(faults)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
