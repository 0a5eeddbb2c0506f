"""Who sees and does what through pages, and what a browser sends for somebody else."""

from __future__ import annotations

import pytest

from offtake.errors import OfftakeError
from offtake.model.work import JobSpec
from offtake.operate.access import Role
from tests.web.offices import Office, guard, signed_in


def hand_in(office: Office, name: str = "hello", tenant: str = "") -> str:
    spec = JobSpec(name=name, run="true", accelerator=("cpu",), tenant=tenant)
    return office.service.desk.submit([spec]).jobs[0]


def test_without_tokens_nobody_signs_in(office: Office) -> None:
    answer = office.browser.get("/sign-in?next=/fleet")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/fleet")
    assert office.browser.get("/jobs").status_code == 200


def test_with_tokens_one_is_led_to_sign_in_and_back(office: Office) -> None:
    token = office.token("ada", Role.VIEWER)
    led = office.browser.get("/jobs?state=all")
    assert led.headers["Location"] == "/sign-in?next=/jobs%3Fstate%3Dall"
    page = office.browser.get(led.headers["Location"])
    form = {"form": guard(page.text), "next": "/jobs?state=all"}
    wrong = office.browser.post("/sign-in", data={**form, "token": "otk_wrong"})
    assert wrong.status_code == 401
    assert "OTK-H003" in wrong.text
    right = office.browser.post("/sign-in", data={**form, "token": token})
    assert (right.status_code, right.headers["Location"]) == (303, "/jobs?state=all")
    cookie = right.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    page = office.browser.get("/jobs")
    assert "ada, viewer" in page.text
    out = office.browser.post("/sign-out", data={"form": guard(page.text)})
    assert out.headers["Location"] == "/sign-in"
    assert office.browser.get("/jobs").status_code == 303


@pytest.mark.parametrize(
    "onward", ["//evil.example/", "https://evil.example/", "/\\evil", "x\r\ny"]
)
def test_signing_in_leads_nowhere_else(office: Office, onward: str) -> None:
    token = office.token("ada", Role.VIEWER)
    form = guard(office.browser.get("/sign-in").text)
    answer = office.browser.post("/sign-in", data={"form": form, "token": token, "next": onward})
    assert answer.headers["Location"] == "/"


def test_roles_hold_on_pages(office: Office) -> None:
    office.token("owner", Role.OWNER)
    job = hand_in(office)
    viewer = signed_in(office, office.token("ada", Role.VIEWER))
    page = viewer.get(f"/jobs/{job}")
    assert page.status_code == 200
    assert "Cancel…" not in page.text
    form = guard(page.text)
    for path in (f"/jobs/{job}/cancel", "/fleet/here/drain"):
        assert viewer.get(path).status_code == 403
        refused = viewer.post(path, data={"form": form})
        assert refused.status_code == 403
        assert "OTK-H004" in refused.text
    submitter = signed_in(office, office.token("bob", Role.SUBMITTER))
    form = guard(submitter.get(f"/jobs/{job}/cancel").text)
    assert submitter.post(f"/jobs/{job}/cancel", data={"form": form}).status_code == 303
    assert submitter.get("/fleet/here/drain").status_code == 403


def test_a_tenant_sees_its_own_jobs_alone(office: Office) -> None:
    office.token("owner", Role.OWNER)
    mine, other = hand_in(office, "mine", "blue"), hand_in(office, "other", "red")
    browser = signed_in(office, office.token("blue", Role.SUBMITTER, tenant="blue"))
    page = browser.get("/jobs?state=all&tenant=red").text
    assert mine in page
    assert other not in page
    assert "1 to 1 of 1" in browser.get("/jobs").text, "counts are the tenant's own"
    assert other not in browser.get("/jobs/data.csv?state=all").text
    assert browser.get(f"/jobs/{other}").status_code == 404
    assert browser.get(f"/jobs/{other}/why").status_code == 404
    form = guard(page)
    assert browser.post(f"/jobs/{other}/cancel", data={"form": form}).status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OWNER])
def test_a_party_sees_nothing_of_what_runs(office: Office, role: Role) -> None:
    job = hand_in(office, tenant="blue")
    token = office.token("opco", role, party="opco")
    browser = signed_in(office, token)
    pages = ("/fleet", "/fleet/here", "/fleet/data.csv", "/jobs", "/jobs/data.csv", f"/jobs/{job}")
    for path in (*pages, f"/jobs/{job}/why"):
        refused = browser.get(path)
        assert (refused.status_code, "OTK-H004" in refused.text) == (403, True), path
        assert job not in refused.text.replace(path, ""), path
    shown = {"Authorization": f"Bearer {token}"}
    asked = office.another()
    read = [path for path, ways in office.app.openapi()["paths"].items() if "get" in ways]
    read = [path for path in read if path.startswith("/v1/")]
    assert {"/v1/jobs", "/v1/events", "/v1/clusters", "/v1/services"} <= set(read)
    for path in sorted(set(read) - {"/v1/statements", "/v1/statements/{month}"}):
        named = path.format(job=job, name="chat", cluster="here")
        assert asked.get(named, headers=shown).status_code == 403, path
    body = {"name": "x", "run": "x", "accelerator": ["cpu"]}
    for path in ("/v1/jobs", "/v1/check", f"/v1/jobs/{job}/cancel", "/v1/clusters/here/drain"):
        refused = asked.post(path, json=body, headers=shown)
        assert (refused.status_code, refused.json()["faults"][0]["code"]) == (403, "OTK-H004")
    with pytest.raises(OfftakeError, match="OTK-H004"):
        office.gate.who(f"Bearer {token}").may_serve("here")
    for path in ("/healthz", "/openapi.json"):
        assert asked.get(path, headers=shown).status_code == 200


def test_a_party_with_a_tenant_sees_that_tenants_jobs(office: Office) -> None:
    mine, other = hand_in(office, "mine", "blue"), hand_in(office, "other", "red")
    token = office.token("both", Role.VIEWER, tenant="blue", party="opco")
    page = signed_in(office, token).get("/jobs?state=all").text
    assert mine in page
    assert other not in page


def test_a_form_of_no_page_of_ours_does_nothing(office: Office) -> None:
    job = hand_in(office)
    form = guard(office.browser.get(f"/jobs/{job}/cancel").text)
    stranger = office.another()
    for browser, shown in ((stranger, form), (office.browser, "0" * 64), (office.browser, "")):
        answer = browser.post(f"/jobs/{job}/cancel", data={"form": shown})
        assert answer.status_code == 403
        assert "OTK-W001" in answer.text
    assert office.browser.post(f"/jobs/{job}/cancel", data={"form": form}).status_code == 303


@pytest.mark.parametrize(
    "says",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
    ],
)
def test_what_a_browser_sends_for_others_is_turned_away(
    office: Office, says: dict[str, str]
) -> None:
    answer = office.browser.post("/v1/jobs", json={"name": "x", "run": "x"}, headers=says)
    assert answer.status_code == 403
    assert answer.json()["faults"][0]["code"] == "OTK-W002"
    assert sum(office.service.desk.counts().values()) == 0
    assert office.browser.get("/jobs", headers=says).status_code == 200


@pytest.mark.parametrize(
    "says", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1:8180"}]
)
def test_scripts_and_our_own_pages_are_let_through(office: Office, says: dict[str, str]) -> None:
    body = {"name": "x", "run": "x", "accelerator": ["cpu"]}
    assert office.browser.post("/v1/jobs", json=body, headers=says).status_code == 201


def test_without_tokens_a_name_pointed_here_gets_nothing(office: Office) -> None:
    for path in ("/jobs", "/v1/jobs"):
        answer = office.browser.get(path, headers={"Host": "evil.example"})
        assert answer.status_code == 403
        assert answer.json()["faults"][0]["code"] == "OTK-W003"
    assert office.browser.get("/jobs", headers={"Host": "[::1]:8180"}).status_code == 200
    token = office.token("ada", Role.VIEWER)
    shown = {"Host": "desk.example", "Authorization": f"Bearer {token}"}
    assert office.browser.get("/v1/jobs", headers=shown).status_code == 200


def test_a_signed_in_browser_reads_the_interface_and_changes_nothing_there(office: Office) -> None:
    browser = signed_in(office, office.token("olga", Role.OWNER))
    assert browser.get("/v1/counts").status_code == 200
    assert office.another().get("/v1/counts").status_code == 401
    assert browser.post("/v1/jobs", json={"name": "x", "run": "x"}).status_code == 401
