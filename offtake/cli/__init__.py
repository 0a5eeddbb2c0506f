"""The command line: thin commands, each imported when it is run.

offtake ──> run ──> app ──"import path"──> plan, check, init …  one module a command
             │                                 │
             └── faults (every error ends here) ┘ screen, worlds, outputs
"""

from offtake.cli.run import main

__all__ = ["main"]
