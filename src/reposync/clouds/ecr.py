"""ECR: the API of Amazon's registries, called with botocore.

All calls block and run in threads of their own. Credentials come from AWS's own chain: environment,
profile, web identity, container, instance. Errors are translated in ``ecr_errors``.
"""

from __future__ import annotations

import base64
import binascii
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reposync.clouds.blocking_calls import call_in_thread
from reposync.clouds.ecr_errors import translated
from reposync.clouds.renewed_credentials import Granted
from reposync.credentials import Credentials
from reposync.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.cloud_names import EcrPlace

LIMIT_S = 60.0
"""Longer than botocore's own timeouts and retries together."""
_CONNECT_S, _READ_S, _TRIES = 5, 15, 2
_LONGEST_LIFE_S = 12 * 3600.0


class EcrApi:
    """The API of the registry at *host*; the client is created on first use.

    *place* holds its account and region; *region*, from the environment, is used if *place* has
    none.
    """

    def __init__(self, host: str, place: EcrPlace, *, region: str = "") -> None:
        self.host = host
        self.place = place
        self._region = place.region or region
        self._making = threading.Lock()
        self._made: Any = None
        self._session: Any = None

    @property
    def prefix(self) -> str:
        """The name of the service in IAM permissions."""
        return "ecr-public" if self.place.is_public else "ecr"

    async def granted(self) -> Granted:
        """Request the token that is the registry's password for the next twelve hours.

        Raises:
            RepoSyncError: AWS issues none.
        """
        answer = await self.call("GetAuthorizationToken", {})
        return Granted(*_read(answer, f"AWS, by {self._method()}", datetime.now(UTC)))

    async def call(self, action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call *action*, named as in the API reference, and return its response.

        Raises:
            RepoSyncError: The call fails; ``codes`` are AWS's error codes.
        """
        return await call_in_thread(
            lambda: self._called(action, arguments), LIMIT_S, f"the request to AWS for {self.host}"
        )

    def _called(self, action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            answer: dict[str, Any] = getattr(self._client(), _snake(action))(**arguments)
            return answer

        return translated(work, self.host, f"{self.prefix}:{action}")

    def _client(self) -> Any:  # noqa: ANN401 -- botocore creates its classes at runtime
        from botocore.config import Config  # noqa: PLC0415 -- an extra, and slow
        from botocore.session import Session  # noqa: PLC0415 -- the same

        with self._making:
            if self._made is None:
                self._session = Session()
                self._made = self._session.create_client(
                    self.prefix,
                    region_name=self._region or None,
                    config=Config(
                        connect_timeout=_CONNECT_S,
                        read_timeout=_READ_S,
                        retries={"mode": "standard", "total_max_attempts": _TRIES},
                        use_fips_endpoint=self.place.is_fips or None,
                        use_dualstack_endpoint=self.place.is_dual_stack or None,
                        user_agent_extra="reposync",
                    ),
                )
            return self._made

    def _method(self) -> str:
        """Return the method by which botocore found the credentials."""
        found = self._session.get_credentials() if self._session else None
        return str(getattr(found, "method", "") or "unknown means")


def _snake(action: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in action).lstrip("_")


def _read(answer: Mapping[str, Any], origin: str, now: datetime) -> tuple[Credentials, float]:
    """Parse the response of either service: one holds a list of data, the other one item.

    Spec: Amazon ECR API reference, "GetAuthorizationToken".
    """
    try:
        data = answer["authorizationData"]
        data = data[0] if isinstance(data, list) else data
        pair = base64.b64decode(data["authorizationToken"], validate=True).decode()
        user, colon, password = pair.partition(":")
        life_s = (data["expiresAt"] - now).total_seconds()
    except (KeyError, IndexError, TypeError, ValueError, binascii.Error):
        raise ProtocolError("AWS answered without an authorization token") from None
    if not colon or not password:
        raise ProtocolError("AWS answered without an authorization token")
    return Credentials(user, password, origin), min(life_s, _LONGEST_LIFE_S)
