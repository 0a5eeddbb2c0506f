"""Build the documentation as a folder of HTML that needs no network and no server.

    python -m tools.site --to out/docs

Every page that `docs/README.md` leads to, the README and the pages they name; links lead to
pages, other files are copied beside them. A link that meets nothing is a fault, and the exit
status is 1. Formulas become MathML (`tools.formulas`), the index becomes the menu.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tools.docs import REPO, numbered, slug, without_code
from tools.formulas import mathml

STYLE = Path(__file__).with_name("site.css")
INDEX = Path("docs/README.md")
_FORMULA = re.compile(r"\$\$(?P<block>.+?)\$\$|\$(?P<inline>\S(?:[^$\n]*\S)?)\$", re.DOTALL)
_MARK = re.compile("\ue000(\\d+)\ue001")
_LINKED = re.compile(r'<a href="([^"]+)">(.*?)</a>')
_OUTSIDE = re.compile(r"^[a-z][a-z0-9+.-]*:")


@dataclass(slots=True)
class Page:
    """A page of the site: where it comes from, what is in it, whither it leads."""

    source: Path
    """Below the repository."""
    title: str = ""
    body: str = ""
    ids: set[str] = field(default_factory=set)
    links: list[tuple[str, str]] = field(default_factory=list)
    """File below the repository (empty is the page itself) and anchor."""

    @property
    def target(self) -> Path:
        """Where it stands in the site."""
        return placed(self.source)


def placed(source: Path) -> Path:
    """Give the place of a file of the repository in the site: docs/ is its root."""
    inside = source.is_relative_to("docs")
    place = source.relative_to("docs") if inside else Path("repository") / source
    if source.suffix != ".md":
        return place
    return place.with_name("index.html" if source == INDEX else f"{place.stem}.html")


def collect(root: Path) -> tuple[dict[Path, Page], list[str]]:
    """Give the pages the index and the README lead to, and a fault for each broken link."""
    pages: dict[Path, Page] = {}
    waiting = [INDEX, Path("README.md")]
    while waiting:
        source = waiting.pop()
        if source in pages:
            continue
        pages[source] = page = rendered(source, root)
        named = [Path(file) for file, _ in page.links if file.endswith(".md")]
        waiting += [file for file in named if (root / file).is_file()]
    return pages, list(_broken(pages, root))


def _broken(pages: dict[Path, Page], root: Path) -> Iterator[str]:
    for page in pages.values():
        for file, anchor in page.links:
            met = pages.get(Path(file) if file else page.source)
            if file and met is None and not (root / file).is_file():
                yield f"{page.source}: link to '{file}': no such file"
            elif anchor and met is not None and anchor not in met.ids:
                yield f"{page.source}: link to '{file}#{anchor}': no such heading"


def rendered(source: Path, root: Path) -> Page:
    """Render a page; its links lead to where the site has what they name."""
    page = Page(source)
    text, formulas = _without_formulas((root / source).read_text(encoding="utf-8"))
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = parser.parse(text)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            said = tokens[place + 1].content
            token.attrSet("id", numbered(slug(said), page.ids))
            page.ids.add(str(token.attrGet("id")))
            page.title = page.title or _plain(said)
        for child in token.children or ():
            _led(child, page, root)
    html = parser.renderer.render(tokens, parser.options, {})
    page.ids |= set(re.findall(r'<a id="([^"]+)"', html))
    html = html.replace("<table>", '<div class="wide" tabindex="0"><table>')
    html = html.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')
    page.body = _MARK.sub(lambda mark: formulas[int(mark[1])], html)
    return page


def _plain(heading: str) -> str:
    return re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading)


def _led(token: Token, page: Page, root: Path) -> None:
    """Turn a link or a picture of the repository to its place in the site."""
    name = {"link_open": "href", "image": "src"}.get(token.type)
    if name is None:
        return
    link = str(token.attrGet(name))
    if _OUTSIDE.match(link):
        return
    path, _, anchor = unquote(link).partition("#")
    file = os.path.normpath(page.source.parent / path) if path else ""
    if file and (root / file).is_dir():
        file = f"{file}/README.md"
    page.links.append((file, anchor))
    there = placed(Path(file)) if file else page.target
    to = os.path.relpath(there, page.target.parent) if file else ""
    token.attrSet(name, quote(to) + (f"#{quote(anchor)}" if anchor else ""))


def _without_formulas(text: str) -> tuple[str, list[str]]:
    """Put a mark in the place of each formula, which Markdown would read as emphasis."""
    formulas: list[str] = []
    parts: list[str] = []
    at = 0
    for found in _FORMULA.finditer(without_code(text)):
        tex = text[found.start() : found.end()].strip("$")
        parts += [text[at : found.start()], f"\ue000{len(formulas)}\ue001"]
        formulas.append(mathml(tex, block=found["block"] is not None))
        at = found.end()
    return "".join([*parts, text[at:]]), formulas


def menu(index: Page, at: Page) -> str:
    """Give the index as a menu, seen from a page; decisions are folded away."""
    up = os.path.relpath(".", at.target.parent)
    first, *sections = re.split(r"(?=<h2 )", index.body)
    top = (_item(up, link, text, at) for link, text in _LINKED.findall(first))
    parts = [f'<p><a href="{up}/index.html">Documentation</a></p><ul>', *top, "</ul>"]
    for section in sections:
        head = re.search(r"<h2 [^>]*>(.*?)</h2>", section)
        assert head is not None
        here = [_item(up, link, text, at) for link, text in _LINKED.findall(section)]
        is_open = " open" if any("aria-current" in item for item in here) else ""
        parts.append(
            f"<details{is_open}><summary>{head[1]}</summary><ul>{''.join(here)}</ul></details>"
        )
    return "".join(parts)


def _item(up: str, link: str, text: str, at: Page) -> str:
    current = ' aria-current="page"' if Path(unescape(link)) == at.target else ""
    return f'<li><a href="{up}/{link}"{current}>{text}</a></li>'


def whole(page: Page, index: Page) -> str:
    """Give a page with its frame."""
    up = os.path.relpath(".", page.target.parent)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(page.title)} · offtake</title>"
        f'<link rel="stylesheet" href="{up}/site.css"></head><body>'
        '<a class="skip" href="#content">To the text</a>'
        f'<nav aria-label="Pages">{menu(index, page)}</nav>'
        f'<main id="content">{page.body}'
        f"<footer>From <code>{escape(str(page.source))}</code></footer></main></body></html>\n"
    )


def build(root: Path, to: Path) -> tuple[int, list[str]]:
    """Write the site; give how many pages it has, and the faults that were found.

    Raises:
        FileExistsError: the folder holds something else; nothing in it is deleted.
    """
    if to.exists() and any(to.iterdir()) and not (to / STYLE.name).is_file():
        raise FileExistsError(f"{to} holds something else than this site")
    pages, faults = collect(root)
    shutil.rmtree(to, ignore_errors=True)
    for page in pages.values():
        path = to / page.target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(whole(page, pages[INDEX]), encoding="utf-8")
    files = {file for page in pages.values() for file, _ in page.links if file}
    for file in sorted(files):
        if Path(file) not in pages and (root / file).is_file():
            path = to / placed(Path(file))
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / file, path)
    shutil.copyfile(STYLE, to / "site.css")
    return len(pages), faults


def main() -> int:
    """Build the site of the repository."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--to", type=Path, default=REPO / "out" / "docs")
    args = parser.parse_args()
    many, faults = build(REPO, args.to)
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    print(f"{many} pages in {args.to}, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
