"""Planning anew at every save: with files that are real, and a clock that is not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from offtake.cli import watching
from offtake.cli.edits import edits
from offtake.cli.watching import EVERY_SECONDS, Hands, look, watch
from offtake.errors import Fault, InfeasibleError, Where
from offtake.files import Document, open_document, read_plan
from offtake.model import Portfolio
from offtake.model.plan import Plan
from offtake.plan import front
from tests.cli.calling import call, copied, tree
from tests.report.plans import a_plan

Capsys = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Kept:
    """A plan, and how many were made before it."""

    plan: Plan
    number: int


@dataclass
class Scene:
    """A fake clock: each wait does the next of the acts, and Ctrl-C when there is none."""

    world: Path
    acts: list[Callable[[], None]]
    waited: list[float] = field(default_factory=list)
    planned: list[tuple[Document, Kept | None]] = field(default_factory=list)
    saved: list[Plan] = field(default_factory=list)
    now: float = 0.0
    saves: int = 0

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds
        if not self.acts:
            raise KeyboardInterrupt
        self.acts.pop(0)()

    def clock(self) -> float:
        self.now += 0.5
        return self.now

    def replan(self, document: Document, earlier: Kept | None) -> Kept:
        self.planned.append((document, earlier))
        plan = a_plan()
        number = len(self.planned)
        power = document.portfolio.offers[0].power_it_mw
        signed = (replace(plan.signed[0], power_it_mw=power), *plan.signed[1:])
        npv = replace(plan.npv, mean_usd=plan.npv.mean_usd + float(power) * 1e7)
        return Kept(replace(plan, signed=signed, npv=npv), number)

    def save(self, plan: Plan) -> Iterator[Path]:
        self.saved.append(plan)
        yield Path("out/plan.json")

    def write(self, file: str, old: str, new: str) -> Callable[[], None]:
        """Give an act: change a file, at a time of its own."""

        def act() -> None:
            path = self.world / file
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
            self.saves += 1
            stamp = 1_900_000_000 + self.saves
            os.utime(path, (stamp, stamp))

        return act

    def run(self) -> None:
        hands = Hands(self.replan, self.save, self.wait, self.clock)
        watch(str(self.world), hands)


def idle() -> None:
    """An act: nothing happens."""


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(copied(tmp_path), [])


def test_it_plans_once_and_ends_with_ctrl_c(scene: Scene, capsys: Capsys) -> None:
    scene.acts = [idle, idle]
    scene.run()
    printed = capsys.readouterr()
    assert len(scene.planned) == 1
    assert scene.planned[0][1] is None
    assert printed.out.startswith("Plan for stargate")
    assert "wrote out/plan.json" in printed.out
    assert "Ctrl-C ends" in printed.err
    assert printed.err.endswith("ended; the last plan stands\n")
    assert scene.waited == [EVERY_SECONDS] * 3


def test_a_save_is_planned_from_the_plan_before_and_told_in_words(
    scene: Scene, capsys: Capsys
) -> None:
    scene.acts = [idle, scene.write("offers.yaml", "power_it_mw: 60", "power_it_mw: 80"), idle]
    scene.run()
    printed = capsys.readouterr().out
    assert [earlier and earlier.number for _, earlier in scene.planned] == [None, 1]
    told = printed.partition("wrote out/plan.json")[2]
    assert "offers.mesa-own.power_it_mw: 60, now 80\n" in told
    assert "planned anew in 0.50 s" in told
    assert "20 MW IT more (60, now 80 MW IT)" in told
    assert "net present value, mean  28.5 B USD, now 28.7 B USD (+200 M USD)" in told
    assert "cost, mean" not in told, "it did not move"
    assert [float(plan.signed[0].power_it_mw) for plan in scene.saved] == [60, 80]


def test_a_save_that_goes_on_is_waited_for(scene: Scene) -> None:
    scene.acts = [
        scene.write("offers.yaml", "power_it_mw: 60", "power_it_mw: 70"),
        scene.write("offers.yaml", "power_it_mw: 70", "power_it_mw: 80"),
        idle,
    ]
    scene.run()
    assert [float(d.portfolio.offers[0].power_it_mw) for d, _ in scene.planned] == [60, 80]


def test_a_save_while_planning_is_not_missed(scene: Scene) -> None:
    change = scene.write("offers.yaml", "power_it_mw: 60", "power_it_mw: 80")
    once = scene.replan

    def replan(document: Document, earlier: Kept | None) -> Kept:
        made = once(document, earlier)
        if earlier is None:
            change()
        return made

    scene.replan = replan  # type: ignore[method-assign]
    scene.acts = [idle]
    scene.run()
    assert len(scene.planned) == 2


def test_a_comment_changes_nothing(scene: Scene, capsys: Capsys) -> None:
    scene.acts = [scene.write("offers.yaml", "power_it_mw: 60", "power_it_mw: 60 # all"), idle]
    scene.run()
    assert len(scene.planned) == 1
    assert "the world says the same: the plan stands" in capsys.readouterr().out


def test_faults_are_told_and_mended(scene: Scene, capsys: Capsys) -> None:
    scene.acts = [
        scene.write("offers.yaml", "power_it_mw: 60", "power_it_mw: 60 USD"),
        idle,
        scene.write("offers.yaml", "power_it_mw: 60 USD", "power_it_mw: 80"),
        idle,
    ]
    scene.run()
    printed = capsys.readouterr()
    assert "OTK-F105" in printed.err
    assert "not planned; the last plan stands: mend it and save" in printed.err
    assert [earlier and earlier.number for _, earlier in scene.planned] == [None, 1]
    assert "offers.mesa-own.power_it_mw: 60, now 80" in printed.out


def test_a_world_that_begins_with_faults_is_waited_for(scene: Scene, capsys: Capsys) -> None:
    scene.write("offers.yaml", "power_it_mw: 60", "power_it_mw: -60")()
    scene.acts = [idle, scene.write("offers.yaml", "power_it_mw: -60", "power_it_mw: 60"), idle]
    scene.run()
    printed = capsys.readouterr()
    assert "OTK-F120" in printed.err
    assert len(scene.planned) == 1
    assert "Plan for stargate" in printed.out


def test_no_plan_is_told_and_the_last_stands(scene: Scene, capsys: Capsys) -> None:
    once = scene.replan

    def replan(document: Document, earlier: Kept | None) -> Kept:
        if earlier is not None:
            fault = Fault(code="OTK-P301", what="short by 3 MW", where=Where(path="x"))
            raise InfeasibleError(fault)
        return once(document, earlier)

    scene.replan = replan  # type: ignore[method-assign]
    scene.acts = [scene.write("offers.yaml", "power_it_mw: 60", "power_it_mw: 80"), idle]
    scene.run()
    printed = capsys.readouterr()
    assert "OTK-P301" in printed.err
    assert "the last plan stands" in printed.err
    assert len(scene.saved) == 1


def test_new_and_gone_files_are_seen_and_hidden_ones_are_not(tmp_path: Path) -> None:
    world = copied(tmp_path)
    before = look(world)
    assert {path.name for path in before} >= {"portfolio.yaml", "offers.yaml"}
    (world / ".swp.yaml").write_text("x", encoding="utf-8")
    (world / ".git").mkdir()
    (world / ".git" / "x.yaml").write_text("x", encoding="utf-8")
    (world / "notes.md").write_text("x", encoding="utf-8")
    assert look(world) == before
    (world / "more.yaml").write_text("x", encoding="utf-8")
    assert len(look(world)) == len(before) + 1
    (world / "more.yaml").unlink()
    assert look(world) == before
    assert look(world / "portfolio.yaml") == before


def test_what_was_edited_is_told_by_name(tmp_path: Path) -> None:
    before = open_document(copied(tmp_path)).portfolio
    lease = next(o for o in before.offers if o.id == "fjell-lease")
    after = replace(
        before,
        offers=(*(o for o in before.offers if o.id != "fjell-lease"), replace(lease, id="other")),
        capital=replace(before.capital, discount_share_per_year=0.12),
        uncertainty=replace(before.uncertainty, seed=11),
    )
    assert edits(before, after) == [
        "offers.fjell-lease: gone",
        "offers.other: new",
        "uncertainty.seed: 7, now 11",
        "capital.discount_share_per_year: 0.09, now 0.12",
    ]
    assert edits(before, before) == []
    assert edits(before, after, most=1) == ["offers.fjell-lease: gone", "and 3 more"]


def test_json_has_no_place_in_a_watch(capsys: Capsys) -> None:
    ran = call(capsys, "plan", "three-sites", "--watch", "--json")
    assert ran.status == 2
    assert ran.data["faults"][0]["code"] == "OTK-U004"


def test_there_must_be_a_world(capsys: Capsys) -> None:
    assert call(capsys, "plan", "no-such-world", "--watch").codes == ["OTK-F001"]


def test_the_command_watches_with_the_planner(
    tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = copied(tmp_path)
    scene = Scene(world, [])
    scene.acts = [
        scene.write("offers.yaml", "usd_per_gpu_hour: 2.70", "usd_per_gpu_hour: 2.20"),
        idle,
    ]
    begun: list[bool] = []
    real = front.solved

    def solved(portfolio: Portfolio, **options: Any) -> front.Solved:
        begun.append(options["earlier"] is not None)
        return real(portfolio, **options)

    monkeypatch.setattr(front, "solved", solved)
    monkeypatch.setattr(watching, "time", SimpleNamespace(sleep=scene.wait, monotonic=scene.clock))
    out = tmp_path / "out.json"
    ran = call(
        *(capsys, "plan", world, "--watch", "--out", out, "--scenarios", "3", "--quiet"),
        *("--gap", "0.05"),
    )
    assert (ran.status, begun) == (0, [False, True])
    assert "offers.fjell-lease.price.usd_per_gpu_hour: 2.7, now 2.2" in ran.out
    assert read_plan(out).scenarios == 3
    assert ran.out.count(f"wrote {out}") == 2
    assert set(tree(tmp_path)) >= {"out.json"}
