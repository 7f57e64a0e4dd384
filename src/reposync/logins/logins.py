"""Logins: finds the credentials for a host in the first place that has some.

In a document, the helper for the host comes first, then the helper for all hosts, then the entries
of the document. A failure of the host's own helper or entry is an error. A failure that may not
concern the host, as of a file in the home directory or of the helper for all hosts, is a warning,
logged once: the registry may be public, and reports it if it is not.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from reposync.errors import LoginError
from reposync.logins.document import LoginDocument, login, parse
from reposync.logins.expiry import KEPT_S
from reposync.logins.found_logins import FoundLogin, HelperCache
from reposync.logins.helper import Question
from reposync.logins.keys import matching, means_whole_host
from reposync.logins.places import places, read
from reposync.oci.reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reposync.credentials import Credentials
    from reposync.logins.places import Place

_HUB_KEY = "https://index.docker.io/v1/"
_log = logging.getLogger(__name__)


class Logins:
    """The logins of the user with the environment *environ*; files are read on first use."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        helpers: HelperCache | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._places = places(environ)
        self._helpers = helpers or HelperCache(environ, now_s=now_s)
        self._now_s = now_s
        self._documents: dict[Place, LoginDocument | LoginError | None] = {}
        self._warned: set[str] = set()

    async def find(self, host: str, repository: str) -> FoundLogin:
        """Return the login for *repository* at the canonical *host*.

        Raises:
            LoginError: A login is configured for it, but cannot be read.
        """
        for place in self._places:
            document = self._document(place)
            if document is not None:
                answer = await self._find_in(document, host, repository)
                if answer is not None:
                    return answer
        return FoundLogin(None, self._now_s() + KEPT_S)

    def forget(self, credentials: Credentials) -> None:
        """Read files and run helpers again on the next request for a user of *credentials*."""
        self._documents.clear()
        self._helpers.forget(credentials)

    async def _find_in(
        self, document: LoginDocument, host: str, repository: str
    ) -> FoundLogin | None:
        entries = matching(document.logins.items(), host, repository)
        own = matching(document.helpers.items(), host, repository)
        name = own[0][1] if own else document.store
        if name:
            server = _server([key for key, _ in entries], host)
            question = Question(name, server, document.origin)
            answer = await self._ask_helper(question, must_work=bool(own or entries))
            if answer is not None:
                return answer
        for key, entry in entries:
            found = login(key, entry, document.origin)
            if found is not None:
                return FoundLogin(found, self._now_s() + KEPT_S)
        return None

    async def _ask_helper(self, question: Question, *, must_work: bool) -> FoundLogin | None:
        try:
            answer = await self._helpers.answer(question)
        except LoginError as error:
            if must_work:
                raise
            self._warn(error, question.program)
            return None
        return answer if answer.credentials is not None else None

    def _document(self, place: Place) -> LoginDocument | None:
        if place not in self._documents:
            self._documents[place] = _read(place)
        document = self._documents[place]
        if not isinstance(document, LoginError):
            return document
        if place.variable:
            raise document.without_stack()
        self._warn(document, place.origin)
        return None

    def _warn(self, error: LoginError, where: str) -> None:
        """Log *error* once for all hosts, as it does not concern a single one."""
        if where not in self._warned:
            self._warned.add(where)
            _log.warning("%s; continuing without its logins; %s", error, error.hint)


def _read(place: Place) -> LoginDocument | LoginError | None:
    try:
        text = read(place)
        return None if text is None else parse(text, place)
    except LoginError as error:
        return error


def _server(keys: list[str], host: str) -> str:
    """Return the name of the server as in its key, under which helpers store the login."""
    own = next((key for key in keys if means_whole_host(key)), "")
    return own or (_HUB_KEY if host == DOCKER_HUB else host)
