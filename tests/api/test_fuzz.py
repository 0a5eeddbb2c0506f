"""What the OpenAPI document allows, and much that it does not, is answered; never with a 500."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from tests.api.serving import serving

STREAMS = "/v1/events"
"""What follows events never ends."""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with serving(tmp_path_factory.mktemp("fuzz")) as url:
        yield schemathesis.openapi.from_url(f"{url}/openapi.json")


def test_no_request_makes_it_fail(document: Any) -> None:
    tried = set()
    for found in document.get_all_operations():
        operation = found.ok()
        if operation.path == STREAMS:
            continue
        for mode in schemathesis.GenerationMode:
            with suppress(Unsatisfiable):  # nothing that could be sent is wrong
                _try(operation, mode)
                tried.add((operation.method, operation.path))
    assert ("post", "/v1/jobs") in tried
    assert len(tried) >= 12


def _try(operation: Any, mode: Any) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answered(case: Any) -> None:
        answer = case.call()
        assert answer.status_code < 500, f"{case.method} {case.path}: {answer.text}"
        if answer.status_code >= 400:
            assert answer.headers["content-type"][0].startswith("application/problem+json")

    answered()
