"""What the demonstration of operation runs: a sound world, clusters under its contracts, jobs."""

from __future__ import annotations

from offtake.files import check, read
from offtake.files.jobs import read_installation
from offtake.operate.fitting import fits
from offtake.operate.rows import SPEC
from tools.demo_operate.__main__ import jobs
from tools.demo_operate.stage import HERE


def test_its_world_is_sound_and_its_clusters_stand_under_its_contracts() -> None:
    assert check(HERE).errors == ()
    contracts = {c.id: {t.id: t for t in c.tranches} for c in read(HERE).contracts}
    for cluster in read_installation(HERE / "installation.yaml").clusters:
        tranche = contracts[str(cluster.contract)][str(cluster.tranche)]
        assert tranche.accelerator_count == cluster.accelerator_count
        assert tranche.site == cluster.site


def test_its_twenty_jobs_fit_on_either_site() -> None:
    clusters = read_installation(HERE / "installation.yaml").clusters
    specs = [SPEC.validate_python(dict(job)) for job in jobs()]
    assert len(specs) == 20
    assert {tuple(fits(spec, clusters)) for spec in specs} == {("north", "south")}
