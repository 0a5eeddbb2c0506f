"""Portfolio, Plan, Ledger and Transparency in a real browser: widths, schemes, no script."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from offtake.files.plans import write_plan
from offtake.store import open_store
from offtake.store.month_end import close_month
from offtake.web.serving import mount
from tests.api.serving import serving
from tests.faces.looking import AXE, CLASHES, SPILLS
from tests.faces.test_web_browser import LEAVES, WIDTHS, Site, faults, shown
from tests.ledger.june import AS_OF, CONTRACTS, JUNE, RECORDS
from tests.report.plans import a_small_plan

PATHS = (
    "/portfolio?as_of=2027-06-20",
    "/plan",
    "/ledger",
    "/ledger/2027-06",
    "/ledger/2027-06/invoice?contract=B",
    "/ledger/2027-06/line?id=B/2027-06/commitments.0.shortfall",
    "/ledger/2027-06/reconcile",
    "/transparency?flop_per_token=140e9",
)


class Money(Site):
    """A service that shows a world, a plan and a closed month; no job was handed in."""

    def __init__(self, url: str) -> None:
        self.url = url

    def address(self, path: str) -> str:
        return self.url + path


@pytest.fixture(scope="module")
def money(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Money]:
    folder = tmp_path_factory.mktemp("money")
    write_plan(a_small_plan(), folder / "plan.json")
    store = open_store(folder / "work.db")
    close_month(store, CONTRACTS, JUNE, records=RECORDS, as_of=AS_OF, now=AS_OF)
    store.close()
    adding = partial(mount, world=Path("worlds/norway-chain"), plan=folder)
    with serving(folder, adding=adding) as url:
        yield Money(url)


def _opened(tab: Page) -> None:
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


@pytest.mark.parametrize("path", PATHS)
def test_nothing_spills_and_axe_finds_nothing(browser: Browser, money: Money, path: str) -> None:
    with shown(browser, money, path) as tab:
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 900})
            assert tab.evaluate(CLASHES) == []
            _opened(tab)
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert tab.evaluate(SPILLS) == []
            assert tab.evaluate(LEAVES) == []
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        assert faults(tab, "{resultTypes: ['violations']}") == []
        tab.set_viewport_size({"width": 360, "height": 900})
        tab.emulate_media(color_scheme="dark")
        assert faults(tab, "{runOnly: ['color-contrast', 'target-size']}") == []
        size = len(tab.content().encode())
        assert size < 300_000


def test_from_the_flow_to_a_line_and_back_without_a_script(browser: Browser, money: Money) -> None:
    with shown(browser, money, "/ledger", java_script_enabled=False) as tab:
        assert tab.locator("#figure-flow-usd .wide svg").is_visible()
        tab.get_by_role("link", name="Jun 2027").click()
        tab.get_by_role("link", name="B", exact=True).click()
        tab.get_by_role("link", name="rates.use.T1").click()
        assert tab.get_by_role("heading", name="How it was worked out").is_visible()
        assert tab.get_by_text("2,330,000 GPU-hour").first.is_visible()
        tab.get_by_role("link", name="2027-06", exact=True).click()
        assert tab.url == money.address("/ledger/2027-06")


def test_another_day_by_a_form_without_a_script(browser: Browser, money: Money) -> None:
    with shown(browser, money, "/portfolio", java_script_enabled=False) as tab:
        assert tab.locator(".state.late").count() == 0
        tab.get_by_label("As of").fill("2027-06-20")
        tab.get_by_role("button", name="Show").click()
        assert tab.get_by_text("as of 20 Jun 2027").is_visible()
        assert tab.locator(".state.late").count() == 1


def test_a_map_for_wide_and_narrow(browser: Browser, money: Money) -> None:
    for width, seen, hidden in ((1280, ".wide", ".narrow"), (360, ".narrow", ".wide")):
        with shown(browser, money, "/portfolio", width) as tab:
            assert tab.locator(f"#figure-map {seen} svg").is_visible()
            assert not tab.locator(f"#figure-map {hidden} svg").is_visible()


def test_numbers_come_as_a_file(browser: Browser, money: Money) -> None:
    with shown(browser, money, "/portfolio") as tab:
        with tab.expect_download() as kept:
            tab.locator("#figure-map").get_by_role("link", name="CSV").click()
        assert kept.value.suggested_filename == "map-2026-12-15.csv"
        assert "Fjord Hall" in Path(kept.value.path()).read_text(encoding="utf-8")
