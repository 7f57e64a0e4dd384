"""Reading: what a registry can do as far as GET and HEAD show it."""

from __future__ import annotations

import json
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.doctor.fields import RateLimit
from reposync.doctor.findings import Finding, all_unknown, no, unknown, yes
from reposync.errors import RegistryError, RepoSyncError, UnavailableError
from reposync.oci.digest import Digest
from reposync.oci.reference import DOCKER_HUB
from reposync.registry.call import Call
from reposync.registry.catalog import list_repositories
from reposync.registry.referrers.listing import list_by_api
from reposync.registry.throttle.pull_quota import allowance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.doctor.observations import Observation
    from reposync.doctor.subject import Subject
    from reposync.registry.buffered_response import BufferedResponse

_NOWHERE = "reposync-doctor/none"
_NOTHING = Digest(f"sha256:{'0' * 64}")
_FEW_TAGS = 2
_NAME_ONE = "name a repository with --repository"
_AT_HUB = "library/hello-world"
_PAGE_LIMIT_BYTES = 1024 * 1024
_NO_HEAD = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
_NO_PAGES = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})


class Found(Struct, frozen=True):
    """Findings, and what the next probe can go by."""

    findings: tuple[Finding, ...]
    value: str | None = None


async def ask_catalog(subject: Subject) -> Found:
    """Ask for the list of repositories; the value is the first of them."""
    first: str | None = None
    try:
        async with aclosing(list_repositories(subject.client)) as names:
            first = await anext(names, None)
    except UnavailableError as error:
        return Found((unknown("catalog", str(error)),))
    except RegistryError as error:
        return Found((no("catalog", str(error)),))
    except RepoSyncError as error:
        return Found((unknown("catalog", str(error)),))
    return Found((yes("catalog", subject.log.last_answer()),), first)


def repository_to_ask(subject: Subject, listed: str | None) -> str | None:
    """Return a repository to ask about: one that is named, or one that is known to be there."""
    if subject.repository is not None:
        return subject.repository
    return _AT_HUB if subject.client.host == DOCKER_HUB else listed


async def ask_repository(subject: Subject, repository: str | None) -> list[Finding]:
    """Ask for the tags of *repository*, for a manifest, and for its referrers."""
    if repository is None:
        why = f"there is no repository to ask about; {_NAME_ONE}"
        return [
            *all_unknown(("tag_list", "tag_list_pages", "manifest_head"), why),
            counts_pulls(subject.client.host, None, why),
            await _referrers(subject, _NOWHERE, _NOTHING),
        ]
    listing, tags = await _tags(subject, repository)
    head, digest = await _head(subject, repository, tags)
    return [
        listing,
        await _tag_pages(subject, repository, tags),
        *head,
        await _referrers(subject, repository, digest or _NOTHING),
    ]


async def _tags(subject: Subject, repository: str) -> tuple[Finding, tuple[str, ...]]:
    """List the tags of the first page, or rather the first few of them."""
    tags: list[str] = []
    try:
        async with aclosing(subject.at(repository).list_tags()) as listed:  # type: ignore[type-var]
            async for tag in listed:
                tags.append(tag)
                if len(tags) == _FEW_TAGS:
                    break
    except RepoSyncError as error:
        return unknown("tag_list", str(error)), ()
    return yes("tag_list", subject.log.last_answer()), tuple(tags)


async def _tag_pages(subject: Subject, repository: str, tags: tuple[str, ...]) -> Finding:
    """Ask for a page of one tag, which says something where there are several."""
    if len(tags) < _FEW_TAGS:
        why = f"{repository} does not list {_FEW_TAGS} tags; {_NAME_ONE}"
        return unknown("tag_list_pages", why)
    scope = subject.scope(repository)
    call = Call(
        "GET",
        f"/v2/{scope.repository}/tags/list?n=1",
        scope,
        frozenset({HTTPStatus.OK}) | _NO_PAGES,
        limit_bytes=_PAGE_LIMIT_BYTES,
    )
    try:
        answer = await subject.client.ask(call)
    except RepoSyncError as error:
        return unknown("tag_list_pages", str(error))
    return tag_pages(answer)


def tag_pages(answer: BufferedResponse) -> Finding:
    """Return what the *answer* to a request for a single tag says of pages. Pure."""
    how = f"{answer.method} {answer.path}?n=1 answered {answer.status_text}"
    if answer.status != HTTPStatus.OK:
        return no("tag_list_pages", f"{how}: this size of pages is refused")
    is_linked = bool(answer.headers.get("Link"))
    if _count(answer.body) != 1:
        return no("tag_list_pages", f"{how} with all tags")
    if is_linked:
        return yes("tag_list_pages", f"{how} with one tag and a link to the next page")
    return no("tag_list_pages", f"{how} with one tag and no link to the others")


def _count(body: bytes) -> int | None:
    try:
        return len(json.loads(body)["tags"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


async def _head(
    subject: Subject, repository: str, tags: tuple[str, ...]
) -> tuple[list[Finding], Digest | None]:
    """Look a manifest up, and return its digest."""
    began, found = len(subject.log), None
    why = f"{repository} has no tag that is listed; {_NAME_ONE}"
    try:
        found = await subject.at(repository).resolve(tags[0]) if tags else None
    except RepoSyncError as error:
        why = str(error)
    looks = [each for each in [*subject.log][began:] if each.method == "HEAD"]
    look = looks[-1] if looks else None
    head = _of_look(look) if look is not None else unknown("manifest_head", why)
    pulls = counts_pulls(subject.client.host, look, why)
    return [head, pulls], found.digest if found is not None else None


def _of_look(look: Observation) -> Finding:
    if look.status in _NO_HEAD:
        return no("manifest_head", look.answered)
    if look.status != HTTPStatus.OK:
        return unknown("manifest_head", f"{look.answered}, though the tag is listed")
    if not look.header("Docker-Content-Digest"):
        return no("manifest_head", f"{look.answered} without Docker-Content-Digest")
    return yes("manifest_head", f"{look.answered} with Docker-Content-Digest")


def counts_pulls(host: str, look: Observation | None, why: str = "") -> Finding:
    """Return whether a pull counts: who counts them says so where a manifest is looked up. Pure.

    *why* is the reason that none was.
    """
    if host == DOCKER_HUB:
        return yes("counts_pulls", "Docker Hub counts manifests that are fetched by GET")
    if look is None:
        return unknown("counts_pulls", why)
    if allowance(look.headers) is not None:
        return yes("counts_pulls", f"RateLimit-Remaining on {look.request}")
    return no("counts_pulls", f"no RateLimit-Remaining on {look.request}")


def rate_limit(observations: Iterable[Observation]) -> Finding:
    """Return the limit that the last answer which mentions one told. Pure."""
    for observation in reversed([*observations]):
        told = allowance(observation.headers)
        if told is not None:
            value = RateLimit(told.limit, told.remaining, told.window_s or None)
            window = f" in {told.window_s} s" if told.window_s else ""
            text = f"{told.remaining} of {told.limit}{window} left"
            return Finding("rate_limit", value, f"RateLimit headers on {observation.request}", text)
    return unknown("rate_limit", "no answer has RateLimit headers", "none seen")


async def _referrers(subject: Subject, repository: str, digest: Digest) -> Finding:
    """Ask the referrers API about *digest*, or about nothing, which can show that there is none."""
    try:
        await list_by_api(subject.client, subject.scope(repository), digest)
    except RepoSyncError as error:
        return unknown("referrers_api", str(error))
    return Finding("referrers_api", subject.client.known.referrers_api, subject.log.last_answer())
