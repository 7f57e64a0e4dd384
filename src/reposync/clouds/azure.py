"""Azure: a token from Entra ID, requested with azure-identity and exchanged at the registry.

The registry exchanges it for a token of its own, which then serves as an identity token. Both are
sent to the registry's own host only.

Spec: Azure/acr, "Azure Container Registry integration with Azure Active Directory" (AAD-OAuth.md).
"""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from reposync.cloud_names import azure_suffix
from reposync.clouds.azure_exchange import exchange_form, read_exchange
from reposync.clouds.blocking_calls import call_in_thread
from reposync.clouds.quiet_loggers import silence_loggers
from reposync.clouds.vendor_text import detail
from reposync.errors import LoginError, RepoSyncError, TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.clouds.renewed_credentials import Granted

LIMIT_S = 60.0
_EXPLAINED = re.compile(r"AADSTS\d+: [^\r\n]*?(?=\.\s|\.?$| Trace ID)", re.MULTILINE)
_LOG_IN = (
    "run `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run with "
    "a managed or workload identity"
)


class _AzureCloud(NamedTuple):
    """The authority that issues tokens in one of Azure's clouds, and their audience."""

    authority: str
    audience: str


_CLOUDS = {
    "io": _AzureCloud("login.microsoftonline.com", "https://containerregistry.azure.net"),
    "cn": _AzureCloud("login.chinacloudapi.cn", "https://management.chinacloudapi.cn"),
    "us": _AzureCloud("login.microsoftonline.us", "https://management.usgovcloudapi.net"),
}


class Post(Protocol):
    """Sends a form to a path of the registry's own host, with the TLS settings of the file."""

    async def __call__(self, path: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        """Return the status and the body of the response; redirects are not followed.

        Raises:
            TransportError: There is no response.
        """
        ...


class AzureTokens:
    """Requests tokens from Entra ID, then from the registry at *host* by *post*."""

    def __init__(self, host: str, post: Post) -> None:
        self._host = host
        self._post = post
        self._asking = threading.Lock()
        self._found: Any = None

    async def granted(self) -> Granted:
        """Request a new token.

        Raises:
            RepoSyncError: None was issued.
        """
        token = await call_in_thread(self._token, LIMIT_S, f"the request to Azure for {self._host}")
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
                f"Azure cannot be reached for {self._host}{detail(error)}", hint=_LOG_IN
            ) from None
        except (exceptions.AzureError, OSError, ValueError) as error:
            raise LoginError(
                f"cannot get Azure credentials for {self._host}{detail(error)}",
                hint=_LOG_IN,
            ) from None

    def _refused(self, error: Exception) -> RepoSyncError:
        """Return an error with the message of Entra ID, if the library's report contains one."""
        found = _EXPLAINED.search(str(error))
        if found is None:
            return LoginError(f"no Azure credentials were found for {self._host}", hint=_LOG_IN)
        return LoginError(f"Azure issued no token for {self._host}{detail(found[0])}", hint=_LOG_IN)


def _found(authority: str) -> Any:  # noqa: ANN401 -- only one method of it is used
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 -- an extra

    silence_loggers("azure", "msal", "urllib3")
    if "AZURE_AUTHORITY_HOST" in os.environ:
        return DefaultAzureCredential()
    return DefaultAzureCredential(authority=authority)
