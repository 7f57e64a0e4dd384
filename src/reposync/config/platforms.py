"""Platforms: what ``os/architecture/variant`` means, and whether it is likely to be meant.

What is legal is decided in ``reposync.oci.platform``. Names are those that Go has, since images are
labelled by them; another one passes, as long as it is no misspelling of a known one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.names import Fault
from reposync.errors import InvalidReferenceError
from reposync.oci.platform import parse
from reposync.words import nearest, quoted

if TYPE_CHECKING:
    from reposync.oci.platform import Platform

_SYSTEMS = tuple(
    "aix android darwin dragonfly freebsd hurd illumos ios js linux netbsd openbsd plan9 solaris "  # noqa: SIM905 -- a list of words
    "unknown wasip1 windows zos".split()
)
_ARCHITECTURES = tuple(
    "386 amd64 arm arm64 arm64be armbe loong64 mips mips64 mips64le mipsle ppc ppc64 ppc64le riscv "  # noqa: SIM905 -- the same
    "riscv64 s390 s390x sparc sparc64 unknown wasm".split()
)


def known_platform(text: str) -> Platform | None:
    """Return the platform that *text* means, or None where it means none."""
    try:
        return parse(text)
    except InvalidReferenceError:
        return None


def platform_fault(text: str) -> Fault | None:
    """Return why *text* is not a platform, or hardly one that is meant."""
    platform = known_platform(text)
    if platform is None:
        return Fault(f"{quoted(text)} is not a platform", _advice(text))
    for name, known, what in (
        (platform.os, _SYSTEMS, "operating system"),
        (platform.architecture, _ARCHITECTURES, "architecture"),
    ):
        meant = None if name in known else nearest(name, known)
        if meant is not None:
            return Fault(f"{quoted(name)} is no {what}", f"did you mean {quoted(meant)}?")
    return None


def _advice(text: str) -> str:
    """Return what to write: an architecture alone is most often one of Linux."""
    alone = known_platform(f"linux/{text}")
    if alone is not None and alone.architecture in _ARCHITECTURES:
        return f"write {quoted(str(alone))}"
    return "write, for example, `linux/amd64` or `linux/arm64/v8`"
