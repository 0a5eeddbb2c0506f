"""The command line: thin commands, each imported when it is run.

offtake ──> entry ──> app ──"import path"──> plan, check, init …  one module a command
              │                                  │
              └── faults (every error ends here) ┘ screen, worlds, outputs
"""

from offtake.cli.entry import main

__all__ = ["main"]
