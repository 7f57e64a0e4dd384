"""What one repository of a layout has, as its files tell; reads them, waits for nothing.

Blobs and manifests are shared by all repositories of a layout; tags and lists of referrers are a
repository's own. As a destination it says of a manifest that it is there only when all below it
is too, so that a run heals what a killed run, or half a copy of the layout, has left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reposync.errors import ContentError, NotFoundError
from reposync.layout import referrers
from reposync.layout.graph import is_whole, read_manifest
from reposync.layout.layout_reader import WHOLE_AGAIN, blob_name
from reposync.oci.annotations import LACKING
from reposync.oci.descriptor import Descriptor
from reposync.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.layout.name_table import NameTable
    from reposync.layout.storage import Reading
    from reposync.oci.manifest import Manifest
    from reposync.oci.reference import Reference

_NAMES_SHOWN = 5


class View(Struct, frozen=True):
    """The repository *place* of the layout *reading*."""

    reading: Reading
    place: Reference
    is_destination: bool

    def resolve(self, tag_or_digest: str) -> Descriptor | None:
        """See ``Resolver``."""
        entry = self._entry(tag_or_digest)
        if entry is None:
            return None
        if self.is_destination:
            return self._resolve_whole(entry)
        if entry.media_type and not _is_digest(tag_or_digest):
            return entry
        manifest = read_manifest(self.reading.shelf, entry)
        return manifest.descriptor if manifest else None

    def fetch(self, tag_or_digest: str) -> Manifest:
        """See ``ManifestFetcher``."""
        entry = self._entry(tag_or_digest)
        if entry is None:
            raise self._absent(f"tag {tag_or_digest}")
        manifest = read_manifest(self.reading.shelf, entry)
        if manifest is not None:
            return manifest
        if self.is_destination or not entry.media_type:
            raise self._absent(f"manifest {tag_or_digest}")
        raise ContentError(
            f"{self.reading.shelf.where(blob_name(entry.digest))}, which index.json lists as "
            f"{tag_or_digest}, is missing or no manifest",
            hint=WHOLE_AGAIN,
        )

    def tags(self) -> list[str]:
        """See ``TagLister``."""
        tags = self._tags()
        if not tags:
            raise self._unknown()
        return [tag for tag, named in tags.items() if not referrers.is_list(tag, named)]

    def referrers(self, subject: Digest) -> tuple[Descriptor, ...]:
        """See ``ReferrerLister``; of a destination's, those that are whole."""
        found = self._listed_referrers(subject)
        if self.is_destination:
            return tuple(one for one in found if is_whole(self.reading.shelf, one))
        return found

    def _resolve_whole(self, entry: Descriptor) -> Descriptor | None:
        shelf, lacking = self.reading.shelf, self._names().lacking(entry.digest)
        if not is_whole(shelf, entry, lacking):
            return None
        manifest = read_manifest(shelf, entry)
        if manifest is None or not self._is_listed(manifest):
            return None
        if lacking and not is_whole(shelf, entry):
            return replace(manifest.descriptor, annotations={LACKING: " ".join(sorted(lacking))})
        return manifest.descriptor

    def _is_listed(self, manifest: Manifest) -> bool:
        """Return whether *manifest* is found among the referrers of its subject, if it has one."""
        if manifest.subject is None:
            return True
        listed = self._listed_referrers(manifest.subject.digest)
        return any(one.digest == manifest.digest for one in listed)

    def _listed_referrers(self, subject: Digest) -> tuple[Descriptor, ...]:
        return referrers.find_referrers(
            self.reading.shelf,
            self._tags(),
            self._names().unnamed,
            subject,
            forgiving=self.is_destination,
        )

    def _entry(self, tag_or_digest: str) -> Descriptor | None:
        """Find what is meant; by digest it can be anything, of no media type that is known."""
        if not _is_digest(tag_or_digest):
            named = self._tags().get(tag_or_digest)
            return None if named is None or referrers.is_list(tag_or_digest, named) else named
        digest = Digest(tag_or_digest)
        size = self.reading.shelf.size(digest)
        return self._names().listed(digest) or Descriptor("", digest, size or 0)

    def _names(self) -> NameTable:
        return self.reading.index.names(forgiving=self.is_destination)

    def _tags(self) -> Mapping[str, Descriptor]:
        # What any repository may call its own is no tag of a destination: it would be up to date
        # now, and gone with the first name that is pushed.
        return self._names().tags(self.place.repository, own_alone=self.is_destination)

    def _absent(self, what: str) -> NotFoundError:
        return NotFoundError(f"{self.place} has no {what}", status=404)

    def _unknown(self) -> NotFoundError:
        names = self._names().repositories
        more = ", …" if len(names) > _NAMES_SHOWN else ""
        known = f"it has {', '.join(names[:_NAMES_SHOWN])}{more}"
        return NotFoundError(
            f"{self.place.registry} has no repository {self.place.repository}",
            status=404,
            codes=("NAME_UNKNOWN",),
            hint=known if names else "no entry of its index.json has a name: name it by digest",
        )


def _is_digest(tag_or_digest: str) -> bool:
    return ":" in tag_or_digest
