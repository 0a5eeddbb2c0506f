"""The report of a study as one page: HTML that needs no network, no script, no other file."""

from __future__ import annotations

from markupsafe import Markup

from offtake.draw import theme, words
from offtake.draw.study import tables
from offtake.draw.study.figures import figures
from offtake.model.contract import Tenure
from offtake.model.study import SCHEMA, Study
from offtake.report.page import drawn, environment
from offtake.report.record import for_script
from offtake.report.study import content


def study_html(study: Study) -> str:
    """Write the report of a study as one HTML page; the same study gives the same bytes."""
    return (
        environment()
        .get_template("study.html.j2")
        .render(
            study=study,
            content=content,
            tables=tables,
            words=words,
            drawn=[drawn(study, figure) for figure in figures(study)],
            held=_held(study),
            light=Markup(theme.css(dark=False)),
            dark=Markup(theme.css(dark=True)),
            font=Markup(theme.FONT),
            record=Markup(for_script(study, SCHEMA)),
        )
    )


def _held(study: Study) -> list[Tenure]:
    """List the tenures the figures show, for the key to their colours."""
    plans = [study.plan]
    if study.strategies is not None:
        plans += [s.plan for s in study.strategies.strategies if s.plan is not None]
    return [t for t in Tenure if any(p.signed_it_mw.get(t, 0.0) > 0 for p in plans)]
