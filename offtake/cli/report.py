"""`offtake report`: a saved plan or study as people read it."""

from __future__ import annotations

from pathlib import Path

from offtake.cli import screen


def report(
    plan: Path, /, *, out: Path | None = None, markdown: bool = False, force: bool = False
) -> None:
    """Write the report of a saved plan or study: one page that opens anywhere.

    The page needs no network and no other file: it can be mailed, printed and kept.

        offtake report out/three-sites/plan.json
        offtake report out/three-sites --markdown

    Args:
        plan: A saved plan or study, or the folder a plan was saved in.
        out: The file to write, .html or .md; else report.html beside the plan, or study.html.
        markdown: Print the report as Markdown instead of writing a page; with --out, to a .md file.
        force: Replace a file that offtake did not write.
    """
    from offtake.cli import outputs, pagefile, saved

    if markdown and out is None:
        screen.say(pagefile.text(saved.read(plan), Path("report.md")))
        return
    if out is not None:
        pagefile.refuse(out, markdown=markdown)
        outputs.claim([out], force=force)
    made = saved.read(plan)
    path = out if out is not None else saved.report_beside(plan, made)
    if out is None:
        pagefile.refuse(path)
        outputs.claim([path], force=force)
    screen.say(f"wrote {outputs.fill(path, pagefile.text(made, path))}")
