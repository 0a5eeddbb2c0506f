"""The hunt: one search by decomposition, with its prices, its best plan and its bound.

Limits on a mean of scenarios (carbon, say) would tie all scenarios together. They are
first left out; where the answer breaks one it is shared out over the scenarios, and then
a price is sought at which the scenarios keep it by themselves (Lagrange):

    max {f(v): mean(v) ≤ b} ≤ max f(v) − μ·(mean(v) − b)   for any price μ ≥ 0
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offtake.plan.blocks import UNLIMITED
from offtake.plan.checkpoint import Checkpoint, Known
from offtake.plan.decompose import Agreed, Stop, Work, agree, never
from offtake.plan.master import Cuts
from offtake.plan.program import Floats, Ints
from offtake.progress import Progress, Tell

MILLION = 1e6
MOST_ROUNDS = 150
"""Exchanges between master and scenarios, in each phase."""
PRICES = 4
"""Prices of limits on a mean that are tried to tighten a bound."""
CLOSE = 0.05
"""How close plan and master agree at the end, as a share of the gap wanted: duals and plan
are told side by side, and should not contradict each other."""
HURRIED = 4.0
"""The same once a search is to stop."""
LEAST_PRICE = 1e-4
"""Lowest price tried where no plan tells what a limit is worth, as a share of the highest."""
BROKEN = 1e-6
"""Violation of a limit inside a scenario that counts as one."""
SAVED = 10
"""Exchanges between two checkpoints."""


@dataclass(frozen=True, slots=True)
class Best:
    """A plan: where it stands, under what allowances and prices it was found, its worth."""

    point: Floats
    allowance: Floats
    price: Floats
    objective: float
    own_dual: Floats
    mean_dual: Floats
    """[K]"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a later search of much the same question can begin with."""

    cuts: Cuts
    price: Floats
    """[K] under which they were found."""
    digest: str
    """Name of the scenarios' programs they hold for."""


def _usd(objective: float) -> float:
    return objective * MILLION


class Hunt:
    """One search by decomposition."""

    def __init__(self, work: Work, gap_share: float, tell: Tell, stop: Stop) -> None:
        """Begin without limits on a mean."""
        self.work, self.tell, self.stop = work, tell, stop
        self.gap_share = gap_share
        self.held: Floats | None = None
        self.price = np.zeros(len(work.limit))
        self.best: Best | None = None
        self.bound = np.inf
        self.wanted = 0.0
        self.priced = False
        self.hint: Best | None = None
        self.checkpoint: Checkpoint | None = None
        self.kept: Kept | None = None
        self.digest = ""

    @property
    def short(self) -> bool:
        """Whether the gap is wider than wanted."""
        return self.best is None or self.bound - self.best.objective > self.wanted

    @property
    def exact(self) -> bool:
        """Whether a bound of the work is one of the question as well."""
        return self.work.unlimited and not self.priced and self.held is None

    @property
    def _spare(self) -> float:
        """What a plan may be worse by and still be taken for its reasons.

        Prices of limits on a mean give every scenario the same worth of a unit, shares do
        not; so a priced plan that is as good within this explains itself better.
        """
        return 0.2 * self.wanted if self.priced else 0.0

    def warm(self, kept: Kept) -> None:
        """Begin with the prices of an earlier search, and its cuts where they still hold."""
        if len(kept.price) != len(self.price):
            return
        if kept.price.any():
            self.priced, self.price = True, kept.price
            self.work.reprice(kept.price)
        if kept.digest == self.digest:
            self.tell(Progress("bound", f"using {len(kept.cuts.group)} cuts of the last plan"))
            self.work.master.extend(kept.cuts)

    def _keep(self) -> None:
        """Keep cuts that were found without shares of a mean; others hold for those alone."""
        if self.work.unlimited and self.held is None:
            cuts = self.work.master.cuts
            same = Cuts(cuts.group, cuts.slope, cuts.constant)
            self.kept = Kept(same, self.price, self.digest)

    def open(self, known: Known | None, start: Floats | None) -> list[Ints] | None:
        """Find a bound without whole blocks.

        Args:
            known: what an earlier search of the same question left.
            start: first stage to begin at.

        Returns:
            Lists of scenarios that show why there is no plan; None where there may be one.
        """
        work = self.work
        first = self._opening(known, start)
        work.ask(first)
        self.wanted = self.gap_share * max(work.crew.volume(), 1e-9)
        if self.held is not None:
            self.bound = np.inf
            return None
        loose = self.agree("bound", "finding a bound, without blocks", self.wanted / 4, None)
        if loose is None:
            return [np.arange(1, dtype=np.int64)]
        if work.broken.max() > BROKEN and not self.stop():
            words = "limits inside scenarios are broken; asking whether they must be"
            self.tell(Progress("explain", words))
            clash = self._impossible()
            if clash is not None:
                return clash
        self.wanted = self.gap_share * max(work.crew.volume(), 1e-9)
        self.bound = min(self.bound, loose.bound + float(self.price @ work.limit))
        self._keep()
        return None

    def _opening(self, known: Known | None, start: Floats | None) -> Floats:
        if known is not None:
            self.work.master.extend(known.cuts)
            self.bound = known.bound
            if len(known.point):
                return known.point
        return self.work.nothing_signed() if start is None else start

    def agree(self, stage: str, words: str, tolerance: float, held: Floats | None) -> Agreed | None:
        """Let master and scenarios agree, telling of progress."""
        count = 0

        def watch(best: float, bound: float) -> None:
            nonlocal count
            count += 1
            whole_blocks = held is not None and self.work.broken.max() < BROKEN and not self.priced
            known = [best] if whole_blocks else []
            known += [self.best.objective] if self.best else []
            top = min(bound, self.bound) if self.exact and held is None else self.bound
            shown = _usd(top) if np.isfinite(top) else None
            self.tell(Progress(stage, words, _usd(max(known)) if known else None, shown))
            if count % SAVED == 0:
                self.save()

        every = self.held is not None and held is not None
        stop = never if self.best is None and held is not None else self.stop
        met = agree(self.work, tolerance, MOST_ROUNDS, watch, held=held, every=every, stop=stop)
        self.save()
        return met

    def save(self) -> None:
        """Leave what is known in the checkpoint; priced cuts hold for a price, and are not kept."""
        if self.checkpoint is None or self.priced:
            return
        nothing = np.empty(0)
        best = self.best.point if self.best else nothing
        cuts = self.work.master.cuts
        kept = cuts if self.work.unlimited else Cuts(cuts.group[:0], cuts.slope[:0], nothing)
        self.checkpoint.save(Known(kept, self.work.point, best, self.bound))

    def _impossible(self) -> list[Ints] | None:
        """Ask whether any first stage keeps the limits inside scenarios; None if one may.

        The program that only minimises how far they are broken has a bound; where that is
        below nothing, no plan exists.
        """
        work, before = self.work, self.work.point
        aimless = work.aimless()
        aimless.restart(before)
        met = agree(aimless, 1e-3, MOST_ROUNDS, lambda _best, _bound: None, stop=self.stop)
        proven = met is not None and met.bound < -1e-2
        if proven:
            aimless.ask(aimless.point)
        worst = np.argsort(-aimless.broken, kind="stable")
        work.crew.reprice(self.price)
        work.ask(before)
        return [np.sort(worst[:count]) for count in (1, 3, 10, len(worst))] if proven else None

    def choose(self, seconds: float, fresh: bool) -> Floats | None:
        """Choose whole blocks and sites on the cuts so far; None where there is no choice."""
        bound = _usd(self.bound) if np.isfinite(self.bound) else None
        self.tell(Progress("integers", "choosing whole blocks and sites", None, bound))
        start = None if fresh or self.best is None else self.best.point
        gap = self.wanted / 8 / max(abs(self.bound), 1.0)
        stopping = self.stop()  # then a little time is given to find any plan at all
        stop = None if stopping else self.stop
        mixed = self.work.master.whole(seconds, gap, start, stop)
        if mixed.status == "infeasible" or not np.isfinite(mixed.objective):
            return None
        if self.exact:
            self.bound = min(self.bound, mixed.bound)
        return mixed.values

    def fit(self, point: Floats) -> None:
        """Fit the plan to the integers of a point, and keep it if it is the best.

        Where the answer breaks a limit on a mean, it is shared out and fitted anew. A search
        that is to stop is in less of a hurry while it has no plan at all.
        """
        close = self.wanted * (HURRIED if self.stop() else CLOSE)
        for _ in range(2):
            self.work.restart(point)
            met = self.agree("improve", "fitting the plan to its blocks", close, point)
            if met is None:
                return
            self.work.ask(self.work.point)
            self._keep()
            if self.work.broken.max() > BROKEN:
                self.hint = self._settled(met)
                return
            if not self._share_out():
                found = self._settled(met)
                if self.best is None or found.objective > self.best.objective - self._spare:
                    self.best = found
                    self.save()
                return

    def fit_priced(self, point: Floats) -> None:
        """Fit again under prices of limits on a mean, once, where the gap is still too wide."""
        leave = self.stop() and self.best is not None
        if self.short and not self.priced and len(self.price) and not leave:
            self.find_prices()
            self.fit(point)

    def find_prices(self) -> None:
        """Bisect for prices at which the scenarios, unlimited, keep the limits on a mean.

        They begin between nothing and twice what the plan says one more unit is worth; where
        there is no plan yet, only the worth to one that breaks limits, far below it.
        """
        best = self.best or self.hint
        if best is None:
            return
        work = self.work
        high = 2 * np.maximum(best.mean_dual, 0.0)
        low = np.zeros(len(high)) if self.best else high * LEAST_PRICE
        self.priced = True
        work.allowance = np.full_like(work.allowance, UNLIMITED)
        for _ in range(PRICES if self.best else 2 * PRICES):
            if self.stop() and self.best is not None:
                break
            price = (low + high) / 2 if self.best else np.sqrt(low * high)
            met = self._at_price(price, best.point)
            if met is None:
                return
            self.bound = min(self.bound, met.bound + float(price @ work.limit))
            over = self._mean(work.crew.taken()) > work.limit
            low, high = np.where(over, price, low), np.where(over, high, price)
        self._at_price(high, best.point)

    def _at_price(self, price: Floats, point: Floats) -> Agreed | None:
        self.price = price
        self.work.reprice(price)
        self.work.restart(point)
        met = self.agree("bound", "pricing limits on a mean", self.wanted / 4, None)
        if met is not None:
            self.work.ask(self.work.point)
        return met

    def recall(self, best: Best) -> None:
        """Bring the scenarios back to the best plan."""
        self.work.allowance = best.allowance
        self.work.crew.reprice(best.price)
        self.work.ask(best.point)

    def _mean(self, taken: Floats) -> Floats:
        mean: Floats = taken @ self.work.crew.question.scenarios.probability
        return mean

    def _share_out(self) -> bool:
        """Share out limits on a mean that the last answer breaks; tell whether any was.

        Every scenario that took something is allowed that, scaled until the mean keeps the
        limit; one that gave (a negative part) goes on giving, on the scale that other limits
        leave it. A scenario can do with its share, because it can do all its work on a
        smaller scale. That is never better than
        the best sharing; what it loses is in the gap, because the bound never counts on it.
        """
        work = self.work
        if not len(self.price):
            return False
        taken = work.crew.taken()
        takes, gives = np.maximum(taken, 0.0), np.minimum(taken, 0.0)
        limits, means = work.limit, self._mean(taken)
        broken = means > limits + 1e-7 * np.maximum(abs(limits), 1.0)
        plain = broken & (limits > 0) & (self._mean(gives) == 0)
        smaller = float(np.min(limits[plain] / means[plain], initial=1.0))
        scale = (limits - smaller * self._mean(gives)) / np.maximum(self._mean(takes), 1e-12)
        shared = scale[:, None] * takes + smaller * gives
        new = np.where(broken[:, None], shared, work.allowance)
        changed = bool(np.any(new != work.allowance))
        work.allowance = new
        return changed

    def _settled(self, met: Agreed) -> Best:
        """Tell what the last answer is worth, without prices, and what limits are worth.

        A price is the worth itself; one more unit of a limit shared out by shares a_w/limit
        is worth Σ_w dual_w·a_w/limit.
        """
        work = self.work
        chance = work.crew.question.scenarios.probability
        paid = float(self.price @ self._mean(work.crew.taken())) if len(self.price) else 0.0
        mean_dual = self.price.copy()
        if len(self.price):
            dual = work.crew.share_dual()
            for row in range(len(mean_dual)):
                allowed = work.allowance[row]
                if allowed.max() < UNLIMITED:
                    limit = work.limit[row]
                    mean_dual[row] += float(dual[row] @ (allowed / limit if limit > 0 else chance))
        return Best(
            point=work.asked,
            allowance=work.allowance,
            price=self.price,
            objective=work.reached + paid,
            own_dual=met.master.row_dual,
            mean_dual=mean_dual,
        )
