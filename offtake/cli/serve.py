"""`offtake serve`: the service that places jobs and keeps what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json, whole
from offtake.errors import Exit, Fault, OfftakeError

_NEEDED = "alembic fastapi httpx jinja2 numba prometheus_client sqlalchemy uvicorn".split()
"""What the service is made of; a rule of placement that cannot be loaded would let jobs wait."""


def serve(
    installation: Path | None = None,
    /,
    *,
    store: str = "work.db",
    folder: Path = Path("work.yards"),
    host: str = "127.0.0.1",
    port: Annotated[int, Parameter(converter=whole)] = 8180,
    cert: Path | None = None,
    key: Path | None = None,
    log: Path | None = None,
    world: str | None = None,
    plan: Path | None = None,
    check: bool = False,
    as_json: Json = False,
) -> int:
    """Place jobs on clusters and keep what becomes of them, until Ctrl-C.

    Drives the clusters an installation names; without one, the processors of this machine.
    Jobs do not end with the service: the next one on the same store finds them. Any number of
    services may share a store; one of them decides, and another takes over where it dies.
    Traces go to OTEL_EXPORTER_OTLP_ENDPOINT where that is set and OpenTelemetry is installed.

        offtake serve two-clusters --check

    Args:
        installation: A file that begins with `offtake: installation/1`, a folder with an
            installation.yaml, or a world that comes with offtake.
        store: Where all is kept: a file of SQLite, or the URL of a PostgreSQL database.
        folder: Where attempts of clusters that name no yard are started, and report.
        host: Address to listen on; beyond this machine only with tokens and TLS.
        port: Port to listen on; 0 takes a free one.
        cert: Certificate of TLS, as PEM.
        key: Its private key, as PEM.
        log: File to write what happens to, an object of JSON a line.
        world: Show this portfolio on the pages; else the one that was adopted.
        plan: Show this plan or study on the pages: a file, or the folder of both.
        check: Begin nothing; say what would be driven.
        as_json: Say what is driven as JSON, in the form offtake.serving/1.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise _lacking(missing)
    from offtake.cli import serving

    asked = serving.Asked(
        installation=installation,
        store=store,
        folder=folder,
        host=host,
        port=port,
        cert=cert,
        key=key,
        log=log,
        world=world,
        plan=plan,
    )
    return serving.serve(asked, check=check, as_json=as_json)


def _lacking(missing: Sequence[str]) -> OfftakeError:
    what = "what the service is made of is not installed"
    hint = "run pip install 'offtake[operate,simulate,store]'"
    fault = Fault(code="OTK-H018", what=what, got=f"no {', no '.join(missing)}", hint=hint)
    return OfftakeError(fault, exit=Exit.FAILED)
