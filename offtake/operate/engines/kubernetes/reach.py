"""How an API server is reached: a kubeconfig, the files of a pod, or an address and a token."""

from __future__ import annotations

import base64
import binascii
import ssl
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from offtake.model.installation import EngineSpec
from offtake.operate.engines.http import token_of
from offtake.operate.engines.port import EngineError

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds its token, the authority to trust, and its namespace."""
IN_CLUSTER = "https://kubernetes.default.svc"
"""Where a pod finds the API server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where an API server is, whom to trust and what to show."""

    url: str
    """Its address."""
    namespace: str
    """Namespace that is used where none is asked for."""
    token: Callable[[], str | None]
    """Gives the token, each time anew."""
    tls: ssl.SSLContext
    """Authority and client's certificate."""


def reach(cluster: str, spec: EngineSpec) -> Reach:
    """Find out how an API server is reached: `config`, else `url`, else the files of a pod.

    Raises:
        EngineError: there is none of them (`OTK-E094`), or the kubeconfig or a file it names
            cannot be read or is of a kind that is not known (`OTK-E095`).
    """
    try:
        if spec.config is not None:
            return _by_config(Path(spec.config), spec)
        if spec.url is not None:
            tls = ssl.create_default_context()
            token = token_of(spec.token_file)
            return Reach(url=spec.url, namespace="default", token=token, tls=tls)
        if (ACCOUNT / "token").exists():
            return _in_cluster()
    except (OSError, YAMLError, ValueError, KeyError, TypeError, binascii.Error) as error:
        where = spec.config or ACCOUNT
        what = f"{where} cannot be used: {type(error).__name__}: {error}"
        raise EngineError(cluster, what, code="OTK-E095") from error
    what = "there is no way to the API server"
    hint = "give the engine `config` (a kubeconfig), or `url` and `token_file`"
    raise EngineError(cluster, what, code="OTK-E094", hint=hint)


def _in_cluster() -> Reach:
    return Reach(
        url=IN_CLUSTER,
        namespace=(ACCOUNT / "namespace").read_text().strip(),
        token=token_of(str(ACCOUNT / "token")),
        tls=ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt")),
    )


def _by_config(path: Path, spec: EngineSpec) -> Reach:
    said = YAML(typ="safe", pure=True).load(path.read_text())
    context = _named(said, "context", said["current-context"])
    cluster = _named(said, "cluster", context["cluster"])
    user = _named(said, "user", context["user"])
    for kind in ("exec", "auth-provider", "username"):
        if kind in user:
            raise ValueError(f"user '{context['user']}' is let in by `{kind}`: give it a token")
    if cluster.get("proxy-url"):
        raise ValueError("`proxy-url` is not obeyed: give an address that needs none")
    return Reach(
        url=spec.url or cluster["server"],
        namespace=context.get("namespace") or "default",
        token=_token(path, user, spec),
        tls=_tls(path, cluster, user),
    )


def _named(said: Mapping[str, Any], kind: str, name: str) -> dict[str, Any]:
    for one in said.get(f"{kind}s") or []:
        if one["name"] == name:
            return dict(one.get(kind) or {})
    raise ValueError(f"there is no {kind} '{name}'")


def _token(path: Path, user: Mapping[str, Any], spec: EngineSpec) -> Callable[[], str | None]:
    if spec.token_file is not None:
        return token_of(spec.token_file)
    if "tokenFile" in user:
        return token_of(str(path.parent / user["tokenFile"]))
    token: str | None = user.get("token")
    return lambda: token


def _tls(path: Path, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> ssl.SSLContext:
    authority = _bytes(path, cluster, "certificate-authority")
    text = None if authority is None else authority.decode()
    made = ssl.create_default_context(cadata=text)
    if cluster.get("insecure-skip-tls-verify"):
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    certificate, key = _bytes(path, user, "client-certificate"), _bytes(path, user, "client-key")
    if certificate is not None and key is not None:
        # Only files are taken for it; this one nobody else can read, and it does not last.
        with tempfile.NamedTemporaryFile() as file:
            file.write(certificate + b"\n" + key)
            file.flush()
            made.load_cert_chain(file.name)
    return made


def _bytes(path: Path, said: Mapping[str, Any], name: str) -> bytes | None:
    if f"{name}-data" in said:
        return base64.b64decode(said[f"{name}-data"], validate=True)
    return (path.parent / said[name]).read_bytes() if name in said else None
