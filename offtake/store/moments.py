"""Moments as a store keeps them: whole seconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(second: int) -> datetime:
    """Give the moment a second stands for, in UTC."""
    return datetime.fromtimestamp(second, UTC)
