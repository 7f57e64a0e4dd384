"""The images of a shape, put into a store: OCI images with layers that nothing can compress.

A layer is a gzip file of random bytes. It must be one: skopeo looks at the first bytes, and would
compress a layer that is none on its way.

Spec: image-spec v1.1.1, "Image Manifest", "Image Configuration".
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.store import Store
    from bench.workloads import Shape

_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
_CHUNK_BYTES: Final = 4 * 1024 * 1024
_GZIP: Final = 31  # zlib's word for the largest window with a gzip header


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer in a store: what a manifest and a configuration say of it."""

    digest: str
    size_bytes: int
    diff_id: str

    @property
    def entry(self) -> dict[str, Any]:
        """The descriptor."""
        return {"mediaType": _LAYER, "digest": self.digest, "size": self.size_bytes}


def fill(store: Store, shape: Shape) -> Mapping[str, Mapping[str, str]]:
    """Put all images of *shape* into *store*; give the digest of each tag of each repository."""
    base = [put_layer(store, shape.base_bytes)] if shape.base_bytes else []
    return {
        f"bench/repo-{number:03}": _fill_repository(store, f"bench/repo-{number:03}", shape, base)
        for number in range(shape.repositories)
    }


def put_layer(store: Store, size_bytes: int) -> Layer:
    """Put a layer of about *size_bytes* into *store*."""
    packer = zlib.compressobj(level=0, wbits=_GZIP)
    packed, plain = hashlib.sha256(), hashlib.sha256()
    written = 0
    file = store.folder / "layer.part"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as target:
        for start in range(0, size_bytes, _CHUNK_BYTES):
            chunk = os.urandom(min(_CHUNK_BYTES, size_bytes - start))
            plain.update(chunk)
            for part in (packer.compress(chunk), packer.flush(zlib.Z_SYNC_FLUSH)):
                packed.update(part)
                written += target.write(part)
        last = packer.flush()
        packed.update(last)
        written += target.write(last)
    digest = f"sha256:{packed.hexdigest()}"
    place = store.blob(digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    file.rename(place)
    return Layer(digest, written, f"sha256:{plain.hexdigest()}")


def _fill_repository(
    store: Store, repository: str, shape: Shape, base: list[Layer]
) -> Mapping[str, str]:
    tags = {}
    for number in range(shape.tags):
        own = [put_layer(store, shape.layer_bytes) for _ in range(shape.layers)]
        tags[f"v{number:05}"] = _put_image(store, repository, [*base, *own])
    for tag, digest in tags.items():
        store.link_tag(repository, tag, digest)
    return tags


def _put_image(store: Store, repository: str, layers: list[Layer]) -> str:
    configuration = json.dumps(
        {
            "os": "linux",
            "architecture": "amd64",
            "created": "2024-01-01T00:00:00Z",
            "config": {"Labels": {"repository": repository}},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        }
    ).encode()
    config = store.put(configuration)
    for digest in (config, *(layer.digest for layer in layers)):
        store.link_layer(repository, digest)
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": {"mediaType": _CONFIG, "digest": config, "size": len(configuration)},
        "layers": [layer.entry for layer in layers],
    }
    return store.put(json.dumps(manifest).encode())
