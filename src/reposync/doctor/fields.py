"""The report: every finding as a field, for people and for programs.

The names of the fields are part of the interface: scripts read them. ``how`` holds for each field
how its value was found out; a field that is null is unknown.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- msgspec reads it
from typing import Literal

import msgspec
from msgspec import Struct, field

from reposync.doctor.findings import Finding  # noqa: TC001 -- the same

Format = Literal["reposync-doctor/1"]
Scheme = Literal["none", "basic", "bearer"]


class Failure(Struct, frozen=True):
    """Why the registry cannot be used, and what to do."""

    message: str
    hint: str | None = None


class Tls(Struct, frozen=True):
    """TLS: its version; of the server's certificate, whether it is verified, issuer and end.

    Of a certificate that is not verified, nothing else is known.
    """

    version: str
    verified: bool
    issuer: str | None = None
    expires_at: datetime | None = None
    days_left: int | None = None


class TokenServiceName(Struct, frozen=True):
    """Who gives tokens: the URL without its query, and the name of the service in a request."""

    realm: str
    service: str | None = None


class Login(Struct, frozen=True):
    """Whose credentials are used, never themselves.

    ``source`` is ``anonymous``, or says where they are from; ``kind`` is null for anonymous.
    ``accepted`` is null where the registry did not ask for them.
    """

    source: str
    kind: str | None = None
    accepted: bool | None = None


class RateLimit(Struct, frozen=True):
    """A limit that answers mention, and what is left of it; ``window_s`` is null if not said."""

    limit: int
    remaining: int
    window_s: int | None = None


class Deletion(Struct, frozen=True):
    """Whether a tag can be deleted alone, and a manifest by its digest."""

    tag: bool | None
    digest: bool | None


class LayoutFound(Struct, frozen=True):
    """An OCI image layout: its form, and how many repositories it holds."""

    kind: Literal["directory", "tar"]
    repositories: int


class Report(Struct, frozen=True, kw_only=True):
    """What ``doctor`` found out about one registry.

    Attributes:
        format: The format of this document.
        host: The registry's host, with its port and path prefix if it has them; or the layout.
        reachable: Whether a registry answered.
        error: Why it cannot be used: not reachable, or the credentials are refused; else null.
        url: Scheme, host and port that answered.
        layout: For a layout: its form and content. Most other fields are null then.
        tls: Version and certificate; null over plain HTTP.
        server: The `Server` header.
        api_version: The `Docker-Distribution-Api-Version` header.
        product: The product or service, if its name or its headers show it.
        authentication: How the registry asks who is there.
        token_service: Who gives tokens, with `bearer`.
        credentials: Whose credentials are used, and whether they are accepted.
        manifest_head: Whether HEAD of a manifest is answered, with its digest.
        referrers_api: Whether the registry lists referrers; without it, fallback tags do.
        catalog: Whether it lists its repositories, to this account.
        tag_list: Whether it lists the tags of a repository.
        tag_list_pages: Whether the list comes in pages of the size that is asked for, with links.
        rate_limit: The limit that answers mention.
        counts_pulls: Whether fetching a manifest counts against a limit.
        clock_skew_s: Seconds by which the registry's clock is ahead; negative if it is behind.
        latency_ms: The median time to an answer on a connection that is open.
        whole_blob_upload: Whether a small blob can be sent in the request that opens its upload.
        chunked_upload: Whether a blob can be sent in several requests.
        chunk_min_bytes: The least length of a chunk that it asks for; 0 for none.
        body_limit_bytes: The largest request body that may still be accepted, after one was
            refused; null if none was.
        mount: Whether a blob can be mounted from another repository.
        referrers_fallback: Whether a referrer can be listed by its fallback tag; null with the API.
        refuses_missing_blobs: Whether a manifest is refused if one of its blobs is missing.
        refuses_missing_manifests: Whether an index is refused if one of its manifests is missing.
        delete: Whether a tag can be deleted alone, and a manifest by digest.
        delete_blob: Whether a blob can be deleted.
        left_behind: What `--write` could not delete again.
        how: For each field, how its value was found out, or why it is unknown.
    """

    format: Format = "reposync-doctor/1"
    host: str
    reachable: bool
    error: Failure | None = None
    url: str | None = None
    layout: LayoutFound | None = None
    tls: Tls | None = None
    server: str | None = None
    api_version: str | None = None
    product: str | None = None
    authentication: Scheme | None = None
    token_service: TokenServiceName | None = None
    credentials: Login | None = None
    manifest_head: bool | None = None
    referrers_api: bool | None = None
    catalog: bool | None = None
    tag_list: bool | None = None
    tag_list_pages: bool | None = None
    rate_limit: RateLimit | None = None
    counts_pulls: bool | None = None
    clock_skew_s: int | None = None
    latency_ms: float | None = None
    whole_blob_upload: bool | None = None
    chunked_upload: bool | None = None
    chunk_min_bytes: int | None = None
    body_limit_bytes: int | None = None
    mount: bool | None = None
    referrers_fallback: bool | None = None
    refuses_missing_blobs: bool | None = None
    refuses_missing_manifests: bool | None = None
    delete: Deletion | None = None
    delete_blob: bool | None = None
    left_behind: tuple[str, ...] | None = None
    how: dict[str, str] = field(default_factory=dict)


class Examination(Struct, frozen=True):
    """What was found out about *host*; ``error`` is why it cannot be used."""

    host: str
    findings: tuple[Finding, ...]
    error: Failure | None = None

    @property
    def report(self) -> Report:
        """The findings as the fields of a document."""
        fields = {each.name: each.value for each in self.findings}
        how = {each.name: each.how for each in self.findings if each.how}
        return msgspec.convert(
            {"host": self.host, "error": self.error, **fields, "how": how},
            Report,
            from_attributes=True,
        )
