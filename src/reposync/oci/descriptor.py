"""Descriptors: media type, digest and size of content.

Spec: image-spec v1.1.1, descriptor.md.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 -- msgspec reads the types

from msgspec import Struct, field

from reposync.oci.digest import Digest  # noqa: TC001 -- msgspec reads the types
from reposync.oci.platform import Platform  # noqa: TC001 -- msgspec reads the types

SMALL_BYTES = 256 * 1024
_SIZE_LIMIT_BYTES = 2**63 - 1


NO_ANNOTATIONS: Mapping[str, str] = {}
"""One shared value for descriptors without annotations; a manifest may hold thousands of them."""


class Descriptor(Struct, frozen=True, gc=False):
    """Points to content; ``size`` is in bytes, ``urls`` are other places that serve it.

    ``artifact_type`` and ``annotations`` do not identify the content, so comparisons ignore them:
    registries include them in some responses and not in others.
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
        """Whether it is cheaper to hold the content in memory than to stream it."""
        return self.size <= SMALL_BYTES

    @property
    def is_foreign(self) -> bool:
        """Whether a registry need not store it: a layer that only ``urls`` serve.

        Spec: image-spec v1.1.1, layer.md, "Non-Distributable Layers".
        """
        return bool(self.urls) and (
            "nondistributable" in self.media_type or ".foreign." in self.media_type
        )


def is_size(value: object) -> bool:
    """Return whether *value* is a valid size: a non-negative integer of at most 63 bits."""
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return 0 <= value <= _SIZE_LIMIT_BYTES
