"""The site: every page is there, every link meets something, formulas are set or refused."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from playwright.sync_api import Browser

from tests.faces.looking import AXE, SCHEMES, Scheme
from tools import site
from tools.docs import REPO
from tools.formulas import mathml

VOID = {"meta", "link", "img", "br", "hr"}


class Seen(HTMLParser):
    """Ids and links of a page, and whether what opens closes."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings = 0
        self.open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.ids += [str(held["id"])] if "id" in held else []
        self.links += [str(held[name]) for name in ("href", "src") if held.get(name)]
        self.headings += tag == "h1"
        assert tag != "script"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("site")
    many, faults = site.build(REPO, to)
    assert faults == []
    assert many > 80
    return to


@pytest.fixture(scope="module")
def pages(built: Path) -> dict[Path, Seen]:
    return {path.resolve(): Seen(path) for path in built.rglob("*.html")}


def test_every_page_of_docs_is_there_and_whole(built: Path, pages: dict[Path, Seen]) -> None:
    for source in (REPO / "docs").rglob("*.md"):
        assert (built / site.placed(source.relative_to(REPO))).is_file()
    for path, page in pages.items():
        assert page.open == [], path
        assert page.headings == 1, path
        assert len(page.ids) == len(set(page.ids)), path


def test_every_link_meets_a_file_and_a_heading_within_the_site(
    built: Path, pages: dict[Path, Seen]
) -> None:
    wrong = []
    for path, page in pages.items():
        for link in page.links:
            if link.startswith(("http:", "https:", "mailto:")):
                continue
            file, anchor = urldefrag(link)
            met = (path.parent / unquote(file)).resolve() if file else path
            inside = met.is_relative_to(built.resolve())
            known = not anchor or met not in pages or unquote(anchor) in pages[met].ids
            if not (inside and met.is_file() and known):
                wrong.append(f"{path.name}: {link}")
    assert wrong == []


def test_nothing_is_asked_of_the_network(pages: dict[Path, Seen], built: Path) -> None:
    assert "url(" not in (built / "site.css").read_text(encoding="utf-8")
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert 'src="http' not in text
        assert '<link rel="stylesheet" href="http' not in text


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_browser_finds_it_readable_and_asks_only_for_its_files(
    browser: Browser, built: Path, scheme: Scheme
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    tab = context.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    for name in ("index.html", "understanding/program.html"):
        tab.goto((built / name).as_uri(), wait_until="load")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        found = tab.evaluate("axe.run({resultTypes: ['violations']})")
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found["violations"]] == []
    assert all(url.startswith(built.as_uri()) for url in asked)
    context.close()


def test_a_broken_link_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "README.md").write_text("# A\n[b](b.md#no) [c](c.md) [d](#nowhere)\n")
    (tmp_path / "docs" / "b.md").write_text("# B\n![no](no.png)\n")
    (tmp_path / "README.md").write_text("# R\n")
    _, faults = site.collect(tmp_path)
    assert sorted(faults) == [
        "docs/README.md: link to '#nowhere': no such heading",
        "docs/README.md: link to 'docs/b.md#no': no such heading",
        "docs/README.md: link to 'docs/c.md': no such file",
        "docs/b.md: link to 'docs/no.png': no such file",
    ]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        site.build(REPO, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_formulas() -> None:
    assert mathml("x", block=False) == "<math><mrow><mi>x</mi></mrow></math>"
    shown = mathml(r"\sum_w \pi_w v_w^2 \le \frac{1}{NPV}", block=True)
    assert '<math display="block" tabindex="0">' in shown
    assert "<munder><mo>∑</mo><mi>w</mi></munder>" in shown
    assert "<msubsup><mi>v</mi><mi>w</mi><mn>2</mn></msubsup>" in shown
    assert "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>NPV</mi></mrow></mfrac>" in shown
    assert "<msub><mo>∑</mo>" in mathml(r"\sum_w v", block=False)
    assert "<mtext>a\N{NO-BREAK SPACE}&lt;b</mtext>" in mathml(r"\text{a <b}", block=False)


@pytest.mark.parametrize("tex", [r"\unheard x", "{x", "x_", r"\frac{1}"])
def test_a_formula_that_is_not_understood_is_refused(tex: str) -> None:
    with pytest.raises(ValueError, match=r"known|missing"):
        mathml(tex, block=True)
