"""One word a thing, and no module named for nothing.

A module called `utils` says nothing of what is in it and so collects everything; and a
thing with two names is learnt twice. The words are the project's own: party, site, phase,
accelerator, offer, contract, tranche, clause, tenure, chain, demand, scenario, plan,
cluster, engine, job, service, placement, attempt, reading, charge, invoice, posting,
statement, metric.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tests.laws.sources import Source, sources

EMPTY_NAMES = frozenset(
    "base bases common core commons generic helper helpers lib manager managers misc "
    "miscellaneous shared stuff util utilities utility utils various".split()
)
"""Words that say nothing, alone or as a part of a module's name."""

SYNONYMS: dict[str, str] = {
    "datacenter": "site",
    "datacentre": "site",
    "data center": "site",
    "data centre": "site",
    "campus": "site",
    "deal": "contract",
    "agreement": "contract",
    "supplier": "party",
    "gpu type": "accelerator",
    "gpu model": "accelerator",
    "gpu kind": "accelerator",
    "chip type": "accelerator",
    "chip model": "accelerator",
    "bill": "invoice",
    "kpi": "metric",
}
"""A word that has a better one here, as it stands in a name, and that better one."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def words(name: str) -> str:
    """Give the words of a name in lower case: `GpuType` and `gpu_type` are `gpu type`."""
    return " ".join(word.lower() for word in _WORD.findall(name))


def empty_module_names(among: Iterable[Source]) -> Iterator[str]:
    for source in among:
        for part in PurePosixPath(source.name).with_suffix("").parts:
            empty = EMPTY_NAMES.intersection(words(part).split())
            if empty:
                yield f"{source.name}: '{sorted(empty)[0]}' says nothing; name what is in it"


def synonyms(among: Iterable[Source]) -> Iterator[str]:
    for source in among:
        for place, name in _given_names(source):
            spoken = words(name).removesuffix("s")
            for banned, ours in SYNONYMS.items():
                if re.search(rf"\b{banned}s?\b", spoken):
                    yield f"{place} {name}: say '{ours}', not '{banned}'"


def _given_names(source: Source) -> Iterator[tuple[str, str]]:
    """Every name the source itself gives: not those it takes from a library."""
    yield source.name, PurePosixPath(source.name).stem
    for node in ast.walk(source.tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                yield source.at(node), name
            case ast.AsyncFunctionDef(name=name):
                yield source.at(node), name
            case ast.Name(id=name, ctx=ast.Store()):
                yield source.at(node), name
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield source.at(node), name
            case ast.arg(arg=name):
                yield source.at(node), name
            case ast.alias(asname=str(name)):
                yield source.at(node), name


def test_every_module_is_named_for_what_is_in_it() -> None:
    assert list(empty_module_names(sources())) == []


def test_one_word_a_thing() -> None:
    assert list(synonyms(sources("offtake", "tools", "bench"))) == []


def test_the_law_sees_an_empty_name() -> None:
    bad = [Source(name, "") for name in ("offtake/utils.py", "a/plan_helpers.py", "core/x.py")]
    assert len(list(empty_module_names(bad))) == 3
    good = [Source(name, "") for name in ("offtake/baseline.py", "offtake/corelation.py")]
    assert list(empty_module_names(good)) == []


def test_the_law_sees_a_synonym() -> None:
    source = Source(
        "a.py",
        "class GpuTypes: ...\n"
        "def f(data_centre): datacenter_id = 1; x.deals = 2\n"
        "from b import c as supplier\n"
        "ideal = billing = gpu_typed = 1\n"
        "print(theirs.deal)\n",
    )
    assert sorted(fault.split(": say")[0] for fault in synonyms([source])) == [
        "a.py:1 GpuTypes",
        "a.py:2 data_centre",
        "a.py:2 datacenter_id",
        "a.py:2 deals",
        "a.py:3 supplier",
    ]
