"""The report of a study in a real browser: wide and narrow, light and dark, on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from offtake.draw import theme
from offtake.report import report
from tests.faces.looking import CLASHES, SCHEMES, Scheme, axe, rgb, shown, spilt
from tests.report.studies import a_hostile_study, a_small_study, a_study

STUDIES = {"study": a_study, "small": a_small_study, "hostile": a_hostile_study}
WIDTHS = (320, 390, 768, 1000, 1280)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("studies")
    return {name: report(made(), folder / f"{name}.html") for name, made in STUDIES.items()}


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_spills(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    with shown(browser, pages[name], width) as tab:
        assert spilt(tab, width) == []


@pytest.mark.parametrize("name", ["study", "small"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_words_of_a_picture_meet(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    with shown(browser, pages[name], width) as tab:
        assert tab.evaluate(CLASHES) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_pictures_follow_the_scheme(
    browser: Browser, pages: dict[str, Path], scheme: Scheme
) -> None:
    with shown(browser, pages["study"], 1280, scheme) as tab:
        paint = tab.evaluate(
            """() => { const svg = document.querySelector('#figure-strategies .wide svg');
                 return [...svg.querySelectorAll('path')].map(p => getComputedStyle(p).fill); }"""
        )
    dark = scheme == "dark"
    for colour in (theme.OWN, theme.LEASE):
        assert rgb(colour.dark if dark else colour.light) in paint


@pytest.mark.parametrize("name", ["study", "small"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(
    browser: Browser, pages: dict[str, Path], name: str, scheme: Scheme, width: int
) -> None:
    with shown(browser, pages[name], width, scheme) as tab:
        assert axe(tab) == []


def test_words_of_a_picture_are_large_enough(browser: Browser, pages: dict[str, Path]) -> None:
    for width, seen in ((1280, ".wide"), (390, ".narrow")):
        with shown(browser, pages["study"], width) as tab:
            size = tab.evaluate(
                f"""() => Math.min(...[...document.querySelectorAll('{seen} svg')].map(
                    s => 11 * s.getBoundingClientRect().width / s.viewBox.baseVal.width))"""
            )
            assert size >= 9.5


def test_it_is_read_without_script_and_by_keyboard(
    browser: Browser, pages: dict[str, Path]
) -> None:
    with shown(browser, pages["study"], java_script_enabled=False) as tab:
        assert tab.get_by_role("heading", name="What was found", exact=True).is_visible()
        assert tab.locator("svg").first.is_visible()
    with shown(browser, pages["study"]) as tab:
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.getAttribute('href')") == "#plan"
        tab.locator("summary").first.focus()
        tab.keyboard.press("Enter")
        assert tab.locator("details[open] table").first.is_visible()


def test_it_prints_white_and_whole(browser: Browser, pages: dict[str, Path]) -> None:
    with shown(browser, pages["study"], 690, "dark") as tab:
        tab.emulate_media(media="print", color_scheme="dark")
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == rgb("#ffffff")
        assert not tab.locator("nav").is_visible()
        assert tab.evaluate("document.documentElement.scrollWidth") <= 690
        printed = tab.pdf(prefer_css_page_size=True)
    assert 3 <= printed.count(b"/Type /Page\n") <= 10


def test_a_hostile_study_runs_nothing(browser: Browser, pages: dict[str, Path]) -> None:
    with shown(browser, pages["hostile"]) as tab:
        assert tab.locator("script").count() == 1
        assert tab.locator("b").count() == 0
        name = tab.evaluate("JSON.parse(document.getElementById('study').textContent).portfolio")
        assert name == a_hostile_study().portfolio
