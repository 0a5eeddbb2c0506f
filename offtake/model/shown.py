"""How values show themselves in notebooks: a plain HTML table, every text escaped.

No style of its own, no script and no link: the notebook decides how a table looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

MINUS = "\N{MINUS SIGN}"
MOST = 40
"""Rows shown at most; the line below says how many more there are."""


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, words: int = 1
) -> str:
    """Give a table as HTML; numbers are set right, with thousands apart.

    Args:
        caption: What it holds, above it.
        head: One heading a column, with its unit.
        rows: Texts and numbers: whole from 100 on, below with three digits.
        words: How many of the first columns are set left.
    """
    held = list(rows)
    parts = [f"<table><caption>{escape(caption)}</caption><thead><tr>"]
    parts += (_cell("th", name, place < words) for place, name in enumerate(head))
    parts.append("</tr></thead><tbody>")
    for row in held[:MOST]:
        parts.append("<tr>")
        parts += (_cell("td", _text(each), place < words) for place, each in enumerate(row))
        parts.append("</tr>")
    parts.append("</tbody></table>")
    if len(held) > MOST:
        parts.append(f"<p>and {len(held) - MOST:,} more rows</p>")
    return "".join(parts)


def _text(held: object) -> str:
    if held is None:
        return ""
    if isinstance(held, float):
        return (f"{held:,.0f}" if abs(held) >= 100.0 else f"{held:.3g}").replace("-", MINUS)
    return f"{held:,}".replace("-", MINUS) if type(held) is int else str(held)


def _cell(tag: str, text: str, left: bool) -> str:
    side = "left" if left else "right"
    return f'<{tag} style="text-align:{side}">{escape(text)}</{tag}>'
