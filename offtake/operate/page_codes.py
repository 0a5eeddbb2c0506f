"""The codes of the pages, with what they mean.

They stand here since the pages and the command line, which explains codes, never import each
other.
"""

from __future__ import annotations

from collections.abc import Mapping

PAGES: Mapping[str, str] = {
    "OTK-W001": "A form was not sent by a page of this service, or by one that is too old.",
    "OTK-W002": "A browser sent this on behalf of a page of somebody else.",
    "OTK-W003": "Without tokens, the service answers to names of its own machine alone.",
    "OTK-W004": "A form or an address lacks a value, or has one that cannot be.",
    "OTK-W005": "Data are given as CSV or as Parquet.",
    "OTK-W006": "There is no page at this address.",
    "OTK-W030": "Portfolio, plan, ledger and transparency are for those who may see all of them.",
    "OTK-W031": "The page has no figure or table of this name.",
    "OTK-W032": "What draws the figures of a page is not installed.",
}
"""What each code means."""

REMEDIES: Mapping[str, str] = {
    "OTK-W": "Go back, load the page again, and try once more.",
    "OTK-W002": "Open the service's own pages; a script shows its token in `Authorization`.",
    "OTK-W003": "Use http://127.0.0.1 or http://localhost; or make a token and sign in.",
    "OTK-W005": "End the address in .csv or .parquet.",
    "OTK-W006": "The navigation leads to every page there is.",
    "OTK-W030": "Sign in with a token of no tenant and no party.",
    "OTK-W031": "Follow the links under a figure or a table.",
    "OTK-W032": "`pip install 'offtake[report]'`, and begin the service again.",
}
"""What to do, by the beginning of a code."""

STATUS: Mapping[str, int] = {
    "OTK-E020": 404,
    "OTK-E027": 404,
    "OTK-E021": 409,
    "OTK-E150": 503,
    "OTK-E151": 503,
    "OTK-E152": 409,
    "OTK-E153": 409,
    "OTK-E160": 404,
    "OTK-E164": 409,
    "OTK-E166": 409,
    "OTK-E025": 409,
    "OTK-E024": 413,
    "OTK-H001": 413,
    "OTK-H003": 401,
    "OTK-H004": 403,
    "OTK-H007": 404,
    "OTK-B002": 503,
    "OTK-E001": 503,
    "OTK-E003": 503,
    "OTK-W001": 403,
    "OTK-W002": 403,
    "OTK-W003": 403,
    "OTK-W005": 404,
    "OTK-W006": 404,
    "OTK-W030": 403,
    "OTK-W031": 404,
    "OTK-W032": 503,
    "OTK-B030": 404,
    "OTK-L155": 404,
}
"""Status of HTTP that goes with a code, in the interface and on pages; the others are 422."""
