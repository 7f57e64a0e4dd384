"""Descriptors: what a piece of content is, how long, and by which digest.

Spec: image-spec v1.1.1, descriptor.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.oci.digest import Digest
    from reposync.oci.platform import Platform


SMALL_BYTES = 256 * 1024
_SIZE_LIMIT_BYTES = 2**63 - 1


NO_ANNOTATIONS: Mapping[str, str] = {}
"""Annotations of all that has none: most descriptors, of which a manifest may have thousands."""


class Descriptor(Struct, frozen=True, gc=False):
    """Points to content; ``size`` is in bytes, ``urls`` are other places that serve it.

    What describes the content and does not make it another, ``artifact_type`` and ``annotations``,
    does not count when two are compared: registries tell it in one answer and not in the next.
    """

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    urls: tuple[str, ...] = ()
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=lambda: NO_ANNOTATIONS)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Descriptor) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[object, ...]:
        return self.media_type, self.digest, self.size, self.platform, self.urls

    @property
    def is_small(self) -> bool:
        """Whether it costs less to hold the content in memory than to stream it."""
        return self.size <= SMALL_BYTES

    @property
    def is_foreign(self) -> bool:
        """Whether a registry need not hold it: a layer that is served by ``urls`` alone.

        Spec: image-spec v1.1.1, layer.md, "Non-Distributable Layers".
        """
        return bool(self.urls) and (
            "nondistributable" in self.media_type or ".foreign." in self.media_type
        )


def is_size(value: object) -> bool:
    """Return whether *value* is a size that content can have: no more than 63 bits."""
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return 0 <= value <= _SIZE_LIMIT_BYTES
