"""An application with pages that nothing drives: what a test does not change stays as it is."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from offtake.api.app import make_app
from offtake.operate.access import Gate, Role
from offtake.operate.service import Service
from offtake.web.serving import mount
from tests.api.serving import service_in
from tests.web.wires import Wire

URL = "http://127.0.0.1:8180"
BROWSER = {"Accept": "text/html"}


class Office:
    """A service with pages, and a browser in front of it."""

    def __init__(self, folder: Path) -> None:
        self.service: Service = service_in(folder)
        self.app: FastAPI = make_app(self.service, clock=time.time)
        mount(self.app, self.service)
        self.gate: Gate = self.app.state.gate
        self.browser = self.another()

    def another(self) -> httpx.Client:
        """Give another browser, without cookies."""
        return httpx.Client(transport=Wire(self.app), base_url=URL, headers=BROWSER)

    def token(self, name: str, role: Role, **more: Any) -> str:
        """Make a token; from now on nobody is let in without one."""
        made = self.gate.make(name, role, **more)
        self.gate._guarded = (float("-inf"), False)
        return made

    def close(self) -> None:
        self.service.close()


def guard(text: str) -> str:
    """Give what the form on a page shows."""
    found = re.search(r'name="form" value="([0-9a-f]+)"', text)
    assert found is not None, text
    return found[1]


def signed_in(office: Office, token: str) -> httpx.Client:
    """Give a browser that signed in."""
    browser = office.another()
    form = guard(browser.get("/sign-in").text)
    answer = browser.post("/sign-in", data={"form": form, "token": token, "next": "/jobs"})
    assert answer.status_code == 303, answer.text
    return browser
