"""skopeo: a client that shares nothing with ours, for a second opinion.

References are ``host/repository:tag`` or ``host/repository@digest``. Servers that speak plain HTTP
or show a certificate of nobody's are fine. Logins are read from a file, never from a command line.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
from typing import TYPE_CHECKING

from tests.servers import environment, packages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.servers.docker_registry import Login

_LIMIT_S = 60


class SkopeoError(Exception):
    """skopeo failed; the message is what it said."""


def write_authfile(path: Path, logins: Mapping[str, Login]) -> Path:
    """Write logins by host to a file that only its owner can read; give its path."""
    auths = {
        host: {"auth": base64.b64encode(f"{login.user}:{login.password}".encode()).decode()}
        for host, login in logins.items()
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"auths": auths}, file)
    return path


def skopeo_raw(reference: str, *, authfile: Path | None = None) -> bytes:
    """Return the manifest's bytes as the registry gives them."""
    arguments = ["inspect", "--raw", "--tls-verify=false", f"docker://{reference}"]
    return _run(arguments, authfile)


def skopeo_digest(reference: str, *, authfile: Path | None = None) -> str:
    """Return the digest of what *reference* names, computed from its bytes."""
    return f"sha256:{hashlib.sha256(skopeo_raw(reference, authfile=authfile)).hexdigest()}"


def skopeo_tags(repository: str, *, authfile: Path | None = None) -> list[str]:
    """List the tags of ``host/repository``, sorted."""
    arguments = ["list-tags", "--tls-verify=false", f"docker://{repository}"]
    tags: list[str] | None = json.loads(_run(arguments, authfile))["Tags"]
    return sorted(tags or ())


def skopeo_copy(source: str, destination: str, *, authfile: Path | None = None) -> None:
    """Copy an image, or an index with all its images, and preserve the digests."""
    arguments = [
        "copy",
        "--all",
        "--preserve-digests",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        f"docker://{source}",
        f"docker://{destination}",
    ]
    _run(arguments, authfile)


def _run(arguments: list[str], authfile: Path | None) -> bytes:
    login = [f"--authfile={authfile}"] if authfile else []
    verb, *rest = arguments
    command = [packages.require("skopeo"), "--insecure-policy", verb, *login, *rest]
    done = subprocess.run(
        command, env=environment.clean(), check=False, capture_output=True, timeout=_LIMIT_S
    )
    if done.returncode:
        raise SkopeoError(done.stderr.decode(errors="replace").strip())
    return done.stdout
