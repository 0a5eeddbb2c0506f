"""Every command, code, decision and page can be found."""

from __future__ import annotations

import re

from offtake.cli.commands import COMMANDS
from tests.docs.blocks import pages
from tests.laws.sources import REPO
from tools import docs

DOCS = REPO / "docs"
_CODE = re.compile(r"OTK-[A-Z]\d{3}")


def test_every_command_is_documented() -> None:
    text = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"\n## {name}\n" not in text] == []


def test_every_code_in_the_source_is_documented() -> None:
    named = {
        code
        for path in (REPO / "offtake").rglob("*.py")
        for code in _CODE.findall(path.read_text(encoding="utf-8"))
    }
    told = {
        code
        for path in (DOCS / "reference").glob("*.md")
        for code in re.findall(r"\| `(OTK-[A-Z]\d{3})` \|", path.read_text(encoding="utf-8"))
    }
    assert named, "the source names no code"
    assert sorted(named - told) == []


def test_every_link_meets_a_page() -> None:
    found = [fault for page in pages() for fault in docs.broken_links(page, REPO)]
    assert found == []


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    listed = {(DOCS / target).resolve() for target in re.findall(r"\]\(([^)#]+)", index)}
    missing = [p for p in DOCS.rglob("*.md") if p.resolve() not in listed and p.name != "README.md"]
    assert missing == []


def test_every_decision_has_its_five_parts() -> None:
    parts = ("**Question.**", "**Chosen.**", "**Because.**", "**Instead of.**")
    for page in sorted((DOCS / "decisions").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        lacking = [p for p in (*parts, "**We would change our mind if**") if p not in text]
        assert lacking == [], page.name
        assert text.startswith(f"# {page.name[:4]} "), page.name


def test_every_word_of_the_house_is_in_the_glossary() -> None:
    house = (REPO / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = re.search(r"\*\*One word a thing\*\*[^*]*\*([^*]+)\*", house)
    assert listed is not None
    words = listed[1].rstrip(".").split(", ")
    told = set(re.findall(r"\*\*([^*]+)\*\*", (DOCS / "glossary.md").read_text(encoding="utf-8")))
    assert len(words) > 20
    assert [word for word in words if word not in told] == []


def test_every_test_a_page_names_exists() -> None:
    named = [
        (page, *found)
        for page in pages()
        for found in re.findall(
            r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page.read_text(encoding="utf-8")
        )
    ]
    assert len(named) > 30
    wrong = [
        f"{page.name}: {file}::{test}"
        for page, file, test in named
        if not (REPO / file).is_file()
        or (test and f"\ndef {test}(" not in (REPO / file).read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_pages_name_only_modules_that_exist() -> None:
    wrong = [
        f"{page.relative_to(REPO)}: {name}"
        for page in pages()
        for name in re.findall(
            r"`((?:offtake|bench|tools)/[\w/]+\.py)`", page.read_text(encoding="utf-8")
        )
        if not (REPO / name).is_file()
    ]
    assert wrong == []
