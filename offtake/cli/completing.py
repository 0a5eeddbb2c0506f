"""Scripts that complete the command line in a shell: cyclopts writes them, we mend two things.

Commands within commands are hidden from help, which lists them in words, yet must be
completed; and where nothing is known of a value, the shell offers files: a world is a folder.
"""

from __future__ import annotations

import re
from typing import Literal

from offtake.cli.app import build

_UNTOLD = re.compile(r"^( +'(?:\d+|\*):(?:[^':\\]|\\.|'\\'')*)'", re.MULTILINE)
"""A word of zsh's _arguments that says no way to complete it."""


def script(shell: Literal["bash", "zsh", "fish"]) -> str:
    """Give the script of a shell."""
    made = build(inner_shown=True).generate_completion(shell=shell)
    if shell == "bash":
        return made.replace("complete -F ", "complete -o default -F ")
    if shell == "zsh":
        return _UNTOLD.sub(r"\1:_files'", made)
    return made
