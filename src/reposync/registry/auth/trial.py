"""Trial: what one registry has made of one account's credentials so far. No I/O of its own.

Until they are accepted, credentials are sent by one request at a time, since accounts get locked.
A 401 alone does not prove them wrong: many registries answer it where a known user has no access
to a repository, some at ``/v2/`` too. So a refusal first counts for its scope alone, and for all
after a few scopes. Once they were accepted, a 401 means that the scope is denied, unless what was
accepted before is refused now as well.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reposync.credentials import Credentials
    from reposync.errors import UnauthorizedError
    from reposync.registry.auth.tokens import Scope

    Proof = Callable[[], Awaitable[bool]]

_REFUSALS_IN_ALL = 3
"""With one request at the registry's root that is less than what locks accounts, mostly 5."""


class Trial:
    """The credentials *who* at one registry.

    Whoever sends them while they are not ``is_accepted`` holds ``lock`` until there is an answer.
    """

    def __init__(self, who: Credentials) -> None:
        self.who = who
        self.lock = asyncio.Lock()
        self.is_accepted = False
        self._proof: Proof | None = None
        self._refusals: dict[Scope, UnauthorizedError] = {}
        self._denied: set[Scope] = set()
        self._verdict: UnauthorizedError | None = None

    @property
    def was_refused(self) -> bool:
        """Whether any scope was refused before they were accepted."""
        return bool(self._refusals)

    def refusal(self, scope: Scope) -> UnauthorizedError | None:
        """Return why the credentials must not be sent for *scope*; None where they may be."""
        return self._verdict or self._refusals.get(scope)

    async def admit(self, scope: Scope) -> bool:
        """Wait until they may be sent for *scope*; True where ``lock`` is held from now on.

        Raises:
            UnauthorizedError: They must not be sent for *scope*.
        """
        self._check(scope)
        if self.is_accepted:
            return False
        await self.lock.acquire()
        if not self.is_accepted and self.refusal(scope) is None:
            return True
        self.lock.release()
        self._check(scope)
        return False

    def _check(self, scope: Scope) -> None:
        error = self.refusal(scope)
        if error is not None:
            # Not the traceback of all who got it before: it would hold what they were at.
            raise error.with_traceback(None)

    def accept(self, proof: Proof | None) -> None:
        """Note that they were accepted; *proof* repeats what proved it, True if it does again."""
        self.is_accepted = True
        self._proof = self._proof or proof
        self._refusals.clear()

    def refuse(self, scope: Scope, error: UnauthorizedError, *, is_final: bool = False) -> None:
        """Note that they were refused for *scope* before they were accepted for any.

        A refusal that can mean nothing else than wrong credentials is final.
        """
        self._refusals[scope] = error
        if is_final or len(self._refusals) >= _REFUSALS_IN_ALL:
            self._verdict = error

    async def still_accepted(self, scope: Scope, expired: UnauthorizedError) -> bool:
        """Return whether they are right, and only *scope* is denied; asked once for each scope.

        If not, they are refused for all from now on, as *expired* says.
        """
        async with self.lock:
            if self._verdict is None and scope not in self._denied:
                if self._proof is None or await self._proof():
                    self._denied.add(scope)
                else:
                    self._verdict = expired
            return self._verdict is None
