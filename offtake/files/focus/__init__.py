"""FOCUS, the open specification of bills: statements out of it, invoices of a cloud into it."""

from offtake.files.focus.bundle import bundle
from offtake.files.focus.columns import Bundle, Dataset, Version
from offtake.files.focus.emitting import files
from offtake.files.focus.links import Links

__all__ = ["Bundle", "Dataset", "Links", "Version", "bundle", "files"]
