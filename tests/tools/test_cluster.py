"""The loopback installation: what it writes, how it finds its processes, and that it runs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tools.cluster import __main__ as command
from tools.cluster import conf, daemons, installation, layout, needs, processes
from tools.cluster.daemons import Daemon
from tools.cluster.installation import ClusterError, Installation
from tools.cluster.layout import Place


def _asleep(folder: Path, name: str = "one") -> int:
    daemon = Daemon(name=name, command=["/bin/sleep", "1000"], environment={})
    return daemons.launch(folder, daemon)


def test_daemons_are_found_by_their_mark_and_ended_by_their_id(tmp_path: Path) -> None:
    pid = _asleep(tmp_path)
    assert daemons.pid_of(tmp_path, "one") == pid
    assert daemons.marked(tmp_path) == [pid]
    assert tmp_path in daemons.folders()
    assert daemons.marked(tmp_path / "other") == []
    daemons.end([pid])
    assert daemons.pid_of(tmp_path, "one") is None
    assert daemons.marked(tmp_path) == []


def test_what_a_daemon_started_is_found_with_it(tmp_path: Path) -> None:
    script = "env -i /bin/sleep 1000 & wait"
    daemon = Daemon(name="two", command=["/bin/sh", "-c", script], environment={})
    pid = daemons.launch(tmp_path, daemon)
    until = time.monotonic() + 20
    while len(found := daemons.marked(tmp_path)) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(found) == 2
    assert pid in found
    assert installation.stop(tmp_path) == 2
    assert not any(map(daemons.alive, found))


def test_a_number_that_was_given_out_again_is_not_the_daemon(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "one.pid").write_text(f"{os.getpid()} 1\n")
    assert daemons.pid_of(tmp_path, "one") is None


def test_a_process_that_ended_and_was_not_waited_for_does_not_run() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not daemons.alive(child.pid)
    child.wait()


def test_a_daemon_that_will_not_end_is_killed(tmp_path: Path) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 1; done"
    daemon = Daemon(name="deaf", command=["/bin/sh", "-c", script], environment={})
    pid = daemons.launch(tmp_path, daemon)
    while "ready" not in (tmp_path / "log" / "deaf.out").read_text():
        time.sleep(0.01)
    daemons.end(daemons.marked(tmp_path), grace_s=0.2)
    assert not daemons.alive(pid)


def test_a_token_in_the_environment_is_not_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JWT", "secret")
    pid = _asleep(tmp_path)
    environ = Path(f"/proc/{pid}/environ").read_bytes()
    daemons.end([pid])
    assert b"secret" not in environ


def test_temporary_installations_without_an_owner_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(daemons, "folders", set)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    pids = {}
    for name, owner in (("left", gone.pid), ("used", os.getpid())):
        folder = tmp_path / f"{installation.TEMPORARY}{name}"
        folder.mkdir()
        (folder / "owner").write_text(str(owner))
        pids[name] = _asleep(folder)
    installation.sweep()
    assert not daemons.alive(pids["left"])
    assert not (tmp_path / f"{installation.TEMPORARY}left").exists()
    assert daemons.alive(pids["used"])
    daemons.end([pids["used"]])


def test_what_is_missing_is_named_with_the_packages_that_bring_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(needs, "_SBIN", ())
    monkeypatch.setattr(sys, "argv", ["cluster", "--folder", str(tmp_path), "start"])
    assert command.main() == 1
    said = capsys.readouterr().err
    assert "apt-get install" in said
    assert {"slurmctld", "slurmd", "slurmdbd", "munge"} <= set(said.rstrip(")\n").split())
    assert needs.slurm() is None


def test_status_of_a_folder_nothing_was_started_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["cluster", "--folder", str(tmp_path), "status"])
    assert command.main() == 1
    assert "make cluster" in capsys.readouterr().err


def test_a_block_with_a_taken_port_is_passed_over() -> None:
    first = layout.free_block()
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", first + layout.MARIADB_OFFSET))
        taken.listen()
        assert layout.free_block() != first


def test_clusters_share_no_port_and_no_key(tmp_path: Path) -> None:
    made = Installation(root=tmp_path, port=20_000)
    ports: list[int] = [made.places[0].mariadb_port]
    for place in made.places:
        ports += [place.ctld_port, place.rest_port, place.dbd_port]
        ports += [place.node_port(node) for node in place.site.node_names]
        conf.write(place, "password")
    assert len(ports) == len(set(ports))
    assert set(ports) <= set(layout._used(20_000))
    assert len({place.munge_key.read_bytes() for place in made.places}) == 2
    for place in made.places:
        assert place.munge_key.stat().st_mode & 0o777 == 0o400
        assert (place.conf.parent / "slurmdbd.conf").stat().st_mode & 0o777 == 0o600


def test_keys_and_jobs_outlive_a_new_start(tmp_path: Path) -> None:
    place = Place(root=tmp_path, site=layout.SITES[0], port=20_000)
    conf.write(place, "password")
    key = place.munge_key.read_bytes()
    conf.write(Place(root=tmp_path, site=layout.SITES[0], port=20_050), "password")
    assert place.munge_key.read_bytes() == key


def test_a_daemon_nobody_has_is_named_with_those_there_are(tmp_path: Path) -> None:
    place = Place(root=tmp_path, site=layout.SITES[0], port=20_000)
    needs_all = needs.slurm()
    if needs_all is None:
        pytest.skip("no Slurm")
    with pytest.raises(KeyError, match="abilene has no slurmd-z9; it has munged, slurmdbd"):
        processes.of(place, "slurmd-z9")


# --------------------------------------------------------------- a real one
def test_every_daemon_runs_and_every_node_is_idle(slurm: Installation) -> None:
    assert all(slurm.pids().values())
    assert slurm.nodes("abilene") == dict.fromkeys(["a1", "a2", "a3", "a4"], "idle")
    assert slurm.nodes("narvik") == dict.fromkeys(["n1", "n2", "n3", "n4"], "idle")


def test_starting_it_again_changes_nothing(slurm: Installation) -> None:
    before = slurm.pids()
    assert installation.start(slurm.root) == slurm
    assert slurm.pids() == before


def test_jobs_are_bound_to_accelerators_and_accounted_for(slurm: Installation) -> None:
    script = "env | grep _VISIBLE_DEVICES | sort"
    said = slurm.call("narvik", "srun", "--gres=gpu:mi300x:3", "/bin/sh", "-c", script)
    assert said == "CUDA_VISIBLE_DEVICES=0,1,2\nROCR_VISIBLE_DEVICES=0,1,2\n"
    words = ("sacct", "-X", "-n", "-P", "-o", "state,alloctres")
    until = time.monotonic() + 20
    while "gres/gpu:mi300x=3" not in (line := slurm.call("narvik", *words)):
        assert time.monotonic() < until, line
        time.sleep(0.1)


def test_rest_answers_those_who_have_a_token(slurm: Installation) -> None:
    described = json.loads((slurm.root / "cluster.json").read_text())
    cluster = described["clusters"][0]
    request = urllib.request.Request(cluster["rest_url"] + "/openapi")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 401
    refused.value.close()
    request.add_header("X-SLURM-USER-NAME", cluster["rest_user"])
    request.add_header("X-SLURM-USER-TOKEN", Path(cluster["token_file"]).read_text().strip())
    with urllib.request.urlopen(request) as answer:
        assert any(path.endswith("/job/submit") for path in json.load(answer)["paths"])


def test_only_the_owner_reads_what_is_secret(slurm: Installation) -> None:
    for name in ("cluster.json", "mariadb.password", "abilene/rest.token", "narvik/munge/key"):
        assert (slurm.root / name).stat().st_mode & 0o077 == 0, name


def test_a_killed_daemon_comes_back(slurm: Installation) -> None:
    slurm.kill("abilene", "slurmctld")
    assert slurm.pids()["abilene/slurmctld"] is None
    with pytest.raises(ClusterError, match="abilene/slurmctld does not run"):
        slurm.kill("abilene", "slurmctld")
    slurm.revive("abilene", "slurmctld")
    assert slurm.pids()["abilene/slurmctld"] is not None
    assert set(slurm.nodes("abilene")) == {"a1", "a2", "a3", "a4"}


def test_nothing_listens_beyond_this_machine(slurm: Installation) -> None:
    if not layout.host().private:
        pytest.skip("this machine's name does not resolve to the loopback")
    pids = {pid for pid in slurm.pids().values() if pid is not None}
    said = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=False)
    if said.returncode:
        pytest.skip("no ss")
    mine = [line for line in said.stdout.splitlines() if any(f"pid={p}," in line for p in pids)]
    assert mine
    bound = {line.split()[3].rpartition(":")[0] for line in mine}
    assert all(address.startswith("127.") for address in bound), bound
