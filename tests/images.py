"""Graphs for tests: images, indexes and artifacts of every shape, the same for the same seed.

A ``Graph`` is data; ``fill`` puts one into a fake without a request, ``push_graph`` into a real
registry over HTTP with the standard library alone, so that the client under test has no part in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urljoin

from reposync.oci import manifest as oci_manifest
from reposync.oci import media_type as mt
from reposync.oci.descriptor import Descriptor
from reposync.oci.digest import Digest
from reposync.oci.platform import Platform

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Sequence

    from reposync.oci.manifest import Manifest

OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
AMD64 = Platform("linux", "amd64")
ARM64 = Platform("linux", "arm64", "v8")


@dataclass(frozen=True, slots=True)
class Piece:
    """Content with its descriptor: a blob or a manifest."""

    descriptor: Descriptor
    content: bytes = field(repr=False)

    @property
    def digest(self) -> Digest:
        """The digest of the content."""
        return self.descriptor.digest

    @property
    def size(self) -> int:
        """The length of the content in bytes."""
        return self.descriptor.size


@dataclass(frozen=True, slots=True)
class Graph:
    """A root with all that hangs below it.

    ``blobs`` are what a registry must hold, foreign layers not among them; ``manifests`` stand
    leaves first, the root last; each digest is there once.
    """

    blobs: tuple[Piece, ...]
    manifests: tuple[Piece, ...]

    @property
    def root(self) -> Piece:
        """The manifest that a tag would name."""
        return self.manifests[-1]

    @property
    def digest(self) -> Digest:
        """The digest of the root."""
        return self.root.digest

    @property
    def root_manifest(self) -> Manifest:
        """The root as the engine sees it."""
        return manifest(self.root)


class Fillable(Protocol):
    """A fake's repository that takes content without asking questions."""

    def add_blob(self, content: bytes) -> object:
        """Hold a blob."""
        ...

    def add_manifest(self, content: bytes, media_type: str, *tags: str) -> object:
        """Hold a manifest and let *tags* name it."""
        ...


def piece(content: bytes, media_type: str, **described: Any) -> Piece:
    """Return *content* its descriptor."""
    return Piece(Descriptor(media_type, Digest.of(content), len(content), **described), content)


def blob(seed: str, size_bytes: int = 1024, media_type: str = OCI_LAYER) -> Piece:
    """Make a blob of random bytes."""
    return piece(random.Random(seed).randbytes(size_bytes), media_type)


def manifest(root: Piece) -> Manifest:
    """Parse a manifest's piece."""
    return oci_manifest.parse(root.content, root.descriptor.media_type, root.digest)


def image(
    seed: str,
    *,
    layers: int = 2,
    layer_bytes: int = 1024,
    base: Sequence[Piece] = (),
    platform: Platform = AMD64,
    docker: bool = False,
) -> Graph:
    """Make an image, OCI or Docker schema 2, with *layers* of its own above those of *base*."""
    layer_type = DOCKER_LAYER if docker else OCI_LAYER
    own = [blob(f"{seed}/{number}", layer_bytes, layer_type) for number in range(layers)]
    return _image(seed, [*base, *own], platform, docker=docker)


def docker_image(seed: str, *, layers: int = 2, layer_bytes: int = 1024) -> Graph:
    """Make a Docker image of schema 2."""
    return image(seed, layers=layers, layer_bytes=layer_bytes, docker=True)


def foreign_layer_image(seed: str, url: str = "https://layers.example/base.tar.gz") -> Graph:
    """Make a Docker image whose first layer lives at *url* and in no registry."""
    content = random.Random(f"{seed}/foreign").randbytes(64)
    foreign = piece(content, DOCKER_FOREIGN_LAYER, urls=(url,))
    return _image(seed, [foreign, blob(f"{seed}/0", media_type=DOCKER_LAYER)], AMD64, docker=True)


def index(*children: Graph, docker: bool = False, platforms: Sequence[Platform] = ()) -> Graph:
    """Make an index, or a Docker manifest list, over *children*; nest by giving it indexes."""
    named = [*platforms, *[None] * (len(children) - len(platforms))]
    entries = [
        _entry(child.root.descriptor, platform)
        for child, platform in zip(children, named, strict=True)
    ]
    return _index(entries, children, docker=docker)


def multi_platform(seed: str, *, docker: bool = False) -> Graph:
    """Make an index of two images that differ in architecture and share their first layer."""
    base = (blob(f"{seed}/base", media_type=DOCKER_LAYER if docker else OCI_LAYER),)
    images = [
        image(f"{seed}/{platform}", layers=1, base=base, platform=platform, docker=docker)
        for platform in (AMD64, ARM64)
    ]
    return index(*images, docker=docker, platforms=(AMD64, ARM64))


def nested_index(seed: str) -> Graph:
    """Make an index of an index and an image."""
    return index(multi_platform(f"{seed}/inner"), image(f"{seed}/outer"))


def artifact(seed: str, *, subject: Descriptor | None = None) -> Graph:
    """Make an artifact: the empty configuration, and layers of media types that nobody knows."""
    config = piece(b"{}", OCI_EMPTY)
    layers = [
        piece(json.dumps({"sbom": seed}).encode(), "application/vnd.example.sbom+json"),
        blob(f"{seed}/weights", media_type="application/vnd.example.weights"),
    ]
    document = _image_document(mt.OCI_MANIFEST, config, layers)
    document["artifactType"] = "application/vnd.example.bundle"
    if subject is not None:
        document["subject"] = _entry(subject)
    return _graph((config, *layers), (), _manifest_piece(document))


def attested(seed: str) -> Graph:
    """Make an index of an image and its attestation, whose platform is unknown/unknown."""
    subject = image(seed)
    statement = piece(json.dumps({"of": seed}).encode(), "application/vnd.in-toto+json")
    attestation = _image(f"{seed}/attestation", [statement], Platform("unknown", "unknown"))
    entries = [
        _entry(subject.root.descriptor, AMD64),
        _entry(attestation.root.descriptor, Platform("unknown", "unknown"))
        | {
            "annotations": {
                "vnd.docker.reference.digest": subject.digest,
                "vnd.docker.reference.type": "attestation-manifest",
            }
        },
    ]
    return _index(entries, (subject, attestation))


def buildkit_cache(seed: str) -> Graph:
    """Make a build cache: an index whose entries are layers and a configuration."""
    layers = [blob(f"{seed}/{number}") for number in range(2)]
    config = piece(
        json.dumps({"layers": [{"blob": layer.digest} for layer in layers]}).encode(),
        "application/vnd.buildkit.cacheconfig.v0",
    )
    entries = [_entry(part.descriptor) for part in (*layers, config)]
    document = {"schemaVersion": 2, "mediaType": mt.OCI_INDEX, "manifests": entries}
    return _graph((*layers, config), (), _manifest_piece(document))


def fill(repository: Fillable, graph: Graph, *tags: str) -> None:
    """Put *graph* into a fake's repository; no request and no journal tells of it."""
    for part in graph.blobs:
        repository.add_blob(part.content)
    for part in graph.manifests:
        named = tags if part is graph.root else ()
        repository.add_manifest(part.content, part.descriptor.media_type, *named)


def push_graph(
    url: str,
    repository: str,
    graph: Graph,
    *tags: str,
    authorization: str = "",
    tls: ssl.SSLContext | None = None,
) -> None:
    """Push *graph* to the registry at *url*; blocks, so never to a server of the same event loop.

    *authorization* is the whole header; see ``basic``.
    """
    sender = _Sender(f"{url}/v2/{repository}/", authorization, tls)
    for part in graph.blobs:
        location = sender.send("POST", "blobs/uploads/").headers["Location"]
        joint = "&" if "?" in location else "?"
        sender.send("PUT", f"{location}{joint}digest={part.digest}", part.content)
    for part in graph.manifests:
        names = tags if tags and part is graph.root else (part.digest,)
        for name in names:
            media_type = part.descriptor.media_type
            sender.send("PUT", f"manifests/{name}", part.content, media_type)


def basic(user: str, password: str) -> str:
    """Write the Authorization header of basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass(frozen=True, slots=True)
class _Sender:
    base: str
    authorization: str = field(repr=False)
    tls: ssl.SSLContext | None

    def send(
        self,
        method: str,
        place: str,
        body: bytes = b"",
        content_type: str = "application/octet-stream",
    ) -> Any:
        headers = {"Content-Type": content_type, "Authorization": self.authorization}
        request = urllib.request.Request(
            urljoin(self.base, place),
            data=body,
            method=method,
            headers={name: text for name, text in headers.items() if text},
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls)
        )
        with opener.open(request, timeout=30) as response:
            response.read()
            return response


def _image(
    seed: str, layers: Sequence[Piece], platform: Platform, *, docker: bool = False
) -> Graph:
    config_type = DOCKER_CONFIG if docker else OCI_CONFIG
    config = piece(_config(seed, layers, platform), config_type)
    document = _image_document(mt.DOCKER_MANIFEST if docker else mt.OCI_MANIFEST, config, layers)
    held = [layer for layer in layers if not layer.descriptor.is_foreign]
    return _graph((config, *held), (), _manifest_piece(document))


def _config(seed: str, layers: Iterable[Piece], platform: Platform) -> bytes:
    """Write a configuration; it says of each layer what it would be unpacked."""
    diff_ids = [f"sha256:{hashlib.sha256(layer.content).hexdigest()}" for layer in layers]
    document = {
        "os": platform.os,
        "architecture": platform.architecture,
        "created": "2024-01-01T00:00:00Z",
        "config": {"Labels": {"seed": seed}},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    return json.dumps(document).encode()


def _image_document(media_type: str, config: Piece, layers: Iterable[Piece]) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": _entry(config.descriptor),
        "layers": [_entry(layer.descriptor) for layer in layers],
    }


def _index(
    entries: list[dict[str, Any]], children: Sequence[Graph], *, docker: bool = False
) -> Graph:
    media_type = mt.DOCKER_LIST if docker else mt.OCI_INDEX
    document = {"schemaVersion": 2, "mediaType": media_type, "manifests": entries}
    return _graph((), children, _manifest_piece(document))


def _entry(descriptor: Descriptor, platform: Platform | None = None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    }
    if descriptor.urls:
        entry["urls"] = list(descriptor.urls)
    if platform is not None:
        parts = {"os": platform.os, "architecture": platform.architecture}
        variant = {"variant": platform.variant} if platform.variant else {}
        entry["platform"] = parts | variant
    return entry


def _manifest_piece(document: dict[str, Any]) -> Piece:
    return piece(json.dumps(document, indent=2).encode(), document["mediaType"])


def _graph(blobs: Iterable[Piece], children: Iterable[Graph], root: Piece) -> Graph:
    below = [*children]
    every_blob = [*(part for child in below for part in child.blobs), *blobs]
    every_manifest = [*(part for child in below for part in child.manifests), root]
    return Graph(_unique(every_blob), _unique(every_manifest))


def _unique(parts: Iterable[Piece]) -> tuple[Piece, ...]:
    return tuple({part.digest: part for part in parts}.values())
