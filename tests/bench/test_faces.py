"""The benchmark of the faces asks for what it says: sixty sites, ten thousand jobs."""

from __future__ import annotations

from pathlib import Path

from bench.faces import JOBS, SITES, drawn_jobs, installation
from offtake.files.jobs import read_installation
from offtake.model.work import JobSpec
from offtake.operate.fitting import fits
from tools.service import some_jobs


def test_the_sites_are_read_and_every_job_fits_some(tmp_path: Path) -> None:
    file = tmp_path / "installation.yaml"
    file.write_text(installation())
    clusters = read_installation(file).clusters
    assert len({cluster.site for cluster in clusters}) == SITES
    jobs = drawn_jobs()
    assert len(jobs) == JOBS
    kinds = {str(sorted((k, str(v)) for k, v in job.items() if k != "name")): job for job in jobs}
    for job in kinds.values():
        spec = JobSpec(
            name="x",
            run="x",
            accelerator=tuple(job["accelerator"]),  # type: ignore[arg-type]
            accelerator_count=job["accelerator_count"],  # type: ignore[arg-type]
        )
        assert fits(spec, clusters)
    there = sum(cluster.accelerator_count for cluster in clusters)
    wanted = sum(int(str(job["accelerator_count"])) for job in jobs)
    assert wanted > 10 * there, "most of them must wait"


def test_jobs_to_look_at_fit_what_is_open() -> None:
    clusters = [
        {"id": "a", "accelerator": "H100", "usable": 64},
        {"id": "b", "accelerator": "GB200", "usable": 0},
        {"id": "c", "accelerator": "GB200", "usable": 144},
    ]
    jobs = some_jobs(clusters)
    assert {job["name"] for job in jobs} >= {"train-08", "rl-17"}
    most = {"H100": 64, "GB200": 144}
    for job in jobs:
        assert 0 < job["accelerator_count"] <= most[job["accelerator"][0]]
        assert "b" not in job.get("clusters", ())
    assert some_jobs([clusters[1]]) == []
