"""Metrics for Prometheus: jobs, engines, rounds of the controller."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from offtake.operate.draft import Draft
from offtake.operate.service import Service

HEALTH = ("ok", "degraded", "suspect", "lost")
_BUCKETS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


class Metrics:
    """What a service tells Prometheus."""

    media_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, service: Service) -> None:
        """Begin to watch a service's rounds."""
        self._service = service
        self.registry = CollectorRegistry()
        self._jobs = Gauge("offtake_jobs", "Jobs by state", ["state"], registry=self.registry)
        self._usable = Gauge(
            "offtake_cluster_usable_accelerators",
            "Accelerators in use or free",
            ["cluster"],
            registry=self.registry,
        )
        self._health = Gauge(
            "offtake_engine_health",
            "1 for the state an engine is in",
            ["cluster", "health"],
            registry=self.registry,
        )
        self._leads = Gauge(
            "offtake_leader", "1 where this process decides", registry=self.registry
        )
        self._placed = Counter(
            "offtake_placed", "Attempts that were placed", registry=self.registry
        )
        self._metered = Counter(
            "offtake_gpu_seconds",
            "Accelerator-seconds metered, by cluster",
            ["cluster"],
            registry=self.registry,
        )
        self._rounds = Histogram(
            "offtake_cycle_seconds",
            "Time of a round that changed something",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        service.watch(self.round)

    def round(self, draft: Draft, seconds: float) -> None:
        """Count a round of the controller."""
        if draft.empty:
            return
        self._rounds.observe(seconds)
        self._placed.inc(len(draft.made))
        for attempt in draft.meters:
            self._metered.labels(attempt.cluster).inc(attempt.gpu_seconds)

    def text(self) -> bytes:
        """Give all metrics as Prometheus reads them."""
        for state, count in self._service.desk.counts().items():
            self._jobs.labels(state).set(count)
        for cluster in self._service.desk.clusters():
            self._usable.labels(cluster["id"]).set(cluster["usable"])
            for health in HEALTH:
                self._health.labels(cluster["id"], health).set(cluster["health"] == health)
        self._leads.set(self._service.controller.leads)
        return generate_latest(self.registry)
