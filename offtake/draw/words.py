"""How names, dates and lists are written wherever a person reads them.

Names come from files other people wrote. `plain` takes out what could hide or forge text:
control characters (which could drive a terminal) and marks that turn the direction of
writing. Escaping for HTML or Markdown is the business of those who write them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date

from offtake.draw.numbers import NOTHING
from offtake.model.contract import Tenure
from offtake.model.plan import Delivery, Plan, Signing

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_SUFFIX = re.compile(
    r"_(it_mw|facility_mw|mw|mwh|usd|usd_per_\w+|g_per_kwh|t_co2|share|share_per_year|count|ratio)$"
)

HELD: dict[Tenure, str] = {
    Tenure.OWN: "build and own",
    Tenure.LEASE: "lease",
    Tenure.RESERVE: "reserve",
    Tenure.RENT: "rent by the hour",
    Tenure.SPOT: "take on spot",
}
"""What one does to hold capacity so."""


def plain(text: str) -> str:
    """Give text on one line, without control characters or marks that turn its direction."""
    kept = "".join(" " if _is_hidden(c) else c for c in text)
    return " ".join(kept.split())


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _TURNING


def shortened(text: str, most: int) -> str:
    """Give text of at most `most` characters, cut with an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def squeezed(text: str, most: int) -> str:
    """Give text of at most `most` characters, cut in its middle: both ends tell it apart."""
    if len(text) <= most:
        return text
    tail = most // 2
    return f"{text[: most - tail - 1].rstrip()}…{text[-tail:].lstrip()}"


def day(when: date | None) -> str:
    """Write a day: `3 Nov 2027`."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}" if when else NOTHING


def month(when: date | None) -> str:
    """Write a month: `Nov 2027`."""
    return f"{_MONTHS[when.month - 1]} {when.year}" if when else NOTHING


def listed(parts: Iterable[str]) -> str:
    """Join words: `a, b and c`."""
    *first, last = list(parts) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def counted(number: int, one: str, many: str = "") -> str:
    """Count things: `1 quarter`, `3 quarters`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """Give text as a sentence: a capital first, a full stop last."""
    text = plain(text)
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


def name_of(item: Signing | Delivery) -> str:
    """Name something signed as people write it, by its short name where it has no other."""
    ident = item.offer if isinstance(item, Signing) else item.id
    return plain(item.name) or plain(ident) or NOTHING


def entry(path: str) -> str:
    """Name an entry's field in words: `offers.narvik-b.power_it_mw` is `narvik-b: power`."""
    *above, last = plain(path).split(".")
    what = _SUFFIX.sub("", last).replace("_", " ")
    return f"{above[-1].replace('_', ' ')}: {what}" if above else what


def span(plan: Plan) -> str:
    """Write the horizon: `2026Q4 to 2031Q1`."""
    first, last = plan.horizon.first, plan.horizon.last
    return f"{first} to {last}" if last > first else str(first)


def worst(plan: Plan) -> str:
    """Name the tail the risk is measured on: `worst 10 % of scenarios`."""
    tail = (1 - plan.cvar_alpha_share) * 100
    return f"worst {tail:.3g} % of scenarios"


def modelled(plan: Plan) -> str:
    """Say where the plan's numbers come from: `modelled on 50 scenarios`."""
    return f"modelled on {counted(plan.scenarios, 'scenario')}"


def chain_of(signing: Signing) -> str:
    """Write who stands between site and lab: `Nscale → Microsoft → OpenAI`."""
    parties: Sequence[str] = signing.chain or (signing.seller,)
    return " → ".join(plain(party) for party in parties)
