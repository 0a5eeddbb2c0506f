"""The page of a backtest in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from offtake.report.backtest import backtest_html
from tests.faces.looking import CLASHES, SCHEMES, Scheme, axe, shown, spilt
from tests.report.backtests import a_backtest, a_hostile_backtest


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "backtest.html"
    path.write_text(backtest_html(a_backtest()), encoding="utf-8")
    return path


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


def test_a_reader_finds_claims_dates_and_what_was_known(browser: Browser, page: Path) -> None:
    with shown(browser, page) as tab:
        for name in ("What may be claimed, and what not", "Deliveries of what was signed"):
            assert tab.get_by_role("heading", name=name, exact=True).is_visible()
        assert tab.locator("#figure-dates .wide svg").is_visible()
        tab.get_by_text("Every entry, with its reason").click()
        entry = tab.get_by_role("cell", name="Not accepted by then.", exact=True)
        assert entry.first.is_visible()


def test_a_hostile_backtest_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(backtest_html(a_hostile_backtest()), encoding="utf-8")
    with shown(browser, path) as tab:
        assert tab.locator("script").count() == 1
        assert tab.locator("b").count() == 0
