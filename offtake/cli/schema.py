"""`offtake schema`: what files may say, for editors and programs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from offtake.cli import screen


def schema(
    *,
    of: Literal["portfolio", "job", "service", "installation", "transparency"] = "portfolio",
    out: Path | None = None,
    force: bool = False,
) -> None:
    """Write the JSON Schema of a portfolio, job, installation or transparency sheet.

    Editors that know the schema complete fields, show what they mean and underline faults.

        offtake schema --out portfolio.schema.json
        offtake schema --of job --out job.schema.json
        offtake schema --of transparency --out transparency.schema.json

    Args:
        of: What is described: a portfolio's files, a job or a service as `offtake submit` reads
            it, an installation as `offtake serve` does, or the sheet `offtake measure` writes.
        out: The file to write; else the schema is printed.
        force: Replace what stands there.
    """
    from offtake.cli import outputs
    from offtake.files import schema as portfolio_schema
    from offtake.files import schema_text
    from offtake.files.jobs import installation_schema, job_schema, service_schema
    from offtake.files.transparency import sheet_schema

    made = {
        "portfolio": portfolio_schema,
        "job": job_schema,
        "service": service_schema,
        "installation": installation_schema,
        "transparency": sheet_schema,
    }
    text = schema_text(made[of]())
    if out is None:
        screen.say_json_text(text)
        return
    outputs.claim([out], force=force)
    screen.say(f"wrote {outputs.fill(out, text)}")
