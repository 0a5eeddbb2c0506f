"""The page of the HTTP interface tells every route and metric, who may ask, and what it takes."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from offtake.api.app import make_app
from tests.api.serving import service_in
from tools import http

OPEN = {("/healthz", "get")}
"""What may be asked without a token."""


def test_every_route_has_a_role_and_says_what_it_does() -> None:
    page = "\n".join(http.page())
    for path, held in http.document()["paths"].items():
        for method, operation in held.items():
            assert f"### {method.upper()} {path}\n" in page
            assert operation["description"], path
            assert ("x-role" in operation) == ((path, method) not in OPEN), path
            assert "authorization" not in [one["name"] for one in operation["parameters"]]
            assert "application/problem+json" in operation["responses"]["4XX"]["content"]


def test_every_reference_of_the_document_is_met() -> None:
    document = http.document()
    named = re.findall(r"'#/components/schemas/(\w+)'", str(document))
    assert set(named) <= set(document["components"]["schemas"])
    assert "JobSpec" in named
    assert "HTTPValidationError" not in named


def test_every_metric_that_is_told_is_on_the_page(tmp_path: Path) -> None:
    page = "\n".join(http.page())
    service = service_in(tmp_path)
    try:
        text = make_app(service, clock=lambda: 0.0).state.metrics.text().decode()
    finally:
        service.close()
    listed = text_string_to_metric_families(text)
    families = [one for one in listed if not one.name.endswith("_created")]
    assert len(families) >= 9
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        (row,) = re.findall(rf"^\| `{name}` \| {family.type} \| (.*) \| (.*) \|$", page, re.M)
        assert row[1] == family.documentation
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert labels <= set(re.findall(r"`(\w+)`", row[0]))
