"""`offtake schema`: what a portfolio's files may say, for editors and programs."""

from __future__ import annotations

from pathlib import Path

from offtake.cli import screen


def schema(*, out: Path | None = None, force: bool = False) -> None:
    """Write the JSON Schema of a portfolio, for editors.

    Editors that know the schema complete fields, show what they mean and underline faults.

        offtake schema --out portfolio.schema.json

    Args:
        out: The file to write; else the schema is printed.
        force: Replace what stands there.
    """
    from offtake.cli import outputs
    from offtake.files import schema as made
    from offtake.files import schema_text

    if out is None:
        screen.say_json_text(schema_text(made()))
        return
    outputs.claim([out], force=force)
    screen.say(f"wrote {outputs.fill(out, schema_text(made()))}")
