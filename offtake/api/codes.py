"""The codes of the HTTP API, with what they mean."""

from __future__ import annotations

from collections.abc import Mapping

API: Mapping[str, str] = {
    "OTK-H001": "A request is larger than the service takes in.",
    "OTK-H002": "A request does not have the form it should have.",
    "OTK-H003": "A request shows no token, or one that is not known, expired or revoked.",
    "OTK-H004": "A token may not do this.",
    "OTK-H005": "The service would listen beyond this machine without tokens or without TLS.",
    "OTK-H006": "The service cannot be reached, or what answers there is not offtake.",
    "OTK-H007": "There is nothing at this address.",
}
"""What each code means."""
