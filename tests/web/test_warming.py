"""Pages that are slow at first are prepared once the service is up, and drawn once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from markupsafe import Markup

from offtake.api.app import make_app
from offtake.draw import map as sitemap
from offtake.draw.figure import Figure
from offtake.errors import Fault, OfftakeError
from offtake.files.plans import write_plan
from offtake.report.page import Drawn
from offtake.web import pictures, plan, portfolio, warming
from offtake.web.pictures import Album
from offtake.web.serving import mount
from tests.api.serving import service_in
from tests.report.plans import a_small_plan
from tests.web.shown import NOW, Asking

LONG_S = 60.0
"""Longest that a thread is waited for before a test fails."""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[[Path], FastAPI]]:
    services = []

    def make(world: Path) -> FastAPI:
        write_plan(a_small_plan(), tmp_path / "plan.json")
        services.append(service_in(tmp_path))
        app = make_app(services[0], clock=lambda: NOW)
        mount(app, services[0], clock=lambda: NOW, world=world, plan=tmp_path)
        return app

    yield make
    for service in services:
        service.close()


def never(*_given: Any) -> Drawn:
    raise AssertionError("it was drawn again")


def test_a_prepared_page_draws_nothing_when_it_is_asked_for(
    made: Callable[[Path], FastAPI], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = made(Path("worlds/norway-chain"))
    for prepare in (portfolio.prepare, plan.prepare):
        for _ in prepare(app):
            pass
    monkeypatch.setattr(pictures, "drawn", never)
    for path in ("/portfolio", "/plan"):
        answer = Asking(app).get(path)
        assert answer.status_code == 200
        assert "<svg" in answer.text


def test_a_broken_world_is_told_in_the_log_and_the_next_page_is_prepared(
    made: Callable[[Path], FastAPI], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app, done = made(tmp_path / "nowhere"), threading.Event()

    def last(_app: FastAPI) -> Iterator[None]:
        done.set()
        yield

    work = warming.Warming(app, [portfolio.prepare, last], later_s=0.0)
    work.begin()
    assert done.wait(LONG_S)
    work.end(LONG_S)
    assert "OTK-F" in caplog.text
    assert Asking(app).get("/portfolio").status_code == 422


def test_it_begins_once_the_application_is_up_and_ends_with_it() -> None:
    app, told = FastAPI(), []
    begun, up = threading.Event(), threading.Event()

    def endless(_app: FastAPI) -> Iterator[None]:
        assert up.wait(LONG_S)
        told.append("up before it was prepared")
        while True:
            begun.set()
            yield

    warming.warm(app, [endless], later_s=0.0)

    async def life() -> None:
        async with app.router.lifespan_context(app):
            up.set()
            assert await asyncio.to_thread(begun.wait, LONG_S)

    with start_blocking_portal() as portal:  # a browser's loop may run in this thread
        portal.call(life)
    assert told == ["up before it was prepared"]
    assert not [each for each in threading.enumerate() if each.name == "warming"]


def test_two_who_want_one_figure_have_it_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    album, figure = Album(), sitemap.figure(())
    entered, go, drawn, got = threading.Event(), threading.Event(), [], []

    def draw(held: Any, figure: Figure[Any]) -> Drawn:
        drawn.append(figure.key)
        entered.set()
        assert go.wait(LONG_S)
        return Drawn(figure, Markup("wide"), Markup("narrow"), "")

    monkeypatch.setattr(pictures, "drawn", draw)

    def ask() -> None:
        got.append(album.of("k", (), figure))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert entered.wait(LONG_S)
    go.set()
    for thread in threads:
        thread.join(LONG_S)
    assert drawn == [figure.key]
    assert got == [("wide", "narrow")] * 2
    assert album.under_way == {}


def test_a_figure_that_fails_fails_again_and_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    album, figure = Album(), sitemap.figure(())

    def fail(*_given: Any) -> Drawn:
        raise OfftakeError(Fault(code="OTK-W031", what="it cannot be drawn"))

    monkeypatch.setattr(pictures, "drawn", fail)
    for _ in range(2):
        with pytest.raises(OfftakeError, match="OTK-W031"):
            album.of("k", (), figure)
