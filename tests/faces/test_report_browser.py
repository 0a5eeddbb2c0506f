"""The report in a real browser: wide and narrow, light and dark, on paper, by keyboard."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from offtake.draw import theme
from offtake.report import report
from tests.report.plans import a_hostile_plan, a_plan, a_small_plan, an_idle_plan

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
WIDTHS = (320, 390, 768, 1000, 1280)
PLANS = {"plan": a_plan, "small": a_small_plan, "idle": an_idle_plan, "hostile": a_hostile_plan}

SPILLS = """() => {
  const edge = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')]
    .filter(e => !e.closest('.scroll') && !e.closest('.unseen') && !e.closest('svg'))
    .filter(e => getComputedStyle(e).position !== 'absolute')
    .filter(e => e.getBoundingClientRect().right > edge + 0.5)
    .map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40));
}"""
# Words of a picture that leave it, or run into each other. A box is a little higher and
# wider than the letters in it, so each is shrunk first.
CLASHES = """() => {
  const bad = [];
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    if (!frame.width) continue;
    const boxes = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim()).map(t => {
      const b = t.getBoundingClientRect();
      return {text: t.textContent, l: b.left + 1, r: b.right - 1, t: b.top + 2, b: b.bottom - 2};
    });
    for (const a of boxes) {
      if (a.l < frame.left - 1 || a.r > frame.right + 1 || a.t < frame.top || a.b > frame.bottom)
        bad.push(`${a.text} leaves ${svg.getAttribute('aria-label').slice(0, 30)}`);
      for (const c of boxes)
        if (a !== c && a.l < c.r && c.l < a.r && a.t < c.b && c.t < a.b && a.text <= c.text)
          bad.push(`${a.text} meets ${c.text}`);
    }
  }
  return bad;
}"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {name: report(made(), folder / f"{name}.html") for name, made in PLANS.items()}


@contextmanager
def shown(
    browser: Browser, page: Path, width: int = 1280, scheme: Scheme = "light", **more: Any
) -> Iterator[Page]:
    """Show a page; when done, fail if it asked for anything or said anything was wrong."""
    wrong: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, **more
    )
    tab = context.new_page()
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text))
    url = page.resolve().as_uri()
    tab.on("request", lambda asked: wrong.append(asked.url) if asked.url != url else None)
    tab.goto(url, wait_until="load")
    try:
        yield tab
    finally:
        context.close()
    assert wrong == []


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_spills(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    with shown(browser, pages[name], width) as tab:
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate(SPILLS) == []


@pytest.mark.parametrize("name", ["plan", "small", "idle"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_words_of_a_picture_meet(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    with shown(browser, pages[name], width) as tab:
        assert tab.evaluate(CLASHES) == []


def test_a_picture_is_drawn_for_its_place(browser: Browser, pages: dict[str, Path]) -> None:
    for width, seen, hidden in ((1280, ".wide", ".narrow"), (390, ".narrow", ".wide")):
        with shown(browser, pages["plan"], width) as tab:
            assert tab.locator(f"{seen} svg").first.is_visible()
            assert not tab.locator(f"{hidden} svg").first.is_visible()
            size = tab.evaluate(
                f"""() => Math.min(...[...document.querySelectorAll('{seen} svg')].map(
                    s => 11 * s.getBoundingClientRect().width / s.viewBox.baseVal.width))"""
            )
            assert size >= 9.5, "words of a picture are large enough to read"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_pictures_follow_the_scheme(
    browser: Browser, pages: dict[str, Path], scheme: Scheme
) -> None:
    with shown(browser, pages["plan"], 1280, scheme) as tab:
        paint = tab.evaluate(
            """() => { const svg = document.querySelector('#figure-capacity .wide svg');
                 return [...svg.querySelectorAll('path')].map(p => getComputedStyle(p).fill); }"""
        )
        ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = scheme == "dark"
    assert rgb(theme.OWN.dark if dark else theme.OWN.light) in paint
    assert ground == rgb(theme.GROUND.dark if dark else theme.GROUND.light)


def rgb(colour: str) -> str:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({', '.join(map(str, parts))})"


@pytest.mark.parametrize("name", ["plan", "idle"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(
    browser: Browser, pages: dict[str, Path], name: str, scheme: Scheme, width: int
) -> None:
    with shown(browser, pages[name], width, scheme) as tab:
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        found = tab.evaluate("axe.run({resultTypes: ['violations']})")
        said = [
            f"{fault['id']}: {node['html'][:120]}: {node['failureSummary']}"
            for fault in found["violations"]
            for node in fault["nodes"][:3]
        ]
        assert said == []
        assert len(found["passes"]) > 20, "axe looked at the page"


def test_axe_is_what_was_published() -> None:
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == AXE_SHA256


def test_it_is_read_without_script(browser: Browser, pages: dict[str, Path]) -> None:
    with shown(browser, pages["plan"], java_script_enabled=False) as tab:
        assert tab.get_by_role("heading", name="What to sign", exact=True).is_visible()
        assert tab.locator("svg").first.is_visible()


def test_the_keyboard_reaches_everything(browser: Browser, pages: dict[str, Path]) -> None:
    with shown(browser, pages["plan"]) as tab:
        reached = []
        for _ in range(30):
            tab.keyboard.press("Tab")
            reached.append(
                tab.evaluate(
                    """() => { const e = document.activeElement;
                         return e.tagName + ' ' + (e.getAttribute('href') || e.className); }"""
                )
            )
        assert reached[0] == "A #sign"
        assert any(name.startswith("SUMMARY") for name in reached)
        assert "DIV scroll" in reached
        tab.locator("summary").first.focus()
        tab.keyboard.press("Enter")
        assert tab.locator("details[open] table").first.is_visible()


def test_rows_become_cards_on_a_phone(browser: Browser, pages: dict[str, Path]) -> None:
    with shown(browser, pages["plan"], 390) as tab:
        table = tab.get_by_role("table").first
        assert table.get_by_role("row").count() == 15
        assert table.get_by_role("rowheader", name="Narvik B").is_visible()
        label = "getComputedStyle(e, '::before').content"
        cell = table.locator("td[data-label='MW IT']").first
        assert cell.evaluate(f"e => {label}") == '"MW IT"'


def test_it_prints_white_and_whole(browser: Browser, pages: dict[str, Path]) -> None:
    with shown(browser, pages["plan"], 690, "dark") as tab:
        tab.emulate_media(media="print", color_scheme="dark")
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == rgb("#ffffff")
        assert tab.evaluate("getComputedStyle(document.body).color") == rgb(theme.INK.light)
        assert not tab.locator("nav").is_visible()
        assert tab.evaluate("document.documentElement.scrollWidth") <= 690
        assert tab.evaluate(CLASHES) == []
        printed = tab.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert 4 <= printed.count(b"/Type /Page\n") <= 12


def test_a_hostile_plan_runs_nothing(browser: Browser, pages: dict[str, Path]) -> None:
    with shown(browser, pages["hostile"]) as tab:
        assert tab.locator("script").count() == 1
        assert tab.locator("b").count() == 0
        name = tab.evaluate("JSON.parse(document.getElementById('plan').textContent).portfolio")
        assert name == a_hostile_plan().portfolio
