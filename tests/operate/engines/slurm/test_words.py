from __future__ import annotations

import pytest

from offtake.operate.engines.port import EngineError, NodeState, Seen
from offtake.operate.engines.slurm import words

A = "a" * 32
B = "0123456789abcdef0123456789abcdef"


def test_jobs_are_known_by_a_token_for_a_name() -> None:
    text = (
        f"7|{A}|PENDING|Priority||offtake grace=12 job-1 train\n"
        "8|someone-elses|RUNNING|None|n1|(null)\n"
        f"9|{B}|RUNNING|None|n[1-2]|(null)\n"
    )
    first, second = words.listed("c", text)
    assert (first.token, first.number, first.seen) == (A, "7", Seen.WAITING)
    assert (first.reason, first.nodes, first.grace_s) == ("Priority", (), 12.0)
    assert (second.seen, second.reason, second.nodes) == (Seen.RUNNING, "", ("n1", "n2"))
    assert second.grace_s == 30.0


@pytest.mark.parametrize(
    ("state", "reason", "seen"),
    [
        ("PENDING", "Resources", Seen.WAITING),
        ("PENDING", "launch failed requeued held", Seen.HELD),
        ("PENDING", "JobHeldUser", Seen.HELD),
        ("PENDING", "JobHoldMaxRequeue", Seen.HELD),
        ("PENDING", "BadConstraints", Seen.HELD),
        ("REQUEUE_HOLD", "None", Seen.HELD),
        ("COMPLETING", "None", Seen.RUNNING),
        ("SUSPENDED", "None", Seen.RUNNING),
        ("NODE_FAIL", "NodeFail", Seen.GONE),
        ("PREEMPTED", "None", Seen.GONE),
    ],
)
def test_what_a_state_means(state: str, reason: str, seen: Seen) -> None:
    (job,) = words.listed("c", f"1|{A}|{state}|{reason}||")
    assert job.seen is seen


@pytest.mark.parametrize("line", [f"1|{A}|PENDING", f"1|{A}|DREAMING|None||"])
def test_a_line_we_do_not_know_is_an_error_not_a_lost_job(line: str) -> None:
    with pytest.raises(EngineError, match="OTK-E045"):
        list(words.listed("c", line))


def test_only_what_slurm_held_itself_is_released() -> None:
    assert words.may_be_released("launch failed requeued held")
    assert words.may_be_released("JobHoldMaxRequeue")
    assert not words.may_be_released("JobHeldUser")
    assert not words.may_be_released("JobHeldAdmin")


def test_only_nodes_drained_for_slurms_own_sake_are_resumed() -> None:
    assert words.may_be_resumed("Duplicate jobid")
    assert not words.may_be_resumed("Kill task failed")
    assert not words.may_be_resumed("broken fan")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("n1", ["n1"]),
        ("n[1-3]", ["n1", "n2", "n3"]),
        ("n[08-10,12],m1", ["n08", "n09", "n10", "n12", "m1"]),
        ("r[1-2]n[1-2]", ["r1n1", "r1n2", "r2n1", "r2n2"]),
    ],
)
def test_lists_of_nodes_are_written_out(text: str, names: list[str]) -> None:
    assert list(words.hosts(text)) == names


def test_nodes_are_counted_once_though_partitions_share_them() -> None:
    text = (
        "n1|idle|gpu:h100:8(S:0-1)|none\nn1|idle|gpu:h100:8(S:0-1)|none\n"
        "n2|drained|gpu:h100:8|Duplicate jobid\nn3|idle*|gpu:8,nic:2|Not responding\n"
        "n4|mixed|(null)|none\n"
    )
    first, second, third, fourth = words.nodes("c", text)
    assert (first.accelerator, first.accelerators, first.state) == ("h100", 8, NodeState.UP)
    assert first.reason == ""
    assert (second.state, second.reason) == (NodeState.DRAINED, "Duplicate jobid")
    assert (third.accelerator, third.accelerators, third.state) == ("", 8, NodeState.DOWN)
    assert fourth.accelerators == 0


@pytest.mark.parametrize(
    ("state", "meant"),
    [
        ("allocated", NodeState.UP),
        ("mixed-", NodeState.UP),
        ("planned", NodeState.UP),
        ("draining", NodeState.DRAINED),
        ("drained*", NodeState.DOWN),
        ("maint", NodeState.DRAINED),
        ("down", NodeState.DOWN),
        ("idle~", NodeState.UP),
    ],
)
def test_what_a_nodes_state_means(state: str, meant: NodeState) -> None:
    (node,) = words.nodes("c", f"n1|{state}|gpu:8|none")
    assert node.state is meant


def test_usage_adds_up_what_ended_of_a_token() -> None:
    text = (
        f"{A}|7|10|billing=1,gres/gpu:h100=2,gres/gpu=2|500|2026-11-22T22:00:00\n"
        f"{A}|9|5|billing=1,gres/gpu=2|70|2026-11-22T22:00:09\n"
        f"{B}|8|5|cpu=1||2026-11-22T22:00:09\n"
        f"{'c' * 32}|10|5|gres/gpu=2||Unknown\n"
    )
    found = words.usage("c", text)
    assert set(found) == {A, B}
    assert (found[A].gpu_seconds, found[A].joules, found[A].source) == (30.0, 570.0, "sacct")
    assert (found[B].gpu_seconds, found[B].joules) == (0.0, None)


def test_accounting_we_cannot_read_is_an_error() -> None:
    with pytest.raises(EngineError, match="OTK-E045"):
        words.usage("c", "what|is|this")


def test_what_a_refusal_means() -> None:
    failed = "sbatch: error: Batch job submission failed: "
    assert words.lasting(failed + "Requested node configuration is not available")
    assert not words.lasting(failed + "Job violates accounting/QOS policy")
    assert words.unsure(failed + "Socket timed out on send/recv operation")
    assert not words.unsure(failed + "Invalid partition name specified")
