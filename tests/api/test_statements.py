"""Closed months over the interface: all of a month, or a party's own links of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake.operate.access import Role
from tests.web.books import close_june
from tests.web.offices import Office


def test_each_token_gets_what_it_may_see(tmp_path: Path) -> None:
    office = Office(tmp_path)
    try:
        close_june(office.service)
        whole = office.browser.get("/v1/statements/2027-06").json()
        assert [i["contract"] for i in whole["invoices"]] == ["0", "A", "B"]
        tokens = {p: office.token(p, Role.VIEWER, party=p) for p in ("opco", "lab", "nobody")}
        tokens["tenant"] = office.token("blue", Role.VIEWER, tenant="blue")
        tokens["agent"] = office.token("site", Role.AGENT, cluster="here")
        tokens["all"] = office.token("ada", Role.VIEWER)
        shown = {name: {"Authorization": f"Bearer {one}"} for name, one in tokens.items()}
        for name, links in (("opco", "0A"), ("lab", "B"), ("nobody", ""), ("all", "0AB")):
            listed = office.browser.get("/v1/statements", headers=shown[name]).json()
            assert [one["month"] for one in listed["statements"]] == ["2027-06"]
            seen = office.browser.get("/v1/statements/2027-06", headers=shown[name]).json()
            assert [i["contract"] for i in seen["invoices"]] == list(links)
        everything = office.browser.get("/v1/statements/2027-06", headers=shown["all"]).json()
        assert everything == whole
        for name in ("tenant", "agent"):
            for path in ("/v1/statements", "/v1/statements/2027-06"):
                refused = office.browser.get(path, headers=shown[name])
                assert refused.status_code == 403
                assert refused.json()["faults"][0]["code"] == "OTK-H004"
        assert office.browser.get("/v1/statements").status_code == 401
    finally:
        office.close()


@pytest.mark.parametrize(
    ("month", "status", "code"),
    [("2027-05", 404, "OTK-B030"), ("2027-13", 422, "OTK-H002"), ("june", 422, "OTK-H002")],
)
def test_a_month_that_is_not_there(tmp_path: Path, month: str, status: int, code: str) -> None:
    office = Office(tmp_path)
    try:
        answer = office.browser.get(f"/v1/statements/{month}")
        assert (answer.status_code, answer.json()["faults"][0]["code"]) == (status, code)
    finally:
        office.close()
