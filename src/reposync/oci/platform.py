"""Platforms: what a manifest in an index was built for.

Spec: image-spec v1.1.1, image-index.md, "platform".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Platform:
    """Operating system, architecture, variant; ``str`` gives ``linux/arm64/v8``."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        parts = (self.os, self.architecture, self.variant)
        return "/".join(part for part in parts if part)
