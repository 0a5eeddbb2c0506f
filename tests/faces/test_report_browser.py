"""The report in a real browser: wide and narrow, light and dark, on paper, by keyboard."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from offtake.draw import theme
from offtake.report import report
from tests.faces.looking import AXE, AXE_SHA256, CLASHES, SCHEMES, Scheme, axe, rgb, shown, spilt
from tests.report.plans import a_hostile_plan, a_plan, a_small_plan, an_idle_plan

WIDTHS = (320, 390, 768, 1000, 1280)
PLANS = {"plan": a_plan, "small": a_small_plan, "idle": an_idle_plan, "hostile": a_hostile_plan}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {name: report(made(), folder / f"{name}.html") for name, made in PLANS.items()}


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_spills(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    with shown(browser, pages[name], width) as tab:
        assert spilt(tab, width) == []


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


@pytest.mark.parametrize("name", ["plan", "idle"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(
    browser: Browser, pages: dict[str, Path], name: str, scheme: Scheme, width: int
) -> None:
    with shown(browser, pages[name], width, scheme) as tab:
        assert axe(tab) == []


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
