"""The command: `python -m tools.cluster start|status|stop|kill|revive`."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from tools.cluster import installation
from tools.cluster.installation import ClusterError, Installation
from tools.cluster.layout import host


def main() -> int:
    """Run one verb on the installation in the folder."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.cluster",
        description="A real loopback installation: two Slurm clusters and a PostgreSQL.",
    )
    parser.add_argument("--folder", type=Path, default=Path("out/cluster"), help="where it lives")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("start", help="start what does not run yet; jobs and accounts are kept")
    verbs.add_parser("status", help="say what runs; status 1 where something does not")
    stop = verbs.add_parser("stop", help="end every process of it")
    stop.add_argument("--remove", action="store_true", help="remove the folder too")
    for verb, text in (("kill", "end a daemon at once"), ("revive", "start a killed daemon")):
        one = verbs.add_parser(verb, help=text)
        one.add_argument("cluster")
        one.add_argument("daemon", help="such as slurmctld or slurmd-a1")
    try:
        return _run(parser.parse_args())
    except (ClusterError, KeyError) as error:
        print(error.args[0], file=sys.stderr)
        return 1


def _run(args: argparse.Namespace) -> int:
    folder: Path = args.folder
    if args.verb == "start":
        _tell(installation.start(folder))
        return 0
    if args.verb == "stop":
        print(f"ended {installation.stop(folder)} processes")
        if args.remove:
            shutil.rmtree(folder, ignore_errors=True)
        return 0
    found = installation.find(folder)
    if found is None:
        raise ClusterError(f"nothing was started in {folder}; `make cluster` does")
    if args.verb == "status":
        return _status(found)
    (found.kill if args.verb == "kill" else found.revive)(args.cluster, args.daemon)
    return 0


def _tell(made: Installation) -> None:
    for place in made.places:
        site = place.site
        print(
            f"{site.name}: {site.nodes} nodes of {site.accelerators_a_node} {site.accelerator},"
            f" REST at http://127.0.0.1:{place.rest_port}, commands with SLURM_CONF={place.conf}"
        )
    here = host()
    if not here.private:
        where = here.address if here.own_address_only else "every address of this machine"
        print(
            f"not private: Slurm's daemons bind {where}, because this machine's name resolves so;"
            f" a line '127.0.0.1 {here.name}' in /etc/hosts keeps them on the loopback"
        )
    print(f"all of it: {made.root / 'cluster.json'}")


def _status(found: Installation) -> int:
    pids = found.pids()
    for name, pid in pids.items():
        print(f"{name:24} {'does not run' if pid is None else f'runs as {pid}'}")
    for place in found.places:
        if pids[f"{place.site.name}/slurmctld"] is not None:
            states = found.nodes(place.site.name)
            print(f"{place.site.name}: " + ", ".join(f"{n} {s}" for n, s in states.items()))
    return 0 if all(pids.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
