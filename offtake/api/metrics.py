"""Metrics for Prometheus: jobs, engines, services, rounds of the controller."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from offtake.operate.draft import Draft
from offtake.operate.lanes import Health
from offtake.operate.service import Service
from offtake.operate.services.desk import ServiceDesk

REPLICAS = ("wanted", "running", "waiting", "short")
"""What is counted of a service's replicas in a region."""
_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Told:
    """A metric: its name as it is read, what it counts, and its labels."""

    name: str
    about: str
    labels: tuple[str, ...] = ()

    def gauge(self, registry: CollectorRegistry) -> Gauge:
        """Make it what stands at a moment."""
        return Gauge(self.name, self.about, self.labels, registry=registry)

    def counter(self, registry: CollectorRegistry) -> Counter:
        """Make it what only grows, since the process began."""
        return Counter(self.name.removesuffix("_total"), self.about, self.labels, registry=registry)


JOBS = Told("offtake_jobs", "Jobs by state", ("state",))
USABLE = Told("offtake_cluster_usable_accelerators", "Accelerators in use or free", ("cluster",))
HEALTH = Told("offtake_engine_health", "1 for the state an engine is in", ("cluster", "health"))
SERVED = Told(
    "offtake_service_replicas",
    "Replicas of a service: wanted, running, waiting, and those it is short of at its most",
    ("service", "region", "state"),
)
LOAD = Told(
    "offtake_service_requests_per_s",
    "Requests a second that a service was last told its users ask for",
    ("service", "region"),
)
LEADS = Told("offtake_leader", "1 where this process decides")
GAUGES = (JOBS, USABLE, HEALTH, SERVED, LOAD, LEADS)
"""What stands at a moment."""
PLACED = Told("offtake_placed_total", "Attempts that were placed")
METERED = Told("offtake_gpu_seconds_total", "Accelerator-seconds metered", ("cluster",))
COUNTERS = (PLACED, METERED)
"""What only grows."""
ROUNDS = Told("offtake_cycle_seconds", "Time of a round that changed something")
"""A histogram."""


class Metrics:
    """What a service tells Prometheus."""

    media_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, service: Service, services: ServiceDesk) -> None:
        """Begin to watch a service's rounds; what it stands for is asked of its desks."""
        self._service = service
        self._services = services
        self.registry = CollectorRegistry()
        self._gauges = {told: told.gauge(self.registry) for told in GAUGES}
        self._counters = {told: told.counter(self.registry) for told in COUNTERS}
        self._rounds = Histogram(
            ROUNDS.name, ROUNDS.about, buckets=_BUCKETS, registry=self.registry
        )
        self._looks = threading.Lock()
        service.watch(self.round)

    def round(self, draft: Draft, seconds: float) -> None:
        """Count a round of the controller."""
        if draft.empty:
            return
        self._rounds.observe(seconds)
        self._counters[PLACED].inc(len(draft.made))
        for attempt in draft.meters:
            self._counters[METERED].labels(attempt.cluster).inc(attempt.gpu_seconds)

    def text(self) -> bytes:
        """Give all metrics as Prometheus reads them."""
        with self._looks:
            self._look()
            return generate_latest(self.registry)

    def _look(self) -> None:
        """Ask the desks how things stand; what is gone is told no more."""
        gauges = self._gauges
        for told in (USABLE, HEALTH, SERVED, LOAD):
            gauges[told].clear()
        for state, count in self._service.desk.counts().items():
            gauges[JOBS].labels(state).set(count)
        for cluster in self._service.desk.clusters():
            gauges[USABLE].labels(cluster["id"]).set(cluster["usable"])
            for health in Health:
                gauges[HEALTH].labels(cluster["id"], health).set(cluster["health"] == health)
        for one in self._services.listed():
            for at in one["regions"]:
                for state in REPLICAS:
                    gauges[SERVED].labels(one["id"], at["region"], state).set(at[state])
                if at["requests_per_s"] is not None:
                    gauges[LOAD].labels(one["id"], at["region"]).set(at["requests_per_s"])
        gauges[LEADS].set(self._service.controller.leads)
