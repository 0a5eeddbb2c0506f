"""Plain data to YAML 1.2 text, in one canonical form.

Fields stand in the order of the model, defaults are left out, short lists and maps of
single values go on one line, and text is quoted only where it would mean something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from offtake.files.nodes import LONGEST_NUMBER, meaning
from offtake.files.shape import fields_of
from offtake.model.canonical import Leaf, Plain, plain
from offtake.model.value import Value

WIDTH = 88
"""Columns a line of text is folded at, and a list or map must fit to go on one line."""
STEP = "  "

_FOLDABLE = re.compile(r"\S+(?: \S+)+\Z")
_LITERAL = re.compile(r"\S[^\r\t]*[^\s]\n?\Z")
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
# Text that may go without quotes: begins with a letter or digit and holds no sign that
# YAML gives a meaning to, on a line of its own or inside brackets.
_ON_A_LINE = re.compile(r"[^\W_](?:(?!: | #|:\Z)[^\n\t])*(?<! )\Z")
_IN_BRACKETS = re.compile(r"[^\W_](?:[^\n\t:#,\[\]{}\"'])*(?<! )\Z")
# What other readers take for a number or a boolean, though YAML 1.2's core does not.
_LOOKS_TYPED = re.compile(
    r"[-+.]?[0-9][0-9a-fA-F_.:xobTZ+-]*\Z|(?i:yes|no|on|off|y|n|true|false|null)\Z"
)
# Days, moments, months, quarters and countries: text to every reader of YAML 1.2.
_HARMLESS = re.compile(r"\d{4}-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}:\d{2}Z)?)?\Z|\d{4}Q[1-4]\Z|[A-Z]{2}\Z")


def terse(held: object) -> Plain:
    """Give the content of a value as plain data, without fields that hold their default."""
    match held:
        case Value():
            known = fields_of(type(held)).values()
            kept = ((field, getattr(held, field.name)) for field in known)
            return {f.name: terse(here) for f, here in kept if f.required or here != f.default}
        case Mapping():
            return {str(plain(key)): terse(item) for key, item in held.items()}
        case tuple():
            return [terse(item) for item in held]
        case _:
            return plain(held)


def scalar(held: Leaf, *, in_brackets: bool = True) -> str:
    """Give one value on one line; inside brackets more text needs quotes."""
    match held:
        case None:
            return "null"
        case bool():
            return "true" if held else "false"
        case int():
            return str(held)
        case float():
            return _real(held)
        case Decimal():
            fixed = f"{held:f}"
            return fixed if len(fixed) <= LONGEST_NUMBER else str(held)
        case str():
            return held if _needs_no_quotes(held, in_brackets) else _quoted(held)


def _real(number: float) -> str:
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return repr(number)


def _needs_no_quotes(text: str, in_brackets: bool = True) -> bool:
    safe = _IN_BRACKETS if in_brackets else _ON_A_LINE
    return (
        safe.match(text) is not None
        and _ESCAPED.search(text) is None
        and isinstance(meaning(text), str)
        and (_LOOKS_TYPED.match(text) is None or _HARMLESS.match(text) is not None)
    )


def _quoted(text: str) -> str:
    return escaped(json.dumps(text, ensure_ascii=False))


def escaped(text: str) -> str:
    """Give JSON text with those signs escaped that JSON allows and our files do not."""
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def key(text: str) -> str:
    """Give the key of a map."""
    return text if _needs_no_quotes(text) else _quoted(text)


def flow(data: Plain) -> str:
    """Give data on one line: `{first: 2026Q3, last: 2028Q4}`."""
    match data:
        case dict():
            return "{" + ", ".join(f"{key(k)}: {flow(v)}" for k, v in data.items()) + "}"
        case list():
            return "[" + ", ".join(flow(item) for item in data) + "]"
        case _:
            return scalar(data)


def block(data: Mapping[str, Plain], indent: str = "") -> str:
    """Give the fields of a map, one a line and more where they need it."""
    return "".join(entry(name, held, indent) for name, held in data.items())


def entry(name: str, held: Plain, indent: str) -> str:
    """Give one field of a map with what stands behind or below it, ended by a new line."""
    head = f"{indent}{key(name)}:"
    match held:
        case dict() | list() if _fits(held, len(head) + 1):
            return f"{head} {flow(held)}\n"
        case dict():
            return f"{head}\n{block(held, indent + STEP)}"
        case list():
            return f"{head}\n" + "".join(item(one, indent + STEP) for one in held)
        case str():
            return f"{head} {text(held, indent, len(head) + 1)}\n"
        case _:
            return f"{head} {scalar(held)}\n"


def text(held: str, indent: str, column: int) -> str:
    """Give text that begins at a column, on more lines (indented) where one is too short."""
    line = scalar(held, in_brackets=False)
    lines: Iterable[str] = ()
    if "\n" in held and _LITERAL.match(held) and _ESCAPED.search(held) is None:
        head, lines = ("|" if held.endswith("\n") else "|-"), held.splitlines()
    elif column + len(line) > WIDTH and _FOLDABLE.match(held) and _ESCAPED.search(held) is None:
        head, lines = ">-", _folded(held, indent)
    else:
        return line
    return head + "".join(f"\n{indent}{STEP}{one}" if one else "\n" for one in lines)


def item(held: Plain, indent: str) -> str:
    """Give one item of a list, its dash at the indent."""
    match held:
        case dict() if held and not _fits(held, len(indent) + 2):
            inner = block(held, indent + STEP)
            return f"{indent}- {inner[len(indent) + 2 :]}"
        case str():
            return f"{indent}- {text(held, indent, len(indent) + 2)}\n"
        case _:
            return f"{indent}- {flow(held)}\n"


def _fits(data: Plain, column: int) -> bool:
    """Whether a list or map may stand on one line: empty, or short and of single values."""
    return not data or (_is_short(data) and column + len(flow(data)) <= WIDTH)


def _is_short(data: Plain) -> bool:
    """Whether a list or map may stand on one line: single values, or entries that are small."""
    match data:
        case dict():
            return "id" not in data and not any(isinstance(v, dict | list) for v in data.values())
        case list():
            return not any(isinstance(v, dict | list) for v in data)
        case _:
            return True


def _folded(text: str, indent: str) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        if line and len(indent) + len(STEP) + len(line) + 1 + len(word) > WIDTH:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
