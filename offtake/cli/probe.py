"""`offtake probe`: what a node delivers, measured on it and signed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from offtake.cli.options import Json, Whole
from offtake.errors import Exit, Fault, OfftakeError, Where

Several = Annotated[tuple[str, ...], Parameter(negative=())]


def node(
    *,
    name: str | None = None,
    key: Path | None = None,
    evidence: Path | None = None,
    contract: str | None = None,
    tranche: str | None = None,
    out: Path | None = None,
    hosts: Several = (),
    rank: Whole = None,
    through: Literal["auto", "torch", "numpy"] = "auto",
    matrix: Whole = None,
    memory: Whole = None,
    reduce: Whole = None,
    repetitions: Whole = None,
    load: float | None = None,
    seed: Annotated[int, Parameter()] = 1,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Measure what this node delivers: arithmetic, memory, links, power, errors.

    Runs through PyTorch where it is installed, on all accelerators at once, else on the
    processor through NumPy. What cannot be measured is told as unknown, with the reason, and
    never as 0. It loads the machine fully for a minute or two.

        offtake probe node --matrix 256 --memory 8 --reduce 1 --repetitions 3 --load 0.2

    Args:
        name: What the contract calls this node; else its host name.
        key: Key to sign the evidence with, made by `offtake probe key`.
        evidence: Write the signed evidence to this file; needs --key.
        contract: Hold it against the tests of a contract, written WORLD:CONTRACT.
        tranche: Which tranche of it.
        out: Write the event, if this node alone decides it, to this file; else print it.
        hosts: HOST:PORT of every node that reduces together with this one, in one order.
        rank: Which of them this one is, from 0.
        through: What does the arithmetic; auto takes torch where it is installed.
        matrix: Rows of the matrices that are multiplied.
        memory: MB of each array that is moved.
        reduce: MB of the array that is reduced.
        repetitions: How often each is measured; the middle counts.
        load: Seconds power and clocks are watched under load.
        seed: Seed of the numbers that are multiplied.
        as_json: Print JSON, in the form offtake.probe/1.
        quiet: Tell no progress.
        force: Replace files that offtake did not write.
    """
    ready(needed=key is not None)
    from offtake.cli import probing

    probing.node(
        probing.Asked(
            name=name,
            key=key,
            evidence=evidence,
            contract=contract,
            tranche=tranche,
            out=out,
            hosts=hosts,
            rank=rank,
            through=through,
            seed=seed,
        ),
        probing.Wanted(matrix, memory, reduce, repetitions, load),
        as_json=as_json,
        quiet=quiet,
        force=force,
    )


def key(file: Path, /) -> None:
    """Make a key that signs evidence, and print its public half.

    The file is for its owner alone. Give the public half to whoever accepts nodes, by a way
    they trust.

        offtake probe key probe.pem

    Args:
        file: Where the key goes; nothing is written over.
    """
    ready()
    from offtake.cli import probing

    probing.key(file)


def verify(*files: Path, trust: Several = (), as_json: Json = False) -> None:
    """Verify that evidence says what was signed, and by whom.

    Whose key it is, it cannot know: compare it with what its holder told you.

        offtake probe verify n001.json

    Args:
        files: Files of evidence.
        trust: A public key that counts; with none, every key does.
        as_json: Print JSON, in the form offtake.verified/1.
    """
    ready()
    from offtake.cli import probing

    probing.verify(files, trust, as_json=as_json)


def ready(*, needed: bool = True) -> None:
    """Make sure that what signs evidence is installed.

    Raises:
        OfftakeError: it is not (`OTK-A005`).
    """
    if needed and find_spec("cryptography") is None:
        fault = Fault(
            code="OTK-A005",
            what="evidence is signed by cryptography, and it is not installed",
            where=Where(path="offtake probe"),
            hint="pip install 'offtake[probe]'",
        )
        raise OfftakeError(fault, exit=Exit.FAILED)
