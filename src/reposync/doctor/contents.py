"""Contents of the scratch repository: small images that nobody else has. Pure.

Each is made unique by a nonce, so that deleting it again takes nothing from anybody.

Spec: image-spec v1.1.1, manifest.md, image-index.md.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from reposync.oci import manifest as oci_manifest
from reposync.oci import media_type as mt
from reposync.oci.descriptor import Descriptor
from reposync.oci.digest import Digest
from reposync.redacted import Redacted

if TYPE_CHECKING:
    from reposync.oci.manifest import Manifest

_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_ARTIFACT = "application/vnd.reposync.doctor.v1"
_NONCE = "io.reposync.doctor"
_PLATFORM = {"os": "linux", "architecture": "amd64"}


class Blob(Redacted, frozen=True):
    """A blob with its bytes."""

    redacted = frozenset({"content"})

    content: bytes
    descriptor: Descriptor


class Contents(Struct, frozen=True):
    """An image of *config* and *layer*, what refers to it, and manifests whose parts are missing.

    ``lacks_blob`` is an image without its layer, ``lacks_child`` an index without its only image.
    """

    config: Blob
    layer: Blob
    image: Manifest
    referrer: Manifest
    lacks_blob: Manifest
    lacks_child: Manifest


def contents(nonce: str) -> Contents:
    """Make the contents that are of *nonce* alone."""
    layer = _blob(_tar(nonce), _LAYER)
    diff_id = f"sha256:{hashlib.sha256(layer.content).hexdigest()}"
    rootfs = {"type": "layers", "diff_ids": [diff_id]}
    config = _blob(_json({**_PLATFORM, "rootfs": rootfs, "config": {}}), _CONFIG)
    image = _image(nonce, config.descriptor, layer.descriptor)
    absent = _described(f"{nonce} absent".encode(), _LAYER)
    return Contents(
        config=config,
        layer=layer,
        image=image,
        referrer=_manifest(
            {
                **_head(mt.OCI_MANIFEST, nonce),
                "artifactType": _ARTIFACT,
                "config": _entry(config.descriptor),
                "layers": [_entry(layer.descriptor)],
                "subject": _entry(image.descriptor),
            }
        ),
        lacks_blob=_image(f"{nonce} lacks a blob", config.descriptor, absent),
        lacks_child=_manifest(
            {
                **_head(mt.OCI_INDEX, nonce),
                "manifests": [
                    _entry(_described(f"{nonce} no child".encode(), mt.OCI_MANIFEST))
                    | {"platform": _PLATFORM}
                ],
            }
        ),
    )


def filler(nonce: str, size_bytes: int) -> Blob:
    """Make a blob of *size_bytes*, which nothing needs."""
    block = hashlib.sha512(nonce.encode()).digest() * 1024
    content = (block * (size_bytes // len(block) + 1))[:size_bytes]
    return _blob(content, _LAYER)


def _image(nonce: str, config: Descriptor, layer: Descriptor) -> Manifest:
    head = _head(mt.OCI_MANIFEST, nonce)
    return _manifest({**head, "config": _entry(config), "layers": [_entry(layer)]})


def _head(media_type: str, nonce: str) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": media_type, "annotations": {_NONCE: nonce}}


def _manifest(document: dict[str, Any]) -> Manifest:
    return oci_manifest.parse(_json(document), document["mediaType"])


def _blob(content: bytes, media_type: str) -> Blob:
    return Blob(content, _described(content, media_type))


def _described(content: bytes, media_type: str) -> Descriptor:
    return Descriptor(media_type, Digest.of(content), len(content))


def _entry(descriptor: Descriptor) -> dict[str, Any]:
    return {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    }


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _tar(nonce: str) -> bytes:
    """Return a layer with one file, which scanners of images can read."""
    held = io.BytesIO()
    content = f"{nonce}\n".encode()
    with tarfile.open(fileobj=held, mode="w") as tar:
        member = tarfile.TarInfo("reposync-doctor")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return held.getvalue()
