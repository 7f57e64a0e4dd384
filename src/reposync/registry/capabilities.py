"""Capabilities: what answers have shown of a registry, as one value with one owner.

Whoever sees an answer reports what it observed; what follows from that is decided here. A field is
None as long as no answer has shown it. Nothing here depends on who asks, so one record serves all
accounts of a host, and nothing is secret, so the value may be printed and kept.
"""

from __future__ import annotations

import logging

from msgspec import Struct
from msgspec.structs import replace

LEAST_BODY_BYTES = 64 * 1024
"""A registry that refuses a body of this size is not offered smaller ones."""

_log = logging.getLogger(__name__)


class RegistryCapabilities(Struct, frozen=True, omit_defaults=True):
    """What one registry is known to be able to do; serialisable.

    Attributes:
        referrers_api: Whether it lists referrers itself; without it, fallback tags do.
        whole_blobs: Whether a POST may bring a whole blob with it.
        body_limit_bytes: The largest body to send; None as long as none was refused.
        mount_probe: Whether a mount of a blob from its own repository shows that it is there, and
            opens an upload where it is not.
        manifest_head: Whether it answers HEAD for a manifest.
        upload_delete: Whether an open upload can be cancelled.
        counts_pulls: Whether its answers say how many pulls are left.
        is_doubted: Whether it may list content that it cannot return, as after its disk was full.
    """

    referrers_api: bool | None = None
    whole_blobs: bool | None = None
    body_limit_bytes: int | None = None
    mount_probe: bool | None = None
    manifest_head: bool | None = None
    upload_delete: bool | None = None
    counts_pulls: bool = False
    is_doubted: bool = False


class CapabilityRecord:
    """Owns the capabilities of *host*, beginning with those that are *known* already."""

    def __init__(self, host: str, known: RegistryCapabilities | None = None) -> None:
        self._host = host
        self.known = known or RegistryCapabilities()

    def observe_referrers_api(self, *, is_there: bool) -> None:
        """Note an answer that showed whether there is a referrers API; the first one counts."""
        if self.known.referrers_api is None:
            self.known = replace(self.known, referrers_api=is_there)
            means = "its referrers API" if is_there else "fallback tags, as it has no referrers API"
            _log.info("referrers at %s are listed by %s", self._host, means)

    def observe_whole_blob(self, *, is_accepted: bool) -> None:
        """Note whether a POST with a whole blob was accepted as such."""
        self.known = replace(self.known, whole_blobs=is_accepted)

    def observe_body_refused(self, size_bytes: int) -> None:
        """Note that a body of *size_bytes* was too large: half of that is the next to try."""
        half_bytes = max(size_bytes // 2, LEAST_BODY_BYTES)
        known_bytes = self.known.body_limit_bytes
        if known_bytes is None or half_bytes < known_bytes:  # others observe the same
            self.known = replace(self.known, body_limit_bytes=half_bytes)
            _log.info("%s takes no %d bytes at once: sending half", self._host, size_bytes)

    def observe_mount_probe(self, *, is_found: bool) -> None:
        """Note whether a mount from its own repository found a blob that is known to be there."""
        self.known = replace(self.known, mount_probe=is_found)

    def observe_manifest_head(self, *, is_supported: bool) -> None:
        """Note whether a HEAD for a manifest was answered as one."""
        if self.known.manifest_head is not is_supported:
            self.known = replace(self.known, manifest_head=is_supported)

    def observe_upload_delete(self, *, is_supported: bool) -> None:
        """Note whether the registry knows how to cancel an upload; the first answer counts."""
        if self.known.upload_delete is None:
            self.known = replace(self.known, upload_delete=is_supported)

    def observe_pull_count(self) -> None:
        """Note an answer that said how many pulls are left."""
        if not self.known.counts_pulls:
            self.known = replace(self.known, counts_pulls=True)

    def observe_damage(self) -> None:
        """Note that content may be there in part: the disk was full, or reading it failed."""
        if not self.known.is_doubted:
            self.known = replace(self.known, is_doubted=True)
