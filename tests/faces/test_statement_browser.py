"""The page of a statement in a real browser, on screen and as a PDF."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from offtake.cli import main
from tests.faces.looking import CLASHES, SCHEMES, Scheme, axe, shown, spilt


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    words = ["settle", "june-chain", "2027-06", "--quiet", "--pdf", "--out", str(folder)]
    assert main(words) == 0
    return folder / "statement.html"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_spills_and_no_words_meet(browser: Browser, page: Path, width: int) -> None:
    with shown(browser, page, width) as tab:
        assert tab.evaluate(CLASHES) == []
        assert spilt(tab, width) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(browser: Browser, page: Path, scheme: Scheme, width: int) -> None:
    with shown(browser, page, width, scheme) as tab:
        assert axe(tab) == []


def test_a_line_opens_to_its_arithmetic(browser: Browser, page: Path) -> None:
    with shown(browser, page) as tab:
        assert tab.get_by_role("heading", name="The chain, link by link").is_visible()
        assert tab.locator("#figure-money-usd .wide svg").is_visible()
        tab.locator("#link-B summary", has_text="commitments.0.shortfall").click()
        assert tab.get_by_role("cell", name="3,425,327.333333").first.is_visible()


def test_the_pdf_is_one(page: Path) -> None:
    assert page.with_suffix(".pdf").read_bytes().startswith(b"%PDF-")
