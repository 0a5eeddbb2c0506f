"""Records of a world in files: events, readings, fixings and tariffs, in and out.

records = read_records("worlds/june-chain")         # all faults at once
append_records("worlds/mine", more)                  # adds a file; what is there stays
"""

from offtake.files.records.reading import Looked, look, read_records

__all__ = ["Looked", "look", "read_records"]
