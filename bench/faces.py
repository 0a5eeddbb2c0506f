"""Figures of the faces: how soon a page is painted, how large pages and reports are.

    python -m bench.faces
    python -m bench.faces --only paint --only help

The service runs in a process of its own over HTTP, with simulated engines; Chromium shares the
machine's cores with it. Compiled rules are loaded, and jobs are where they stay, before anything
is timed. Each paint is of a browser that never saw the service before, so nothing is cached.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, Response

from bench._figure import show
from bench.plan import HELP_CPU_S, used
from offtake import files
from offtake.report import report
from tools.browser import HOW, find_chromium, launched
from tools.service import Served, adopted, served

SITES, PER_SITE, JOBS, PAINTS = 60, 64, 10_000, 9
PAINT_MS, PAGE_KB, REPORT_KB, CYCLE_S = 1000.0, 300.0, 400.0, 180.0
"""The bars."""
REPO = Path(__file__).resolve().parent.parent
KINDS = ("GB200", "H100", "MI355X")
FIRST_PAINT = """() => new Promise(done => new PerformanceObserver(list => {
  for (const one of list.getEntries())
    if (one.name === 'first-contentful-paint') done(one.startTime);
}).observe({type: 'paint', buffered: true}))"""


def installation() -> str:
    """Write an installation of sites with a cluster each."""
    lines = ["offtake: installation/1", "clusters:"]
    for at in range(SITES):
        entry = {
            "id": f"site-{at:02}",
            "site": f"site-{at:02}",
            "country": "NO" if at % 3 else "US",
            "accelerator": KINDS[at % len(KINDS)],
            "accelerator_count": PER_SITE,
            "engine": "{kind: simulated}",
        }
        body = [f"    {name}: {value}" for name, value in entry.items()]
        lines += ["  - " + body[0].strip(), *body[1:]]
    return "\n".join(lines) + "\n"


def drawn_jobs() -> list[dict[str, object]]:
    """Give the jobs: nine in ten of them must wait."""
    return [
        {
            "name": f"sweep-{at:05}",
            "run": "simulate 1000000",
            "accelerator": [KINDS[at % len(KINDS)]],
            "accelerator_count": (4, 4, 8)[at // 3 % 3],
        }
        for at in range(JOBS)
    ]


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """Give a tab of a browser that never saw anything."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        yield context.new_page()
    finally:
        context.close()


def paint(browser: Browser) -> None:
    """Paint lists of 10,000 jobs and 60 sites; count what each page brings with it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "installation.yaml"
        file.write_text(installation())
        with served(file, folder) as service:
            jobs = service.submit(drawn_jobs())
            counts = service.settle()
            print(f"jobs: {dict(counts)}", file=sys.stderr)
            took = {path: _paints(browser, service, path) for path in ("/jobs", "/fleet")}
            print(f"first paint, ms: {took}", file=sys.stderr)
            show("first_paint_ms_10k_jobs", max(took.values()), "ms", PAINT_MS)
            paths = ["/jobs", "/jobs?state=all", "/fleet", "/fleet/site-00", f"/jobs/{jobs[-1]}"]
            sizes = {path: _size_kb(browser, service, path) for path in paths}
        sizes |= _sizes_of_a_plan(browser, folder)
    print(f"pages, kB: {sizes}", file=sys.stderr)
    show("page_kb_max", max(sizes.values()), "kB", PAGE_KB)


def _paints(browser: Browser, service: Served, path: str) -> float:
    found = []
    for _ in range(PAINTS):
        with opened(browser) as tab:
            tab.goto(service.url + path, wait_until="load")
            found.append(float(tab.evaluate(FIRST_PAINT)))
    return round(median(found), 1)


def _size_kb(browser: Browser, service: Served, path: str) -> float:
    """Give the size of all a page asks for: itself, its style, its scripts."""
    sizes: list[int] = []
    with opened(browser) as tab:
        answers: list[Response] = []
        tab.on("response", lambda answer: answers.insert(0, answer))
        gone = tab.goto(service.url + path, wait_until="load")
        if gone is None or not gone.ok:
            raise RuntimeError(f"{path} answers {gone and gone.status}")
        sizes += [len(one.body()) for one in answers if "/v1/events" not in one.url and one.ok]
    return round(sum(sizes) / 1000, 1)


def _sizes_of_a_plan(browser: Browser, folder: Path) -> Mapping[str, float]:
    """Give the sizes of the pages that show a world and its plan."""
    inside = folder / "stargate"  # a store of its own
    inside.mkdir()
    plan = planned(inside)
    installed = adopted(plan, "stargate", inside)
    more = ("--world", str(installed.parent), "--plan", str(plan))
    with served(installed, inside, *more) as service, opened(browser) as tab:
        tab.goto(service.url + "/fleet")
        links = tab.locator("header nav a")
        paths = [links.nth(at).get_attribute("href") or "" for at in range(links.count())]
        return {f"{path} (stargate)": _size_kb(browser, service, path) for path in paths}


def planned(folder: Path) -> Path:
    """Plan the Stargate world, where nobody did; give the folder of the plan."""
    there = REPO / "out" / "stargate"
    if (there / "plan.json").exists():
        inside = folder / "plan"
        inside.mkdir(exist_ok=True)
        (inside / "plan.json").write_bytes((there / "plan.json").read_bytes())
        return inside
    made = folder / "plan"
    used("plan", "worlds/stargate", "--out", str(made))
    return made


def reported(_browser: Browser) -> None:
    """Write the report of the Stargate plan: how long, how large."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plan = files.read_plan(planned(folder) / "plan.json")
        report(plan, folder / "first.html")  # the libraries that draw are loaded once
        began = time.perf_counter()
        written = report(plan, folder / "report.html")
        took = time.perf_counter() - began
        show("report_kb", written.stat().st_size / 1000, "kB", REPORT_KB)
        show("report_s", took, "s")


def helped(_browser: Browser) -> None:
    """CPU time of help, which says how quickly anything starts."""
    show("help_cpu_s", median(used("--help").cpu_s for _ in range(5)), "s", HELP_CPU_S)


def cycled(_browser: Browser) -> None:
    """Wall time of the whole cycle on the smallest world it takes."""
    try:
        used("cycle", "--help")
    except RuntimeError as error:
        print(f"no figure of the cycle: {error}", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as name:
        took = used("cycle", "three-sites", "--out", f"{name}/cycle").wall_s
    show("cycle_wall_s", took, "s", CYCLE_S)


FIGURES: Mapping[str, Callable[[Browser], None]] = {
    "paint": paint,
    "report": reported,
    "help": helped,
    "cycle": cycled,
}


def main() -> int:
    """Measure what is named, or everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", action="append", choices=FIGURES, help="may be repeated")
    args = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print(f"no browser to paint with: {HOW}", file=sys.stderr)
        return 1
    with launched(chromium) as browser:
        for name in args.only or FIGURES:
            FIGURES[name](browser)
    return 0


if __name__ == "__main__":
    sys.exit(main())
