"""What there is to run, in words: answered at once, before anything is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from offtake.version import VERSION

GROUPS: Mapping[str, Mapping[str, str]] = {
    "Plan": {
        "init": "Copy an example world into a new folder, ready to be changed.",
        "check": "Name every fault of a world, with file, line and what to do.",
        "edit": "Change fields of a world; its comments and layout stay.",
        "plan": "Plan what to sign, where and when, and say why.",
        "study": "Study a plan: strategies side by side, the price of safety, what it hangs on.",
        "samples": "Write the scenarios a world is planned on as a table, to change and plan on.",
        "revise": "Say what looking at a plan again is worth, on futures it was not made for.",
        "backtest": "Plan on what was known on one day, and score it on what had happened since.",
    },
    "Simulate": {
        "simulate": "Simulate what a fleet will really deliver: failures, checkpoints, queues.",
    },
    "Cycle": {
        "cycle": "Go through the whole cycle of a world, and write its story on one page.",
    },
    "Operate": {
        "adopt": "Make contracts of what a plan signs, and clusters of the contracts.",
        "serve": "Place jobs on clusters and keep what becomes of them, until Ctrl-C.",
        "agent": "Drive a cluster from its own site, for a service that cannot reach it.",
        "rent": "Write the task by which SkyPilot rents a cluster's machine and begins its agent.",
        "submit": "Hand in jobs from YAML files: all of them, or none.",
        "run": "Run one command on the best cluster, follow what it prints, and end as it ends.",
        "status": "Show the jobs that wait and run; or one job, its attempts and what happened.",
        "watch": "Tell what happens to jobs, as it happens; of one job from its beginning on.",
        "logs": "Print what a job printed; with -f go on until it is over.",
        "why": "Say of each cluster why a job is not there, and when it may begin.",
        "cancel": "Cancel jobs: those that wait at once, those that run when their grace is over.",
        "scale": "Say how many replicas a service wants, what its users ask for, or that it ends.",
        "drain": "Let nothing more begin on a cluster or at a site, let it go on, or give it up.",
        "usage": "Show what ran by cluster: metered, what the engine says, what vanished.",
        "learn": "Learn from what ran: failure rates, goodput and delays, for the next plan.",
        "top": "Show clusters and the queue, live on a terminal; once where it is piped.",
        "token": "Make, list and revoke tokens: who may ask the service for what.",
        "import": "Turn what another scheduler runs into a job.",
    },
    "Finance": {
        "cost": "Put owning, leasing and renting side by side: an hour, a unit of work.",
        "vehicle": "Size a vehicle's debt, run its waterfall, and show what lenders ask for.",
        "leases": "Put leases in the books: liability, right of use, schedule and journal.",
    },
    "Settle": {
        "meter": "Add what was metered to the records of a world: Prometheus, Slurm or tables.",
        "settle": "Settle a month of every contract, and show the chain and each invoice.",
        "probe": "Measure what a node delivers, and sign it as evidence.",
        "accept": "Decide by the evidence of its nodes whether a tranche is accepted.",
        "claims": "List service levels that were missed, what each gives back, and by when to ask.",
        "leaks": "Compare each contract with its neighbours in the chain, and price the gaps.",
        "close": "Close a month in the books: facts kept, every invoice booked by both parties.",
        "books": "List the closed months of books; show balances, postings, a statement or a line.",
        "focus": "Write a settled month as FOCUS, the open format of bills: Parquet and CSV.",
        "invoice": "Read a cloud's invoice in FOCUS: its charges, and what it says was used.",
        "shadow": "Hold a supplier's invoice against what its contract says, line by line.",
    },
    "Measure": {
        "measure": "Measure a month, a history or samples of devices; or check somebody's sheet.",
    },
    "Read": {
        "report": "Write the report of a saved plan or study: one page that opens anywhere.",
        "compare": "Tell in words and money how two saved plans or studies differ.",
        "export": "Write a saved plan or study as tables: Parquet, CSV, or a live workbook.",
    },
    "Look up": {
        "catalogue": "Show the dated public facts that offtake ships, or search them.",
        "explain": "Say what a field or a code means, or how a line of an invoice came about.",
        "schema": "Write the JSON Schema of a portfolio, job, installation or transparency sheet.",
        "completion": "Print the script with which a shell completes commands, options and values.",
    },
}
"""Every command, as help lists them, with the first line of its docstring."""

WITHIN: Mapping[str, Mapping[str, str]] = {
    "import": {
        "sbatch": "Turn a Slurm script into a job in YAML; name what a job cannot say.",
    },
    "token": {
        "make": "Make a token, and print it: it is not kept, and cannot be printed again.",
        "list": "List tokens: their names, roles, and until when they hold.",
        "revoke": "Let a token hold no more, within two seconds.",
    },
    "probe": {
        "node": "Measure what this node delivers: arithmetic, memory, links, power, errors.",
        "key": "Make a key that signs evidence, and print its public half.",
        "verify": "Verify that evidence says what was signed, and by whom.",
    },
    "simulate": {
        "plan": "What a plan's fleet really delivers: late, failing, and asked for work.",
        "train": "Days and goodput of a training run, its best checkpoint interval and spares.",
        "cap": "Work, energy and FLOPs a watt of a fleet under each of several power caps.",
        "curtail": "What a power curtailment costs: accelerator-hours lost, by bucket.",
        "loss": "What one lost site costs: work undone, and how long until jobs run again.",
        "day": "A day of inference and training on one fleet: tokens, goodput, joules, dollars.",
        "policies": "Which scheduling policy suits a trace: times, fairness, use and cost of each.",
        "trace": "Write a trace of jobs drawn like those of a cluster that was summed up in print.",
    },
}
"""Commands that have commands of their own, as in `offtake simulate train`."""

COMMANDS = tuple(name for commands in GROUPS.values() for name in commands)

WELCOME = """\
offtake plans, simulates, runs and settles a hybrid portfolio of AI compute. Begin with a
world, a folder of YAML files:

  offtake init my-lab     copy an example world into a new folder
  offtake check my-lab    name every fault of it, with file and line
  offtake plan my-lab     what to sign and when, with its price and its risk

Then `offtake simulate plan` puts the plan to the test, `offtake serve` runs jobs, `offtake
settle` says who owes whom what, and `offtake cycle` goes through all of it at once.

`offtake --help` lists all commands; `offtake COMMAND --help` tells one, with an example."""

_ABOUT = """\
Usage: offtake COMMAND …

Plan, simulate, run and settle a hybrid portfolio of AI compute: built, leased, reserved, rented."""

_REST = """\
Options
  --help     Tell what there is; behind a command, what it does, with an example.
  --version  Tell the release.

Exit status
  0 done   1 failed   2 wrong usage   3 faults in the input   4 no feasible plan
  130 interrupted   141 nobody reads the output

Settings of the environment: NO_COLOR=1 for no colour, OFFTAKE_DEBUG=1 for the
traceback of a defect, OFFTAKE_URL and OFFTAKE_TOKEN for the service that jobs are
handed in to. There is no configuration file."""


def answer(words: Sequence[str]) -> str | None:
    """Give what can be said without running a command; None where a command is to run."""
    match list(words):
        case []:
            return WELCOME
        case ["--help" | "-h" | "help"]:
            return listing()
        case ["--version", *_]:
            return VERSION
        case ["--help" | "-h", *_]:
            return listing()
        case _:
            return None


def about(command: str) -> str:
    """Say in a line what a command does."""
    return next(told[command] for told in GROUPS.values() if command in told)


def listing() -> str:
    """List the commands with what each does."""
    widest = max(map(len, COMMANDS))
    parts = [_ABOUT]
    for title, commands in GROUPS.items():
        lines = (f"  {name:<{widest}}  {about}" for name, about in commands.items())
        parts.append("\n".join((title, *lines)))
    return "\n\n".join((*parts, _REST))
