"""The service's pages in a real browser: widths, schemes, keyboard, paper, live, no script."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from offtake.draw import theme
from offtake.operate.access import Gate, Role
from offtake.operate.service import Service
from offtake.web import assets
from offtake.web.serving import mount
from tests.api.serving import serving
from tests.faces.looking import AXE, SPILLS, Scheme, rgb

WIDTHS = (360, 768, 1280)
PATHS = (
    "/jobs?state=all",
    "/jobs/{waits}",
    "/jobs/{waits}/why",
    "/jobs/{waits}/cancel",
    "/jobs/{printed}",
    "/fleet",
    "/fleet/abilene",
    "/fleet/abilene/stop",
    "/patterns",
    "/nothing",
)
LEAVES = """() => [...document.querySelectorAll('.card *')]
    .filter(e => !e.closest('.scroll, svg, .unseen, pre'))
    .filter(e => e.getBoundingClientRect().right > e.closest('.card').getBoundingClientRect().right)
    .map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))"""
LONG = "a-name-without-any-place-to-break-" * 3


class Site:
    """A service with pages, and jobs it was handed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api = httpx.Client(base_url=url, timeout=30.0)
        gpu = {"accelerator": ["H100"], "run": "simulate 100000"}
        self.hand_in(name="train", accelerator_count=56, **gpu)
        self.waits = self.hand_in(name="big", accelerator_count=64, **gpu)
        self.hand_in(name=LONG, accelerator_count=4, **gpu)
        text = "for i in 1 2 3; do echo 'step <b>' $i; done"
        self.printed = self.hand_in(name="printed", accelerator=["cpu"], run=text)
        self.until(self.printed, "succeeded")

    def hand_in(self, **spec: Any) -> str:
        answer = self.api.post("/v1/jobs", json=spec)
        assert answer.status_code == 201, answer.text
        job: str = answer.json()["jobs"][0]
        return job

    def until(self, job: str, state: str) -> None:
        found = None
        for _ in range(600):
            found = self.api.get(f"/v1/jobs/{job}").json()["state"]
            if found == state:
                return
            time.sleep(0.05)
        raise AssertionError(found)

    def address(self, path: str) -> str:
        return self.url + path.format(waits=self.waits, printed=self.printed)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("site"), adding=mount) as url:
        made = Site(url)
        yield made
        made.api.close()


@contextmanager
def shown(
    browser: Browser,
    site: Site,
    path: str,
    width: int = 1280,
    scheme: Scheme = "light",
    **more: Any,
) -> Iterator[Page]:
    """Show a page; when done, fail if it asked elsewhere or said anything was wrong."""
    wrong: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, **more
    )
    tab = context.new_page()
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if "404" not in said.text else None)
    tab.on(
        "request",
        lambda asked: None if asked.url.startswith(site.url) else wrong.append(asked.url),
    )
    tab.goto(site.address(path), wait_until="load")
    try:
        yield tab
    finally:
        context.close()
    assert wrong == []


@pytest.mark.parametrize("path", PATHS)
def test_nothing_spills_and_axe_finds_nothing(browser: Browser, site: Site, path: str) -> None:
    with shown(browser, site, path) as tab:
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 900})
            tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert tab.evaluate(SPILLS) == []
            assert tab.evaluate(LEAVES) == []
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        assert faults(tab, "{resultTypes: ['violations']}") == []
        tab.set_viewport_size({"width": 360, "height": 900})
        tab.emulate_media(color_scheme="dark")
        assert faults(tab, "{runOnly: ['color-contrast', 'target-size']}") == []


def faults(tab: Page, options: str) -> list[str]:
    """Give what axe finds, in words; it must have looked."""
    found = tab.evaluate(f"axe.run({options})")
    assert found["passes"], "axe looked at the page"
    return [
        f"{fault['id']}: {node['html'][:120]}: {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"][:3]
    ]


def test_schemes_have_the_colours_of_the_theme(browser: Browser, site: Site) -> None:
    with shown(browser, site, "/fleet") as tab:
        for scheme, wanted in (("light", theme.GROUND.light), ("dark", theme.GROUND.dark)):
            tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == rgb(wanted)


def test_why_opens_beside_the_job_and_closes(browser: Browser, site: Site) -> None:
    with shown(browser, site, "/jobs?state=all") as tab:
        asked = tab.get_by_role("link", name="why? big")
        asked.click()
        told = tab.locator(f"#why-{site.waits}")
        expect(told).to_contain_text("waits for 64 × H100")
        expect(told.get_by_text("could never run it")).to_be_visible()
        assert tab.url.endswith("/jobs?state=all")
        told.get_by_role("button", name="close").click()
        expect(told).to_be_hidden()
        expect(asked).to_be_focused()


def test_a_list_follows_what_happens(browser: Browser, site: Site) -> None:
    with shown(browser, site, "/jobs?state=all&name=late-comer") as tab:
        expect(tab.get_by_text("No jobs like these.")).to_be_visible()
        expect(tab.get_by_role("button", name="live")).to_be_visible()
        site.hand_in(name="late-comer", accelerator=["cpu"], run="true")
        expect(tab.get_by_role("rowheader", name="late-comer")).to_be_visible(timeout=20_000)
        expect(tab.get_by_text("succeeded", exact=True).last).to_be_visible(timeout=20_000)


def test_filters_change_the_list_in_place(browser: Browser, site: Site) -> None:
    with shown(browser, site, "/jobs") as tab:
        tab.get_by_label("State").select_option("queued")
        expect(tab.get_by_role("rowheader", name="big")).to_be_visible()
        expect(tab.get_by_role("rowheader", name="train")).to_be_hidden()
        expect(tab).to_have_url(re.compile("state=queued"))


def test_all_is_read_and_done_without_a_script(browser: Browser, site: Site) -> None:
    with shown(browser, site, "/jobs", java_script_enabled=False) as tab:
        tab.get_by_role("link", name="why? big").click()
        expect(tab.get_by_role("heading", name="Why big waits")).to_be_visible()
        tab.goto(site.address("/jobs/{printed}"))
        expect(tab.get_by_text("step <b> 3")).to_be_visible()
        doomed = site.hand_in(name="doomed", accelerator=["H100"], accelerator_count=63, run="x")
        tab.goto(site.address(f"/jobs/{doomed}"))
        tab.get_by_role("link", name="Cancel…").click()
        tab.get_by_role("button", name="Cancel the job").click()
        site.until(doomed, "cancelled")
        tab.goto(site.address("/fleet/here"))
        tab.get_by_role("link", name="Drain…").click()
        tab.get_by_role("button", name="Drain", exact=True).click()
        expect(tab.get_by_role("rowheader")).not_to_have_count(0)
        expect(tab.get_by_text("drained", exact=True).first).to_be_visible()
        tab.goto(site.address("/fleet/here/resume"))
        tab.get_by_role("button", name="Resume").click()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    browser: Browser, site: Site
) -> None:
    with shown(browser, site, "/jobs?state=queued") as tab:
        tab.keyboard.press("Tab")
        skip = tab.get_by_role("link", name="Skip to content")
        expect(skip).to_be_focused()
        assert skip.evaluate("e => e.getBoundingClientRect().left") >= 0
        reached = []
        for _ in range(25):
            tab.keyboard.press("Tab")
            reached.append(
                tab.evaluate(
                    """() => { const e = document.activeElement, s = getComputedStyle(e);
                      return [e.textContent.trim().slice(0, 20) || e.name, s.outlineStyle]; }"""
                )
            )
        names = [name for name, _style in reached]
        assert {"offtake", "Jobs", "Fleet", "live", "Show", "big", "why? big"} <= set(names)
        assert all(style != "none" for name, style in reached if name in ("big", "Show", "Jobs"))
        tab.get_by_role("link", name="why? big").focus()
        tab.keyboard.press("Enter")
        expect(tab.locator(f"#why-{site.waits}")).to_contain_text("waits for")


def test_it_prints_white_and_whole(browser: Browser, site: Site) -> None:
    for path in ("/jobs?state=all", "/fleet"):
        with shown(browser, site, path, 690, "dark") as tab:
            tab.emulate_media(media="print", color_scheme="dark")
            ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
            assert ground == rgb("#ffffff")
            assert tab.evaluate("getComputedStyle(document.body).color") == rgb(theme.INK.light)
            assert not tab.locator("nav").first.is_visible()
            assert not tab.get_by_role("button").first.is_visible()
            assert tab.evaluate("document.documentElement.scrollWidth") <= 690


def test_one_signs_in_once_and_lists_stay_live(browser: Browser, tmp_path: Path) -> None:
    tokens: list[str] = []

    def guarded(app: FastAPI, service: Service) -> None:
        mount(app, service)
        tokens.append(Gate(service.store, clock=time.time).make("ada", Role.SUBMITTER))

    with serving(tmp_path, adding=guarded) as url:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        tab = context.new_page()
        tab.goto(f"{url}/jobs?state=all")
        expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        assert faults(tab, "{resultTypes: ['violations']}") == []
        tab.get_by_label("Token").fill("otk_wrong")
        tab.keyboard.press("Enter")
        expect(tab.get_by_role("alert")).to_contain_text("not known")
        tab.get_by_label("Token").fill(tokens[0])
        tab.keyboard.press("Enter")
        expect(tab.get_by_text("No jobs yet.")).to_be_visible()
        assert tab.url.endswith("/jobs?state=all")
        assert tab.evaluate("document.cookie") == "", "no script reads a cookie"
        shown = {"Authorization": f"Bearer {tokens[0]}"}
        spec = {"name": "seen", "run": "true", "accelerator": ["cpu"]}
        assert httpx.post(f"{url}/v1/jobs", json=spec, headers=shown).status_code == 201
        expect(tab.get_by_role("rowheader", name="seen")).to_be_visible(timeout=20_000)
        tab.get_by_role("button", name="sign out").click()
        expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
        context.close()


def test_patterns_show_every_element() -> None:
    folder = assets.HERE / "templates"
    made = re.findall(r"{% macro (\w+)\(", (folder / "elements.html").read_text(encoding="utf-8"))
    text = (folder / "patterns.html").read_text(encoding="utf-8")
    assert len(made) >= 8
    assert [name for name in made if f"el.{name}(" not in text] == []
