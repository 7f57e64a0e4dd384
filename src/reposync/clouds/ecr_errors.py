"""What a failed call to AWS means: botocore's exceptions to our errors, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from reposync.clouds.vendor_text import said
from reposync.errors import (
    CertificateError,
    DeniedError,
    LoginError,
    RateLimitedError,
    RegistryError,
    RepoSyncError,
    TransportError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

_SERVER_ERROR = 500
_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"}
)
# What these say may repeat the request that was signed, its session token included.
_NOT_ACCEPTED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "InvalidIdentityToken",
    }
)
_TOO_MANY = frozenset(
    {
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_WHO = "`aws sts get-caller-identity` shows who you are to AWS"
_LOG_IN = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where AWS gives "
    f"a role; {_WHO}"
)


def translated(work: Callable[[], _T], host: str, permission: str) -> _T:
    """Return what *work* gives; what botocore raises becomes an error of ours.

    *host* is the registry that the call is for, *permission* what IAM must allow for it.

    Raises:
        RepoSyncError: It fails.
    """
    from botocore import exceptions  # noqa: PLC0415 -- an extra

    try:
        return work()
    except exceptions.ClientError as error:
        raise _refusal(error.response, host, permission) from None
    except exceptions.SSLError as error:
        raise CertificateError(
            f"the certificate of AWS's service for {host} is not trusted{said(error)}",
            hint="name the authority's file in AWS_CA_BUNDLE",
        ) from None
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise TransportError(
            f"AWS cannot be reached for {host}{said(error)}",
            hint="check the network and the region",
        ) from None
    except exceptions.NoRegionError:
        raise LoginError(
            f"nothing says in which region {host} is",
            hint="set AWS_REGION",
        ) from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
        raise LoginError(f"no credentials of AWS were found for {host}", hint=_LOG_IN) from None
    except (exceptions.BotoCoreError, OSError, ValueError) as error:
        raise LoginError(
            f"the credentials of AWS for {host} cannot be had{said(error)}", hint=_LOG_IN
        ) from None


def _refusal(response: dict[str, Any], host: str, permission: str) -> RepoSyncError:
    """Name what the service says; see "Common Errors" in the API's reference."""
    told = response.get("Error", {})
    code, message = str(told.get("Code", "")), told.get("Message", "")
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _NOT_ACCEPTED:
        return LoginError(f"AWS does not accept the credentials for {host} ({code})", hint=_WHO)
    kind, hint = _kind(code, status), None
    if kind is DeniedError:
        hint = f"allow {permission} in the policy of this user or role; {_WHO}"
    return kind(
        f"AWS refused {permission} for {host}, {code}{said(message)}",
        status=status,
        codes=(code,),
        hint=hint,
    )


def _kind(code: str, status: int) -> type[RegistryError]:
    if code in _DENIED:
        return DeniedError
    if code in _TOO_MANY:
        return RateLimitedError
    return UnavailableError if status >= _SERVER_ERROR else RegistryError
