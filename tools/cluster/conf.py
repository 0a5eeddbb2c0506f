"""The files that Slurm reads, for a cluster whose nodes all are this machine.

What is not obvious: nodes claim more processors than there are (`config_overrides`); every
daemon binds what this machine's name resolves to, the loopback as a rule (`NoInAddrAny`, which
slurmdbd obeys too); accelerators must be character devices, or no CUDA_VISIBLE_DEVICES is set
for a job.
"""

from __future__ import annotations

import os
import pwd
import secrets

from tools.cluster.layout import Host, Place, host

DATABASE_USER = "slurm"


def user() -> str:
    """Who runs Slurm here: the caller."""
    return pwd.getpwuid(os.geteuid()).pw_name


def write(place: Place, password: str) -> None:
    """Write the cluster's folders, keys and files; keys that exist are kept."""
    for name in ("etc", "munge", "state", "spool", "slurmd", "log", "devices"):
        (place.folder / name).mkdir(parents=True, exist_ok=True)
    (place.folder / "munge").chmod(0o755)
    (place.folder / "state").chmod(0o700)
    _key(place.munge_key, 1024, 0o400)
    _key(place.jwt_key, 32, 0o600)
    for index in range(place.site.accelerators_a_node):
        device = place.folder / "devices" / f"accel{index}"
        if not device.is_symlink():
            device.symlink_to("/dev/null")
    etc = place.conf.parent
    place.conf.write_text(_slurm(place))
    (etc / "gres.conf").write_text(_gres(place))
    (etc / "topology.conf").write_text(_topology(place))
    dbd = etc / "slurmdbd.conf"
    dbd.touch(mode=0o600)
    dbd.chmod(0o600)
    dbd.write_text(_slurmdbd(place, password))


def _key(path: os.PathLike[str], size: int, mode: int) -> None:
    if os.path.exists(path):  # noqa: PTH110
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_bytes(size))


def _slurm(place: Place) -> str:
    here = host()
    site, folder = place.site, place.folder
    accelerators = f"gpu:{site.accelerator}"
    nodes = "\n".join(
        f"NodeName={node} NodeHostname={here.name} NodeAddr={here.address}"
        f" Port={place.node_port(node)} CPUs={site.cpus_a_node} Boards=1 SocketsPerBoard=2"
        f" CoresPerSocket={site.cpus_a_node // 2} ThreadsPerCore=1 RealMemory=1000000"
        f" Gres={accelerators}:{site.accelerators_a_node}"
        for node in site.node_names
    )
    return f"""\
ClusterName={site.name}
SlurmctldHost={here.name}({here.address})
SlurmctldPort={place.ctld_port}
SlurmUser={user()}
SlurmdUser={user()}
AuthType=auth/munge
AuthInfo=socket={place.munge_socket}
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={place.jwt_key}
StateSaveLocation={folder}/state/ctld
SlurmdSpoolDir={folder}/slurmd/%n
SlurmctldPidFile={folder}/slurmd/slurmctld.pid
SlurmdPidFile={folder}/slurmd/%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
{_binding(here)}MpiDefault=none
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
GresTypes=gpu
TopologyPlugin=topology/tree
PriorityType=priority/multifactor
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmdTimeout=10
KillWait=2
MaxJobCount=50000
MinJobAge=300
SchedulerParameters=bf_interval=2,sched_min_interval=50000,batch_sched_delay=1
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost={here.address}
AccountingStoragePort={place.dbd_port}
AccountingStoragePass={place.munge_socket}
AccountingStorageTRES=gres/gpu,gres/{accelerators}
{nodes}
PartitionName=train Nodes=ALL Default=YES PriorityTier=10 PreemptMode=off
PartitionName=spot Nodes=ALL PriorityTier=1 PreemptMode=REQUEUE
"""


def _gres(place: Place) -> str:
    site = place.site
    devices = f"{place.folder}/devices/accel[0-{site.accelerators_a_node - 1}]"
    return "".join(
        f"NodeName={node} Name=gpu Type={site.accelerator} File={devices}\n"
        for node in site.node_names
    )


def _topology(place: Place) -> str:
    names = place.site.node_names
    half = len(names) // 2
    leaves = [names[:half], names[half:]]
    lines = [f"SwitchName=leaf{n} Nodes={','.join(leaf)}" for n, leaf in enumerate(leaves, 1)]
    return "\n".join([*lines, "SwitchName=spine Switches=leaf1,leaf2"]) + "\n"


def _binding(here: Host) -> str:
    words = "CommunicationParameters=NoInAddrAny,NoCtldInAddrAny\n"
    return words if here.own_address_only else ""


def _slurmdbd(place: Place, password: str) -> str:
    here = host()
    return f"""\
AuthType=auth/munge
AuthInfo=socket={place.munge_socket}
DbdAddr={here.address}
DbdHost=localhost
{_binding(here)}DbdPort={place.dbd_port}
SlurmUser={user()}
LogFile={place.folder}/log/slurmdbd.log
PidFile={place.folder}/slurmd/slurmdbd.pid
CommitDelay=1
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={place.mariadb_port}
StorageUser={DATABASE_USER}
StoragePass={password}
StorageLoc=acct_{place.site.name}
"""
