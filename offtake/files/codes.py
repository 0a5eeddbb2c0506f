"""Every code a fault of a file can have, and what it means. A code never changes its meaning."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    "OTK-F001": "There is no such file or folder.",
    "OTK-F002": "The folder holds no portfolio.yaml.",
    "OTK-F003": "The file cannot be read.",
    "OTK-F004": "The files are too large.",
    "OTK-F005": "The file is not UTF-8 text.",
    "OTK-F006": "The file holds a character no text has.",
    "OTK-F007": "The file is empty.",
    "OTK-F008": "The file is not YAML (or a plan is not JSON).",
    "OTK-F009": "Lists and maps are nested too deep.",
    "OTK-F010": "A key is given twice in one map.",
    "OTK-F011": "A tag (`!name`) is not understood.",
    "OTK-F012": "An anchor, alias or merge key cannot be followed, or repeats too much.",
    "OTK-F013": "A key is not text.",
    "OTK-F014": "The file holds more than one document.",
    "OTK-F015": "The file is not a map of fields.",
    "OTK-F020": "`include` is not a list of files inside the portfolio's folder.",
    "OTK-F021": "An included file does not exist.",
    "OTK-F022": "A file is included twice, or includes itself.",
    "OTK-F023": "Two files say the same thing.",
    "OTK-F030": "The line `offtake: portfolio/1` is missing.",
    "OTK-F031": "The file is of another format, or of a newer version of it.",
    "OTK-F040": "Something is there already and is not overwritten.",
    "OTK-F041": "The file cannot be written.",
    "OTK-F042": "There is no such entry or field to change or explain.",
    "OTK-F043": "The change does not fit into the files as they are cut.",
    "OTK-F050": "The file is not a saved plan of a version that is understood.",
    "OTK-F100": "A value does not fit its field.",
    "OTK-F101": "The field is unknown.",
    "OTK-F102": "A required field is missing, or nothing is written behind it.",
    "OTK-F103": "Text is wanted.",
    "OTK-F104": "A number is wanted.",
    "OTK-F105": "The unit is wrong.",
    "OTK-F106": "The day does not exist or is not written like 2026-05-23.",
    "OTK-F107": "The quarter does not exist or is not written like 2026Q3.",
    "OTK-F108": "The word is none of those the field knows.",
    "OTK-F109": "true or false is wanted.",
    "OTK-F110": "A list, a map or an entry with fields is wanted.",
    "OTK-F120": "The number is outside its bounds, or not finite.",
}
"""For each code, what it means in one sentence."""
