"""The images that the source of the development registries holds, as values.

Small and real: gzip layers with a program for each platform, on a base layer that all of one
platform share; in OCI and Docker form, one of them an index of two platforms. The same bytes every
time, so that a second seeding changes nothing.

Spec: image-spec v1.1.1; Docker image manifest version 2, schema 2.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from dataclasses import dataclass
from typing import Any, Final

from dev.executable import executable

REPOSITORY: Final = "itisfoundation/sleeper"
_BASE_DATA_BYTES: Final = 512 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes with their media type: a blob or a manifest."""

    media_type: str
    data: bytes

    @property
    def digest(self) -> str:
        """The sha256 digest, ``sha256:`` and 64 hexadecimal digits."""
        return f"sha256:{hashlib.sha256(self.data).hexdigest()}"

    def descriptor(self, **more: object) -> dict[str, object]:
        """Point to the content, as manifests do."""
        return {
            "mediaType": self.media_type,
            "digest": self.digest,
            "size": len(self.data),
            **more,
        }


@dataclass(frozen=True, slots=True)
class Image:
    """A manifest with the blobs and child images that it points to."""

    manifest: Content
    blobs: tuple[Content, ...] = ()
    children: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class _Form:
    """The media types of one family of images."""

    manifest: str
    config: str
    layer: str


_OCI: Final = _Form(
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.oci.image.layer.v1.tar+gzip",
)
_DOCKER: Final = _Form(
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.container.image.v1+json",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
)
_INDEX: Final = "application/vnd.oci.image.index.v1+json"


def catalogue() -> dict[str, Image]:
    """Make all images by tag, the oldest first."""
    return {
        "1.0.0": _image(_DOCKER, "1.0.0", "amd64"),
        "1.10": _image(_OCI, "1.10", "amd64"),
        "2.0.1": _image(_OCI, "2.0.1", "amd64"),
        "2.1.0": _index("2.1.0", ("amd64", "arm64")),
        "latest": _image(_OCI, "latest", "amd64"),
    }


def _index(version: str, architectures: tuple[str, ...]) -> Image:
    children = {each: _image(_OCI, version, each) for each in architectures}
    manifests = [
        image.manifest.descriptor(platform={"os": "linux", "architecture": architecture})
        for architecture, image in children.items()
    ]
    document = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": manifests}
    return Image(Content(_INDEX, _json(document)), children=tuple(children.values()))


def _image(form: _Form, version: str, architecture: str) -> Image:
    line = f"sleeper {version} on linux/{architecture}\n".encode()
    tars = (
        _tar("usr/share/base/data", _noise(architecture), 0o644),
        _tar("sleeper", executable(architecture, line), 0o755),
    )
    layers = tuple(Content(form.layer, gzip.compress(tar, 6, mtime=0)) for tar in tars)
    config = Content(form.config, _json(_configuration(version, architecture, tars)))
    document = {
        "schemaVersion": 2,
        "mediaType": form.manifest,
        "config": config.descriptor(),
        "layers": [layer.descriptor() for layer in layers],
    }
    return Image(Content(form.manifest, _json(document)), blobs=(*layers, config))


def _configuration(version: str, architecture: str, tars: tuple[bytes, ...]) -> dict[str, Any]:
    return {
        "created": "2020-01-01T00:00:00Z",
        "architecture": architecture,
        "os": "linux",
        "config": {
            "Entrypoint": ["/sleeper"],
            "Labels": {"org.opencontainers.image.version": version},
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(tar).hexdigest()}" for tar in tars],
        },
    }


def _tar(path: str, data: bytes, mode: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        member = tarfile.TarInfo(path)
        member.size, member.mode = len(data), mode
        archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


def _noise(seed: str) -> bytes:
    """Return data that does not compress, so that the base layer has a size worth sharing."""
    return random.Random(seed).randbytes(_BASE_DATA_BYTES)


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
