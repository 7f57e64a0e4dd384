"""A registry client of a few lines, on the standard library alone.

Seeds the source and checks digests: a second opinion that shares no code with reposync. It trusts
any certificate and knows basic authentication only, so it is for registries on this machine.
"""

from __future__ import annotations

import base64
import json
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request, build_opener

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

_TIMEOUT_S: Final = 30
_MANIFESTS: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the registry said; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class PlainClient:
    """Talks to one registry; with a *user* it logs in to it."""

    def __init__(self, url: str, user: str = "", password: str = "") -> None:
        self._url = url
        self._headers: dict[str, str] = {}
        if user:
            token = base64.b64encode(f"{user}:{password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"
        self._opener = _opener()

    def request(
        self, method: str, path: str, body: bytes | None = None, media_type: str = ""
    ) -> Answer:
        """Send one request to a path or an absolute URL; any status is an answer.

        Raises:
            OSError: No answer came.
        """
        headers = {**self._headers, "Accept": ", ".join(_MANIFESTS)}
        if media_type:
            headers["Content-Type"] = media_type
        request = Request(urljoin(self._url, path), data=body, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                return Answer(answer.status, _lower(answer.headers), answer.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, _lower(error.headers), error.read())

    def tags(self, repository: str) -> list[str]:
        """List the tags of *repository*; none where there is no such repository."""
        answer = self.request("GET", f"/v2/{repository}/tags/list")
        return json.loads(answer.body)["tags"] or [] if answer.status == HTTPStatus.OK else []

    def manifest(self, repository: str, tag: str) -> bytes | None:
        """Get a manifest as it stands; None where there is none."""
        answer = self.request("GET", f"/v2/{repository}/manifests/{tag}")
        return answer.body if answer.status == HTTPStatus.OK else None


def _opener() -> OpenerDirector:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Nothing here leaves the machine, so no proxy of the environment may come between.
    return build_opener(ProxyHandler({}), HTTPSHandler(context=context))


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
