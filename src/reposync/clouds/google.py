"""Google: access tokens from the application default credentials, requested with google-auth.

They are valid for Artifact Registry and for Container Registry.
"""

from __future__ import annotations

import threading
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reposync.clouds.blocking_calls import call_in_thread
from reposync.clouds.quiet_loggers import silence_loggers
from reposync.clouds.renewed_credentials import Granted
from reposync.clouds.vendor_text import detail
from reposync.credentials import Credentials
from reposync.errors import LoginError, RepoSyncError, TransportError, UnavailableError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials as GoogleCredentials

LIMIT_S = 60.0
_USER = "oauth2accesstoken"
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_USUAL_LIFE_S = 3600.0
_ORIGIN = "Google's application default credentials"
_LOG_IN = (
    "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a key "
    "or configuration file, or run where Google attaches a service account"
)


class GoogleTokens:
    """Requests access tokens from Google for the registry at *host*."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._asking = threading.Lock()
        self._found: GoogleCredentials | None = None

    async def granted(self) -> Granted:
        """Request a new token.

        Raises:
            RepoSyncError: None was issued.
        """
        return await call_in_thread(
            self._granted, LIMIT_S, f"the request to Google for {self._host}"
        )

    def _granted(self) -> Granted:
        from google.auth import exceptions  # noqa: PLC0415 -- an extra

        try:
            return self._refreshed()
        except exceptions.DefaultCredentialsError as error:
            raise LoginError(
                f"no Google credentials were found for {self._host}{detail(error)}", hint=_LOG_IN
            ) from None
        except exceptions.TransportError as error:
            raise self._failed(TransportError, "cannot be reached", error) from None
        except exceptions.GoogleAuthError as error:
            if error.retryable:
                raise self._failed(UnavailableError, "issued no token", error) from None
            raise self._failed(LoginError, "issued no token", error) from None
        except (OSError, ValueError) as error:
            raise LoginError(
                f"cannot get Google credentials for {self._host}{detail(error)}",
                hint=_LOG_IN,
            ) from None

    def _failed(self, kind: type[RepoSyncError], what: str, error: Exception) -> RepoSyncError:
        # Some errors hold the whole response as a second argument.
        words = error.args[0] if error.args else ""
        return kind(f"Google {what} for {self._host}{detail(words)}", hint=_LOG_IN)

    def _refreshed(self) -> Granted:
        from google.auth.transport.requests import Request  # noqa: PLC0415 -- an extra

        with self._asking:
            if self._found is None:
                self._found = _found()
            self._found.refresh(Request())
            token, expiry = self._found.token, self._found.expiry
        credentials = Credentials(_USER, str(token), _ORIGIN)
        return Granted(credentials, _life_s(expiry, datetime.now(UTC)))


def _found() -> Any:  # noqa: ANN401 -- google-auth has no common type for all kinds
    import google.auth  # noqa: PLC0415 -- an extra

    silence_loggers("google", "urllib3")
    # It warns that no project is billed for the user's own requests, which is harmless here.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"google\.auth")
    found, _project = google.auth.default(scopes=_SCOPES)
    return found


def _life_s(expiry: datetime | None, now: datetime) -> float:
    """Return the seconds until *expiry*, which google-auth returns as a naive time in UTC."""
    if expiry is None:
        return _USUAL_LIFE_S
    return (expiry.replace(tzinfo=UTC) - now).total_seconds()
