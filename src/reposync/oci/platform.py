"""Platforms: what a manifest was built for, and which platforms a name matches.

Spec: image-spec v1.1.1, image-index.md, "platform".
"""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from reposync.errors import InvalidReferenceError

_PART = re.compile(r"[a-z0-9][a-z0-9_.+-]*")
_PARTS = (2, 3)
# Names that `uname -m` prints and users write.
_ARCHITECTURES = {
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "i386": ("386", ""),
}
# The variant that container runtimes assume if none is given.
_USUAL_VARIANTS = {"arm64": "v8", "arm": "v7", "amd64": "v1"}
_ARM = frozenset({"arm", "arm64"})


class Platform(Struct, frozen=True):
    """Operating system, architecture, variant; ``str`` gives ``linux/arm64/v8``."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        parts = (self.os, self.architecture, self.variant)
        return "/".join(part for part in parts if part)

    @property
    def is_unknown(self) -> bool:
        """Whether it is unknown: attestations in an index have ``unknown/unknown``."""
        return "unknown" in {self.os, self.architecture}

    @property
    def normalized(self) -> Platform:
        """The same platform with its variant as containerd writes it.

        ``arm64/v8`` becomes ``arm64``, ``arm/7`` becomes ``arm/v7``.
        """
        variant = self.variant
        if self.architecture in _ARM and variant.isdecimal():
            variant = f"v{variant}"
        if (self.architecture, variant) == ("arm64", "v8"):
            variant = ""
        return self if variant == self.variant else replace(self, variant=variant)

    def includes(self, other: Platform) -> bool:
        """Return whether this platform, as written by a user, matches *other*.

        Without a variant it matches all variants, else only that one; ``arm64`` and ``arm64/v8``
        are the same.
        """
        wanted, offered = self.normalized, other.normalized
        if (wanted.os, wanted.architecture) != (offered.os, offered.architecture):
            return False
        usual = _USUAL_VARIANTS.get(wanted.architecture, "")
        return not wanted.variant or wanted.variant == (offered.variant or usual)


def parse(text: str) -> Platform:
    """Parse ``os/architecture`` or ``os/architecture/variant``.

    Raises:
        InvalidReferenceError: *text* is neither.
    """
    parts = text.strip().lower().split("/")
    if len(parts) not in _PARTS or not all(map(_PART.fullmatch, parts)):
        raise InvalidReferenceError(
            f"{text!r} is not a platform", hint="write, for example, linux/amd64 or linux/arm64/v8"
        )
    architecture, variant = _ARCHITECTURES.get(parts[1], (parts[1], ""))
    return Platform(parts[0], architecture, parts[2] if len(parts) > _PARTS[0] else variant)
