"""`offtake cycle`: the whole of it once, small; its page, Markdown and data say the same."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]
PARTS = ("price", "volume", "delay", "efficiency")


@pytest.mark.slow
def test_a_whole_cycle_tells_its_story_and_its_parts_add_up(tmp_path: Path, capsys: Capsys) -> None:
    out = tmp_path / "out"
    options = ("--scenarios", "4", "--replications", "0", "--json")
    ran = call(capsys, "cycle", "three-sites", "--out", out, *options)
    assert ran.status == 0, ran.err
    assert [line.split()[0] for line in ran.err.splitlines()] == [
        *("plan", "adopt", "here", "month", "close", "measure", "learn", "again")
    ]
    told = ran.data
    assert told["schema"] == "offtake.cycle/1"
    # Work was done, a site was lost, and what ran there began again.
    assert told["jobs"]["succeeded"] == sum(told["jobs"].values()) > 100
    assert told["lost_site"] == "fjell"
    assert told["begun_again"] > 0
    assert all(job["state"] == "succeeded" for job in told["here"]["jobs"])
    assert all(job["right"] is not False for job in told["here"]["jobs"])
    assert len(told["here"]["jobs"][-1]["clusters"]) == 2
    # The four parts add up for each contract, and contracts to the whole.
    whole = told["total"]
    for one in (*told["differences"], whole):
        assert sum(Decimal(one[part]) for part in PARTS) == Decimal(one["total"])
        assert Decimal(one["actual"]) - Decimal(one["planned"]) == Decimal(one["total"])
    assert sum(Decimal(one["actual"]) for one in told["differences"]) == Decimal(whole["actual"])
    # What is told as paid is what the invoices of the lab say.
    invoices = {one["contract"]: one for one in told["statement"]["invoices"]}
    for one in told["differences"]:
        assert invoices[one["contract"]]["net_minor"] == 100 * Decimal(one["actual"])
    page = (out / "cycle.html").read_text(encoding="utf-8")
    inside = re.search(r'id="cycle">(.*?)</script>', page, re.DOTALL)
    assert inside is not None
    assert json.loads(inside[1]) == told == json.loads((out / "cycle.json").read_text())
    assert "http://" not in page.replace("http://www.w3.org", "")
    text = (out / "cycle.md").read_text(encoding="utf-8")
    assert "## Plan against actual" in text
    assert call(capsys, "check", out / "work" / "adopted").status == 0


def test_a_cycle_keeps_what_it_did_not_write_and_refuses_options_out_of_range(
    tmp_path: Path, capsys: Capsys
) -> None:
    (tmp_path / "work").mkdir()
    kept = call(capsys, "cycle", "three-sites", "--out", tmp_path)
    assert (kept.status, kept.codes) == (1, ["OTK-F040"])
    wrong = call(capsys, "cycle", "three-sites", "--scenarios", "0", "--seed", "-1")
    assert wrong.status == 2
    assert wrong.codes == ["OTK-U004", "OTK-U004"]
