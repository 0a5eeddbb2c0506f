"""Take a screenshot of every page in a folder, wide and narrow, light and dark.

    python -m tools.shots out --to out/shots
    python -m tools.shots out --to out/shots --service out/stargate    and the service's pages

The service has adopted the plan named, and has jobs that run and wait. A page that asks the
network for anything, or prints an error on its console, is named and the exit status is 1: our
pages work offline.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

from tools.browser import HOW, find_chromium, launched
from tools.service import adopted, served, some_jobs

Scheme = Literal["light", "dark"]
WIDTHS_PX = {"wide": 1280, "narrow": 390}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def shoot(browser: Browser, page: Path, to: Path) -> Iterator[str]:
    """Write the page's screenshots below `to`; give what was wrong with it, in words."""
    yield from _forms(browser, page.resolve().as_uri(), to, page.stem, own="file:")


def shoot_service(browser: Browser, plan: Path, to: Path) -> Iterator[str]:
    """Serve an adopted plan with some jobs; write screenshots of its pages, give what was wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        installation = adopted(plan, "stargate", folder)
        more = ("--world", str(installation.parent), "--plan", str(plan))
        with served(installation, folder, *more) as service:
            clusters = service.get("/v1/clusters")["clusters"]
            jobs = service.submit(some_jobs(clusters))
            service.settle()
            for path in _paths(browser, service.url, jobs[-1], clusters[0]["id"]):
                stem = "service" + path.replace("/", "-")
                yield from _forms(browser, service.url + path, to, stem, own=service.url)


def _paths(browser: Browser, url: str, job: str, cluster: str) -> list[str]:
    """List the service's pages: those of the navigation, and one of each kind below them."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(url + "/fleet")
    links = tab.locator("header nav a")
    found = [links.nth(at).get_attribute("href") or "" for at in range(links.count())]
    context.close()
    return [*found, f"/jobs/{job}", f"/fleet/{cluster}", f"/fleet/{cluster}/stop", "/patterns"]


def _forms(browser: Browser, url: str, to: Path, stem: str, own: str) -> Iterator[str]:
    for size, width in WIDTHS_PX.items():
        for scheme in SCHEMES:
            image = to / f"{stem}-{size}-{scheme}.png"
            for text in _shoot(browser, url, image, width, scheme, own):
                yield f"{url} ({image.stem}): {text}"


def _shoot(
    browser: Browser, url: str, image: Path, width: int, scheme: Scheme, own: str
) -> list[str]:
    wrong: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    tab = context.new_page()
    tab.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    tab.on("request", lambda asked: _note_request(asked.url, wrong, own))
    tab.goto(url, wait_until="load")
    image.parent.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=str(image), full_page=True)
    context.close()
    return list(dict.fromkeys(wrong))


def _note_request(url: str, wrong: list[str], own: str) -> None:
    if not url.startswith((own, "data:", "blob:")):
        wrong.append(f"asks the network for {url}")


def main() -> int:
    """Shoot every page below the named folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where the pages are")
    parser.add_argument("--to", type=Path, required=True, help="where the images go")
    parser.add_argument("--service", type=Path, help="a plan of stargate to serve and to shoot")
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
        if args.service is not None:
            wrong += shoot_service(browser, args.service, args.to)
            print(f"the service's pages -> {args.to}/service-*.png")
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
