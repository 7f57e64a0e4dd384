"""The repositories of a layout and their tags, as the entries of ``index.json`` give them.

Where several entries bear one name the first counts, as skopeo and regctl have it. A tag alone,
without a repository, belongs to every repository that has no names of its own.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reposync.layout.index import Entry
    from reposync.oci.descriptor import Descriptor
    from reposync.oci.digest import Digest

_Tags = dict[str, "Descriptor"]


class NameTable:
    """What the entries say; of one that was read once."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._repositories: defaultdict[str, _Tags] = defaultdict(dict)
        self._by_digest: dict[Digest, Descriptor] = {}
        self._lacking: defaultdict[Digest, frozenset[str]] = defaultdict(frozenset)
        self.unnamed: list[Descriptor] = []
        also: list[tuple[str, str, Descriptor]] = []
        for entry in entries:
            if entry.descriptor is None:
                continue
            self._by_digest.setdefault(entry.descriptor.digest, entry.descriptor)
            if entry.lacking:
                self._lacking[entry.descriptor.digest] |= entry.lacking
            first = entry.names.first
            if first is None:
                self.unnamed.append(entry.descriptor)
                continue
            self._repositories[first.repository].setdefault(first.tag, entry.descriptor)
            also += [(name.repository, name.tag, entry.descriptor) for name in entry.names.others]
        self.repositories = tuple(sorted(filter(None, self._repositories)))
        for repository, tag, descriptor in also:
            self._repositories[repository].setdefault(tag, descriptor)

    def tags(self, repository: str, *, own_alone: bool = False) -> Mapping[str, Descriptor]:
        """Return the tags of *repository*; with *own_alone* not those that belong to any.

        Lists of referrers are among them, under their fallback tags.
        """
        own = self._repositories.get(repository)
        if own is None and not own_alone:
            return self._repositories.get("", {})
        return own or {}

    def listed(self, digest: Digest) -> Descriptor | None:
        """Return the first entry for *digest*, of any name."""
        return self._by_digest.get(digest)

    def lacking(self, root: Digest) -> frozenset[str]:
        """Return the digests that the index *root* lists and that were left out on purpose."""
        return self._lacking.get(root, frozenset())
