"""Access: how the registry asks who is there, and what becomes of our credentials. Pure."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from reposync.doctor.fields import Login, TokenServiceName
from reposync.doctor.findings import Finding, unknown
from reposync.oci.error_code import printable, redacted
from reposync.registry.auth.authenticator import preferred
from reposync.registry.buffered_response import is_busy
from reposync.registry.redirects.rules import joined

if TYPE_CHECKING:
    from reposync.credentials import Credentials
    from reposync.doctor.observations import Observation, ObservationLog
    from reposync.errors import RepoSyncError
    from reposync.oci.challenge import Challenge

_ANONYMOUS = "anonymous"
_VALUE_LIMIT = 120


class Attempt(Struct, frozen=True):
    """What came of asking with credentials.

    ``who`` is None for anonymous. ``failure`` is what the registry's root was answered with, None
    where it was a success; ``unavailable`` is why configured credentials cannot be had.
    """

    who: Credentials | None = None
    failure: RepoSyncError | None = None
    unavailable: RepoSyncError | None = None


def authentication(log: ObservationLog) -> list[Finding]:
    """Return the scheme that the registry asks for, and its token service.

    A registry whose root is open may ask for credentials elsewhere.
    """
    for observation in log:
        challenge = preferred(observation.challenges) if log.is_own(observation) else None
        if challenge is not None:
            return _asked(observation, challenge)
    root = log.first
    how = f"{root.answered}, without a challenge" if root is not None else ""
    if root is not None and root.status == HTTPStatus.UNAUTHORIZED:
        return [unknown("authentication", how)]
    return [Finding("authentication", "none", how)]


def _asked(observation: Observation, challenge: Challenge) -> list[Finding]:
    shown = challenge.scheme.capitalize()
    if challenge.scheme != "bearer":
        how = f"{observation.status} with WWW-Authenticate: {shown} on {observation.request}"
        return [Finding("authentication", challenge.scheme, how)]
    realm = _without_secrets(joined(observation.url, challenge.parameters.get("realm", "")))
    service = _shown(challenge.parameters.get("service", "")) or None
    sent = f'WWW-Authenticate: Bearer realm="{realm}"'
    how = f"{observation.status} with {sent} on {observation.request}"
    named = f", for service {service}" if service else ""
    return [
        Finding("authentication", challenge.scheme, how),
        Finding(
            "token_service", TokenServiceName(realm, service), "the challenge", f"{realm}{named}"
        ),
    ]


def _without_secrets(url: str) -> str:
    """Return *url* without a user and a query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return _shown(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")


def _shown(text: str) -> str:
    return redacted(printable(text))[:_VALUE_LIMIT]


def credentials(log: ObservationLog, attempt: Attempt) -> Finding:
    """Return whose credentials are used, and whether they are accepted."""
    if attempt.unavailable is not None:
        return unknown("credentials", str(attempt.unavailable), "cannot be read")
    if attempt.who is None:
        return _anonymous(log, attempt.failure)
    who = attempt.who
    shown = [each for each in log if _shows(each, who, log)]
    good = next((each for each in shown if _is_accepted(each, log)), None)
    source = f"{who.kind} from {who.origin}"
    if not shown:
        how = "the registry did not ask for them"
        return _login(who, how, f"{source}, not used")
    if good is not None:
        return _login(who, _answered(good, log), f"{source}, accepted", accepted=True)
    how = str(attempt.failure or shown[-1].answered)
    return _login(who, how, f"{source}, refused", accepted=False)


def is_refused(finding: Finding) -> bool:
    """Return whether credentials were shown and refused."""
    value = finding.value
    return isinstance(value, Login) and value.kind is not None and value.accepted is False


def _login(who: Credentials, how: str, text: str, *, accepted: bool | None = None) -> Finding:
    return Finding("credentials", Login(who.origin, who.kind, accepted), how, text)


def _anonymous(log: ObservationLog, failure: RepoSyncError | None) -> Finding:
    own = [each for each in log if log.is_own(each)]
    good = next((each for each in own if each.status < HTTPStatus.BAD_REQUEST), None)
    if good is not None:
        return Finding(
            "credentials", Login(_ANONYMOUS, None, accepted=True), good.answered, _ANONYMOUS
        )
    how = str(failure) if failure is not None else ""
    text = f"{_ANONYMOUS}, not accepted"
    return Finding("credentials", Login(_ANONYMOUS, None, accepted=False), how, text)


def _shows(observation: Observation, who: Credentials, log: ObservationLog) -> bool:
    """Return whether the login itself was sent, and no token that was had for it."""
    if not log.is_own(observation) and observation.method == "POST":
        return bool(who.identity_token)
    return observation.authorization == ("bearer" if who.registry_token else "basic")


def _is_accepted(observation: Observation, log: ObservationLog) -> bool:
    """Return whether the answer says that the user is known; a token service gives a token."""
    if not log.is_own(observation):
        return observation.status == HTTPStatus.OK
    return observation.status != HTTPStatus.UNAUTHORIZED and not is_busy(observation.status)


def _answered(observation: Observation, log: ObservationLog) -> str:
    if log.is_own(observation):
        return observation.answered
    return f"{observation.method} {observation.url} answered {observation.status_text}"
