"""Examinations of registries, as the command makes them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import msgspec

from reposync.wiring.doctor import asking, doctor, target_of_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.doctor.fields import Examination


async def examined(
    host: str,
    *,
    repository: str | None = None,
    write: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Examination:
    """Examine *host*, with nothing in the environment but *environ*."""
    return await doctor(asking(target_of_host(host), repository, write), environ or {})


async def reported(host: str, **options: Any) -> dict[str, Any]:
    """Return the document of an examination."""
    document: dict[str, Any] = json.loads(
        msgspec.json.encode((await examined(host, **options)).report)
    )
    return document


def logged_in(host: str, user: str, password: str, **more: str) -> dict[str, str]:
    """Return an environment with a login for *host*; *more* are other fields of it."""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"DOCKER_AUTH_CONFIG": json.dumps({"auths": {host: {"auth": pair, **more}}})}
