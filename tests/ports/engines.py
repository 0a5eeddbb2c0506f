"""What a test needs to try an engine: it, its yard, and a way to wait for what comes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from offtake.operate.engines.port import Engine, Launch, Report, Yard


@dataclass
class Bench:
    """An engine under test. `pass_time` lets its world move on a little."""

    engine: Engine
    yard: Yard
    pass_time: Callable[[], None] = field(default=lambda: time.sleep(0.02))
    patience: int = 1_500
    """Turns of `pass_time` after which a test gives up."""
    real: bool = True
    """Whether bodies are really run."""

    def launch(self, script: str = "exit 0", **changed: Any) -> Launch:
        """Make an attempt and write it down in the yard."""
        token = changed.pop("token", secrets.token_hex(16))
        launch = Launch(
            token=token,
            job=f"job-{token[:8]}",
            name="test",
            command=self.yard.command(token),
            log=self.yard.log(token),
            folder=None,
            script=script,
            **{"limit_s": 60.0, "grace_s": 1.0, **changed},
        )
        self.yard.prepare([launch])
        return launch

    def until(self, done: Callable[[], Any], what: str) -> Any:
        """Let time pass until something is so."""
        for _ in range(self.patience):
            found = done()
            if found:
                return found
            self.pass_time()
        raise AssertionError(f"never: {what}")

    def report(self, token: str, *, ended: bool) -> Report:
        """Wait for the report of a token."""

        def find() -> Report | None:
            self.engine.sightings()
            for report in self.yard.reports():
                if report.token == token and (report.ended_at is not None) == ended:
                    return report
            return None

        kind = "ended" if ended else "began"
        found: Report = self.until(find, f"a report that {token} {kind}")
        return found
