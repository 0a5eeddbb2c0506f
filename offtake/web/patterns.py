"""A page that shows every element pages are put together from, for whoever builds one."""

from __future__ import annotations

from fastapi import Request, Response
from markupsafe import Markup

from offtake.draw.tables import Table
from offtake.errors import Fault
from offtake.model.contract import Tenure
from offtake.model.work import AttemptState, JobState
from offtake.web import frame
from offtake.web.access import Viewer

router = frame.router()
TABLE = Table(
    caption="A table: numbers to the right, words to the left",
    head=("Name", "Held", "MW IT", "Due"),
    rows=(("Abilene I", "lease", "400", "1 Mar 2027"), ("Shackelford", "own", "1,200", "—")),
    texts=frozenset({0, 1, 3}),
)
PICTURE = Markup(
    '<svg viewBox="0 0 320 60" role="img" aria-label="Two bars">'
    '<rect x="0" y="8" width="300" height="16" fill="var(--own)"/>'
    '<rect x="0" y="36" width="180" height="16" fill="var(--lease)"/></svg>'
)


@router.get("/patterns")
def patterns(request: Request, _who: Viewer) -> Response:
    """Show every element."""
    states = [state.value for state in (*JobState, *AttemptState)]
    return frame.page(
        request,
        "patterns.html",
        title="Patterns",
        table=TABLE,
        picture=PICTURE,
        data=[("CSV", "/fleet/data.csv"), ("Parquet", "/fleet/data.parquet")],
        tenures=[tenure.value for tenure in Tenure],
        states=list(dict.fromkeys([*states, "ok", "unreachable"])),
        fault=Fault(code="OTK-E020", what="there is no such job", got="'j-none'"),
    )
