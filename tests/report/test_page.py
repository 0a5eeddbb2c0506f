"""The page: whole, safe, self-contained, in the order a reader needs it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from offtake.files import read_plan
from offtake.model.canonical import plain
from offtake.model.plan import SCHEMA, Plan
from offtake.report import content, report_html
from tests.report.plans import a_hostile_plan, a_plan, a_small_plan, an_idle_plan

VOID = frozenset("meta link br img input hr".split())


class Reader(HTMLParser):
    """Reads a page: its elements, its text outside scripts and styles, and what is unclosed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for found, attrs in self.found if found == tag]


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(a_plan())


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    return Reader(page)


def embedded(page: str) -> dict[str, object]:
    match = re.search(r'<script type="application/json" id="plan">(.*?)</script>', page, re.S)
    assert match
    made: dict[str, object] = json.loads(match[1])
    return made


def test_everything_that_opens_closes(read: Reader) -> None:
    assert read.open == []


def test_it_is_one_small_file(page: str) -> None:
    assert len(page.encode()) < 200_000
    assert "http://" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "https://" not in page
    assert "@import" not in page
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", page)


def test_no_script_runs(read: Reader) -> None:
    assert [s.get("type") for s in read.named("script")] == ["application/json"]
    assert not [a for _, attrs in read.found for a in attrs if a.startswith("on")]
    policy = next(m for m in read.named("meta") if "http-equiv" in m)
    assert "default-src 'none'" in (policy["content"] or "")


def test_sections_come_in_a_reader_s_order(read: Reader) -> None:
    assert [s["id"] for s in read.named("section")] == [
        *("sign", "figures", "limits", "cash", "deliveries", "assumptions", "method")
    ]
    anchors = [a["href"] for a in read.named("a")]
    ids = {attrs["id"] for _, attrs in read.found if "id" in attrs}
    assert all((href or "").removeprefix("#") in ids for href in anchors)


def test_ids_are_unique(read: Reader) -> None:
    ids = [attrs["id"] for _, attrs in read.found if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_the_answer_comes_first(read: Reader) -> None:
    text = " ".join("".join(read.text).replace("\N{NO-BREAK SPACE}", " ").split())
    answer = (
        "Sign 2,950 MW IT of 12 offers: 934 MW IT in 2026Q4, the rest by 2028Q2; "
        "rent up to 85 MW IT by the hour."
    )
    assert answer in text
    assert text.index(answer) < text.index("What to sign")
    for said in ("81.2 B USD", "Narvik B", "Aker–Nscale → Nscale → Microsoft → OpenLab", "λ = 0.2"):
        assert said in text
    assert "nan" not in text.split()
    assert "None" not in text.split()


def test_tables_can_be_read_aloud(read: Reader) -> None:
    for head in read.named("th"):
        assert head["scope"] in ("col", "row")
    tables, captions = read.named("table"), read.named("caption")
    assert len(tables) == len(captions) >= 6
    for box in read.named("div"):
        if box.get("class") == "scroll":
            assert box["tabindex"] == "0"
            assert box["aria-label"]


def test_each_figure_has_pictures_words_and_numbers(read: Reader) -> None:
    assert len(read.named("figure")) == 6
    assert len(read.named("figcaption")) == 6
    assert len([s for s in read.named("svg") if s.get("role") == "img"]) == 12
    data = len(read.named("details"))
    linked = [a for a in read.named("a") if a["href"] in ("#cash", "#deliveries")]
    assert data == 4
    assert len(linked) == 4, "two figures point to the tables below, as the menu does"


def test_the_plan_is_inside(page: str) -> None:
    assert embedded(page) == {"schema": SCHEMA, **json.loads(json.dumps(plain(a_plan())))}


def test_the_plan_inside_can_be_read_back(page: str, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    saved.write_text(json.dumps(embedded(page)), encoding="utf-8")
    assert read_plan(saved) == a_plan()


def test_the_same_plan_gives_the_same_page(page: str) -> None:
    assert report_html(a_plan()) == page


@pytest.fixture(scope="module")
def hostile() -> str:
    return report_html(a_hostile_plan())


def test_nothing_in_a_plan_becomes_markup(hostile: str) -> None:
    read = Reader(hostile)
    assert read.open == []
    assert len(read.named("script")) == 1
    assert not read.named("b")
    assert "49" not in [t.strip() for t in read.text], "a template in a name is not run"
    assert "\x1b" not in hostile
    assert "\u202e" not in "".join(read.text)
    assert "<script>alert(1)</script>" in " ".join("".join(read.text).split())


def test_a_hostile_plan_is_inside_unchanged(hostile: str) -> None:
    assert embedded(hostile)["portfolio"] == a_hostile_plan().portfolio


@pytest.mark.parametrize("plan", [a_small_plan(), an_idle_plan()], ids=["small", "idle"])
def test_small_plans_have_a_page(plan: Plan) -> None:
    read = Reader(report_html(plan))
    text = " ".join("".join(read.text).split())
    assert read.open == []
    assert "No limit binds" in text
    assert "The plan names none." in text
    assert "Epoch AI (CC BY 4.0)" in text, "who must be named is named"


def test_an_idle_plan_says_so() -> None:
    text = " ".join("".join(Reader(report_html(an_idle_plan())).text).split())
    assert "Sign nothing." in text
    assert "Nothing: no offer is worth its price under these limits." in text


def test_a_plan_without_data_says_what_is_missing() -> None:
    text = " ".join("".join(Reader(report_html(an_idle_plan())).text).split())
    assert "No demand is in the plan: that all of it is served" in text
    assert "No capacity is in the plan" in text
    assert "No money moves in the plan" in text
    assert content.missing(a_plan()) == ()
    dateless = replace(a_plan(), deliveries=())
    assert [said[:26] for said in content.missing(dateless)] == ["No delivery is in the plan"]


def test_many_assumptions_are_folded_and_put_together() -> None:
    plan = a_plan()
    many = tuple(
        replace(plan.assumptions[1], path=f"offers.offer-{i}.price", shown=f"{i} USD/GPU-hour")
        for i in range(40)
    )
    read = Reader(report_html(replace(plan, assumptions=many)))
    text = " ".join("".join(read.text).split())
    assert "40 numbers that nobody outside can check" in text
    assert "offer-0, offer-1, offer-2, offer-3 and 36 more" in text
