"""Manifests that came, or were found, by digest and that no name leads to.

They get an entry without a name when the run ends, so that other tools see them and do not sweep
them out. What an index lists, or a list of referrers, is led to by that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import ContentError
from reposync.layout.graph import read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.layout.index import Index
    from reposync.layout.layout_reader import LayoutReader
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest


class Unnamed:
    """What may need an entry, as far as this run knows."""

    def __init__(self) -> None:
        self._noted: dict[Digest, Descriptor] = {}
        self._led_to: set[Digest] = set()

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self._noted)

    def note(self, manifest: Descriptor) -> None:
        """Record a manifest that was pushed or found by its digest."""
        if manifest.digest not in self._led_to:
            self._noted[manifest.digest] = manifest

    def forget(self, listed: Iterable[Descriptor]) -> None:
        """Leave alone what an index that was pushed lists."""
        for manifest in listed:
            self._led_to.add(manifest.digest)
            self._noted.pop(manifest.digest, None)

    def list_in(self, index: Index, shelf: LayoutReader) -> None:
        """Return each an entry that nothing else leads to."""
        reached = _reached(index, shelf)
        for digest, manifest in self._noted.items():
            if digest not in reached:
                index.add_unnamed(manifest)


def _reached(index: Index, shelf: LayoutReader) -> set[Digest]:
    seen: set[Digest] = set()
    waiting = [entry.descriptor for entry in index.entries if entry.descriptor]
    while waiting:
        part = waiting.pop()
        if part.digest in seen:
            continue
        seen.add(part.digest)
        try:
            manifest = read_manifest(shelf, part)
        except ContentError:
            continue
        waiting += manifest.manifests if manifest else ()
    return seen
