"""What lanes tell, and what the controller makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection

from offtake.model.work import AttemptState
from offtake.operate.attempts import Absent, Revoked
from offtake.operate.draft import Draft
from offtake.operate.engines.port import NodeState, Refused, Report, Seen
from offtake.operate.held import Held
from offtake.operate.lanes import (
    Accounted,
    Answered,
    Counted,
    Failing,
    Fenced,
    Health,
    Listed,
    Mended,
    News,
    Told,
    Well,
)
from offtake.operate.rows import attempt_of, job_of
from offtake.store import work

SUSPECT_S = 5.0
"""How long an engine may fail until nothing new is handed in."""


def hear(held: Held, draft: Draft, connection: Connection, cluster: str, news: News) -> None:
    """Learn what a lane tells. The connection reads what is no longer held."""
    match news:
        case Answered() | Fenced() | Accounted():
            _answered(held, draft, news)
        case Told():
            _reported(held, draft, connection, cluster, news.reports)
        case Listed():
            _reported(held, draft, connection, cluster, news.reports)
            _listed(held, draft, connection, cluster, news)
            if held.health[cluster] is Health.DEGRADED and cluster not in held.failing:
                _well(held, draft, cluster)  # as the store had it; nothing fails any more
        case Counted():
            _counted(held, draft, cluster, news)
        case Mended():
            draft.capacity.append((cluster, "mended", {"lines": list(news.lines)}))
        case Failing():
            held.failing[cluster] = (news.since, news.reason)
        case Well():
            _well(held, draft, cluster)


def _answered(held: Held, draft: Draft, news: Answered | Fenced | Accounted) -> None:
    """Learn what came of something that was asked for; of what is over nobody asks any more."""
    if isinstance(news, Accounted):
        draft.usage += [
            {"token": token, "engine_gpu_seconds": usage.gpu_seconds}
            for token, usage in news.usage.items()
        ]
    elif isinstance(news, Fenced):
        for token, kept in news.kept:
            if token in held.attempts:
                held.learn(draft, token, Revoked(kept))
    else:
        for token, answer in news.answers:
            if token in held.attempts:
                if isinstance(answer, Refused) and answer.lasting:
                    held.bar(token)
                held.learn(draft, token, answer)


def weigh(held: Held, draft: Draft, lost_after_s: float) -> None:
    """Judge how engines are that fail: suspect after a while, lost after a long one."""
    for cluster, (since, reason) in held.failing.items():
        long = draft.now - since
        was = held.health[cluster]
        if was is Health.LOST:
            continue
        if long >= lost_after_s:
            held.lose(draft, cluster, f"out of reach for {long:.0f} s: {reason}", since)
            continue
        health = Health.SUSPECT if long >= SUSPECT_S else Health.DEGRADED
        if health is not was:
            held.health[cluster] = health
            held.reopen(cluster)
            draft.clusters.add(cluster)
            draft.capacity.append((cluster, health.value, {"why": reason}))


def _well(held: Held, draft: Draft, cluster: str) -> None:
    failed = held.failing.pop(cluster, None) is not None
    if cluster in held.given_up or (not failed and held.health[cluster] is Health.OK):
        return
    held.health[cluster] = Health.OK
    held.reopen(cluster)
    draft.clusters.add(cluster)
    draft.capacity.append((cluster, Health.OK.value, {}))


def _reported(
    held: Held, draft: Draft, connection: Connection, cluster: str, reports: Sequence[Report]
) -> None:
    """Learn what wrappers wrote down; reports of tokens that are not ours stay where they are."""
    unknown = {r.token: None for r in reports if r.token not in held.attempts}
    ours = _recalled(held, connection, list(unknown))
    for report in reports:
        if report.token in unknown and report.token not in ours:
            continue
        if report.token in held.attempts:
            held.learn(draft, report.token, report)
        draft.errands[cluster].forgets.append(report)


def _recalled(held: Held, connection: Connection, tokens: Sequence[str]) -> Collection[str]:
    """Hold those attempts again that were given up; gives which tokens are ours at all."""
    found = work.attempts_of(connection, tokens)
    for token, row in found.items():
        attempt = attempt_of(row)
        if attempt.state is AttemptState.VANISHED:
            held.attempts[token] = attempt
            held.versions[token] = int(row["version"])
            if attempt.job not in held.jobs:
                job = work.job(connection, attempt.job)
                if job is not None:
                    held.jobs[attempt.job] = job_of(job)
    return found.keys()


def _listed(held: Held, draft: Draft, connection: Connection, cluster: str, news: Listed) -> None:
    for token, attempt in list(held.attempts.items()):
        if attempt.cluster != cluster or attempt.state.final:
            continue
        seen = news.sightings.get(token)
        held.learn(draft, token, Absent(news.asked_at) if seen is None else seen)
    strangers = (t for t in news.sightings if t not in held.attempts)
    _stop_strays(held, draft, connection, cluster, strangers, news)


def _stop_strays(
    held: Held,
    draft: Draft,
    connection: Connection,
    cluster: str,
    tokens: Iterable[str],
    news: Listed,
) -> None:
    """Stop attempts that were given up, and that are there after all."""
    there = [token for token in tokens if news.sightings[token].seen is not Seen.GONE]
    for token, row in work.attempts_of(connection, there).items():
        if row["state"] in ("vanished", "lost"):
            draft.errands[cluster].stops.append(token)


def _counted(held: Held, draft: Draft, cluster: str, news: Counted) -> None:
    most = held.clusters[cluster].accelerator_count
    up = sum(node.accelerators for node in news.nodes if node.state is NodeState.UP)
    beyond = max(0, up - most)
    if beyond != held.beyond.get(cluster, 0):
        held.beyond[cluster] = beyond
        told = {"unused": beyond, "up": up, "named": most}
        draft.capacity.append((cluster, "unused", told))
    # What is up, as far as it was delivered and is not curtailed.
    usable = min(most, up, held.capped.get(cluster, most))
    if usable == held.usable[cluster]:
        return
    down = [node.name for node in news.nodes if node.state is not NodeState.UP]
    body = {"usable": usable, "was": held.usable[cluster], "down": down[:100]}
    draft.capacity.append((cluster, "usable", body))
    held.usable[cluster] = usable
    held.placing.usable(cluster, usable)
    draft.clusters.add(cluster)
