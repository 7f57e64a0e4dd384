"""Options: what a fake registry can do, and how it likes to say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from tests.fakes.registry.access import BasicAuth, TokenAuth
    from tests.fakes.registry.blob_host import BlobHost


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A registry's character; the default is a modern, open, generous one.

    Attributes:
        page_size: Most entries in one page of tags, repositories or referrers; None for no limit.
        upload_location: How ``Location`` names an upload: ``relative``, ``absolute``, or
            ``elsewhere``, an absolute URL of another port, where the ``_state`` in its query is all
            the permission it takes, as with signed URLs of object stores.
        ranges: Whether a part of a blob can be asked for; if not, the whole comes.
        whole_blobs: Whether a POST may bring a blob with it; if not, it begins an upload.
        mounts: Whether blobs can be mounted; if not, a mount begins an upload.
        referrers_api: Whether it has the API and answers ``OCI-Subject``; without it, it knows no
            such path, gives a page for browsers there as it does everywhere (``html``), or says of
            each image that it is unknown (``unknown``).
        referrers_filter: Whether the API knows ``artifactType``.
        oci_subject: Whether a registry with the API says so when it takes a referrer.
        catalog: Whether it lists its repositories.
        foreign_urls: Whether layers may live at their URLs; if not, the refusal is distribution's.
        blob_as_manifest: Status for who asks for a manifest by the digest of a blob; distribution 2
            finds the blob, cannot read it, and answers 500.
        immutable_tags: A regular expression for whole tags that never move; empty for none.
        immutable_refusal: Status, code and message for who tries.
        digest_on_head: Whether HEAD of a manifest says ``Docker-Content-Digest``.
        manifest_head: Whether HEAD of a manifest is supported at all.
        deletes: What can be deleted: ``all``; ``digests`` alone, as in distribution 2;
            ``manifests``, without blobs; or ``none``.
        manifest_parts: Whether a manifest must have its parts; crane's registry takes any.
        read_only: Refuse all but GET and HEAD.
        body_limit: Largest body in bytes that it, or a proxy in front of it, takes.
        chunk_min: What ``OCI-Chunk-Min-Length`` asks of pieces; 0 for no wish.
        length_required: Refuse bodies without ``Content-Length``, as some clouds do.
        was_made: Whether a repository is there to be pushed to, as ECR wants it; None makes them.
        auth: Who may do what; None lets everybody do everything.
        blob_host: Where GET of a blob is redirected to; None serves it here.
        tls: Context of a server's side; None for plain HTTP.
        port: Where to listen; 0 for any free port.
    """

    page_size: int | None = None
    upload_location: Literal["relative", "absolute", "elsewhere"] = "relative"
    ranges: bool = True
    whole_blobs: bool = True
    mounts: bool = True
    referrers_api: bool | Literal["html", "unknown"] = True
    referrers_filter: bool = True
    oci_subject: bool = True
    catalog: bool = True
    foreign_urls: bool = True
    blob_as_manifest: int = 404
    immutable_tags: str = ""
    immutable_refusal: tuple[int, str, str] = (
        400,
        "TAG_INVALID",
        "The image tag already exists, and the repository is immutable.",
    )
    digest_on_head: bool = True
    manifest_head: bool = True
    deletes: Literal["all", "digests", "manifests", "none"] = "all"
    manifest_parts: bool = True
    read_only: bool = False
    body_limit: int | None = None
    chunk_min: int = 0
    length_required: bool = False
    was_made: Callable[[str], bool] | None = None
    auth: BasicAuth | TokenAuth | None = None
    blob_host: BlobHost | None = None
    tls: ssl.SSLContext | None = None
    port: int = 0
