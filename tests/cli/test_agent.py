"""`offtake agent`: a cluster driven from its site, by tokens, over HTTP."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from offtake.cli import attending
from offtake.errors import OfftakeError
from offtake.model.installation import EngineKind, EngineSpec
from offtake.operate import access
from offtake.operate.access import Gate, Role
from offtake.store.opening import open_store
from tests.api.serving import serving
from tests.cli.calling import call
from tests.cli.operating import WORLD, two_clusters

Capsys = pytest.CaptureFixture[str]
INSTALLATION = WORLD / "installation.yaml"


def asked(folder: Path, url: str, token: str | None, cluster: str = "north") -> attending.Asked:
    file = None
    if token is not None:
        file = folder / "agent.token"
        file.write_text(f"{token}\n")
    return attending.Asked(
        installation=INSTALLATION,
        cluster=cluster,
        urls=(url,),
        token_file=file,
        folder=folder / "site",
    )


def refused(ask: attending.Asked) -> str:
    with pytest.raises(OfftakeError) as caught:
        attending.attend(ask, check=False, as_json=False, ends=threading.Event())
    return caught.value.faults[0].code


def test_a_job_runs_at_a_site_that_opens_no_port(
    capsys: Capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "CACHED_S", 0.0)
    north, south = two_clusters().clusters
    far = replace(north, engine=EngineSpec(kind=EngineKind.AGENT, timeout_s=2.0))
    ours = replace(two_clusters(), clusters=(far, south))
    store = open_store(tmp_path / "work.db", upgrade=True)
    gate = Gate(store, clock=time.time)
    owner = gate.make("root", Role.OWNER)
    here = gate.make("north", Role.AGENT, cluster="north")
    there = gate.make("south", Role.AGENT, cluster="south")
    store.close()
    monkeypatch.setenv("OFFTAKE_TOKEN", owner)
    with serving(tmp_path, ours) as url:
        monkeypatch.setenv("OFFTAKE_URL", url)
        assert refused(asked(tmp_path, url, there)) == "OTK-H004"
        assert refused(asked(tmp_path, url, "otk_wrong")) == "OTK-H003"
        assert refused(asked(tmp_path, url, there, cluster="south")) == "OTK-E152"
        ends = threading.Event()
        ask = asked(tmp_path, url, here)
        agent = threading.Thread(
            target=attending.attend,
            args=(ask,),
            kwargs={"check": False, "as_json": False, "ends": ends},
        )
        agent.start()
        ran = call(capsys, "run", "--set", "sites=[narvik]", "--", "echo", "from afar")
        ends.set()
        agent.join()
        assert ran.status == 0, ran.err
        assert "from afar" in ran.out
        monkeypatch.setenv("OFFTAKE_TOKEN", here)
        assert call(capsys, "status").codes == ["OTK-H004"]


def test_a_check_says_what_is_there(capsys: Capsys, tmp_path: Path) -> None:
    options = ("--cluster", "north", "--check", "--folder", str(tmp_path / "site"))
    told = call(capsys, "agent", str(INSTALLATION), *options, "--json").data
    assert (told["schema"], told["engine"]) == ("offtake.agent/1", "local")
    assert [node["accelerators"] for node in told["nodes"]] == [4]
    again = call(capsys, "agent", str(INSTALLATION), *options, "--json").data
    assert again["yard"] == told["yard"]


def test_what_it_will_not_do(capsys: Capsys, tmp_path: Path) -> None:
    installation = tmp_path / "installation.yaml"
    text = INSTALLATION.read_text().replace(
        "    site: narvik", "    site: narvik\n    engine: {kind: agent}"
    )
    installation.write_text(text)
    path = str(INSTALLATION)
    assert call(capsys, "agent", path, "--cluster", "nort").codes == ["OTK-E027"]
    assert call(capsys, "agent", str(installation), "--cluster", "north").codes == ["OTK-E152"]
    assert call(capsys, "agent", path, "--cluster", "north", "--url", "ftp://x").codes == [
        "OTK-H011"
    ]
    assert refused(asked(tmp_path, "http://lab.example:8180", "otk_x")) == "OTK-E156"
    lacking = ("--token-file", str(tmp_path / "none"))
    assert call(capsys, "agent", path, "--cluster", "north", *lacking).codes == ["OTK-H003"]
    store = ("--store", str(tmp_path / "tokens.db"))
    assert call(capsys, "token", "make", "a", "--role", "agent", *store).codes == ["OTK-E155"]
    made = call(capsys, "token", "make", "a", "--role", "agent", "--cluster", "north", *store)
    assert made.out.startswith("otk_")
