"""`offtake report`: a saved plan as people read it."""

from __future__ import annotations

from pathlib import Path

from offtake.cli import screen


def report(
    plan: Path, /, *, out: Path | None = None, markdown: bool = False, force: bool = False
) -> None:
    """Write the report of a saved plan: one page that opens anywhere.

    The page needs no network and no other file: it can be mailed, printed and kept.

        offtake report out/three-sites/plan.json
        offtake report out/three-sites --markdown

    Args:
        plan: A saved plan, or the folder it was saved in.
        out: The file to write, .html or .md; else report.html beside the plan.
        markdown: Print the report as Markdown instead of writing a page; with --out, to a .md file.
        force: Replace a file that offtake did not write.
    """
    from offtake.cli import outputs, pagefile
    from offtake.cli.saved import REPORT, read

    if markdown and out is None:
        screen.say(pagefile.text(read(plan), Path("report.md")))
        return
    folder = plan if plan.is_dir() else plan.parent
    path = out if out is not None else folder / REPORT
    pagefile.refuse(path, markdown=markdown)
    outputs.claim([path], force=force)
    made = read(plan)
    screen.say(f"wrote {outputs.fill(path, pagefile.text(made, path))}")
