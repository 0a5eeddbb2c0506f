"""A machine rented through SkyPilot: what is asked for, what it installs and what it runs."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offtake.cycle.adopted import installation_text
from offtake.errors import OfftakeError
from offtake.files.jobs import read_installation
from offtake.model.fleet import Price
from offtake.model.installation import ClusterSpec, EngineKind, EngineSpec
from offtake.operate import renting
from offtake.operate.renting import Wish
from offtake.version import VERSION

AGENT = EngineSpec(kind=EngineKind.AGENT)
BURST = ClusterSpec(
    id="burst",
    site="rented",
    accelerator="H100",
    accelerator_count=8,
    price=Price(usd_per_gpu_hour=3.2),
    engine=AGENT,
)
WISH = Wish(url="https://lab.example:8180")


def task(cluster: ClusterSpec = BURST, **changed: Any) -> Any:
    site = installation_text(renting.on_site(cluster))
    return renting.task(cluster, replace(WISH, **changed), site=site, lost_after_s=900.0)


def refused(cluster: ClusterSpec = BURST, **changed: Any) -> str:
    with pytest.raises(OfftakeError) as caught:
        task(cluster, **changed)
    (fault,) = caught.value.faults
    assert fault.hint
    return fault.code


def test_the_task_asks_for_the_machine_of_the_cluster() -> None:
    plain = task()
    assert plain["resources"] == {"accelerators": {"H100": 8}, "use_spot": False}
    assert (plain["num_nodes"], plain["secrets"]) == (1, {"OFFTAKE_TOKEN": None})
    asked = task(spot=True, infra="k8s", accelerators="H100-SXM:8")["resources"]
    assert asked == {"infra": "k8s", "accelerators": {"H100-SXM": 8}, "use_spot": True}


@pytest.mark.parametrize(
    ("accelerator", "wanted"),
    [
        ("cpu", {"cpus": "8+"}),
        ("A100-80", {"accelerators": {"A100-80GB": 8}}),
        ("GB200", {"accelerators": {"GB200": 8}}),
    ],
)
def test_accelerators_are_called_as_skypilot_calls_them(
    accelerator: str, wanted: dict[str, Any]
) -> None:
    asked = task(replace(BURST, accelerator=accelerator))["resources"]
    assert asked == {**wanted, "use_spot": False}


@pytest.mark.parametrize("accelerator", ["A100", "a100", "TPUv5p"])
def test_a_name_that_means_several_is_not_guessed(accelerator: str) -> None:
    cluster = replace(BURST, accelerator=accelerator)
    assert refused(cluster) == "OTK-E172"
    asked = task(cluster, accelerators="A100-80GB:8")["resources"]
    assert asked["accelerators"] == {"A100-80GB": 8}


@pytest.mark.parametrize("said", ["H100", "H100:0", "H100:4", ":8", "H 100:8", "H100:8x"])
def test_accelerators_that_are_none_or_another_number_are_refused(said: str) -> None:
    assert refused(accelerators=said) == "OTK-E172"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "lab.example:8180",
        "http://lab.example:8180",
        "https://",
        "https://localhost:8180",
        "https://127.0.0.1:8180",
        "https://[::1]:8180",
        "https://0.0.0.0",
        "https://lab.example:port",
        "https://[::1",
    ],
)
def test_an_address_a_rented_machine_cannot_use_is_refused(url: str) -> None:
    assert refused(url=url) == "OTK-E171"


def test_a_cluster_that_is_no_single_machine_with_an_agent_is_refused() -> None:
    assert refused(replace(BURST, engine=EngineSpec())) == "OTK-E170"
    assert refused(replace(BURST, accelerator_count=16)) == "OTK-E170"


def test_what_it_installs_leaves_a_site_without_prices(tmp_path: Path) -> None:
    """The set-up is run, with a `uv` that writes down what it is asked for."""
    tools, home = tmp_path / "tools", tmp_path / "home"
    tools.mkdir()
    (home / "offtake").mkdir(parents=True)
    uv = tools / "uv"
    uv.write_text('#!/bin/sh\necho "$@" >> "$HOME/asked"\n')
    uv.chmod(0o755)
    asked = task()
    subprocess.run(
        ["bash", "-c", asked["setup"]],
        env={"HOME": str(home), "PATH": f"{tools}:{os.environ['PATH']}", **asked["envs"]},
        check=True,
    )
    (cluster,) = read_installation(home / "offtake" / "site.yaml").clusters
    assert (cluster.id, cluster.accelerator_count) == ("burst", 8)
    assert (cluster.engine, cluster.price) == (EngineSpec(), Price())
    lines = (home / "asked").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["venv", "pip"]
    assert lines[1].endswith("offtake[operate]==" + VERSION)


def test_what_it_runs_asks_again_until_the_last_machine_is_given_up(tmp_path: Path) -> None:
    """The agent here is turned away twice, and then ends as it was told to."""
    home = tmp_path / "home"
    (home / "offtake" / "bin").mkdir(parents=True)
    agent = home / "offtake" / "bin" / "offtake"
    agent.write_text('#!/bin/sh\necho "$@" >> "$HOME/asked"\n[ $(wc -l < "$HOME/asked") -ge 3 ]\n')
    agent.chmod(0o755)
    script = task()["run"].replace(f"sleep {renting.AGAIN_S}", ":")
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    subprocess.run(["bash", "-c", script], env=environment, check=True)
    asked = (home / "asked").read_text().splitlines()
    assert len(asked) == 3
    folder = f"{home}/offtake"
    assert asked[0] == (
        f"agent {folder}/site.yaml --cluster burst --url {WISH.url} --folder {folder}/yards"
    )
    agent.write_text('#!/bin/sh\necho >> "$HOME/turns"\nexit 1\n')
    turned_away = subprocess.run(["bash", "-c", script], env=environment, check=False)
    assert turned_away.returncode == 1
    assert len((home / "turns").read_text().splitlines()) * renting.AGAIN_S > 900
