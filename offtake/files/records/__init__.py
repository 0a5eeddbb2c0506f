"""Records of a world in files: events, readings, fixings and tariffs, in and out.

records = read_records("worlds/june-chain")         # all faults at once
append_records("worlds/mine", more)                 # new files; what is there stays
"""

from offtake.files.records.reading import Looked, look, read_records
from offtake.files.records.writing import Appended, append_records, write_records

__all__ = ["Appended", "Looked", "append_records", "look", "read_records", "write_records"]
