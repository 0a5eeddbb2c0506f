"""The benchmark of operation asks a real service in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

from bench import operate
from bench._service import running


def test_a_service_of_its_own_takes_jobs_in_and_is_weighed(tmp_path: Path) -> None:
    with running(tmp_path / "one", operate.installation(1, 8, 8, ["q0-0"])) as service:
        line = operate.Line(service.port)
        jobs = [operate.job(0.01, tenant="q0-0")] * 3
        assert len(json.loads(line.post("/v1/jobs", json.dumps(jobs).encode()))["jobs"]) == 3
        assert sum(service.get("/v1/counts").values()) == 3
        assert service.cpu_s() > 0.0
        assert 20.0 < service.rss_mb() <= service.rss_mb("VmHWM")
        assert service.start_s > 0.0
        line.close()
