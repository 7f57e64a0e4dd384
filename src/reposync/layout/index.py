"""``index.json``: a document of others as much as of ours, and what it says of names.

Decides what an entry means and where a new one goes. What is not understood stays as it is:
unknown fields, entries of other tools, and their order.

Spec: image-spec v1.1.1, image-layout.md, "index.json file".
"""

from __future__ import annotations

import json
from typing import Any, Self

from msgspec import Struct

from reposync.errors import ContentError, InvalidReferenceError
from reposync.layout.layout_reader import WHOLE_AGAIN
from reposync.layout.names import EntryNames, entry_names
from reposync.oci import media_type as mt
from reposync.oci.annotations import LACKING
from reposync.oci.descriptor import Descriptor, is_size
from reposync.oci.digest import Digest

REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"

_MANIFESTS = "manifests"


class Entry(Struct, frozen=True):
    """One entry: the JSON as it came, and what can be read of it; no descriptor where nothing.

    ``order`` is what new entries are sorted by; ``lacking`` are the parts of a sparse index that
    were left out on purpose.
    """

    raw: Any
    descriptor: Descriptor | None
    ref_name: str
    names: EntryNames
    order: tuple[str, str]
    lacking: frozenset[str]

    @classmethod
    def of(cls, raw: Any) -> Self:  # noqa: ANN401 -- foreign JSON
        """View *raw*, which may be anything."""
        annotations = raw.get("annotations") if isinstance(raw, dict) else None
        ref_name = _text(annotations, REF_NAME)
        names = entry_names(ref_name, _text(annotations, IMAGE_NAME))
        descriptor = _descriptor(raw)
        order = (ref_name, descriptor.digest if descriptor else "")
        lacking = frozenset(_text(annotations, LACKING).split())
        return cls(raw, descriptor, ref_name, names, order, lacking)

    @classmethod
    def named(
        cls, ref_name: str, descriptor: Descriptor, lacking: frozenset[str] = frozenset()
    ) -> Self:
        """Make a new entry; without a name where *ref_name* is empty."""
        raw: dict[str, Any] = {
            "mediaType": descriptor.media_type,
            "digest": descriptor.digest,
            "size": descriptor.size,
        }
        annotations = {REF_NAME: ref_name, LACKING: " ".join(sorted(lacking))}
        if any(annotations.values()):
            raw["annotations"] = {key: text for key, text in annotations.items() if text}
        return cls.of(raw)


class Index:
    """The document; a copy of it can be changed, and then written."""

    def __init__(self, document: dict[str, Any], entries: list[Entry]) -> None:
        self._document = document
        self.entries = entries

    def copy(self) -> Index:
        """Return one that can be changed without this one changing."""
        return Index(self._document, list(self.entries))

    def begin_with(self, other: Index) -> list[Entry]:
        """Become what *other* is; give the entries that this one had and *other* has not."""
        known = {entry.order for entry in other.entries}
        own = [entry for entry in self.entries if entry.order not in known]
        self._document, self.entries = other._document, list(other.entries)
        return own

    def find(self, ref_name: str) -> Descriptor | None:
        """Find what bears exactly *ref_name*: the first, where several do, as skopeo takes it."""
        found = (entry for entry in self.entries if entry.ref_name == ref_name)
        return next((entry.descriptor for entry in found if entry.descriptor), None)

    def set_name(
        self, ref_name: str, descriptor: Descriptor, lacking: frozenset[str] = frozenset()
    ) -> None:
        """Let *ref_name* name *descriptor*, and nothing else.

        A new name goes before the first of those at the end that sort behind it, so that the same
        names make the same file, in any order.
        """
        places = [at for at, entry in enumerate(self.entries) if entry.ref_name == ref_name]
        for at in reversed(places[1:]):
            del self.entries[at]
        new = Entry.named(ref_name, descriptor, lacking)
        if not places:
            self._insert(new)
            return
        there = self.entries[places[0]]
        if (there.descriptor, there.lacking) != (descriptor, lacking):
            self.entries[places[0]] = new

    def add_unnamed(self, descriptor: Descriptor) -> None:
        """List *descriptor* without a name, if nothing lists it yet."""
        listed = (entry.descriptor for entry in self.entries)
        if not any(one and one.digest == descriptor.digest for one in listed):
            self._insert(Entry.named("", descriptor))

    def write(self) -> bytes:
        """Return the bytes of the file."""
        document = self._document | {_MANIFESTS: [entry.raw for entry in self.entries]}
        return json.dumps(document, separators=(",", ":")).encode()

    def _insert(self, new: Entry) -> None:
        at = len(self.entries)
        while at and self.entries[at - 1].order > new.order:
            at -= 1
        self.entries.insert(at, new)


def empty() -> Index:
    """Return the index of a layout without images."""
    return Index({"schemaVersion": 2, "mediaType": mt.OCI_INDEX}, [])


def parse(content: bytes | None, where: str) -> Index:
    """Read the file, which people know as *where*; None where there is none.

    Raises:
        ContentError: It is missing, cut off, or not such a file.
    """
    if content is None:
        raise ContentError(
            f"{where} is missing, so that nothing tells what is in the layout", hint=WHOLE_AGAIN
        )
    try:
        document = json.loads(content)
        entries = [*map(Entry.of, _listed(document))]
    except (ValueError, AttributeError, RecursionError) as error:
        raise ContentError(
            f"{where} is damaged or was cut off",
            hint=WHOLE_AGAIN,
        ) from error
    return Index(document, entries)


def salvage(content: bytes | None) -> Index:
    """Read as many whole entries as a file that was cut off still has, from its start on."""
    text = (content or b"").decode("utf-8", "replace")
    found = empty()
    key, at = text.find(f'"{_MANIFESTS}"'), 0
    if key >= 0:
        at = text.find("[", key) + 1
    decoder = json.JSONDecoder()
    while at:
        at = len(text) - len(text[at:].lstrip(" \t\r\n,"))
        try:
            raw, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        found.entries.append(Entry.of(raw))
    return found


def _listed(document: Any) -> list[Any]:  # noqa: ANN401 -- foreign JSON
    entries = document.get(_MANIFESTS) or []
    if not isinstance(entries, list):
        raise ValueError(f"{_MANIFESTS} is no list")  # noqa: TRY004 -- as of JSON that is none
    return entries


def _text(annotations: Any, key: str) -> str:  # noqa: ANN401 -- foreign JSON
    value = annotations.get(key) if isinstance(annotations, dict) else None
    return value if isinstance(value, str) else ""


def _descriptor(raw: Any) -> Descriptor | None:  # noqa: ANN401 -- foreign JSON
    try:
        size, digest = raw["size"], Digest(raw["digest"])
    except (InvalidReferenceError, TypeError, KeyError):
        return None
    if not is_size(size):
        return None
    media_type = raw.get("mediaType")
    return Descriptor(media_type if isinstance(media_type, str) else "", digest, size)
