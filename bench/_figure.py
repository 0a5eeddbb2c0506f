"""One measured figure, as the benchmarks print it."""

from __future__ import annotations

import json


def show(figure: str, value: float, unit: str, anchor: float | None = None) -> None:
    """Print a figure as one JSON object on a line; `ratio` is value over anchor."""
    ratio = None if anchor is None else value / anchor
    print(
        json.dumps(
            {
                "figure": figure,
                "value": _short(value),
                "unit": unit,
                "anchor": anchor,
                "ratio": None if ratio is None else _short(ratio),
            }
        ),
        flush=True,
    )


def _short(value: float) -> float:
    return float(f"{value:.4g}")
