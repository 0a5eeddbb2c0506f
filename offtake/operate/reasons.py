"""Reasons in words: why a job is not on a cluster, as commands and pages say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Plain = Mapping[str, Any]
REASONS: Mapping[str, str] = {
    "chosen": "it would be chosen",
    "room": "too few are free: {0:,.0f} wanted, {1:,.0f} free",
    "delays": "it would delay a job that stands before it",
    "quota": "its tenant may not use so many: {0:,.0f} wanted, {1:,.0f} allowed",
    "speed": "it cannot run there, or may not",
    "pods": "no pod has so many free: {0:,.0f} wanted, {1:,.0f} free in all",
    "burst": "they are kept for a burst: {0:,.0f} wanted, {1:,.0f} left beside it",
    "score": "another is cheaper: {0:,.2f}, the best {1:,.2f}",
    "depth": "it stands too far back to be looked at",
    "passed": "others wait before it for all that is free",
    "preempted": "a job before it needs its nodes",
    "budget": "it may cost more than is left of a budget",
}
"""What a decision's reason says, with the two numbers that decided."""


def because(reason: str | None) -> str:
    """Say a reason without its numbers; nothing where there is none."""
    return REASONS.get(reason, reason).partition(":")[0] if reason else ""


def said(option: Plain) -> str:
    """Say what came of an option that was looked at, with its numbers."""
    words = REASONS.get(option["reason"])
    return str(option["reason"]) if words is None else words.format(*option["found"])


def lost(cluster: Plain, option: Plain | None) -> str:
    """Say why a job is not on a cluster: it never could, not now, or what was looked at."""
    if cluster["never"]:
        return str(cluster["never"])
    if cluster["health"] == "lost":
        return "it is lost"
    if cluster["drained"]:
        return "it is drained: nothing begins there"
    return "" if option is None else said(option)
