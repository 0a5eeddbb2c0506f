from __future__ import annotations

import subprocess
from typing import Any

import pytest

from offtake.operate.engines.port import Launch
from offtake.operate.engines.slurm.dialect import DialectError, Request, read

TOKEN = "0123456789abcdef0123456789abcdef"


def _launch(**changed: Any) -> Launch:
    given: dict[str, Any] = {
        "token": TOKEN,
        "job": "job-1",
        "name": "train",
        "command": ("/bin/sh", "/y/wrapper.sh", "/y", TOKEN),
        "log": "/y/log",
        "folder": None,
        "script": "exit 0",
        "accelerator": "h100",
        "accelerators": 8,
        "limit_s": 90.0,
        "grace_s": 30.0,
    }
    return Launch(**{**given, **changed})


def _request(**changed: Any) -> Request:
    return Request(
        launch=_launch(**changed), partition="train", account=None, environment={"PATH": "/bin"}
    )


def _document(version: str, properties: dict[str, Any], *, more: Any = None) -> dict[str, Any]:
    """Make an OpenAPI as slurmrestd gives it, with references."""
    path = f"/slurm/{version}/job/submit"
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/submission"}}}
    job = {"job": {"$ref": "#/components/schemas/job"}, "script": {"type": "string"}}
    return {
        "paths": {path: {"post": {"requestBody": {"content": content}}}, **(more or {})},
        "components": {
            "schemas": {
                "submission": {"properties": job},
                "job": {"properties": properties},
                "no_val": {"type": "object"},
                "strings": {"type": "array"},
            }
        },
    }


OLD = {
    "name": {"type": "string"},
    "environment": {"type": "object"},
    "time_limit": {"type": "integer"},
    "gres": {"type": "string"},
    "nodes": {"type": "array"},
    "comment": {"type": "string"},
}
NEW = {
    "name": {"type": "string"},
    "script": {"type": "string"},
    "environment": {"$ref": "#/components/schemas/strings"},
    "time_limit": {"$ref": "#/components/schemas/no_val"},
    "tres_per_node": {"type": "string"},
    "nodes": {"type": "string"},
}


def test_an_old_server_gets_mappings_and_numbers() -> None:
    made = read(_document("v0.0.38", OLD))
    body = made.body(_request())
    assert made.path == "/slurm/v0.0.38/job/submit"
    assert made.ping == "/slurm/v0.0.38/ping"
    assert body["job"]["environment"] == {"PATH": "/bin"}
    assert body["job"]["time_limit"] == 3
    assert body["job"]["gres"] == "gpu:h100:8"
    assert body["job"]["nodes"] == "1"  # 22.05 passes over the list it asks for
    assert body["job"]["name"] == TOKEN
    assert body["script"].startswith("#!/bin/sh\nexec /bin/sh /y/wrapper.sh")


def test_a_new_server_gets_lists_and_objects() -> None:
    body = read(_document("v0.0.41", NEW)).body(_request(nodes=2, accelerators=16))
    assert body["job"]["environment"] == ["PATH=/bin"]
    assert body["job"]["time_limit"] == {"set": True, "infinite": False, "number": 3}
    assert body["job"]["tres_per_node"] == "gres/gpu:h100:8"
    assert body["job"]["nodes"] == "2"
    assert "script" not in body
    assert body["job"]["script"].startswith("#!/bin/sh")


def test_what_a_server_does_not_know_is_not_sent() -> None:
    job = read(_document("v0.0.41", NEW)).body(_request())["job"]
    assert set(job) - {"partition"} == set(NEW)


def test_the_newest_version_is_spoken() -> None:
    old = _document("v0.0.9", OLD)["paths"]
    assert read(_document("v0.0.38", OLD, more=old)).path == "/slurm/v0.0.38/job/submit"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"paths": {"/slurmdb/v0.0.38/jobs": {}}}, "no /slurm/VERSION/job/submit"),
        (
            _document("v0.0.38", {k: v for k, v in OLD.items() if k not in ("gres", "name")}),
            "takes no name, gres",
        ),
    ],
)
def test_a_server_that_cannot_do_it_is_told(document: dict[str, Any], said: str) -> None:
    with pytest.raises(DialectError, match=said):
        read(document)


def test_references_in_a_circle_are_an_error() -> None:
    document = _document("v0.0.38", {"name": {"$ref": "#/components/schemas/job/properties/name"}})
    with pytest.raises(DialectError, match="circle"):
        read(document)


def test_words_stay_words_whatever_is_in_them() -> None:
    odd = ("/usr/bin/printf", "%s|", "a b", "c'd", '"$(id)"', ";ls", "*", "\n")
    script = _request(command=odd).script
    done = subprocess.run(["/bin/sh"], input=script, capture_output=True, text=True, check=True)
    assert done.stdout == "".join(f"{word}|" for word in odd[2:])


def test_slurm_waits_longer_than_the_wrapper() -> None:
    for limit_s, grace_s in ((60.0, 0.0), (59.0, 30.0), (3600.0, 1.0)):
        assert _request(limit_s=limit_s, grace_s=grace_s).minutes * 60 > limit_s + grace_s


def test_accelerators_that_cannot_be_dealt_out_are_an_error() -> None:
    with pytest.raises(ValueError, match="9 accelerators cannot be dealt out evenly to 2 nodes"):
        assert _request(accelerators=9, nodes=2).per_node


def test_any_accelerator_will_do_where_none_is_named() -> None:
    assert _request(accelerator="", accelerators=4).per_node == "gpu:4"


def test_slurm_replaces_nothing_in_the_name_of_a_log() -> None:
    assert _request(log="/y/%j/log").log == "/y/%%j/log"


def test_a_name_brings_nothing_into_the_comment_that_splits_a_line() -> None:
    comment = _request(name="a|b\nc").comment
    assert comment == "offtake grace=30 job-1 a_b_c"
