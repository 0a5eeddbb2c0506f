"""What the code of a fault means, whatever floor it comes from, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

from offtake.capital.codes import CAPITAL
from offtake.capital.codes import REMEDIES as CAPITAL_REMEDIES
from offtake.checks import CHECKS
from offtake.files import CODES
from offtake.files.codes import RECORDS
from offtake.files.focus.codes import INVOICES
from offtake.files.focus.codes import REMEDIES as INVOICE_REMEDIES
from offtake.ledger.codes import CHAINS, METERING, SETTLEMENT
from offtake.ledger.codes import REMEDIES as LEDGER_REMEDIES
from offtake.measure.codes import MEASURING
from offtake.measure.codes import REMEDIES as MEASURING_REMEDIES
from offtake.operate.codes import OPERATION, SERVING
from offtake.operate.codes import REMEDIES as OPERATION_REMEDIES
from offtake.operate.page_codes import PAGES
from offtake.operate.page_codes import REMEDIES as PAGES_REMEDIES
from offtake.policy.codes import DECIDING
from offtake.policy.codes import REMEDIES as DECIDING_REMEDIES
from offtake.probe.codes import ACCEPTANCE
from offtake.probe.codes import REMEDIES as ACCEPTANCE_REMEDIES
from offtake.simulate.codes import REMEDIES as SIMULATION_REMEDIES
from offtake.simulate.codes import SIMULATION

USAGE: Mapping[str, str] = {
    "OTK-U001": "There is no such command.",
    "OTK-U002": "The option is unknown.",
    "OTK-U003": "An argument, or the value of an option, is missing.",
    "OTK-U004": "A value does not fit its option.",
    "OTK-U005": "There are more arguments than the command takes.",
    "OTK-U006": "Something is given twice.",
    "OTK-U010": "A world that comes with offtake is not changed; a copy may be.",
    "OTK-U011": "A change is not written FIELD=VALUE.",
    "OTK-U013": "There is no such code.",
    "OTK-U020": "A month is not written like 2027-06, or months are in the wrong order.",
    "OTK-U021": "A moment is not written like 2027-07-05T00:00:00Z.",
    "OTK-U022": "No contract has this name, or it is not settled in the month.",
    "OTK-U023": "An option needs another one.",
    "OTK-U024": "There is no such line of an invoice.",
    "OTK-U090": "The system refused to read or write something.",
    "OTK-U091": "There is not enough memory.",
    "OTK-U099": "A defect of offtake; please report it with its traceback.",
}

PLANNING: Mapping[str, str] = {
    "OTK-P100": "An option of planning is out of range.",
    "OTK-P110": "Capacity to own has no price: its accelerator names none.",
    "OTK-P111": "The lab has capacity that is not filled with accelerators it can work on.",
    "OTK-P112": "A tranche says neither its power nor how many accelerators it has.",
    "OTK-P113": "A contract is in another currency than USD.",
    "OTK-P114": "A rate is charged by something a plan cannot count.",
    "OTK-P115": "No rate says what a contract costs.",
    "OTK-P116": "An offer asks for a prepayment but has no term to credit it over.",
    "OTK-P117": "An offer names a vehicle that does not exist.",
    "OTK-P118": "Nothing says what the lab pays a vehicle for capacity.",
    "OTK-P120": "A decision signs what this portfolio does not offer.",
    "OTK-P130": "Reviews, branches or branchings of a tree are out of range.",
    "OTK-P131": "Scenarios cannot be reduced to so many.",
    "OTK-P140": "The chances of samples do not add up to 1, or one scenario has two.",
    "OTK-P141": "Samples speak of something that is not uncertain in this portfolio.",
    "OTK-P142": "Samples say a number twice.",
    "OTK-P143": "Samples lack a number.",
    "OTK-P144": "A number of samples cannot be: it is negative, too large, or undone later.",
    "OTK-P145": "The unit of a sample is not one of its path.",
    "OTK-P146": "A sample is of no quarter of the horizon, or should be of none.",
    "OTK-P147": "The tree of samples has a gap, two parents, or more than one root.",
    "OTK-P160": "An offer earns money by being signed and left idle: its terms are wrong.",
    "OTK-P190": "The solver refused the program: a defect of offtake.",
    "OTK-P191": "Time ran out before any plan was found, or ruled out.",
    "OTK-P192": "Workers kept dying, one after the other.",
    "OTK-P193": "Workers cannot be hired in the way that was asked for.",
    "OTK-P194": "The checkpoint to go on from belongs to another question.",
    "OTK-P195": "The checkpoint to go on from cannot be read.",
    "OTK-P196": "A scenario could not be solved: a defect of offtake.",
    "OTK-P197": "Planning was stopped before any plan was found.",
    "OTK-P198": "The dispatch of a site's power has no optimum: a defect of offtake.",
    "OTK-P300": "No plan satisfies the portfolio, and no limit explains why: a defect of offtake.",
    "OTK-P301": "No plan satisfies a limit: it falls short by the amount named.",
    "OTK-P302": "A limit leaves others no room; with them it makes every plan impossible.",
}

BACKTEST: Mapping[str, str] = {
    "OTK-B101": "The day of scoring does not come after the day of planning.",
    "OTK-B102": "Nothing was known on the day of planning: the catalogue begins later.",
    "OTK-B103": "Nobody has seen the day of scoring yet: the catalogue ends before.",
    "OTK-B104": "No tranche says which milestone of the catalogue reports on it.",
    "OTK-B105": "A tranche names a milestone the catalogue does not have.",
    "OTK-B106": "The portfolio holds no knowledge of the day of planning: it is older.",
    "OTK-B107": "No whole quarter lies between the two days.",
    "OTK-B108": "A further day of forecasts does not lie between the two days.",
    "OTK-B109": "No milestone was due and seen between the two days.",
}

BOOKS: Mapping[str, str] = {
    "OTK-B001": "A store is a file, or the URL of a database of PostgreSQL.",
    "OTK-B002": "The database cannot be reached, read or written.",
    "OTK-B003": "The store was written by an older release.",
    "OTK-B004": "The store was written by a newer release.",
    "OTK-B005": "What keeps books is not installed.",
    "OTK-B006": "The database holds tables of something else, by the names of a store's.",
    "OTK-B007": "There is no store.",
    "OTK-B010": "A fact is recorded already, and said something else then.",
    "OTK-B020": "The month is closed, with another statement.",
    "OTK-B021": "The month does not come after the last one that was closed.",
    "OTK-B022": "The month is not over at the moment whose knowledge counts.",
    "OTK-B023": "The key of a transaction was used for another one.",
    "OTK-B024": "The postings of a transaction do not balance, or are too few.",
    "OTK-B025": "A transaction is of a closed month, or of a day outside its month.",
    "OTK-B026": "A payment is of no contract, of another currency, or of parts of a cent.",
    "OTK-B027": "An amount is too large for a book.",
    "OTK-B028": "What a reversal takes back is not in the books, or was taken back already.",
    "OTK-B030": "The books do not have what is asked for.",
    "OTK-B031": "Something in the books is not what it was when it was booked.",
    "OTK-B032": "The database refused what its rules forbid.",
    "OTK-B040": "Several things are asked of books at once.",
}

CATALOGUE: Mapping[str, str] = {
    "OTK-K101": "A table of the catalogue lacks a column, or has one too many.",
    "OTK-K102": "A row of the catalogue is longer or shorter than its header.",
    "OTK-K103": "A cell of the catalogue cannot be read, or is empty.",
    "OTK-K104": "A number of the catalogue is outside its bounds.",
    "OTK-K105": "Two rows of the catalogue have the same key and day.",
    "OTK-K106": "A file of the catalogue is missing.",
    "OTK-K107": "A file of hourly numbers is faulty.",
    "OTK-K201": "There is no such table.",
    "OTK-K202": "There is no such quality.",
    "OTK-K203": "Nothing of that name was known on that day.",
    "OTK-K204": "There are no hourly numbers of that zone.",
    "OTK-K205": "The table has no such column.",
    "OTK-K206": "There is no word to search for.",
    "OTK-K301": "Carbon at the stack and over the life cycle must not be added.",
    "OTK-K302": "There is no carbon to add.",
    "OTK-K303": "One number for each hour of the year is wanted.",
    "OTK-K304": "A capacity factor cannot be reached with these hours.",
    "OTK-K305": "Too few late milestones were known to say how late capacity comes.",
    "OTK-K306": "Nothing known on that day says how late capacity comes.",
    "OTK-K307": "No month has so many representative days.",
}

REPORT: Mapping[str, str] = {
    "OTK-R001": "A report ends in .html or .md.",
    "OTK-R002": "The report cannot be written.",
    "OTK-R003": "What draws a page of a report is not installed.",
    "OTK-R004": "A plan and a study cannot be compared.",
    "OTK-R005": "A plan that is to stand beside a settled month does not cover it.",
    "OTK-R010": "There is no Chromium to print a PDF.",
    "OTK-R011": "Chromium made no PDF.",
}

MODEL: Mapping[str, str] = {
    "OTK-C111": "A contract names one upstream that does not exist.",
    "OTK-C200": "There is no such check.",
}
"""What is found while looking, not by a check."""

_REMEDIES: Mapping[str, str] = {
    "OTK-F0": "The fault names the file and the line; mend it there and run `offtake check`.",
    "OTK-F04": "The fault names the file; choose another, or see what it hints at.",
    "OTK-F042": "Ask `offtake explain` for the fields there are, the nearest above first.",
    "OTK-F044": "Run pip install 'offtake[excel]'.",
    "OTK-F045": "Name a folder, or a file that ends in .xlsx, .parquet or .csv.",
    "OTK-F046": "See `offtake export PLAN --to FOLDER --dry-run` for the tables there are.",
    "OTK-F05": "Plan again, or use the release of offtake that wrote the plan.",
    "OTK-F06": "The fault names the line; `offtake samples WORLD --out FILE` writes a sound file.",
    "OTK-F1": "The fault names the line; `offtake explain FIELD` tells what the field wants.",
    "OTK-M10": "The fault names the file and the line; `offtake meter --help` tells the options.",
    "OTK-M0": "The fault names the file and the line or row; mend it there, or in its source.",
    "OTK-C": "The fault names the line; `offtake check --list` tells what each check looks for.",
    "OTK-P100": "See `offtake plan --help` for what the option may be.",
    "OTK-P11": "The fault names the field that is missing or cannot be planned; change it there.",
    "OTK-P13": "Name quarters after the first, in order, and at least one branch or scenario.",
    "OTK-P14": "The fault names the row; `offtake samples WORLD --out FILE` writes a sound file.",
    "OTK-P120": "Evaluate a decision in a portfolio with the same offers.",
    "OTK-P160": "Look at its price, its damages and the price path of its accelerator.",
    "OTK-P192": "They may lack memory: use fewer workers or fewer scenarios.",
    "OTK-P193": "Say a number of processes, `ray`, or `ray://HOST:PORT?NUMBER`.",
    "OTK-P194": "Name another folder with --resume, or delete the checkpoint to begin anew.",
    "OTK-P195": "Delete the file to begin anew.",
    "OTK-P197": "Give it a little longer, or fewer scenarios.",
    "OTK-P191": "Give it more time with --seconds, or fewer scenarios with --scenarios.",
    "OTK-P3": "Loosen one of the limits named, or add an offer that helps them.",
    "OTK-B": "Choose other days; `offtake catalogue milestones --history` tells what was seen.",
    "OTK-B0": "The fault says what was refused and why; what is booked is never changed.",
    "OTK-B001": "Name a file such as books.db, or postgresql://HOST/NAME.",
    "OTK-B002": "See that it runs, that the URL is right, and that you may write there.",
    "OTK-B003": "Back it up, then run `offtake books BOOKS --upgrade`.",
    "OTK-B004": "Use the release that wrote it, or a newer one.",
    "OTK-B005": "Run pip install 'offtake[store]'.",
    "OTK-B006": "Name another database, or another schema by search_path.",
    "OTK-B007": "`offtake close` makes one with the first month it closes.",
    "OTK-B010": "Record a correction under a name of its own, which replaces the first.",
    "OTK-B020": "Close the next month: what became known late corrects this one there.",
    "OTK-B021": "Close the month the fault names.",
    "OTK-B022": "Close it later, or with a later --as-of.",
    "OTK-B026": "Correct the event with one that replaces it.",
    "OTK-B030": "See `offtake books BOOKS` for the months and parties there are.",
    "OTK-B031": "Go back to the last backup that `offtake books BOOKS --verify` finds sound.",
    "OTK-B040": "See `offtake books --help`, and ask one thing at a time.",
    "OTK-B104": "Give tranches `provenance: {fact: milestones/SITE/MILESTONE}`.",
    "OTK-B105": "See `offtake catalogue milestones` for the names there are.",
    "OTK-K1": "Install offtake again: its files were changed.",
    "OTK-K2": "See `offtake catalogue` for the tables, and `offtake catalogue --help`.",
    "OTK-K3": "The fault says what does not go together; give what it wants.",
    "OTK-R": "Name a file in a folder that may be written to, ending in .html or .md.",
    "OTK-R003": "Run pip install 'offtake[report]'.",
    "OTK-R01": "Install Chromium or name it in OFFTAKE_CHROMIUM; or print the HTML page.",
    "OTK-R004": "Compare two plans, or two studies.",
    "OTK-R005": "Name a plan whose horizon has the month.",
    "OTK-U0": "See `offtake COMMAND --help`.",
    "OTK-U010": "Copy it with `offtake init FOLDER --world NAME`, and change the copy.",
    "OTK-U09": "The fault says what was refused: free disk or memory, or ask for permission.",
    **CAPITAL_REMEDIES,
    **LEDGER_REMEDIES,
    **SIMULATION_REMEDIES,
    **DECIDING_REMEDIES,
    **MEASURING_REMEDIES,
    **INVOICE_REMEDIES,
    **ACCEPTANCE_REMEDIES,
    **OPERATION_REMEDIES,
    **PAGES_REMEDIES,
    **dict.fromkeys(
        ("OTK-U099", "OTK-P190", "OTK-P196", "OTK-P198", "OTK-P300"),
        "Run the command again with OFFTAKE_DEBUG=1, and report what it prints.",
    ),
}
"""What to do, by the beginning of a code; the longest beginning that fits counts."""


def meanings() -> dict[str, str]:
    """Give every code with its meaning, files and checks first."""
    made = {**CODES, **MODEL}
    for check in CHECKS.values():
        made |= check.codes
    made |= {
        **RECORDS,
        **INVOICES,
        **SETTLEMENT,
        **METERING,
        **CHAINS,
        **SIMULATION,
        **CAPITAL,
        **DECIDING,
        **ACCEPTANCE,
        **MEASURING,
        **OPERATION,
        **SERVING,
        **PAGES,
    }
    return {**made, **PLANNING, **BACKTEST, **BOOKS, **CATALOGUE, **REPORT, **USAGE}


def remedy(code: str) -> str:
    """Say what to do about a fault of a code."""
    fitting = [beginning for beginning in _REMEDIES if code.startswith(beginning)]
    return _REMEDIES[max(fitting, key=len)]
