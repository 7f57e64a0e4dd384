"""The examination: which questions are asked in which order, and when to stop asking."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from reposync.doctor import access, endpoint, products, read_probes
from reposync.doctor.fields import Examination, Failure
from reposync.doctor.findings import all_unknown, no, yes
from reposync.doctor.write_probes import WRITTEN, try_writing
from reposync.errors import (
    DeniedError,
    LoginError,
    ProtocolError,
    RepoSyncError,
    UnauthorizedError,
)
from reposync.registry.auth.tokens import Scope
from reposync.registry.call import Call
from reposync.registry.schemes import greet
from reposync.registry.web_page import page_or, page_type

if TYPE_CHECKING:
    from datetime import datetime

    from reposync.credentials import Credentials
    from reposync.doctor.findings import Finding
    from reposync.doctor.observations import Observation
    from reposync.doctor.subject import Subject

_GREETINGS = 5
_OF_LOGINS = (UnauthorizedError, DeniedError, LoginError)
_READ = ("catalog", "tag_list", "tag_list_pages", "manifest_head", "referrers_api", "counts_pulls")


async def examine(
    subject: Subject, *, now: datetime, write: str | None = None, nonce: str = ""
) -> Examination:
    """Ask *subject* what it is and does: by GET and HEAD alone, unless it may be written to.

    *write* is a repository in which things of *nonce* are pushed and deleted again. *now* is the
    time by which certificates are judged.
    """
    host = f"{subject.client.host}/{subject.prefix}" if subject.prefix else subject.client.host
    failure = await _knock(subject)
    root = subject.log.first
    if root is None or (failure is not None and not isinstance(failure, _OF_LOGINS)):
        return _unreachable(host, subject, failure)
    who, unavailable = await _who(subject, write)
    greetings = await _greetings(subject, root)
    asked = await _asked(subject, failure, write, nonce)
    attempt = access.Attempt(who, failure, unavailable)
    credentials = access.credentials(subject.log, attempt)
    observations = [*subject.log]
    findings = (
        yes("reachable", root.answered),
        endpoint.address(root, subject.prefix),
        endpoint.tls(root, is_verified=subject.verifies, now=now),
        *endpoint.server(observations),
        products.product(subject.client.host, observations),
        *access.authentication(subject.log),
        credentials,
        *asked,
        read_probes.rate_limit(observations),
        endpoint.clock([root, *greetings]),
        endpoint.latency(greetings),
    )
    return Examination(host, findings, _error(unavailable or failure, credentials, attempt))


async def _knock(subject: Subject) -> RepoSyncError | None:
    """Ask for the registry's root with credentials; return why that is no success."""
    try:
        answer = await subject.client.ask(Call("GET", "/v2/", Scope()))
    except RepoSyncError as error:
        return error
    if answer.body and page_type(answer.headers, answer.body) is not None:
        other = ProtocolError(f"{subject.client.host} is no registry")
        return page_or(other, answer, "a registry's answer")
    return None


def _unreachable(host: str, subject: Subject, failure: RepoSyncError | None) -> Examination:
    why = str(failure) if failure is not None else "it did not answer"
    found = [no("reachable", why)]
    root = subject.log.first
    if root is not None:
        found += [endpoint.address(root, subject.prefix), *endpoint.server([*subject.log])]
    return Examination(host, tuple(found), Failure(why, failure.hint if failure else None))


def _error(
    failure: RepoSyncError | None, credentials: Finding, attempt: access.Attempt
) -> Failure | None:
    """Return why the credentials are of no use; None where they are, or where there are none."""
    if attempt.unavailable is None and not access.is_refused(credentials):
        return None
    if failure is None:  # the root is open, and what is below it is not
        origin = attempt.who.origin if attempt.who is not None else ""
        return Failure(f"the credentials were refused: {credentials.how}", f"check {origin}")
    return Failure(str(failure), failure.hint)


async def _who(
    subject: Subject, write: str | None
) -> tuple[Credentials | None, RepoSyncError | None]:
    """Return who to be there, or why that cannot be found out."""
    try:
        repository = subject.repository or write or ""
        return await subject.client.credentials.credentials(repository), None
    except LoginError as error:
        return None, error


async def _asked(
    subject: Subject, failure: RepoSyncError | None, write: str | None, nonce: str
) -> list[Finding]:
    """Ask about lists and images; without access only about a repository that is named."""
    if failure is not None and subject.repository is None and write is None:
        return all_unknown((*_READ, *WRITTEN), f"not asked: {failure}")
    catalog = await read_probes.ask_catalog(subject)
    if write is not None:
        return [*catalog.findings, *await try_writing(subject, write, nonce)]
    repository = read_probes.repository_to_ask(subject, catalog.value)
    return [
        *catalog.findings,
        *await read_probes.ask_repository(subject, repository),
        *all_unknown(WRITTEN, "not tried without --write"),
    ]


async def _greetings(subject: Subject, root: Observation) -> list[Observation]:
    """Request the root a few times without credentials; return what was observed."""
    scheme, _, server = root.origin.partition("://")
    began = len(subject.log)
    with suppress(RepoSyncError):
        for _ in range(_GREETINGS):
            await greet(subject.transport, server, (scheme,))
    return [*subject.log][began:]
