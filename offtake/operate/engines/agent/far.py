"""What stands in the service for an engine and a yard at a site: each call is parked."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from offtake.operate.engines.agent import words
from offtake.operate.engines.agent.post import Post
from offtake.operate.engines.port import (
    Answer,
    EngineError,
    Launch,
    Node,
    Report,
    Sighting,
    Usage,
)

SITE_S = 70.0
"""Longer than any engine behind an agent takes until what it acknowledged is listed for good."""


class AgentEngine:
    """The engine of a cluster, as far as the service sees it.

    Every call raises `EngineError` where it fails: as the engine at the site says, or because no
    agent took it (`OTK-E150`), answered it (`OTK-E151`) or can be understood (`OTK-E154`).
    """

    def __init__(self, post: Post) -> None:
        """Ask by way of a post."""
        self.cluster = post.cluster
        self.settle_s = post.timeout_s + SITE_S
        self.post = post

    def submit(self, launches: Sequence[Launch]) -> Sequence[Answer]:
        """Hand in attempts, in order, and say of each what came of it.

        Raises:
            EngineError: it failed; nothing is known of any of them.
        """
        given = words.LAUNCHES.dump_python(list(launches), mode="json")
        said = self.post.ask("submit", launches=given)
        answers = words.read(self.cluster, words.ANSWERED, said)
        if len(answers) != len(launches):
            what = f"{len(launches)} attempts were handed in, and {len(answers)} answered for"
            raise EngineError(self.cluster, what, code="OTK-E154")
        return [words.answer_of(one) for one in answers]

    def sightings(self) -> Mapping[str, Sighting]:
        """List the attempts the engine knows, by token.

        Raises:
            EngineError: the list could not be had.
        """
        made: Mapping[str, Sighting]
        made = words.read(self.cluster, words.SIGHTINGS, self.post.ask("sightings"))
        return made

    def stop(self, tokens: Sequence[str]) -> None:
        """Ask attempts to end.

        Raises:
            EngineError: it failed.
        """
        self.post.ask("stop", tokens=list(tokens))

    def nodes(self) -> tuple[Node, ...]:
        """List the nodes of the cluster and their state.

        Raises:
            EngineError: it failed.
        """
        made: tuple[Node, ...]
        made = words.read(self.cluster, words.NODES, self.post.ask("nodes"))
        return made

    def usage(self, tokens: Sequence[str]) -> Mapping[str, Usage]:
        """Give what the engine's accounting says of attempts.

        Raises:
            EngineError: it failed.
        """
        said = self.post.ask("usage", tokens=list(tokens))
        made: Mapping[str, Usage] = words.read(self.cluster, words.USAGE, said)
        return made

    def heal(self) -> tuple[str, ...]:
        """Mend what is known to go wrong with this engine, and say what was done.

        Raises:
            EngineError: it failed.
        """
        made: tuple[str, ...] = words.read(self.cluster, words.LINES, self.post.ask("heal"))
        return made

    def close(self) -> None:
        """Do nothing: connections are the agent's."""


class AgentYard:
    """The yard of a site, as far as the service sees it; calls fail as the engine's do."""

    def __init__(self, post: Post) -> None:
        """Ask by way of a post."""
        self._post = post

    def prepare(self, launches: Sequence[Launch]) -> None:
        """Have written down what each attempt's wrapper will need.

        Raises:
            EngineError: it failed.
        """
        given = words.LAUNCHES.dump_python(list(launches), mode="json")
        self._post.ask("prepare", launches=given)

    def command(self, token: str) -> tuple[str, ...]:
        """Name the token: the agent puts the command of its own yard in its place."""
        return ("agent", token)

    def log(self, token: str) -> str:
        """Name the token: the agent puts the file of its own yard in its place."""
        return f"agent/{token}"

    def revoke(self, token: str) -> bool:
        """See to it that a token never begins; True where it had not begun, and now never will.

        Raises:
            EngineError: it failed: nothing is known, nothing may be run again.
        """
        said = self._post.ask("revoke", tokens=[token])
        kept: bool = words.read(self._post.cluster, words.KEPT, said)
        return kept

    def reports(self) -> Sequence[Report]:
        """Give the begins and ends written down and not yet forgotten, begins before ends.

        Raises:
            EngineError: it failed.
        """
        said = self._post.ask("reports")
        made: Sequence[Report] = words.read(self._post.cluster, words.REPORTS, said)
        return made

    def forget(self, reports: Sequence[Report]) -> None:
        """Let go of reports that are committed elsewhere.

        Raises:
            EngineError: it failed.
        """
        given = words.REPORTS.dump_python(list(reports), mode="json")
        self._post.ask("forget", reports=given)

    def tail(self, token: str, offset: int, most: int) -> bytes:
        """Give at most so many bytes an attempt printed, from an offset on; none yet is empty.

        Raises:
            EngineError: it failed.
        """
        said = self._post.ask("tail", tokens=[token], offset=offset, most=most)
        printed: bytes = words.read(self._post.cluster, words.PRINTED, said)
        try:
            return base64.b64decode(printed, validate=True)
        except ValueError:
            what = "what an attempt printed came in a form that cannot be read"
            raise EngineError(self._post.cluster, what, code="OTK-E154") from None
