"""Run the command line: `python -m offtake`."""

import sys

from offtake.cli import main

if __name__ == "__main__":
    sys.exit(main())
