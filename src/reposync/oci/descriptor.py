"""Descriptors: what a piece of content is, how long, and by which digest.

Spec: image-spec v1.1.1, descriptor.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reposync.oci.digest import Digest
    from reposync.oci.platform import Platform


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Points to content; ``size`` is in bytes, ``urls`` are other places that serve it."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    urls: tuple[str, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Whether a registry need not hold it: a layer that is served by ``urls`` alone.

        Spec: image-spec v1.1.1, layer.md, "Non-Distributable Layers".
        """
        return bool(self.urls) and (
            "nondistributable" in self.media_type or ".foreign." in self.media_type
        )
