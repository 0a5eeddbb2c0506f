"""Take a screenshot of every page in a folder, wide and narrow, light and dark.

    python -m tools.shots out --to out/shots

A page that asks the network for anything, or prints an error on its console, is named
and the exit status is 1: our pages work offline.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

from tools.browser import HOW, find_chromium, launched

Scheme = Literal["light", "dark"]
WIDTHS_PX = {"wide": 1280, "narrow": 390}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def shoot(browser: Browser, page: Path, to: Path) -> Iterator[str]:
    """Write the page's screenshots below `to`; give what was wrong with it, in words."""
    for size, width in WIDTHS_PX.items():
        for scheme in SCHEMES:
            yield from _shoot(browser, page, to / f"{page.stem}-{size}-{scheme}.png", width, scheme)


def _shoot(browser: Browser, page: Path, image: Path, width: int, scheme: Scheme) -> Iterator[str]:
    wrong: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    tab = context.new_page()
    tab.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    tab.on("request", lambda asked: _note_request(asked.url, wrong))
    tab.goto(page.resolve().as_uri(), wait_until="load")
    image.parent.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=str(image), full_page=True)
    context.close()
    yield from (f"{page} ({image.stem}): {text}" for text in dict.fromkeys(wrong))


def _note_request(url: str, wrong: list[str]) -> None:
    if not url.startswith(("file:", "data:", "blob:")):
        wrong.append(f"asks the network for {url}")


def main() -> int:
    """Shoot every page below the named folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where the pages are")
    parser.add_argument("--to", type=Path, required=True, help="where the images go")
    args = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print(f"no browser for screenshots: {HOW}", file=sys.stderr)
        return 1
    pages = [p for p in sorted(args.folder.rglob("*.html")) if args.to not in p.parents]
    if not pages:
        print(f"no page (*.html) below {args.folder}", file=sys.stderr)
        return 1
    wrong: list[str] = []
    with launched(chromium) as browser:
        for page in pages:
            place = args.to / page.relative_to(args.folder).parent
            wrong += shoot(browser, page, place)
            print(f"{page} -> {place}/{page.stem}-*.png")
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
