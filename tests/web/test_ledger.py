"""Ledger: from a closed month to an invoice line, its clause, readings, attempts and plan."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

from offtake.errors import Fault, OfftakeError
from offtake.operate.rows import CLUSTER
from offtake.operate.service import Service
from offtake.store import Store, work, work_tables
from offtake.store.adoptions import keep_adoption
from tests.api.serving import INSTALLATION
from tests.ledger.june import CONTRACTS, june
from tests.web.books import close_june
from tests.web.shown import NOW, Asking, pages, text_of

USE = "B/2027-06/rates.use.T1"


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Asking, Service]]:
    with pages(tmp_path_factory.mktemp("ledger")) as (client, service):
        close_june(service)
        yield client, service


@pytest.fixture(scope="module")
def ledger(closed: tuple[Asking, Service]) -> Asking:
    return closed[0]


def test_the_months_and_the_accounts(ledger: Asking) -> None:
    answer = ledger.get("/ledger")
    said = text_of(answer)
    assert answer.status_code == 200
    assert "hyperco 198,686.49 USD" in said
    assert "figure-flow-usd" in answer.text
    assert "payable" in said.lower()


def test_a_month_known_later_is_left_out(ledger: Asking) -> None:
    said = text_of(ledger.get("/ledger?as_of=2027-07-01"))
    assert "1 month closed on what became known later is left out" in said
    assert "198,686.49" not in said
    assert "198,686.49" in text_of(ledger.get("/ledger?as_of=2027-07-02"))


def test_a_month_link_by_link(ledger: Asking) -> None:
    said = text_of(ledger.get("/ledger/2027-06"))
    for amount in ("1,291,552.88", "6,643,634.41", "6,842,320.90", "−273,775.00"):
        assert amount in said


@pytest.mark.parametrize(
    "key", ["flow-usd", "chain", "positions", "externals", "coverage", "claims", "facts", "gaps"]
)
def test_every_figure_and_table_is_there_as_a_file(ledger: Asking, key: str) -> None:
    for form in ("csv", "parquet"):
        assert ledger.get(f"/ledger/2027-06/data/{key}.{form}").status_code == 200


def test_the_lines_of_an_invoice_add_up(ledger: Asking) -> None:
    assert "commitments.0.shortfall" in text_of(ledger.get("/ledger/2027-06/invoice?contract=B"))
    found = ledger.get("/ledger/2027-06/invoice.parquet?contract=B").content
    rows = pq.read_table(io.BytesIO(found)).to_pylist()
    *lines, net = rows
    assert net["Line"] == "Net"
    assert sum(Decimal(str(line["Amount"])) for line in lines) == Decimal("6842320.90")


def test_what_may_be_claimed_and_what_leaked(ledger: Asking) -> None:
    said = text_of(ledger.get("/ledger/2027-06/reconcile"))
    assert "service levels missed" in said
    assert "lost most" in said
    assert "Clauses that differ along the chain" in said


def test_the_statement_is_given_whole(ledger: Asking) -> None:
    made = json.loads(ledger.get("/ledger/2027-06/statement.json").content)
    assert made["month"] == "2027-06"


def test_a_line_leads_to_clause_and_readings(ledger: Asking) -> None:
    answer = ledger.get(f"/ledger/2027-06/line?id={quote(USE)}")
    said = text_of(answer)
    assert "rates.use of B" in said
    assert re.search(r"reading:\S+", said)
    assert "GPU-seconds" in said
    assert "No cluster of this store delivers" in said
    assert "No plan that was adopted" in said


def test_a_line_leads_to_the_lines_below_it(ledger: Asking) -> None:
    line = "B/2027-06/pass_through.upstream.A.fjord"
    answer = ledger.get(f"/ledger/2027-06/line?id={quote(line)}")
    assert "/ledger/2027-06/line?id=A/2027-06/pass_through.energy" in answer.text


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/ledger/2027-07", 404, "OTK-B030"),
        ("/ledger/june", 422, "OTK-W004"),
        ("/ledger/2027-06/invoice?contract=C", 404, "OTK-B030"),
        ("/ledger/2027-06/invoice", 422, "OTK-W004"),
        ("/ledger/2027-06/line?id=B/2027-06/nothing", 404, "OTK-B030"),
        ("/ledger/2027-06/data/nothing.csv", 404, "OTK-W031"),
    ],
)
def test_what_is_not_there_is_told(ledger: Asking, path: str, status: int, code: str) -> None:
    answer = ledger.get(path)
    assert (answer.status_code, code in answer.text) == (status, True)


def test_a_line_leads_to_what_ran_and_to_the_plan(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, service):
        close_june(service)
        _ran(service)
        said = text_of(client.get(f"/ledger/2027-06/line?id={quote(USE)}"))
    assert "1 attempt on fjord-t1, 7,200 accelerator-seconds" in said
    assert "job-1" in said
    assert "node-7" in said
    assert "from the plan 0123456789abcdef…" in said


def _ran(service: Service) -> None:
    """Say that a job ran for an hour in June on a cluster of B.T1, and that B was adopted."""
    began = june(3).timestamp()
    first = INSTALLATION.clusters[0]
    body = CLUSTER.dump_python(first, mode="json", exclude_defaults=True)
    body |= {"id": "fjord-t1", "contract": "B", "tranche": "T1"}
    with service.store.writing() as connection:
        row = {"id": "fjord-t1", "body": json.dumps(body), "changed": began}
        work.put_clusters(connection, [{**row, "usable": 8, "health": "ok", "drained": 0}])
        connection.execute(work_tables.job.insert(), [_job(began)])
        work.add_attempts(connection, [_attempt(began)])
        keep_adoption(
            connection,
            CONTRACTS,
            plan="0123456789abcdef" * 4,
            world="june",
            folder="",
            at=NOW,
        )


def _job(began: float) -> dict[str, object]:
    return {
        "id": "job-1",
        "name": "train",
        "tenant": "",
        "client": "c",
        "state": "succeeded",
        "version": 1,
        "spec": "{}",
        "submitted": began,
        "restarts": 0,
        "retries": 0,
        "preemptions": 0,
        "attained": 0.0,
    }


def _attempt(began: float) -> dict[str, object]:
    return {
        "token": "t-1",
        "job": "job-1",
        "number": 1,
        "cluster": "fjord-t1",
        "version": 1,
        "state": "ended",
        "exit_code": 0,
        "accelerators": 2,
        "digest": "",
        "decided": "{}",
        "intended": began,
        "began": began,
        "ended": began + 3600,
        "node": "node-7",
        "gpu_seconds": 7200,
    }


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    with pages(tmp_path) as (client, _):
        assert "offtake close WORLD" in text_of(client.get("/ledger"))


def test_a_dead_database_gives_pages_that_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(_store: Store) -> Iterator[None]:
        raise OfftakeError(Fault(code="OTK-B002", what="the database cannot be reached"))

    with pages(tmp_path, world="norway-chain") as (client, _):
        monkeypatch.setattr(Store, "reading", dead)
        for path in ("/portfolio", "/plan", "/ledger", "/ledger/2027-06", "/transparency"):
            answer = client.get(path)
            assert (answer.status_code, "OTK-B002" in answer.text) == (503, True)
