"""The file ``oci-layout``: whether a place is a layout, and making it one.

Spec: image-spec v1.1.1, image-layout.md, "oci-layout file".
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from reposync.errors import StorageError
from reposync.layout.layout_reader import INDEX, MARKER, WHOLE_AGAIN

if TYPE_CHECKING:
    from reposync.layout.archive import Archive
    from reposync.layout.folder import Folder
    from reposync.layout.layout_reader import LayoutReader

VERSION = "1.0.0"


def check_readable(shelf: LayoutReader, place: str) -> None:
    """Check that *shelf* holds a layout.

    Raises:
        StorageError: It does not, or one of another version.
    """
    content = shelf.document(MARKER)
    if content is None:
        raise StorageError(
            f"{place} is no OCI image layout: it has no file oci-layout",
            hint="name the directory, or the .tar of one, that holds oci-layout and index.json",
        )
    version = _version(content)
    if version != VERSION:
        raise _other_version(shelf, version)


def check_archive(archive: Archive, *, may_be_part: bool = False) -> None:
    """Check that a tar holds a layout, or at least nothing else where it *may_be_part* of one.

    Raises:
        StorageError: It does not.
    """
    version = _version(archive.document(MARKER) or b"")
    if may_be_part and archive.is_part_of_layout and version in {VERSION, ""}:
        return
    if "manifest.json" in archive.others and archive.document(INDEX) is None:
        raise StorageError(
            f"{archive.path} was made by docker save of a Docker before 25, and is no image layout",
            hint="save it again with a current Docker, or turn it into one: "
            "skopeo copy docker-archive:FILE oci-archive:OTHER",
        )
    if any(name.endswith(f"/{MARKER}") for name in archive.others):
        raise StorageError(
            f"{archive.path} has the layout in a directory and not at its top",
            hint="pack it anew: tar -C DIRECTORY -cf FILE.tar .",
        )
    if may_be_part and not archive.is_part_of_layout:
        raise StorageError(
            f"{archive.path} is no OCI image layout, and not empty",
            hint="choose a path where nothing is",
        )
    check_readable(archive, str(archive.path))


def check_writable(folder: Folder) -> None:
    """Check that *folder* is a layout, or a part of one, or can become one.

    Raises:
        StorageError: Another thing is in it, or a layout of another version.
    """
    if folder.is_absent():
        return
    folder.check_directories()
    content = folder.document(MARKER)
    if content is None and not folder.could_become_layout():
        raise StorageError(
            f"{folder.root} is no OCI image layout, and not empty",
            hint="choose an empty directory, or a path where nothing is",
        )
    version = _version(content) if content else ""
    if version not in {VERSION, ""}:
        raise _other_version(folder, version)


def prepare(folder: Folder) -> None:
    """Make *folder* a layout as far as it is none, and clean up behind killed processes."""
    folder.prepare()
    if _version(folder.document(MARKER) or b"") != VERSION:
        folder.write_document(MARKER, json.dumps({"imageLayoutVersion": VERSION}).encode())


def _version(content: bytes) -> str:
    """Read the version; empty where the file is cut off."""
    with suppress(ValueError, AttributeError, RecursionError):
        return str(json.loads(content).get("imageLayoutVersion", "none"))
    return ""


def _other_version(shelf: LayoutReader, version: str) -> StorageError:
    if not version:
        return StorageError(
            f"{shelf.where(MARKER)} is damaged or was cut off",
            hint=WHOLE_AGAIN,
        )
    return StorageError(
        f"{shelf.where(MARKER)} says version {version[:40]}, and reposync knows {VERSION} alone"
    )
