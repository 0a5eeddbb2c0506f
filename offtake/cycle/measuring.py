"""A history measured, as the front door gives it: metrics by one yardstick, and as a table."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from offtake.files.framing import frame
from offtake.measure.history import of_history
from offtake.model.history import History
from offtake.model.metric import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of a history."""

    sheet: Sheet
    """Its metrics, and what could not be given with the reason."""

    def frame(self) -> pa.Table:
        """Give the metrics as an Arrow table, a row a metric."""
        return frame(self.sheet)

    def _repr_html_(self) -> str:
        """Show the metrics, in a notebook."""
        return self.sheet._repr_html_()


def measure(history: History, *, publisher: str = "offtake") -> Measured:
    """Measure a history, simulated or real: goodput in three parts, use and energy.

    Args:
        history: what happened.
        publisher: who publishes the sheet.

    Raises:
        OfftakeError: there is no capacity in it (`OTK-Q012`).
    """
    metrics, absent = of_history(history)
    return Measured(sheet=Sheet(publisher=publisher, metrics=metrics, absent=absent))
