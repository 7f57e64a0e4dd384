"""image-syncer's logins: of a registry, or of a part of one; the longest that fits counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reposync.interop.draft import Access, Variables
from reposync.interop.secrets import pair, shell_variable

if TYPE_CHECKING:
    from reposync.interop.choice import Import
    from reposync.interop.node_cursor import NodeCursor
    from reposync.interop.places import Name

_KNOWN = {"username", "password", "insecure"}
_REASONS = {"identityToken": "name a user and a password"}


class Logins:
    """All logins; ``expands`` where ``$NAME`` in them means a variable of the environment."""

    def __init__(self, auth: NodeCursor, job: Import, *, expands: bool) -> None:
        self.expands = expands
        self._known: dict[str, NodeCursor] = {}
        for key, at in auth.entries():
            job.losses.left_out(at, _KNOWN, _REASONS)
            self._known[re.sub(r"^https?://", "", key).strip("/")] = at

    def key(self, name: Name, job: Import) -> str:
        """Return the key of the registry of *name*.

        Raises:
            RefusalError: Its login is half a one.
        """
        whole = f"{name.host}/{name.repository}"
        fitting = [key for key in self._known if f"{whole}/".startswith(f"{key}/")]
        at = self._known[max(fitting, key=len)] if fitting else None
        return job.draft.registry(self._access(name.host, at))

    def _access(self, host: str, at: NodeCursor | None) -> Access:
        if at is None:
            return Access(host)
        user, password = at.get("username"), at.get("password")
        skips = bool(at.get("insecure").flag())
        if not user and not password:
            return Access(host, skip_tls_verify=skips)
        names = (shell_variable(user.text()), shell_variable(password.text()))
        found = pair(user, password, names if self.expands else (None, None))
        if isinstance(found, Variables):
            return Access(host, variables=found, skip_tls_verify=skips)
        return Access(host, found, skip_tls_verify=skips, where=password.path)
