"""The page of a transparency sheet in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from offtake.cli import main
from tests.faces.looking import CLASHES, SCHEMES, Scheme, axe, shown, spilt


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    words = ["measure", "june-chain", "2027-06", "--quiet", "--sheet", str(folder)]
    assert main([*words, "--flop-per-token", "140e9", "--embodied-kg", "1300"]) == 0
    return folder / "transparency.html"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_spills_and_no_words_meet(browser: Browser, page: Path, width: int) -> None:
    with shown(browser, page, width) as tab:
        assert tab.evaluate(CLASHES) == []
        assert spilt(tab, width) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(browser: Browser, page: Path, scheme: Scheme) -> None:
    with shown(browser, page, 390, scheme) as tab:
        assert axe(tab) == []


def test_it_says_its_numbers_and_what_is_left_out(browser: Browser, page: Path) -> None:
    with shown(browser, page) as tab:
        assert tab.get_by_role("heading", name="Transparency sheet of lab, 2027-06").is_visible()
        assert tab.locator("#figure-scope-2 .wide svg").is_visible()
        assert tab.get_by_text("measure a history").first.is_visible()
