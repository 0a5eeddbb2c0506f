"""Take the picture of a report that README.md opens with.

    python -m tools.picture out/stargate/report.html docs/img/report.png

The head of the page and its first two figures; the table of what to sign, which stands
between them, is folded away.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser

from tools.browser import HOW, find_chromium, launched

WIDTH_PX = 1180
_FOLD = """() => {
    const heading = [...document.querySelectorAll('h2')].find(h => h.textContent.includes('sign'));
    (heading.closest('section') || heading.parentElement).style.display = 'none';
    window.scrollTo(0, 0);
    const figures = [...document.querySelectorAll('figure')].slice(0, 2);
    return Math.max(...figures.map(f => f.getBoundingClientRect().bottom));
}"""


def take(browser: Browser, page: Path, image: Path) -> None:
    """Write the picture of a report to `image`."""
    context = browser.new_context(
        viewport={"width": WIDTH_PX, "height": 1200}, color_scheme="light", reduced_motion="reduce"
    )
    tab = context.new_page()
    tab.goto(page.resolve().as_uri(), wait_until="load")
    height = float(tab.evaluate(_FOLD)) + 16
    image.parent.mkdir(parents=True, exist_ok=True)
    clip = {"x": 0.0, "y": 0.0, "width": float(WIDTH_PX), "height": height}
    tab.screenshot(path=str(image), full_page=True, clip=clip)  # type: ignore[arg-type]
    context.close()


def main() -> int:
    """Take the picture of the named report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("page", type=Path, help="the report")
    parser.add_argument("image", type=Path, help="the PNG to write")
    args = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print(f"no browser for the picture: {HOW}", file=sys.stderr)
        return 1
    with launched(chromium) as browser:
        take(browser, args.page, args.image)
    return 0


if __name__ == "__main__":
    sys.exit(main())
