"""What a registry's refusal means: status and error codes to our errors.

A pure rule over a response that was read already. Codes count where the status alone is not clear,
since registries differ: a lost upload is reported as 400, 404 or 416.

Spec: distribution-spec v1.1.1, "Error Codes".
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import (
    ContentError,
    DeniedError,
    NoSpaceError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    RegistryError,
    RepoSyncError,
    UnauthorizedError,
    UnavailableError,
    UploadInvalidError,
)
from reposync.oci import error_code
from reposync.registry.buffered_response import is_busy
from reposync.registry.immutability import TagRefusedError, refuses_to_move
from reposync.registry.throttle.storage_full import tells_of_no_space
from reposync.registry.unknown_repository import unknown_repository
from reposync.registry.web_page import PAGE_HINT, page_or, page_type
from reposync.words import spelled_duration

if TYPE_CHECKING:
    from reposync.registry.buffered_response import BufferedResponse

_LOST_UPLOAD = frozenset({"BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID", "RANGE_INVALID"})
_WRONG_CONTENT = frozenset({"DIGEST_INVALID", "SIZE_INVALID"})
# Beside these, distribution calls a part's digest invalid while another writer puts it there.
_MISSES_PARTS = frozenset({"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"})
_TOO_MANY = frozenset({"TOOMANYREQUESTS", "TOO_MANY_REQUESTS"})
_HINTS = {
    413: "raise the limit of bodies at the registry, or at a proxy in front of it",
    502: "a proxy answers, and the registry behind it does not",
    504: "a proxy answers, and the registry behind it does not in time",
}
_RATE_LIMIT_HINT = (
    "log in, which many registries reward with a higher limit, or set requests_per_second; "
    "run again later: what was copied stays copied"
)
# With others, 404 first of all, registries send pages of their own.
_OF_PROXIES = frozenset({400, 403, 405})


def refusal(answer: BufferedResponse, now: datetime | None = None) -> RepoSyncError:
    """Return the error for *answer*, which is not one of the expected ones."""
    body = error_code.parse(answer.body)
    codes = frozenset(body.codes)
    is_too_large = answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if codes & _WRONG_CONTENT and not codes & _MISSES_PARTS and not is_too_large:
        return ContentError(
            f"{answer.host} found other bytes than the digest promised ({_detail(body)})"
        )
    if tells_of_no_space(answer.method, answer.status, answer.body):
        return _no_space(answer, body)
    if (unknown := unknown_repository(answer, body.codes, _detail(body))) is not None:
        return unknown
    kind = _kind(answer.status, codes)
    if refuses_to_move(answer.method, answer.path, answer.status, body):
        kind = TagRefusedError
    asked_s = retry_after_s(answer.headers.get("Retry-After", ""), now)
    is_rate_limited = kind is RateLimitedError
    error = kind(
        f"{answer.host} answered {answer.status_text} to {answer.method} {answer.path}"
        + (f" ({_detail(body)})" if body.codes or body.message else "")
        + (_limit_reached(answer, body, asked_s) if is_rate_limited else ""),
        method=answer.method,
        url=answer.url,
        status=answer.status,
        codes=body.codes,
        hint=_RATE_LIMIT_HINT if is_rate_limited else _hint(answer),
    )
    if kind is ProtocolError:
        return page_or(error, answer, f"a registry's answer to {answer.method}")
    if isinstance(error, RateLimitedError | UnavailableError):
        error.retry_after_s = asked_s
    return error


def _limit_reached(
    answer: BufferedResponse, body: error_code.ErrorBody, asked_s: float | None
) -> str:
    """Name the limit, and the time that the registry asks to wait."""
    is_of_pulls = "pull rate limit" in body.message.lower() or (
        answer.headers.get("RateLimit-Remaining", "").partition(";")[0].strip() == "0"
    )
    limit = "the pull limit of this account" if is_of_pulls else "its rate limit"
    wait = f"; it asks to wait {spelled_duration(asked_s)}" if asked_s else ""
    return f": {limit} is reached{wait}"


def _hint(answer: BufferedResponse) -> str | None:
    if answer.status in _OF_PROXIES and page_type(answer.headers, answer.body):
        return PAGE_HINT
    return _HINTS.get(answer.status)


def _no_space(answer: BufferedResponse, body: error_code.ErrorBody) -> NoSpaceError:
    """Return what the registry says of it, where that is more than a number."""
    said = "" if "UNKNOWN" in body.codes else _detail(body)
    return NoSpaceError(
        f"{answer.host} has no space left ({said or answer.status_text})",
        hint="make room at the registry, or raise its quota; what was copied stays copied",
        method=answer.method,
        url=answer.url,
        status=answer.status,
        codes=body.codes,
    )


def _kind(status: int, codes: frozenset[str]) -> type[RegistryError]:
    if status == HTTPStatus.TOO_MANY_REQUESTS or codes & _TOO_MANY:
        return RateLimitedError
    if codes & _LOST_UPLOAD or status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return UploadInvalidError
    if status == HTTPStatus.FORBIDDEN or codes == {"DENIED"}:
        return DeniedError
    if is_busy(status):
        return UnavailableError
    by_status = {
        HTTPStatus.UNAUTHORIZED: UnauthorizedError,
        HTTPStatus.NOT_FOUND: NotFoundError,
    }
    if status in by_status:
        return by_status[HTTPStatus(status)]
    return RegistryError if status >= HTTPStatus.BAD_REQUEST else ProtocolError


def _detail(body: error_code.ErrorBody) -> str:
    return ": ".join(part for part in (", ".join(body.codes), body.message) if part)


def retry_after_s(value: str, now: datetime | None = None) -> float | None:
    """Read a Retry-After header: seconds, or an HTTP date; None when it says nothing.

    Spec: RFC 9110, section 10.2.3.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):  # the last of a year or a zone beyond all bounds
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())
