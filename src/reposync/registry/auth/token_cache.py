"""Tokens in use: one per scope and account, requested once however many requests wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.registry.auth.login_failure_cache import LoginFailureCache
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable

    from reposync.credentials import Credentials
    from reposync.registry.auth.token_service import Demand, TokenService
    from reposync.registry.auth.tokens import Scope, Token
    from reposync.retry import Retrier

    Key = tuple[Scope, Credentials | None]


class CachedToken:
    """A token in use.

    ``was_accepted`` is set once the registry has accepted it: one that it refuses later is worth
    another, one that it never accepted is not.
    """

    __slots__ = ("token", "was_accepted")

    def __init__(self, token: Token) -> None:
        self.token = token
        self.was_accepted = False


class TokenCache:
    """Keeps what *service* issued, until it is to be renewed by the clock *now_s*."""

    def __init__(
        self, service: TokenService, retrier: Retrier, now_s: Callable[[], float], what: str
    ) -> None:
        self._service = service
        self._login_failures = LoginFailureCache(retrier, now_s)
        self._now_s = now_s
        self._what = what
        self._tokens: dict[Key, CachedToken] = {}
        self._requests: SingleFlight[Key, CachedToken] = SingleFlight()

    def cached(self, scope: Scope, who: Credentials | None) -> CachedToken | None:
        """Return the token that is in use, if there is one and it holds a while longer."""
        found = self._tokens.get((scope, who))
        return None if found is None or found.token.renew_at_s <= self._now_s() else found

    async def get(self, demand: Demand, scope: Scope, who: Credentials | None) -> CachedToken:
        """Return the token for *scope*; request one where none is in use.

        Raises:
            RepoSyncError: There is none, now or a moment ago.
        """
        found = self.cached(scope, who)
        if found is not None:
            return found
        return await self._requests.run((scope, who), lambda: self._request(demand, scope, who))

    def drop(self, scope: Scope, who: Credentials | None, token: CachedToken) -> None:
        """Use *token* no longer; another task may have replaced it meanwhile."""
        if self._tokens.get((scope, who)) is token:
            del self._tokens[scope, who]

    async def _request(self, demand: Demand, scope: Scope, who: Credentials | None) -> CachedToken:
        key = scope, who
        token = await self._login_failures.run(
            lambda: self._service.fetch(demand, scope, who), key, self._what
        )
        found = self._tokens[key] = CachedToken(token)
        return found
