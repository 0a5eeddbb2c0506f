"""Pages whose module is imported when one of them is first asked for.

What draws figures and writes tables takes half a second and 40 MB to import; a service that
nobody looks at by page never needs it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from fastapi import FastAPI
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from offtake.web.frame import Entry


class Later(BaseRoute):
    """The pages at an address and below it; their module holds a `router`."""

    def __init__(self, entry: Entry) -> None:
        """Name the pages; nothing is imported."""
        self._entry = entry
        self._lock = threading.Lock()
        self._module: ModuleType | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take every request at the address or below it, `/plan.json` too."""
        path, mine = scope.get("path", ""), self._entry.path
        below = path == mine or path.startswith((mine + "/", mine + "."))
        here = below and scope["type"] == "http"
        return (Match.FULL if here else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        """Give no address: pages are not asked for by name.

        Raises:
            NoMatchFound: always.
        """
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the page answer; who asks first waits for the import, and nobody else."""
        module = self._module
        if module is None:
            module = await asyncio.to_thread(self.load)
        await module.router(scope, receive, send)

    def load(self) -> ModuleType:
        """Give the module, imported once whoever asks."""
        with self._lock:
            if self._module is None:
                self._module = import_module(self._entry.module)
            return self._module

    def prepare(self, app: FastAPI) -> Iterator[None]:
        """Prepare the pages piece by piece, as their module's `prepare` says."""
        module = self.load()
        yield
        yield from module.prepare(app)
