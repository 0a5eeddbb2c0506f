"""What a YAML mistake is called in words of somebody who writes a portfolio."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError

from offtake.errors import Fault
from offtake.files.nodes import Source

_SAID: tuple[tuple[str, str, str], ...] = (
    (
        r"mapping values are not allowed",
        "a colon where no field can begin",
        "put text that holds ': ' in quotes, and check the indentation",
    ),
    (
        r"found character '\\t'|found a tab character",
        "a tab where spaces are wanted",
        "indent with spaces",
    ),
    (
        r"found character '[`@]'",
        "text cannot begin with ` or @",
        "put it in quotes",
    ),
    (
        r"found character '%'",
        "text cannot begin with %",
        "put it in quotes",
    ),
    (
        r"expected <block end>, but found|did not find expected '-'",
        "the indentation does not fit what is above",
        "align the fields of one entry, and the entries of one list, in one column",
    ),
    (
        r"could not find expected ':'",
        "a field without a colon",
        "write `field: value`, with a space behind the colon",
    ),
    (
        r"expected ',' or '[\]}]'",
        "a list or map in brackets is not closed, or a comma is missing",
        "check the commas and the closing bracket",
    ),
    (
        r"found unexpected end of stream",
        "a quote is not closed",
        "close it, or double a quote that belongs to the text",
    ),
    (
        r"expected the node content, but found",
        "a value is missing or begins with a sign that has a meaning",
        "put text that begins with a sign in quotes",
    ),
    (
        r"unknown escape character",
        "a backslash in double quotes begins an escape",
        "take single quotes, or write it twice",
    ),
    (
        r"undefined tag handle",
        "a tag that is not understood",
        "remove it, or put the text in quotes",
    ),
)


def syntax_fault(source: Source, error: MarkedYAMLError) -> Fault:
    """Give a fault in plain words, placed where the text stops making sense."""
    problem = " ".join(str(error.problem or error.context or "it cannot be read").split())
    mark = error.problem_mark or error.context_mark
    if "unexpected end of stream" in problem and error.context_mark is not None:
        mark = error.context_mark  # the quote that is open, not the end of the file
    where = source.where(min(mark.index, len(source.text)) if mark is not None else 0)
    for pattern, what, hint in _SAID:
        if re.search(pattern, problem):
            return Fault(code="OTK-F008", what=f"not YAML: {what}", where=where, hint=hint)
    return Fault(code="OTK-F008", what=f"not YAML: {problem[:120]}", where=where)
