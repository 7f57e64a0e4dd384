"""The clouds, put together: who to be at their registries, and who makes repositories there.

A vendor's library is imported when it is first asked, so that no other run waits for it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from reposync.cloud_names import EXTRAS, EcrPlace, ecr_place
from reposync.config.create_repositories import read_policy, settings_of
from reposync.errors import LoginError
from reposync.http.transport import Request
from reposync.oci.address import parse_address
from reposync.registry.buffered_response import BODY_LIMIT_BYTES
from reposync.registry.schemes import greet
from reposync.wiring.trust import schemes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from reposync.cloud_names import Cloud
    from reposync.clouds.ecr import EcrApi
    from reposync.clouds.renewed_credentials import Granted
    from reposync.config.model import Registry
    from reposync.credentials import CredentialSource
    from reposync.http.transport import Transport
    from reposync.repository_creator import RepositoryCreator

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Clouds:
    """Makes what the registries of a run need of their clouds; one API for each of ECR's hosts."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._region = environ.get("AWS_REGION", "")
        self._apis: dict[str, EcrApi] = {}

    def source(self, cloud: Cloud, registry: Registry, transport: Transport) -> CredentialSource:
        """Ask *cloud* who to be at *registry*, which *transport* reaches.

        Raises:
            LoginError: What that takes is not installed.
        """
        from reposync.clouds.renewed_credentials import (  # noqa: PLC0415 -- most runs need none
            RenewedCredentials,
        )

        host = parse_address(registry.url).host
        _check_installed(cloud, host)
        granted = self._granting(cloud, OwnHost(host, transport, schemes(registry)))
        # A clock that goes on while the machine sleeps: what was lent expires all the same.
        return RenewedCredentials(granted, now_s=time.time)

    def creator(self, registry: Registry) -> RepositoryCreator | None:
        """Return who makes repositories at *registry*; None where nothing does.

        Raises:
            LoginError: What that takes is not installed.
        """
        settings = settings_of(registry)
        if settings is None:
            return None
        from reposync.clouds.ecr_repositories import (  # noqa: PLC0415 -- most runs need none
            EcrRepositories,
            RepositorySettings,
        )

        host = parse_address(registry.url).host
        _check_installed("ecr", host)
        return EcrRepositories(
            self._api(host),
            RepositorySettings(
                tag_mutability=settings.tag_mutability,
                scan_on_push=settings.scan_on_push,
                encryption=settings.encryption,
                kms_key=settings.kms_key,
                tags=settings.aws_tags,
                lifecycle_policy=read_policy(settings.lifecycle_policy_file),
                repository_policy=read_policy(settings.repository_policy_file),
            ),
        )

    def _granting(self, cloud: Cloud, own: OwnHost) -> Callable[[], Awaitable[Granted]]:
        match cloud:
            case "ecr":
                return self._api(own.host).granted
            case "gcr":
                from reposync.clouds.google import GoogleTokens  # noqa: PLC0415 -- as above

                return GoogleTokens(own.host).granted
            case "acr":
                from reposync.clouds.azure import AzureTokens  # noqa: PLC0415 -- as above

                return AzureTokens(own.host, own).granted

    def _api(self, host: str) -> EcrApi:
        from reposync.clouds.ecr import EcrApi  # noqa: PLC0415 -- as above

        if host not in self._apis:
            place = ecr_place(host) or EcrPlace()
            self._apis[host] = EcrApi(host, place, region=self._region)
        return self._apis[host]


class OwnHost:
    """Posts forms to one host, by the schemes that the file allows there; see ``Post``."""

    def __init__(self, host: str, transport: Transport, schemes: tuple[str, ...]) -> None:
        self.host = host
        self._transport = transport
        self._schemes = schemes

    async def __call__(self, path: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        """See ``Post``."""
        url = f"{await self._scheme()}://{self.host}{path}"
        request = Request("POST", url, _FORM, urlencode(form).encode())
        async with self._transport.send(request) as response:
            return response.status, await response.read(BODY_LIMIT_BYTES)

    async def _scheme(self) -> str:
        if len(self._schemes) == 1:
            return self._schemes[0]
        greeting = await greet(self._transport, self.host, self._schemes)
        return greeting.url.partition(":")[0]


def _check_installed(cloud: Cloud, host: str) -> None:
    extra = EXTRAS[cloud]
    if not extra.is_installed:
        raise LoginError(f"{host} takes what is not installed", hint=extra.install)
