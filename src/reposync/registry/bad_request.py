"""What a server objects to in the way that it was called, before it looks at any request.

nginx and Go say it with a page or a line of text, and 400 as status; with HEAD not even that.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from reposync.errors import ClientCertificateError, ProtocolError, RepoSyncError

LIMIT_BYTES = 4096
_CERTIFICATE = rb"(?i)SSL certificate (?:was sent|error)"
_TLS = rb"(?i)HTTP request (?:was sent )?to (?:an )?HTTPS (?:port|server)"


def objection(status: int, body: bytes, host: str) -> RepoSyncError | None:
    """Name what *host* objects to; None where it is nothing of this kind."""
    if status != HTTPStatus.BAD_REQUEST:
        return None
    if re.search(_CERTIFICATE, body):
        return ClientCertificateError(
            f"{host} wants a client's certificate, and none that it accepts was shown",
            hint="name client_cert_file and client_key_file of this registry in the file",
        )
    if re.search(_TLS, body):
        return _needs_tls(host, status)
    return None


def _needs_tls(host: str, status: int) -> ProtocolError:
    sentence = f"{host} requires TLS, and was asked over plain HTTP"
    error = ProtocolError(
        sentence, status=status, hint="write https:// in the registry's url, or no scheme at all"
    )
    error.host_cause = sentence
    return error
