"""What a site agent does with a call: makes it on the engine and the yard beside it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from offtake.errors import OfftakeError
from offtake.operate.engines.agent import words
from offtake.operate.engines.port import Engine, EngineError, Launch, Yard

Plain = Mapping[str, Any]


class Near:
    """An engine and a yard at a site, told by calls from afar."""

    def __init__(self, engine: Engine, yard: Yard) -> None:
        """Drive this engine and this yard."""
        self._engine = engine
        self._yard = yard
        self._does: Mapping[str, Callable[[Plain], Any]] = {
            "submit": self._submit,
            "sightings": self._sightings,
            "stop": self._stop,
            "nodes": self._nodes,
            "usage": self._usage,
            "heal": self._heal,
            "prepare": self._prepare,
            "revoke": self._revoke,
            "reports": self._reports,
            "forget": self._forget,
            "tail": self._tail,
        }

    def answer(self, call: Plain) -> Plain:
        """Make a call, and give what is to be answered: what it gives, or how it failed."""
        number = str(call["number"])
        try:
            return {"number": number, "value": self._made(str(call["name"]), call.get("given", {}))}
        except OfftakeError as error:
            fault = error.faults[0]
            told = {"code": fault.code, "what": fault.what, "hint": fault.hint or ""}
            return {"number": number, "failed": told}
        except (OSError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            # One call that goes wrong here is told, and the agent goes on.
            what = f"`{call['name']}` failed at the site: {type(error).__name__}: {error}"
            return {"number": number, "failed": {"code": "OTK-E001", "what": what, "hint": ""}}

    def _made(self, name: str, given: Plain) -> Any:
        does = self._does.get(name)
        if does is None:
            what = f"this agent knows no call `{name}`"
            hint = "let agent and service be of one release"
            raise EngineError(self._engine.cluster, what, code="OTK-E154", hint=hint)
        return does(given)

    def _submit(self, given: Plain) -> Any:
        launches = [self._here(one) for one in self._launches(given)]
        return [words.answered(answer) for answer in self._engine.submit(launches)]

    def _here(self, launch: Launch) -> Launch:
        token = launch.token
        return replace(launch, command=self._yard.command(token), log=self._yard.log(token))

    def _prepare(self, given: Plain) -> None:
        self._yard.prepare([self._here(one) for one in self._launches(given)])

    def _sightings(self, _given: Plain) -> Any:
        return words.SIGHTINGS.dump_python(dict(self._engine.sightings()), mode="json")

    def _stop(self, given: Plain) -> None:
        self._engine.stop(self._tokens(given))

    def _nodes(self, _given: Plain) -> Any:
        return words.NODES.dump_python(self._engine.nodes(), mode="json")

    def _usage(self, given: Plain) -> Any:
        found = dict(self._engine.usage(self._tokens(given)))
        return words.USAGE.dump_python(found, mode="json")

    def _heal(self, _given: Plain) -> Any:
        return list(self._engine.heal())

    def _revoke(self, given: Plain) -> bool:
        (token,) = self._tokens(given)
        return self._yard.revoke(token)

    def _reports(self, _given: Plain) -> Any:
        return words.REPORTS.dump_python(list(self._yard.reports()), mode="json")

    def _forget(self, given: Plain) -> None:
        self._yard.forget(words.read(self._engine.cluster, words.REPORTS, given.get("reports")))

    def _tail(self, given: Plain) -> str:
        (token,) = self._tokens(given)
        printed = self._yard.tail(token, int(given["offset"]), int(given["most"]))
        return base64.b64encode(printed).decode()

    def _tokens(self, given: Plain) -> list[str]:
        found: list[str]
        found = words.read(self._engine.cluster, words.TOKENS, given.get("tokens"))
        return found

    def _launches(self, given: Plain) -> list[Launch]:
        found: list[Launch]
        found = words.read(self._engine.cluster, words.LAUNCHES, given.get("launches"))
        words.read(self._engine.cluster, words.TOKENS, [one.token for one in found])
        return found


def identity(yard: Yard) -> str:
    """Give what a yard is known by: a folder keeps it, one in memory has a new one each time.

    Raises:
        OSError: the folder cannot be read or written.
    """
    folder = getattr(yard, "folder", None)
    if not isinstance(folder, Path):
        return secrets.token_hex(16)
    kept = folder / "identity"
    if not kept.exists():
        part = folder / f"identity.{secrets.token_hex(8)}.part"
        part.write_text(secrets.token_hex(16))
        try:
            kept.hardlink_to(part)  # one of several that begin at once decides
        except FileExistsError:
            return kept.read_text().strip()
        finally:
            part.unlink()
    return kept.read_text().strip()
