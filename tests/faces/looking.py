"""How tests look at a page that is one file: in a real browser, with nothing asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

SPILLS = """() => {
  const edge = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')]
    .filter(e => !e.closest('.scroll') && !e.closest('.unseen') && !e.closest('svg'))
    .filter(e => getComputedStyle(e).position !== 'absolute')
    .filter(e => e.getBoundingClientRect().right > edge + 0.5)
    .map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40));
}"""
# Words of a picture that leave it, or run into each other. A box is a little higher and
# wider than the letters in it, so each is shrunk first.
CLASHES = """() => {
  const bad = [];
  for (const svg of document.querySelectorAll('svg')) {
    const frame = svg.getBoundingClientRect();
    if (!frame.width) continue;
    const boxes = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim()).map(t => {
      const b = t.getBoundingClientRect();
      return {text: t.textContent, l: b.left + 1, r: b.right - 1, t: b.top + 2, b: b.bottom - 2};
    });
    for (const a of boxes) {
      if (a.l < frame.left - 1 || a.r > frame.right + 1 || a.t < frame.top || a.b > frame.bottom)
        bad.push(`${a.text} leaves ${svg.getAttribute('aria-label').slice(0, 30)}`);
      for (const c of boxes)
        if (a !== c && a.l < c.r && c.l < a.r && a.t < c.b && c.t < a.b && a.text <= c.text)
          bad.push(`${a.text} meets ${c.text}`);
    }
  }
  return bad;
}"""


@contextmanager
def shown(
    browser: Browser, page: Path, width: int = 1280, scheme: Scheme = "light", **more: Any
) -> Iterator[Page]:
    """Show a page; when done, fail if it asked for anything or said anything was wrong."""
    wrong: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, **more
    )
    tab = context.new_page()
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text))
    url = page.resolve().as_uri()
    tab.on("request", lambda asked: wrong.append(asked.url) if asked.url != url else None)
    tab.goto(url, wait_until="load")
    try:
        yield tab
    finally:
        context.close()
    assert wrong == []


def opened(tab: Page) -> Page:
    """Open everything that is folded away."""
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    return tab


def spilt(tab: Page, width: int) -> list[str]:
    """Give what stands out of a page this wide, with everything opened."""
    wide = opened(tab).evaluate("document.documentElement.scrollWidth")
    out: list[str] = tab.evaluate(SPILLS)
    return out if wide <= width else [f"the page is {wide} px wide, not {width}", *out]


def axe(tab: Page) -> list[str]:
    """Give what axe finds wrong with a page, with everything opened.

    Raises:
        RuntimeError: axe passed so little that it cannot have looked at the page.
    """
    opened(tab).evaluate(AXE.read_text(encoding="utf-8"))
    found = tab.evaluate("axe.run({resultTypes: ['violations']})")
    if len(found["passes"]) <= 20:
        raise RuntimeError(f"axe passed {len(found['passes'])} rules alone")
    return [
        f"{fault['id']}: {node['html'][:120]}: {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"][:3]
    ]


def rgb(colour: str) -> str:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgb({', '.join(map(str, parts))})"
