"""A reader of registries on the standard library alone: a second opinion on what is there.

It finds the referrers of a manifest as the specification says, by the API or by the fallback tag,
and checks every byte by its digest. It blocks, so it reads from a fake in a thread of its own.

Spec: distribution-spec v1.1.1, "Listing Referrers", "Referrers Tag Schema".
"""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
_ACCEPT = (
    OCI_INDEX,
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_LIMIT_S = 30


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one repository of the registry at ``url``."""

    url: str
    repository: str

    def tags(self) -> set[str]:
        """List the tags; none where there is no such repository."""
        _, content, _ = self._get("tags/list")
        return set(json.loads(content).get("tags") or ())

    def digest(self, tag: str) -> str | None:
        """Return what *tag* names, by its bytes; None when nothing."""
        status, content, _ = self._get(f"manifests/{tag}")
        return _digest(content) if status == 200 else None

    def manifest(self, name: str) -> bytes:
        """Get a manifest by tag or digest."""
        status, content, _ = self._get(f"manifests/{name}")
        assert status == 200, f"{self.url} has no manifest {name} in {self.repository}: {status}"
        assert ":" not in name or _digest(content) == name
        return content

    def has_manifest(self, digest: str) -> bool:
        """Return whether there is such a manifest."""
        return self._get(f"manifests/{digest}")[0] == 200

    def has_api(self, subject: str) -> bool:
        """Return whether the registry lists the referrers of *subject* itself."""
        return _is_list(*self._get(f"referrers/{subject}"))

    def referrers(self, subject: str) -> list[dict[str, Any]]:
        """List the referrers of *subject*, by the API where there is one."""
        status, content, media_type = self._get(f"referrers/{subject}")
        if not _is_list(status, content, media_type):
            status, content, _ = self._get(f"manifests/{subject.replace(':', '-', 1)}")
            if status == 404:
                return []
        entries: list[dict[str, Any]] = json.loads(content)["manifests"]
        return entries

    def family(self, name: str) -> dict[str, bytes]:
        """Get all manifests that belong to *name*: below it, and pointing to any of them.

        All blobs of them are read and checked; a list names each referrer once.
        """
        found: dict[str, bytes] = {}
        waiting = [_digest(self.manifest(name))]
        while waiting:
            digest = waiting.pop()
            if digest in found:
                continue
            found[digest] = self.manifest(digest)
            document = json.loads(found[digest])
            self._check_blobs(document)
            listed = [entry["digest"] for entry in self.referrers(digest)]
            assert len(listed) == len(set(listed))
            waiting += [*(entry["digest"] for entry in document.get("manifests", ())), *listed]
        return found

    def _check_blobs(self, document: dict[str, Any]) -> None:
        blobs = [document["config"], *document["layers"]] if "config" in document else []
        for blob in blobs:
            status, content, _ = self._get(f"blobs/{blob['digest']}")
            assert (status, _digest(content)) == (200, blob["digest"])

    def _get(self, place: str) -> tuple[int, bytes, str]:
        request = urllib.request.Request(
            f"{self.url}/v2/{self.repository}/{place}", headers={"Accept": ", ".join(_ACCEPT)}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_LIMIT_S) as answer:
                return answer.status, answer.read(), answer.headers.get_content_type()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers.get_content_type()


def _is_list(status: int, _content: bytes, media_type: str) -> bool:
    return status == 200 and media_type == OCI_INDEX


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
