"""Manifests: given to those who accept them, taken when all that they point to is there.

Spec: distribution-spec v1.1.1, end-3, end-7, end-9; image-spec v1.1.1.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.fakes.registry.message import RefusedError, Reply, json_reply
from tests.fakes.registry.storage import digest_of, is_digest, matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.registry.message import Call
    from tests.fakes.registry.state import State
    from tests.fakes.registry.storage import Repository, StoredManifest

LIMIT_BYTES = 4 * 1024 * 1024
"""The largest manifest that it takes: what the specification asks for and distribution allows."""

_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")


def get_manifest(state: State, call: Call) -> Reply:
    """Return the manifest's bytes as they came."""
    digest, manifest = _find(state, call)
    headers = {"Content-Type": manifest.media_type, "Docker-Content-Digest": digest}
    return Reply(200, headers, manifest.content)


def head_manifest(state: State, call: Call) -> Reply:
    """Return what a name stands for, as far as the options let it."""
    if not state.options.manifest_head:
        raise RefusedError("UNSUPPORTED", "HEAD is not supported")
    reply = get_manifest(state, call)
    headers = dict(reply.headers)
    if not state.options.digest_on_head:
        del headers["Docker-Content-Digest"]
    return Reply(200, headers, reply.body)


def put_manifest(state: State, call: Call) -> Reply:
    """Take a manifest under its digest, or under a tag too."""
    repository = state.repository_to_write(call.name)
    document = _document(call)
    digest = _digest(call)
    foreign = [layer["digest"] for layer in document.get("layers", ()) if layer.get("urls")]
    if foreign and not state.options.foreign_urls:
        return _refused_urls(foreign)
    for descriptor in _needed(document) if state.options.manifest_parts else ():
        if not repository.holds(str(descriptor.get("digest"))):
            raise RefusedError("MANIFEST_BLOB_UNKNOWN", f"unknown: {descriptor.get('digest')}")
    tags = () if is_digest(call.reference) else (call.reference,)
    for tag in tags:
        _check_mutable(state, repository.tags.get(tag), tag)
    repository.add_manifest(call.body, call.headers["Content-Type"], *tags, digest=digest)
    headers = {"Location": f"/v2/{call.name}/manifests/{digest}", "Docker-Content-Digest": digest}
    if _indexes_referrers(state) and "subject" in document:
        headers["OCI-Subject"] = document["subject"]["digest"]
    return Reply(201, headers)


def delete_manifest(state: State, call: Call) -> Reply:
    """Take a tag away; by digest, the manifest and every tag that names it."""
    repository = state.repository(call.name)
    if state.options.deletes == "none":
        raise RefusedError("UNSUPPORTED", "The operation is unsupported.")
    if state.options.deletes == "digests" and not is_digest(call.reference):
        raise RefusedError("DIGEST_INVALID", "provided digest did not match uploaded content")
    digest = repository.digest(call.reference)
    if digest is None:
        raise RefusedError("MANIFEST_UNKNOWN", "manifest unknown")
    if call.reference in repository.tags:
        del repository.tags[call.reference]
    else:
        del repository.manifests[digest]
        repository.tags = {tag: named for tag, named in repository.tags.items() if named != digest}
    return Reply(202)


def _refused_urls(foreign: list[str]) -> Reply:
    """Refuse layers that live at their URLs as distribution does: as if it had failed itself."""
    unknown = {"code": "UNKNOWN", "message": "unknown error"}
    errors: list[dict[str, Any]] = [unknown]
    for digest in foreign:
        missing = {"code": "MANIFEST_BLOB_UNKNOWN", "message": "blob unknown to registry"}
        errors += [{**unknown, "detail": {}}, {**missing, "detail": digest}]
    return json_reply({"errors": errors}, status=500)


def _find(state: State, call: Call) -> tuple[str, StoredManifest]:
    repository = state.storage.find(call.name)
    digest = repository.digest(call.reference) if repository else None
    if repository is not None and digest is None and call.reference in repository.blobs:
        status = state.options.blob_as_manifest
        raise RefusedError("UNKNOWN", "unknown error", status=status)
    if repository is None or digest is None:
        raise RefusedError("MANIFEST_UNKNOWN", "manifest unknown")
    manifest = repository.manifests[digest]
    if manifest.media_type not in call.accept:
        raise RefusedError("MANIFEST_UNKNOWN", f"the client does not accept {manifest.media_type}")
    return digest, manifest


def _digest(call: Call) -> str:
    if is_digest(call.reference):
        if not matches(call.body, call.reference):
            raise RefusedError("DIGEST_INVALID", "provided digest did not match uploaded content")
        return call.reference
    if not _TAG.fullmatch(call.reference):
        raise RefusedError("TAG_INVALID", f"{call.reference} is no tag")
    return digest_of(call.body)


def _indexes_referrers(state: State) -> bool:
    return state.options.referrers_api is True and state.options.oci_subject


def _check_mutable(state: State, named: str | None, tag: str) -> None:
    """Refuse to put an immutable tag that is there, be it the same manifest, as clouds do."""
    if named is not None and re.fullmatch(state.options.immutable_tags, tag):
        status, code, message = state.options.immutable_refusal
        raise RefusedError(code, message, status=status)


def _document(call: Call) -> dict[str, Any]:
    if len(call.body) > LIMIT_BYTES:
        raise RefusedError("MANIFEST_INVALID", "manifest is too large", status=413)
    try:
        document = json.loads(call.body)
    except ValueError as error:
        raise RefusedError("MANIFEST_INVALID", "manifest is not JSON") from error
    content_type = call.headers.get("Content-Type", "")
    if not isinstance(document, dict) or document.get("schemaVersion") != 2:
        raise RefusedError("MANIFEST_INVALID", "manifest is not of schema 2")
    if not content_type or document.get("mediaType", content_type) != content_type:
        raise RefusedError("MANIFEST_INVALID", "Content-Type is not the manifest's media type")
    return document


def _needed(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Go through what must be there: neither the subject nor layers that live at their URLs."""
    if "config" in document:
        yield document["config"]
    for descriptor in (*document.get("manifests", ()), *document.get("layers", ())):
        if not descriptor.get("urls"):
            yield descriptor


def referrers_of(repository: Repository, digest: str) -> Iterator[dict[str, Any]]:
    """Describe the manifests whose subject is *digest*.

    Spec: distribution-spec v1.1.1, "Listing Referrers".
    """
    for own_digest, manifest in sorted(repository.manifests.items()):
        document = manifest.document
        if document.get("subject", {}).get("digest") == digest:
            yield _referrer(own_digest, manifest, document)


def _referrer(digest: str, manifest: StoredManifest, document: dict[str, Any]) -> dict[str, Any]:
    config_type = document.get("config", {}).get("mediaType")
    described = {
        "mediaType": manifest.media_type,
        "digest": digest,
        "size": len(manifest.content),
        "artifactType": document.get("artifactType") or config_type,
        "annotations": document.get("annotations"),
    }
    return {key: value for key, value in described.items() if value}
