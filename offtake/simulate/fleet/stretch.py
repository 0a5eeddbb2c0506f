"""Stretches: a job's time at one speed, between two events that concern it.

    │ over │ run  tau−phase │δ│ run tau │δ│ run tau │δ│ run … │
    began                     saved       saved      saved    due

Checkpoints are no events. What a stretch has saved when it is cut follows from how long it
was; what it has not becomes a piece, whose fate (kept or lost) is known later.
"""

from __future__ import annotations

import math

from offtake.policy.compiled import inner
from offtake.policy.tables import NEVER, Table, Tables
from offtake.simulate.fleet.post import paused, restarting, stretch
from offtake.simulate.fleet.tables import N_PIECE, N_PIECES, World


@inner
def writes(phase: float, tau: float, seconds: float) -> int:
    """Give the checkpoints begun in so many seconds of running; none at the very end."""
    if tau >= NEVER or tau <= 0.0:
        return 0
    first = max(0.0, tau - phase)
    if seconds <= first:
        return 0
    return math.ceil((seconds - first) / tau)


@inner
def lasts(r: Table, left: float) -> float:
    """Give the wall time in which a stretch would finish so much work."""
    if r.pace <= 0.0:
        return NEVER
    seconds = left / r.pace
    count = writes(r.phase, r.tau, seconds)
    written = max(0.0, r.phase - r.tau) if count > 0 else 0.0
    return float(r.over + seconds + count * r.delta - written)


@inner
def cut(r: Table, seconds: float) -> tuple[float, float, float, float]:
    """Say what a stretch did in so many seconds after its restart.

    Gives back seconds run, seconds run since what is saved (all of them and those of pieces
    where nothing is), wall time from the beginning of running to that save, and the phase.
    """
    tau, delta = r.tau, r.delta
    if tau <= 0.0:
        return seconds, 0.0, seconds, 0.0
    if tau >= NEVER:
        return seconds, seconds, 0.0, r.phase + seconds
    first = max(0.0, tau - r.phase)
    if seconds < first:
        return seconds, seconds, 0.0, r.phase + seconds
    write = delta - max(0.0, r.phase - tau)
    if seconds < first + write:
        return first, first, 0.0, max(r.phase, tau) + seconds - first
    after = seconds - first - write
    cycles = int(after // (tau + delta))
    rest = after - cycles * (tau + delta)
    ran = first + cycles * tau + min(rest, tau)
    tail = min(rest, tau)
    if rest < r.drain:
        # The last one is still on its way to storage.
        if cycles == 0:
            return ran, ran, 0.0, rest
        return ran, tail + tau, seconds - rest - tau - delta, rest
    return ran, tail, seconds - rest, rest


@inner
def close(t: Tables, w: World, a: int, now: float, lost: bool, kept: bool) -> None:
    """End a stretch: post it, and bring the work that is left up to date.

    What is not saved is lost, or kept (the job ended, or wrote a checkpoint before it stopped),
    or else becomes a piece. `left` counts what is saved, `unsaved` the work of the pieces.
    """
    r, j = w.run[a], t.active[a]
    s = w.site[j.cluster]
    book = w.ledger[j.cluster]
    all_of, used = float(j.nodes * s.each), float(j.accelerators)
    j.attained += (now - r.began) * j.nodes
    s.exposure += (now - r.began) * j.nodes
    running = r.began + min(r.over, now - r.began)
    restarting(book, r.began, running, used, all_of - used, all_of * s.watts * s.stopped_share)
    r.over -= running - r.began
    r.began = now
    if r.pace <= 0.0:
        paused(book, running, now, used, all_of - used, all_of * r.power)
    else:
        ran, tail, saved, r.phase = cut(r, now - running)
        if r.frozen:
            tail, saved = ran, 0.0
        add(w, a, running, running + saved, ran - tail)
        if saved > 0.0:
            settle(w, a, book, used, all_of, False)
            j.left -= r.unsaved + (ran - tail) * r.pace
            r.unsaved = 0.0
        add(w, a, running + saved, now, tail)
        r.unsaved += tail * r.pace
    if lost or kept:
        settle(w, a, book, used, all_of, lost)
        if kept:
            j.left -= r.unsaved
        r.unsaved = 0.0
        r.phase = 0.0


@inner
def add(w: World, a: int, t0: float, t1: float, ran: float) -> None:
    """Keep a piece of a stretch; what was not run in it went into checkpoints."""
    if t1 <= t0:
        return
    r = w.run[a]
    i = w.number[N_PIECE]
    p = w.piece[i]
    w.number[N_PIECE] = p.next
    w.number[N_PIECES] -= 1
    share = min(1.0, ran / (t1 - t0))
    p.begins = t0
    p.ends = t1
    p.rate = r.rate * share
    p.exposed = r.exposed * share
    p.checkpoint = 1.0 - share
    p.power = r.power
    p.next = r.piece
    r.piece = i


@inner
def settle(w: World, a: int, book: Table, used: float, all_of: float, lost: bool) -> None:
    """Post all pieces of a job as kept or lost."""
    r = w.run[a]
    while r.piece >= 0:
        i = r.piece
        p = w.piece[i]
        stretch(
            book,
            p.begins,
            p.ends,
            used,
            all_of - used,
            p.rate,
            p.exposed,
            p.checkpoint,
            p.power * all_of,
            lost,
        )
        r.piece = p.next
        p.next = w.number[N_PIECE]
        w.number[N_PIECE] = i
        w.number[N_PIECES] += 1
