"""The list of a registry's repositories, page after page.

Many registries have none, or keep it for administrators; that is told in a sentence of its own,
since a file with a pattern in it cannot be carried out there.

Spec: distribution, "Listing Repositories"; "Token Scope Documentation".
"""

from __future__ import annotations

import json
from contextlib import aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.errors import DeniedError, InvalidReferenceError, NotFoundError, RegistryError
from reposync.oci.reference import DOCKER_HUB, canonical_repository
from reposync.registry.auth.tokens import CATALOG
from reposync.registry.call import Call
from reposync.registry.pages import pages
from reposync.registry.web_page import page_type

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from reposync.registry.buffered_response import BufferedResponse
    from reposync.registry.client import RegistryClient

_PAGE_LIMIT_BYTES = 32 * 1024 * 1024
_DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NO_CATALOG = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
_HOPED = frozenset({HTTPStatus.OK}) | _DENIED | _NO_CATALOG
_NAME_THEM = "name the repositories instead of a pattern"


class Catalog(Struct, frozen=True):
    """All repositories of one registry; see ``RepositoryLister``."""

    client: RegistryClient

    def list_repositories(self) -> AsyncGenerator[str, None]:
        """See ``RepositoryLister``."""
        return list_repositories(self.client)


async def list_repositories(client: RegistryClient) -> AsyncGenerator[str, None]:
    """Iterate over the names, each once; what is no legal name is left out.

    No page size is asked for: some registries refuse any that is not theirs.

    Raises:
        RegistryError: There is no such list, or not for this account.
        ProtocolError: The pages go in a circle or to another host.
    """
    if client.host == DOCKER_HUB:
        raise _refused(client.host, "it has no such list")
    call = Call("GET", "/v2/_catalog", CATALOG, _HOPED, limit_bytes=_PAGE_LIMIT_BYTES)
    seen: set[str] = set()
    async with aclosing(_answers(client, call)) as answers:
        async for answer in answers:
            for full_name in _names(client.host, answer):
                name = client.own_name(full_name)
                if name and name not in seen:
                    seen.add(name)
                    yield name


async def _answers(client: RegistryClient, call: Call) -> AsyncGenerator[BufferedResponse, None]:
    """Return the pages; a token service's refusal is the catalog's."""
    try:
        async with aclosing(pages(client, call, "repositories")) as answers:
            async for answer in answers:
                yield answer
    except (DeniedError, NotFoundError) as error:
        raise _refused(client.host, str(error), is_denied=True) from error


def _names(host: str, answer: BufferedResponse) -> list[str]:
    if answer.status != HTTPStatus.OK:
        raise _refused(host, f"answered {answer.status_text}", is_denied=answer.status in _DENIED)
    try:
        entries = json.loads(answer.body)["repositories"] or []
        return [name for name in entries if isinstance(name, str) and _is_legal(host, name)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        page = page_type(answer.headers, answer.body)
        raise _refused(host, f"answered {page or 'something else'}") from error


def _is_legal(host: str, name: str) -> bool:
    try:
        return canonical_repository(host, name) == name
    except InvalidReferenceError:
        return False


def _refused(host: str, why: str, *, is_denied: bool = False) -> RegistryError:
    hint = f"{_NAME_THEM}, or use an account that may list them" if is_denied else _NAME_THEM
    return RegistryError(f"{host} does not list its repositories ({why})", hint=hint)
