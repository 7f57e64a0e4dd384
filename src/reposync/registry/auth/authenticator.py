"""Authorization at one registry: none, a password, or a token per scope and account.

Follows the registry's challenges. Credentials come from a source that may have several accounts
for one host, and renews them; whether they are right is decided in ``trial``. A token is requested
once per scope, however many requests wait for it.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from reposync.errors import DeniedError, RegistryError, RepoSyncError, UnauthorizedError
from reposync.registry.auth import login_errors
from reposync.registry.auth.authorization import NOTHING, Authorization
from reposync.registry.auth.proofs import gets_token, is_accepted
from reposync.registry.auth.token_cache import TokenCache
from reposync.registry.auth.token_service import Demand, TokenService
from reposync.registry.auth.trial import Trial
from reposync.registry.buffered_response import status_text
from reposync.registry.redirects.rules import origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from reposync.credentials import Credentials, CredentialSource
    from reposync.http.transport import Transport
    from reposync.oci.challenge import Challenge
    from reposync.registry.auth.authorization import Need
    from reposync.registry.auth.token_cache import CachedToken
    from reposync.registry.auth.tokens import Scope
    from reposync.registry.buffered_response import BufferedResponse
    from reposync.retry import Retrier


class Authenticator:
    """Gives the Authorization header for each request to one registry, and to no other host.

    *prefix* precedes the names of all repositories that are asked for.
    """

    def __init__(
        self,
        host: str,
        source: CredentialSource,
        transport: Transport,
        retrier: Retrier,
        *,
        now_s: Callable[[], float],
        prefix: str = "",
    ) -> None:
        self._host = host
        self._prefix = prefix
        self._source = source
        self._transport = transport
        self._service = TokenService(host, transport, now_s=now_s)
        self._demand: Demand | None = None
        self._demands: dict[Scope, Demand] = {}
        self._guarded_root = ""
        self._tokens = TokenCache(self._service, retrier, now_s, f"token of {host}")
        self._trials: dict[Credentials, Trial] = {}

    def visited(self, challenges: Iterable[Challenge], url: str, status: int) -> None:
        """Learn from what the registry's root at *url* answers to a request without credentials."""
        self._demand = _demand(challenges, url)
        self._guarded_root = url if status == HTTPStatus.UNAUTHORIZED else ""

    async def authorization(self, need: Need) -> Authorization:
        """Return what a request with this *need* sends.

        Raises:
            UnauthorizedError: The credentials were refused, now or before.
            LoginError: They cannot be had.
        """
        demand = self._demand_for(need.scope)
        if demand is None:
            return NOTHING
        who = await self._who(need.scope)
        try:
            return await self._shown(demand, need, who)
        except UnauthorizedError:
            if who is None or not await self._source.refused(who):
                raise
        return await self._shown(demand, need, await self._who(need.scope))

    async def account(self, scope: Scope) -> str:
        """Return the account that requests for *scope* are counted for; "" for a stranger's.

        Raises:
            LoginError: The credentials cannot be had.
        """
        who = await self._who(scope) if self._demand_for(scope) is not None else None
        return who.account if who is not None else ""

    async def judge(self, sent: Authorization, need: Need, url: str, *, is_refused: bool) -> None:
        """Take the answer to a request for credentials on trial as what it says of them.

        *url* is what was requested. Of those that are refused, the registry's root may still know
        the user.
        """
        trial, header = sent.trial, sent.header
        if trial is None or header is None:
            return
        if not is_refused:
            proof = partial(is_accepted, self._transport, "HEAD", url, header)
            await trial.accept(proof if need.is_reading else None, is_reading=need.is_reading)
            return
        root = "" if trial.was_refused else self._guarded_root
        proof = partial(is_accepted, self._transport, "GET", root, header)
        await trial.refuse(need.scope, proof if root else None)

    async def has_more(
        self, sent: Authorization, scope: Scope, challenges: Iterable[Challenge], url: str
    ) -> bool:
        """Learn from a 401 to *sent*; tell whether another request can send something better.

        A token that was accepted before is renewed. A password that was sent is all there is,
        unless its source has another one by now.

        Raises:
            LoginError: Other credentials cannot be had.
        """
        who = await self._who(scope)
        asked = _demand(challenges, url)
        if sent.token is not None:
            self._tokens.drop(scope, sent.who, sent.token)
            return sent.token.was_accepted or self._asks_anew(asked, scope, who)
        if self._asks_anew(asked, scope, who):
            return True
        if who is None or self._demand_for(scope) is None:
            return False
        return sent.header != _as_it_is(who) or await self._source.refused(who)

    async def denial(
        self, answer: BufferedResponse, sent: Authorization, scope: Scope
    ) -> RegistryError:
        """Return what a 401 to *sent*, the last that we could send, means.

        Another host than the registry got no credentials, so what it says is not of these.
        """
        demand = self._demand_for(scope)
        if demand is not None and origin(answer.url) != origin(demand.url):
            return UnauthorizedError(
                f"{answer.host}, where {self._host} redirects to, answered {answer.status_text}",
                status=answer.status,
            )
        who = sent.who
        if who is None:
            error = login_errors.no_credentials(self._host, scope, answer.status)
            error.hint = await self.advice(scope)
            return error
        trial = self._trial(who)
        denied = login_errors.no_access(who, self._host, scope, answer.status_text)
        if sent.token is not None or await trial.denies(scope):
            return denied
        return trial.refusal(scope) or denied

    async def advice(self, scope: Scope, *, is_denied: bool = True) -> str | None:
        """Return what to do about a refusal of *scope* that asks for no credentials.

        One that is not *is_denied* may have other reasons than rights, if somebody is logged in.
        """
        try:
            who = await self._who(scope)
        except RepoSyncError:
            return None
        if who is None:
            return login_errors.how_to_log_in(self._host)
        if not is_denied:
            return None
        if self._demand_for(scope) is None:
            return f"{self._host} did not ask for the {who.kind} from {who.origin}"
        return f"check the rights of the user from {who.origin}"

    async def _who(self, scope: Scope) -> Credentials | None:
        # Who asks for the registry's list may be known for what is below the prefix alone.
        repository = scope.repository if scope.kind == "repository" else self._prefix
        return await self._source.credentials(repository)

    def _trial(self, who: Credentials) -> Trial:
        trial = self._trials.get(who)
        if trial is None:
            trial = self._trials[who] = Trial(who, self._host)
        return trial

    def _demand_for(self, scope: Scope) -> Demand | None:
        return self._demands.get(scope) or self._demand

    def _asks_anew(self, asked: Demand | None, scope: Scope, who: Credentials | None) -> bool:
        """Take over what is *asked* for *scope*; False where it is the same, or cannot be had."""
        known = self._demand_for(scope)
        if asked is None or (known is not None and known.is_same(asked)):
            return False
        if not _gives_tokens(asked, who) and (who is None or (known and not _as_it_is(who))):
            return False
        if known is None:
            self._demand = asked
        else:
            self._demands[scope] = asked
        return True

    async def _shown(self, demand: Demand, need: Need, who: Credentials | None) -> Authorization:
        scope = need.scope
        if who is None:
            is_open = _gives_tokens(demand, who)
            return await self._with_token(demand, scope, who) if is_open else NOTHING
        trial = self._trial(who)
        if not _gives_tokens(demand, who):
            header = _as_it_is(who)
            if not header:
                raise login_errors.no_identity_token(who, self._host)
            is_on_trial = await trial.admit(scope, is_reading=need.is_reading)
            return Authorization(header, who, trial=trial if is_on_trial else None)
        if not await trial.admit(scope, is_reading=False):
            return await self._with_token(demand, scope, who)
        try:
            return await self._with_token(demand, scope, who)
        finally:
            trial.lock.release()

    async def _with_token(
        self, demand: Demand, scope: Scope, who: Credentials | None
    ) -> Authorization:
        token = self._tokens.cached(scope, who)
        if token is None:
            token = await self._new_token(demand, scope, who)
        return Authorization(f"Bearer {token.token.value}", who, token)

    async def _new_token(
        self, demand: Demand, scope: Scope, who: Credentials | None
    ) -> CachedToken:
        try:
            token = await self._tokens.get(demand, scope, who)
        except UnauthorizedError as error:
            raise await self._without_token(scope, who, error) from error
        except DeniedError as error:
            if who is None:
                error.hint = login_errors.how_to_log_in(self._host)
            raise
        if who is not None:
            proof = partial(gets_token, self._service, demand, scope, who)
            await self._trial(who).accept(proof, is_reading=False)
        return token

    async def _without_token(
        self, scope: Scope, who: Credentials | None, error: UnauthorizedError
    ) -> RegistryError:
        """Return what it means that the token service answered *error*."""
        if who is None:
            return login_errors.no_credentials(self._host, scope, error.status)
        trial = self._trial(who)
        if not trial.is_accepted:
            trial.count(scope, error, is_final=error.status != HTTPStatus.UNAUTHORIZED)
        elif await trial.denies(scope, error):
            return login_errors.no_access(who, self._host, scope, status_text(error.status))
        return error


def preferred(challenges: Iterable[Challenge]) -> Challenge | None:
    """Choose among *challenges*: a token before a password, which not everybody has."""
    by_scheme = {challenge.scheme: challenge for challenge in reversed(tuple(challenges))}
    return by_scheme.get("bearer") or by_scheme.get("basic")


def _demand(challenges: Iterable[Challenge], url: str) -> Demand | None:
    found = preferred(challenges)
    return None if found is None else Demand(found, url)


def _gives_tokens(demand: Demand, who: Credentials | None) -> bool:
    """Return whether *who* gets tokens for *demand*; a registry token is one already."""
    is_token = who is not None and bool(who.registry_token)
    return demand.challenge.scheme == "bearer" and not is_token


def _as_it_is(who: Credentials) -> str:
    """Return what *who* can send to a registry itself; empty where that is nothing."""
    if who.registry_token:
        return f"Bearer {who.registry_token}"
    return who.basic() if who.password or not who.identity_token else ""
