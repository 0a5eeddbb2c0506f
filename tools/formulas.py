r"""The formulas of our pages as MathML, which browsers set without a library.

TeX as the pages use it, and no more: what is not known here is an error, never left out.
A run of letters is one name (`rate`, `NPV`), as in our code; TeX would set a product.

    mathml(r"\sum_w \pi_w v_w", block=True)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

NAMES: Mapping[str, str] = {
    "alpha": "α",
    "eta": "η",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "Delta": "Δ",
}
SIGNS: Mapping[str, str] = {
    "cdot": "·",
    "le": "≤",
    "ge": "≥",
    "in": "∈",
    "pm": "±",
    "ldots": "…",
    "_": "_",
}
SPACES: Mapping[str, str] = {
    ",": "0.17em", ";": "0.28em", " ": "0.25em", "quad": "1em", "qquad": "2em",
}  # fmt: skip
ACCENTS: Mapping[str, str] = {"bar": "¯", "hat": "^"}
LARGE: Mapping[str, str] = {"sum": "∑", "max": "max", "min": "min"}
"""What takes its limits below and above, where a formula stands alone."""
_TOKEN = re.compile(
    r"\\text(?:tt)?\{[^}]*\}|\\[a-zA-Z]+|\\.|[A-Za-z]+|\d[\d.,]*\d|\d|\s+|.", re.DOTALL
)


def mathml(tex: str, *, block: bool) -> str:
    """Give a formula as MathML.

    Raises:
        ValueError: it says something that is not known here.
    """
    reader = _Reader([token for token in _TOKEN.findall(tex) if not token.isspace()], tex, block)
    kind = ' display="block" tabindex="0"' if block else ""
    return f"<math{kind}>{reader.row('')}</math>"


class _Reader:
    """Reads tokens from the left; each method takes what it has read."""

    def __init__(self, tokens: list[str], tex: str, block: bool) -> None:
        self._tokens = tokens
        self._tex = tex
        self._block = block
        self._at = 0

    def row(self, stop: str) -> str:
        """Read until a token, or to the end."""
        parts = []
        while self._peek() != stop:
            if self._peek() == "":
                raise ValueError(f"'{stop}' is missing in: {self._tex}")
            parts.append(self._scripted())
        self._take()
        return f"<mrow>{''.join(parts)}</mrow>"

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _scripted(self) -> str:
        stacked = self._block and self._peek()[1:] in LARGE
        body = self._atom()
        found: dict[str, str] = {}
        while self._peek() in ("_", "^"):
            script = self._take()
            found[script] = self._atom()
        if not found:
            return body
        below, above = ("munder", "mover") if stacked else ("msub", "msup")
        if len(found) == 1:
            tag = below if "_" in found else above
        else:
            tag = "munderover" if stacked else "msubsup"
        return f"<{tag}>{body}{found.get('_', '')}{found.get('^', '')}</{tag}>"

    def _atom(self) -> str:
        token = self._take()
        if token == "{":
            return self.row("}")
        if token.startswith(("\\text{", "\\texttt{")):
            return _said(token)
        if token.startswith("\\"):
            return self._command(token[1:])
        if token.isalpha():
            return f"<mi>{escape(token)}</mi>"
        if token[:1].isdigit():
            return f"<mn>{escape(token)}</mn>"
        if token in ("", "}"):
            raise ValueError(f"something is missing in: {self._tex}")
        return f"<mo{_still(token)}>{escape({'-': '−', '*': '∗'}.get(token, token))}</mo>"

    def _command(self, name: str) -> str:
        if name in NAMES:
            return f"<mi>{NAMES[name]}</mi>"
        if name in SIGNS:
            return f"<mo>{SIGNS[name]}</mo>"
        if name in SPACES:
            return f'<mspace width="{SPACES[name]}"></mspace>'
        if name in LARGE:
            return f"<mo>{LARGE[name]}</mo>"
        if name in ACCENTS:
            return f'<mover accent="true">{self._atom()}<mo>{ACCENTS[name]}</mo></mover>'
        return self._built(name)

    def _built(self, name: str) -> str:
        match name:
            case "frac" | "tfrac":
                return f"<mfrac>{self._atom()}{self._atom()}</mfrac>"
            case "ln" | "cos":
                return f'<mrow><mi>{name}</mi><mspace width="{SPACES[","]}"></mspace></mrow>'
            case "overline":
                return f'<mrow style="border-top:.06em solid">{self._atom()}</mrow>'
            case "sqrt":
                return f"<msqrt>{self._atom()}</msqrt>"
            case "big" | "Big":
                return f'<mo stretchy="true">{escape(self._take())}</mo>'
            case "mathrel":
                return self._atom()
        raise ValueError(f"'\\{name}' is not known, in: {self._tex}")


def _said(token: str) -> str:
    head, _, said = token[:-1].partition("{")
    text = escape(said.replace("\\", "")).replace(" ", "\N{NO-BREAK SPACE}")
    style = ' style="font-family:monospace"' if head == "\\texttt" else ""
    return f"<mtext{style}>{text}</mtext>"


def _still(token: str) -> str:
    """Brackets and bars keep their size: they belong to names such as `x[o, t]`."""
    return ' stretchy="false"' if token in "()[]|" else ""
