"""The work of `offtake rent`."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from offtake.cli import outputs, screen
from offtake.cli.attending import named
from offtake.cli.serving import read
from offtake.cycle.adopted import installation_text
from offtake.operate import renting
from offtake.operate.renting import Wish

_HEAD = """\
# Written by offtake. Rents one machine for the cluster {cluster}, and begins its site agent there:
#   export OFFTAKE_TOKEN=...   from: offtake token make {cluster} --role agent --cluster {cluster}
#   sky jobs launch --secret OFFTAKE_TOKEN {file}
"""


def write(
    file: Path, name: str, wish: Wish, out: Path | None, *, as_json: bool, force: bool
) -> None:
    """Print or write the task for SkyPilot.

    Raises:
        OfftakeError: the installation has faults or does not name the cluster (`OTK-E027`), the
            cluster cannot be rented so (`OTK-E170` to `OTK-E172`), or the file cannot or must
            not be written.
    """
    if out is not None:
        outputs.claim([out], force=force)
    installation = read(file)
    cluster = named(installation, file, name)
    site = installation_text(renting.on_site(cluster))
    task = renting.task(cluster, wish, site=site, lost_after_s=installation.lost_after_s)
    text = _HEAD.format(cluster=cluster.id, file=out or "TASK.yaml") + _yaml(task)
    if out is not None:
        outputs.fill(out, text.encode())
    if as_json:
        screen.say_json({"schema": "offtake.rent/1", "task": task})
    elif out is None:
        screen.say(text.removesuffix("\n"))
    else:
        screen.say(f"wrote {out}")


def _yaml(task: Mapping[str, Any]) -> str:
    """Give a task as YAML; texts of several lines stand as they are."""
    shown = {
        name: LiteralScalarString(held) if isinstance(held, str) and "\n" in held else held
        for name, held in task.items()
    }
    yaml, held = YAML(), io.StringIO()
    yaml.width = 4096
    yaml.representer.add_representer(
        type(None), lambda make, _none: make.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    yaml.dump(shown, held)
    return held.getvalue()
