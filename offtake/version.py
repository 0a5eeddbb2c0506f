"""The release of offtake, as plans and reports name it."""

VERSION = "0.1.0"
