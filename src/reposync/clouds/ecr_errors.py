"""Translation of botocore's exceptions to our errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from reposync.clouds.vendor_text import detail
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
# Messages of these may repeat the signed request, including its session token.
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
_WHO = "`aws sts get-caller-identity` shows your AWS identity"
_LOG_IN = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where AWS assigns "
    f"a role; {_WHO}"
)


def translated(work: Callable[[], _T], host: str, permission: str) -> _T:
    """Return the result of *work*; translate the exceptions of botocore.

    *host* is the registry that the call is for, *permission* the IAM permission that it needs.

    Raises:
        RepoSyncError: The call failed.
    """
    from botocore import exceptions  # noqa: PLC0415 -- an extra

    try:
        return work()
    except exceptions.ClientError as error:
        raise _refusal(error.response, host, permission) from None
    except exceptions.SSLError as error:
        raise CertificateError(
            f"the certificate of the AWS service for {host} is not trusted{detail(error)}",
            hint="set AWS_CA_BUNDLE to the file of its CA",
        ) from None
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise TransportError(
            f"AWS cannot be reached for {host}{detail(error)}",
            hint="check the network and the region",
        ) from None
    except exceptions.NoRegionError:
        raise LoginError(
            f"the region of {host} is not known",
            hint="set AWS_REGION",
        ) from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
        raise LoginError(f"no AWS credentials were found for {host}", hint=_LOG_IN) from None
    except (exceptions.BotoCoreError, OSError, ValueError) as error:
        raise LoginError(
            f"cannot get AWS credentials for {host}{detail(error)}", hint=_LOG_IN
        ) from None


def _refusal(response: dict[str, Any], host: str, permission: str) -> RepoSyncError:
    """Translate the error response; see "Common Errors" in the API reference."""
    body_error = response.get("Error", {})
    code, message = str(body_error.get("Code", "")), body_error.get("Message", "")
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _NOT_ACCEPTED:
        return LoginError(f"AWS does not accept the credentials for {host} ({code})", hint=_WHO)
    kind, hint = _kind(code, status), None
    if kind is DeniedError:
        hint = f"allow {permission} in the policy of this user or role; {_WHO}"
    return kind(
        f"AWS refused {permission} for {host}, {code}{detail(message)}",
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
