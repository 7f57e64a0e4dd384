"""Azure: a token of Entra ID, by azure-identity, and what a registry gives for it.

The registry exchanges that token for one of its own, which then serves as an identity token. It is
sent to the registry's own host and to no other.

Spec: Azure/acr, "Azure Container Registry integration with Azure Active Directory" (AAD-OAuth.md).
"""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from reposync.cloud_names import azure_suffix
from reposync.clouds.azure_exchange import exchange_form, read_exchange
from reposync.clouds.blocking_calls import blocking
from reposync.clouds.quiet_loggers import silence_loggers
from reposync.clouds.vendor_text import said
from reposync.errors import LoginError, RepoSyncError, TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.clouds.renewed import Granted

LIMIT_S = 60.0
_EXPLAINED = re.compile(r"AADSTS\d+: [^\r\n]*?(?=\.\s|\.?$| Trace ID)", re.MULTILINE)
_LOG_IN = (
    "run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run with "
    "a managed or workload identity"
)


class _AzureCloud(NamedTuple):
    """Who gives tokens in one of Azure's clouds, and what they are for."""

    authority: str
    audience: str


_CLOUDS = {
    "io": _AzureCloud("login.microsoftonline.com", "https://containerregistry.azure.net"),
    "cn": _AzureCloud("login.chinacloudapi.cn", "https://management.chinacloudapi.cn"),
    "us": _AzureCloud("login.microsoftonline.us", "https://management.usgovcloudapi.net"),
}


class Post(Protocol):
    """Sends a form to a path of the registry's own host, over TLS as the file has it."""

    async def __call__(self, path: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        """Return the status and the body of the answer; no redirect is followed.

        Raises:
            TransportError: There is no answer.
        """
        ...


class AzureTokens:
    """Asks Entra ID, then the registry at *host*, which *post* reaches."""

    def __init__(self, host: str, post: Post) -> None:
        self._host = host
        self._post = post
        self._asking = threading.Lock()
        self._found: Any = None

    async def granted(self) -> Granted:
        """Ask for a token that is new.

        Raises:
            RepoSyncError: There is none.
        """
        token = await blocking(self._token, LIMIT_S, f"Azure, asked for {self._host},")
        form = exchange_form(self._host, token, os.environ.get("AZURE_TENANT_ID", ""))
        status, body = await self._post("/oauth2/exchange", form)
        return read_exchange(self._host, status, body)

    def _token(self) -> str:
        from azure.core import exceptions  # noqa: PLC0415 -- an extra

        cloud = _CLOUDS[azure_suffix(self._host)]
        try:
            with self._asking:
                if self._found is None:
                    self._found = _found(cloud.authority)
                return str(self._found.get_token(f"{cloud.audience}/.default").token)
        except exceptions.ClientAuthenticationError as error:
            raise self._refused(error) from None
        except (exceptions.ServiceRequestError, exceptions.ServiceResponseError) as error:
            raise TransportError(
                f"Azure cannot be reached for {self._host}{said(error)}", hint=_LOG_IN
            ) from None
        except (exceptions.AzureError, OSError, ValueError) as error:
            raise LoginError(
                f"the credentials of Azure for {self._host} cannot be had{said(error)}",
                hint=_LOG_IN,
            ) from None

    def _refused(self, error: Exception) -> RepoSyncError:
        """Pick out of the report on all ways that were tried what Entra ID said, if it did."""
        found = _EXPLAINED.search(str(error))
        if found is None:
            return LoginError(f"no credentials of Azure were found for {self._host}", hint=_LOG_IN)
        return LoginError(f"Azure gives no token for {self._host}{said(found[0])}", hint=_LOG_IN)


def _found(authority: str) -> Any:  # noqa: ANN401 -- what is used of it is one method
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 -- an extra

    silence_loggers("azure", "msal", "urllib3")
    if "AZURE_AUTHORITY_HOST" in os.environ:
        return DefaultAzureCredential()
    return DefaultAzureCredential(authority=authority)
