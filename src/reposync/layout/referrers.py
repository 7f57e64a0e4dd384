"""Referrers in a layout: an index under the subject's fallback tag, as regclient has it.

The tag is in the repository of the subject, so each repository of a layout has its own lists;
oras finds the referrers too, since it follows what ``index.json`` names. What oras writes, entries
without a name whose manifest has a subject, belongs to every repository. An entry with a name is
taken for a referrer only if its list says so: else every manifest would have to be read.

Spec: distribution-spec v1.1.1, "Referrers Tag Schema".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import ContentError
from reposync.layout.graph import read_manifest
from reposync.layout.layout_reader import WHOLE_AGAIN, blob_name, read_whole
from reposync.layout.names import written_name
from reposync.oci import manifest as manifests
from reposync.oci import media_type as mt
from reposync.oci import referrers
from reposync.oci.descriptor import Descriptor
from reposync.oci.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reposync.layout.index import Index
    from reposync.layout.layout_reader import LayoutReader
    from reposync.layout.storage import Writing
    from reposync.oci.manifest import Manifest


def find_referrers(
    shelf: LayoutReader,
    tags: Mapping[str, Descriptor],
    unnamed: Iterable[Descriptor],
    subject: Digest,
    *,
    forgiving: bool,
) -> tuple[Descriptor, ...]:
    """Find what refers to *subject* in the repository that has *tags*, and among *unnamed*.

    With *forgiving* a list that is missing or damaged is none.

    Raises:
        ContentError: The list is missing, damaged, or no index.
    """
    entry = tags.get(referrers.fallback_tag(subject))
    try:
        listed = _read_list(shelf, entry) if entry else ()
    except ContentError:
        if not forgiving:
            raise
        listed = ()
    found = {one.digest: one for one in (*listed, *_unnamed(shelf, unnamed, subject))}
    return tuple(found.values())


def add_referrer(index: Index, writing: Writing, repository: str, manifest: Manifest) -> None:
    """List *manifest* in *repository* among the referrers of its subject."""
    assert manifest.subject is not None  # noqa: S101 -- the caller has looked
    name = written_name(repository, referrers.fallback_tag(manifest.subject.digest))
    there = index.find(name)
    before = _read_bytes(writing.shelf, there) if there else None
    after = referrers.added(before, manifest)
    if after == before:
        return
    digest = Digest.of(after)
    writing.folder.write_blob(digest, after)
    index.set_name(name, Descriptor(mt.OCI_INDEX, digest, len(after)))


def is_list(tag: str, named: Descriptor) -> bool:
    """Return whether *tag* is a list of referrers, which is asked for by its subject only."""
    return referrers.is_fallback_tag(tag) and named.media_type == mt.OCI_INDEX


def _read_list(shelf: LayoutReader, entry: Descriptor) -> tuple[Descriptor, ...]:
    content = _read_bytes(shelf, entry)
    if content is None:
        where = shelf.where(blob_name(entry.digest))
        raise ContentError(f"{where}, a list of referrers, is missing or damaged", hint=WHOLE_AGAIN)
    return referrers.read_index(content, entry.media_type).manifests


def _read_bytes(shelf: LayoutReader, entry: Descriptor) -> bytes | None:
    """Read a list; None where it is not whole: what it named comes again when it is pushed."""
    content = read_whole(shelf, entry.digest, manifests.LIMIT_BYTES)
    return content if content is not None and Digest.of(content) == entry.digest else None


def _unnamed(
    shelf: LayoutReader, entries: Iterable[Descriptor], subject: Digest
) -> Iterator[Descriptor]:
    for entry in entries:
        if entry.media_type not in mt.MANIFESTS:
            continue
        try:
            manifest = read_manifest(shelf, entry)
        except ContentError:
            continue  # it cannot be copied either, and is reported when that is tried
        if manifest is not None and manifest.subject and manifest.subject.digest == subject:
            yield referrers.described(manifest)
