"""Values show themselves in notebooks: whole tables, nothing of a name left unescaped."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from offtake.ledger.chain import settle_chain
from offtake.model.bucket import Bucket
from offtake.model.shown import MOST, table
from tests.ledger.june import AS_OF, CONTRACTS, JUNE, RECORDS
from tests.measure.test_history import made as a_history
from tests.report.plans import a_hostile_plan, a_plan
from tests.report.studies import a_hostile_study, a_study

KNOWN = {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}


class Seen(HTMLParser):
    """What a browser would see: tags, opened and closed, and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows = 0
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in KNOWN
        assert all(name == "style" for name, _ in attrs)
        self.rows += tag == "tr"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def seen(held: object) -> Seen:
    found = Seen(held._repr_html_())  # type: ignore[attr-defined]
    assert found.open == []
    return found


def test_a_plan_shows_what_to_sign() -> None:
    plan = a_plan()
    found = seen(plan)
    assert found.rows == 1 + len(plan.signed)
    assert all(signing.name in found.text for signing in plan.signed)
    assert f"{plan.npv.mean_usd / 1e6:,.0f} M USD" in found.text


def test_a_study_shows_what_each_plan_brings() -> None:
    study = a_study()
    found = seen(study)
    assert study.strategies is not None
    assert study.frontier is not None
    having = [s.name for s in study.strategies.strategies if s.plan is not None]
    assert found.rows == 2 + len(having) + len(study.frontier.points)
    assert all(name in found.text for name in having)
    assert seen(replace(study, strategies=None, frontier=None)).rows == 2


def test_a_history_shows_where_time_went() -> None:
    history = a_history()
    found = seen(history)
    assert found.rows == 1 + len(Bucket)
    productive = history.total(Bucket.PRODUCTIVE) / 3600
    assert f"productive {productive:.3g} {history.share(Bucket.PRODUCTIVE):.2%}" in found.text
    shares = [float(one) for one in re.findall(r"([\d.]+)%", found.text)]
    assert sum(shares) == pytest.approx(100, abs=0.05)


def test_a_statement_shows_links_and_what_is_left() -> None:
    statement = settle_chain(CONTRACTS, RECORDS, JUNE, as_of=AS_OF)
    found = seen(statement)
    assert found.rows == 2 + len(statement.invoices) + len(statement.positions)
    assert "6,643,634.41 4,748,879.42" in found.text
    assert all(position.party in found.text for position in statement.positions)


def test_names_cannot_break_out() -> None:
    for held in (a_hostile_plan(), a_hostile_study()):
        seen(held)  # only the tags we make, all closed


def test_a_long_table_says_how_much_it_leaves_out() -> None:
    html = table("all", ("n",), ((n,) for n in range(MOST + 7)))
    assert Seen(html).rows == MOST + 1
    assert "and 7 more rows" in html


def test_numbers_are_shown_as_people_write_them() -> None:
    html = table("", ("a", "b", "c", "d", "e"), [(1234567, -1234.6, 0.1234, None, "<b>")], words=0)
    found = re.findall(r"<td[^>]*>([^<]*)</td>", html)
    assert found == ["1,234,567", "−1,235", "0.123", "", "&lt;b&gt;"]
