"""Portfolios and plans in files: YAML in and out with every fault's line, JSON, JSON Schema.

portfolio = files.read("worlds/three-sites")       # all faults at once
document = files.open_document("worlds/three-sites")
document.place("offers.mesa-own.power_it_mw")       # worlds/three-sites/offers.yaml:11:5
files.edit("worlds/mine", {"offers.mesa-own.power_it_mw": "80 MW"})
files.check("worlds/mine").findings
files.export(plan, "plan.xlsx")
"""

from offtake.files.checking import CheckReport, check
from offtake.files.codes import CODES
from offtake.files.document import Document, open_document, read
from offtake.files.editing import edit
from offtake.files.exporting import export, exported, is_export
from offtake.files.fields import FieldInfo, explain
from offtake.files.json_schema import part_schema, schema, schema_text
from offtake.files.plans import (
    backtest_text,
    plan_text,
    read_backtest,
    read_plan,
    read_saved,
    read_study,
    study_text,
    write_backtest,
    write_plan,
    write_study,
)
from offtake.files.samples import read_samples, write_samples
from offtake.files.world import init
from offtake.files.writing import make_folder, write, write_bytes, write_text

__all__ = [
    "CODES",
    "CheckReport",
    "Document",
    "FieldInfo",
    "backtest_text",
    "check",
    "edit",
    "explain",
    "export",
    "exported",
    "init",
    "is_export",
    "make_folder",
    "open_document",
    "part_schema",
    "plan_text",
    "read",
    "read_backtest",
    "read_plan",
    "read_samples",
    "read_saved",
    "read_study",
    "schema",
    "schema_text",
    "study_text",
    "write",
    "write_backtest",
    "write_bytes",
    "write_plan",
    "write_samples",
    "write_study",
    "write_text",
]
