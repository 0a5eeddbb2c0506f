"""The pages of a service in this process: no engine is begun, no port is opened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from fastapi import FastAPI

from offtake.api.app import make_app
from offtake.operate.service import Service
from offtake.web.serving import mount
from tests.api.serving import service_in
from tests.web.wires import Wire

NOW = 1_800_000_000.0


class Asking:
    """Asks an application for pages, without a port."""

    def __init__(self, app: FastAPI) -> None:
        self._client = httpx.Client(transport=Wire(app), base_url="http://127.0.0.1")

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Ask for a page; nothing is followed."""
        return self._client.get(path, headers=headers)


@contextmanager
def pages(
    folder: Path, *, world: str | None = None, plan: Path | None = None
) -> Iterator[tuple[Asking, Service]]:
    """Give what asks the pages of a service, and the service; nothing goes round."""
    service = service_in(folder)
    app = make_app(service, clock=lambda: NOW)
    mount(
        app,
        service,
        clock=lambda: NOW,
        world=None if world is None else Path("worlds") / world,
        plan=plan,
    )
    try:
        yield Asking(app), service
    finally:
        service.close()


def text_of(answer: httpx.Response) -> str:
    """Give the words of a page, in one line, tags left out."""
    body = re.sub(r"<(style|script|svg).*?</\1>", " ", answer.text, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())
