"""Trial: what one registry has made of one account's credentials so far.

Until they are accepted, credentials are sent by one request at a time, since accounts get locked.
A 401 alone does not prove them wrong: many registries answer it where a known user has no access
to a repository, some at ``/v2/`` too. So a refusal first counts for its scope alone, and for all
after a few scopes. Nor does every answer prove them right: where everybody may read, some look at
no credentials. What was accepted is therefore a proof, to be repeated when something is refused.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reposync.registry.auth.login_errors import expired_credentials, wrong_credentials

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reposync.credentials import Credentials
    from reposync.errors import UnauthorizedError
    from reposync.registry.auth.tokens import Scope

    Proof = Callable[[], Awaitable[bool | None]]
    """Return whether the credentials are accepted now; None where it cannot tell."""

_REFUSALS_IN_ALL = 3
"""With one request at the registry's root that is less than what locks accounts, mostly 5."""


class Trial:
    """The credentials *who* at the registry *host*.

    Whoever sends them while they may not be sent freely holds ``lock`` until there is an answer,
    and then calls ``accept`` or ``refuse``.
    """

    def __init__(self, who: Credentials, host: str) -> None:
        self.lock = asyncio.Lock()
        self.is_accepted = False
        self._wrong = wrong_credentials(who, host)
        self._expired = expired_credentials(who, host)
        self._reads = False
        self._proof: Proof | None = None
        self._refusals: dict[Scope, UnauthorizedError] = {}
        self._denied: set[Scope] = set()
        self._verdict: UnauthorizedError | None = None

    @property
    def was_refused(self) -> bool:
        """Whether any scope was refused, as far as nothing proves that it was this scope alone."""
        return bool(self._refusals)

    def refusal(self, scope: Scope) -> UnauthorizedError | None:
        """Return why the credentials must not be sent for *scope*; None where they may be."""
        return self._verdict or self._refusals.get(scope)

    async def admit(self, scope: Scope, *, is_reading: bool) -> bool:
        """Wait until they may be sent for *scope*; True where ``lock`` is held from now on.

        Raises:
            UnauthorizedError: They must not be sent for *scope*.
        """
        self._check(scope)
        if self._is_free(is_reading=is_reading):
            return False
        await self.lock.acquire()
        if self.refusal(scope) is None and not self._is_free(is_reading=is_reading):
            return True
        self.lock.release()
        self._check(scope)
        return False

    async def accept(self, proof: Proof | None, *, is_reading: bool) -> None:
        """Note that a request was accepted, which *proof* repeats."""
        self._proof = self._proof or proof
        self._reads = True
        if not is_reading or (self._refusals and proof is not None and await proof()):
            self._accept()

    async def refuse(self, scope: Scope, root: Proof | None = None) -> None:
        """Note that they were refused for *scope*, unless only the scope is denied.

        What was accepted before is tried again; before anything was, the registry's *root*.
        """
        await self._weigh(scope, self._wrong, self._expired, root)

    def count(self, scope: Scope, error: UnauthorizedError, *, is_final: bool = False) -> None:
        """Count a refusal of *scope* that may be one of the credentials.

        One that can mean nothing else than wrong credentials is final.
        """
        self._refusals[scope] = error
        if is_final or len(self._refusals) >= _REFUSALS_IN_ALL:
            self._verdict = error

    async def denies(self, scope: Scope, error: UnauthorizedError | None = None) -> bool:
        """Return whether a 401 for *scope* denies it to a known user; asked once for each scope.

        If not, ``refusal`` says from now on what it means. A token service that answered so has an
        *error* of its own.
        """
        async with self.lock:
            if self.refusal(scope) is None and scope not in self._denied:
                await self._weigh(scope, error or self._wrong, error or self._expired)
            return self.refusal(scope) is None

    async def _weigh(
        self,
        scope: Scope,
        wrong: UnauthorizedError,
        expired: UnauthorizedError,
        root: Proof | None = None,
    ) -> None:
        proof = self._proof or root
        known = await proof() if proof is not None else None
        if known is False and self._reads:
            self._verdict = expired
        elif known or self.is_accepted:
            self._proof = proof
            self._accept()
            self._denied.add(scope)
        else:
            self.count(scope, wrong)

    def _accept(self) -> None:
        self._reads = self.is_accepted = True
        self._refusals.clear()

    def _is_free(self, *, is_reading: bool) -> bool:
        return self.is_accepted or (is_reading and self._reads)

    def _check(self, scope: Scope) -> None:
        error = self.refusal(scope)
        if error is not None:
            raise error.without_stack()
