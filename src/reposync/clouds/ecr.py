"""ECR: the control plane of Amazon's registries, by botocore.

All calls block and are made in threads of their own. Who we are is AWS's own chain: environment,
profile, web identity, container, instance. What fails is translated in ``ecr_errors``.
"""

from __future__ import annotations

import base64
import binascii
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reposync.clouds.blocking_calls import blocking
from reposync.clouds.ecr_errors import translated
from reposync.clouds.renewed import Granted
from reposync.credentials import Credentials
from reposync.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.cloud_names import EcrPlace

LIMIT_S = 60.0
"""Longer than botocore's own limits and tries take together."""
_CONNECT_S, _READ_S, _TRIES = 5, 15, 2
_LONGEST_LIFE_S = 12 * 3600.0


class EcrApi:
    """The control plane of the registry at *host*; its client is made when it is first used.

    *place* says whose and where it is, *region* what the environment says where that is unknown.
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
        """What IAM calls the service in the names of permissions."""
        return "ecr-public" if self.place.is_public else "ecr"

    async def granted(self) -> Granted:
        """Ask for the token that is the registry's password for the next twelve hours.

        Raises:
            RepoSyncError: AWS gives none.
        """
        answer = await self.call("GetAuthorizationToken", {})
        return Granted(*_read(answer, f"AWS, by {self._method()}", datetime.now(UTC)))

    async def call(self, action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call *action*, as the API's reference names it.

        Raises:
            RepoSyncError: It fails; the ``codes`` of a refusal are AWS's.
        """
        return await blocking(
            lambda: self._called(action, arguments), LIMIT_S, f"AWS, asked for {self.host},"
        )

    def _called(self, action: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        def work() -> dict[str, Any]:
            answer: dict[str, Any] = getattr(self._client(), _snake(action))(**arguments)
            return answer

        return translated(work, self.host, f"{self.prefix}:{action}")

    def _client(self) -> Any:  # noqa: ANN401 -- botocore makes its classes as it runs
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
        """Return in a word or two where AWS's credentials are from."""
        found = self._session.get_credentials() if self._session else None
        return str(getattr(found, "method", "") or "unknown means")


def _snake(action: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in action).lstrip("_")


def _read(answer: Mapping[str, Any], origin: str, now: datetime) -> tuple[Credentials, float]:
    """Read the answer of either service: one has a list of data, the other one.

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
