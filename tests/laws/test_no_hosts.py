"""The repository stands alone: it names no package index and no place outside itself.

Requirements are pinned by hash, so any index will do and none is named. The one path
that may lead out is `../shared`, from tests and benchmarks only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tests.laws.sources import REPO, files

# Written in two halves, so that this file does not break the law it keeps.
HOSTS = tuple(
    left + right
    for left, right in (
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("registry.npm", "js"),
        ("npmjs", ".com"),
        ("yarnpkg", ".com"),
        ("anaconda", ".org"),
        ("deb.debian", ".org"),
        ("index.crates", ".io"),
        ("proxy.golang", ".org"),
        ("docker", ".io"),
        ("ghcr", ".io"),
        ("quay", ".io"),
    )
)
_OPTIONS = re.compile(r"^\s*(--index-url|--extra-index-url|-i\b|--find-links|-f\b|--trusted-host)")
_HOMES = re.compile(r"(?<![\w.~$}/-])/(?:home|root|Users|work|opt|mnt|srv)/[\w.-]+")
_UPWARDS = re.compile(r"(?<![\w./])(?:\.\./)+[\w.-]*")
_SHARED = "../" + "shared"


def lines() -> Iterator[tuple[str, int, str]]:
    """Every line of every text file: its file, its number, its text."""
    for path in files():
        data = path.read_bytes()
        if b"\0" not in data[:8192]:
            name = str(path.relative_to(REPO))
            text = data.decode("utf-8", errors="replace")
            yield from ((name, number, line) for number, line in enumerate(text.split("\n"), 1))


def hosts(among: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    for name, number, line in among:
        for host in HOSTS:
            if host in line.lower():
                yield f"{name}:{number}: names the host {host}"
        if name.startswith("requirements/") and (_OPTIONS.match(line) or "://" in line):
            yield f"{name}:{number}: names an index; rebuild it with 'make lock'"


def ways_out(among: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    for name, number, line in among:
        for match in _HOMES.finditer(line):
            yield f"{name}:{number}: {match[0]} is a place of one machine"
        for match in _UPWARDS.finditer(line):
            if match[0] == _SHARED:
                allowed = name.startswith(("tests/", "bench/"))
            else:
                # From the file's own folder, as a link is read.
                allowed = match[0].count("../") < len(PurePosixPath(name).parts)
            if not allowed:
                yield f"{name}:{number}: {match[0]} lies outside the repository"


def test_no_index_is_named() -> None:
    assert list(hosts(lines())) == []


def test_no_path_leads_out() -> None:
    assert list(ways_out(lines())) == []


def test_the_law_sees_a_host() -> None:
    said = [
        ("a.md", 1, f"see {HOSTS[0].upper()}/project/x"),
        ("requirements/run.txt", 2, "  --extra-index-url file:x"),
        ("requirements/run.txt", 3, "x @ git+ssh://y"),
        ("requirements/run.txt", 4, "x==1 --hash=sha256:00"),
        ("Makefile", 5, "--index-url is never given"),
    ]
    assert [fault.split(": ")[0] for fault in hosts(said)] == [
        "a.md:1",
        "requirements/run.txt:2",
        "requirements/run.txt:3",
    ]


def test_the_law_sees_a_way_out() -> None:
    home = "/home" + "/me/x"
    said = [
        ("a.py", 1, home),
        ("tests/a.py", 2, _SHARED + "/x.csv"),
        ("offtake/a.py", 3, _SHARED + "/x.csv"),
        ("docs/a.md", 4, "[b](../" + "b.md)"),
        ("docs/a.md", 5, "[b](../" + "../b.md)"),
        ("a.py", 6, "x/.." + "/y"),
        ("a.md", 7, "https:/" + "/site.example/home/me"),
    ]
    assert [fault.split(": ")[0] for fault in ways_out(said)] == [
        "a.py:1",
        "offtake/a.py:3",
        "docs/a.md:5",
    ]
