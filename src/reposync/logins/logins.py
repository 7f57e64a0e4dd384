"""Logins: who the user is at a host, by the first place that knows it.

In one document, a helper for the host comes before the helper for all, which comes before what is
written there. What concerns the host must work: a helper that is named for it, or its own entry.
What only may concern it, a broken file in the user's home or a helper for all that fails, is a
warning, told once: the registry may well be open to strangers, and says so itself if it is not.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from reposync.errors import LoginError
from reposync.logins.answers import BufferedResponse, HelperAnswers
from reposync.logins.document import LoginDocument, login, parse
from reposync.logins.expiry import KEPT_S
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
    """The logins of the user whose environment it is; read when one is first asked for."""

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        helpers: HelperAnswers | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._places = places(environ)
        self._helpers = helpers or HelperAnswers(environ, now_s=now_s)
        self._now_s = now_s
        self._documents: dict[Place, LoginDocument | LoginError | None] = {}
        self._warned: set[str] = set()

    async def find(self, host: str, repository: str) -> BufferedResponse:
        """Find who to be at *repository* of the canonical *host*, and until when that holds.

        Raises:
            LoginError: A login is kept for it, and cannot be had.
        """
        for place in self._places:
            document = self._document(place)
            if document is not None:
                answer = await self._find_in(document, host, repository)
                if answer is not None:
                    return answer
        return BufferedResponse(None, self._now_s() + KEPT_S)

    def forget(self, credentials: Credentials) -> None:
        """Look anew, in files and at helpers, when next asked for who got *credentials*."""
        self._documents.clear()
        self._helpers.forget(credentials)

    async def _find_in(
        self, document: LoginDocument, host: str, repository: str
    ) -> BufferedResponse | None:
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
                return BufferedResponse(found, self._now_s() + KEPT_S)
        return None

    async def _ask_helper(self, question: Question, *, must_work: bool) -> BufferedResponse | None:
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
            raise document.with_traceback(None)
        self._warn(document, place.origin)
        return None

    def _warn(self, error: LoginError, where: str) -> None:
        """Report *error* once for all hosts, since nothing in it is of one of them."""
        if where not in self._warned:
            self._warned.add(where)
            _log.warning("%s; going on without its logins; %s", error, error.hint)


def _read(place: Place) -> LoginDocument | LoginError | None:
    try:
        text = read(place)
        return None if text is None else parse(text, place)
    except LoginError as error:
        return error


def _server(keys: list[str], host: str) -> str:
    """Name the server as its login's key does; helpers keep it under that name."""
    own = next((key for key in keys if means_whole_host(key)), "")
    return own or (_HUB_KEY if host == DOCKER_HUB else host)
