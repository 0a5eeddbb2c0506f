"""A node is measured and signed, and a tranche accepted, from the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from offtake.files import open_document
from offtake.files.records import append_records, read_records
from offtake.files.records.reading import look
from offtake.model.event import EventKind
from offtake.probe import signing
from tests.cli.calling import call, tree
from tests.probe.leased import KEY, MORNING, evidence, world, written

Capsys = pytest.CaptureFixture[str]
SMALL = ("--through", "numpy", "--matrix", "64", "--memory", "1", "--reduce", "1")
QUICK = (*SMALL, "--repetitions", "2", "--load", "0.05", "--quiet")
RECORDED = ("--recorded", "2027-06-21")
OWN = """\
tests:
              - {name: memory copy, metric: GB/s, threshold_amount: 0.0001}
              - {name: matrix-multiply fp64, metric: TFLOP/s, threshold_amount: 0.00000001}"""


@pytest.fixture
def leased(tmp_path: Path) -> Path:
    return world(tmp_path / "leased")


def proofs(folder: Path, *, slow: tuple[str, ...] = (), count: int = 4) -> list[Path]:
    names = [f"n{513 + place}" for place in range(count)]
    return [
        written(folder, evidence(name, slowness={"gpu3": 2.0} if name in slow else None))
        for name in names
    ]


def test_a_node_is_measured_signed_and_verified(tmp_path: Path, capsys: Capsys) -> None:
    key, file = tmp_path / "probe.pem", tmp_path / "n001.json"
    public = call(capsys, "probe", "key", key).out.strip()
    words = ("probe", "node", "--name", "n001", "--key", key, "--evidence", file, *QUICK)
    made = call(capsys, *words)
    assert made.status == 0
    assert "matrix-multiply fp64" in made.out
    assert "unknown" in made.out
    told = call(capsys, "probe", "verify", file, "--trust", public, "--json").data
    (one,) = told["verified"]
    assert (one["node"], one["key"]) == ("n001", public)
    strange = call(capsys, "probe", "verify", file, "--trust", "00" * 32)
    assert (strange.status, strange.codes) == (3, ["OTK-A003"])
    said = json.loads(file.read_text(encoding="utf-8"))
    said["evidence"]["node"] = "n002"
    file.write_text(json.dumps(said), encoding="utf-8")
    assert call(capsys, "probe", "verify", file).codes == ["OTK-A002"]


def test_a_node_alone_decides_a_tranche_of_one(tmp_path: Path, capsys: Capsys) -> None:
    one = world(tmp_path / "one", OWN, nodes="n513", count=1)
    out = tmp_path / "event.yaml"
    words = ("probe", "node", "--name", "n513", "--contract", f"{one}:B", "--tranche", "T2")
    ran = call(capsys, *words, *QUICK)
    assert ran.status == 0
    assert "B.T2: accepted" in ran.out
    assert "kind: accepted" in ran.out
    assert call(capsys, *words, *QUICK, "--out", out).status == 0
    assert "kind: accepted" in out.read_text(encoding="utf-8")
    data = call(capsys, *words, *QUICK, "--json").data
    assert data["acceptance"]["decision"] == "accepted"
    assert data["evidence"]["node"] == "n513"


def test_enough_nodes_are_accepted_and_the_event_fits_the_records(
    leased: Path, tmp_path: Path, capsys: Capsys
) -> None:
    files = proofs(tmp_path, slow=("n514",))
    before = tree(leased)
    words: tuple[str | Path, ...] = ("accept", leased, "B.T2", "--tests", *files, *RECORDED)
    ran = call(capsys, *words)
    assert ran.status == 0
    assert "B.T2: accepted" in ran.out
    assert "3 passed" in ran.out
    assert "whoever signed, counts" in ran.err
    assert tree(leased) == before
    out = leased / "records" / "accepted.yaml"
    assert call(capsys, *words, "--out", out, "--trust", signing.public(KEY)).err == (
        f"wrote {out}\n"
    )
    (event,) = read_records(leased).events
    assert (event.kind, event.tranches) == (EventKind.ACCEPTED, ("B.T2",))
    assert event.starts == MORNING + timedelta(minutes=2, seconds=1)
    assert len(event.evidence) == 4
    assert "failed: n514" in event.note
    assert look(open_document(leased)).faults == ()
    again = append_records(leased, read_records(leased), dry_run=True)
    assert again.added_count == 0


def test_settlement_starts_from_the_event(leased: Path, tmp_path: Path, capsys: Capsys) -> None:
    files = proofs(tmp_path)
    out = leased / "records" / "accepted.yaml"
    call(capsys, "accept", leased, "B.T2", "--tests", *files, *RECORDED, "--out", out)
    ran = call(capsys, "settle", leased, "2027-06", "--link", "B")
    # The meters of june-chain are of many more GPUs; what settlement holds against them is
    # what 32 GPUs could give from the second the last evidence was complete.
    first = MORNING + timedelta(minutes=2, seconds=1)
    seconds = round((datetime(2027, 7, 1, tzinfo=UTC) - first).total_seconds())
    assert ran.codes == ["OTK-L046"]
    assert f"of {32 * seconds}" in ran.out + ran.err


def test_too_many_failures_reject_and_too_few_tests_leave_it_open(
    leased: Path, tmp_path: Path, capsys: Capsys
) -> None:
    slow = proofs(tmp_path, slow=("n513", "n514"))
    rejected = call(capsys, "accept", leased, "B.T2", "--tests", *slow, *RECORDED, "--json")
    assert (rejected.status, rejected.data["decision"]) == (0, "rejected")
    assert rejected.data["event"].startswith("B.T2-rejected-")
    few = call(capsys, "accept", leased, "B.T2", "--tests", *slow[:1], *RECORDED, "--json")
    assert (few.status, few.data["decision"], few.data["event"]) == (3, "undecided", None)


def test_what_is_wrong_with_evidence_is_named_with_its_file(
    leased: Path, tmp_path: Path, capsys: Capsys
) -> None:
    (good,) = proofs(tmp_path, count=1)
    (tmp_path / "more").mkdir()
    twin = written(tmp_path / "more", evidence("n513"))
    late = written(tmp_path, evidence("n514", starts=MORNING + timedelta(days=2)))
    words = ("accept", leased, "B.T2", *RECORDED, "--tests")
    ran = call(capsys, *words, good, twin)
    assert (ran.status, ran.codes) == (3, ["OTK-A014"])
    assert str(twin) in ran.err
    assert call(capsys, *words, good, late).codes == ["OTK-A015"]
    stranger = written(tmp_path, evidence("m7"), Ed25519PrivateKey.generate())
    assert call(capsys, *words, stranger).codes == ["OTK-A016"]
    trusted = call(capsys, *words, stranger, "--trust", signing.public(KEY))
    assert trusted.codes == ["OTK-A003"]
    early = call(
        capsys, "accept", leased, "B.T2", "--recorded", "2027-06-01", "--tests", *(proofs(tmp_path))
    )
    assert early.codes == ["OTK-A015"]
    none = call(capsys, "accept", leased, "B.T9", "--tests", good)
    assert (none.status, none.codes) == (2, ["OTK-A010"])
    assert call(capsys, "accept", leased, "B.T1", "--tests", good).codes == ["OTK-A011"]


def test_a_unit_that_differs_is_named(tmp_path: Path, capsys: Capsys) -> None:
    wrong = OWN.replace("metric: GB/s", "metric: TB/s")
    other = world(tmp_path / "other", wrong, nodes="n513", count=1)
    words = ("probe", "node", "--name", "n513", "--contract", f"{other}:B", "--tranche", "T2")
    assert call(capsys, *words, *QUICK).codes == ["OTK-A013"]


@pytest.mark.parametrize(
    "words",
    [
        ("--key", "k.pem"),
        ("--evidence", "e.json"),
        ("--contract", "w:B"),
        ("--tranche", "T"),
        ("--out", "e.yaml"),
        ("--contract", "w", "--tranche", "T"),
        ("--hosts", "a:1"),
        ("--rank", "0"),
        ("--hosts", "a:1", "--rank", "0"),
        ("--hosts", "a:1", "--hosts", "b", "--rank", "0"),
        ("--hosts", "a:1", "--hosts", "b:1", "--rank", "2"),
        ("--seed=-1",),
        ("--matrix", "0"),
        ("--load", "0"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_any_load(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = call(capsys, "probe", "node", *words)
    assert (ran.status, set(ran.codes)) == (2, {"OTK-A006"})
    assert tree(tmp_path) == {}


def test_a_key_that_is_there_stays(tmp_path: Path, capsys: Capsys) -> None:
    (tmp_path / "k.pem").write_text("mine", encoding="utf-8")
    ran = call(capsys, "probe", "key", tmp_path / "k.pem")
    assert (ran.status, ran.codes) == (1, ["OTK-A004"])
    assert (tmp_path / "k.pem").read_text(encoding="utf-8") == "mine"


def test_without_what_signs_it_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.setattr("offtake.cli.probe.find_spec", lambda name: None)
    ran = call(capsys, "probe", "key", tmp_path / "k.pem")
    assert (ran.status, ran.codes) == (1, ["OTK-A005"])
