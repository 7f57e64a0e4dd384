"""Creating repositories at ECR, which accepts no push to a repository that does not exist.

Each is created at most once in a run, even if several images wait for it. It may also have been
created by another client. A repository that existed before keeps its settings.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from reposync.errors import RegistryError, RepoSyncError
from reposync.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.cloud_names import EcrPlace
    from reposync.clouds.ecr import EcrApi

_log = logging.getLogger(__name__)
_EXISTS = "RepositoryAlreadyExistsException"


class RepositorySettings(Struct, frozen=True):
    """How repositories are created; ECR decides what is None or empty. Policies are JSON."""

    tag_mutability: Literal["mutable", "immutable"] | None = None
    scan_on_push: bool | None = None
    encryption: Literal["aes256", "kms", "kms_dsse"] | None = None
    kms_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    lifecycle_policy: str = ""
    repository_policy: str = ""


class EcrRepositories:
    """Creates repositories with *api*; see ``RepositoryCreator``."""

    def __init__(self, api: EcrApi, settings: RepositorySettings) -> None:
        self._api = api
        self._settings = settings
        self._outcomes: dict[str, RepoSyncError | None] = {}
        self._created: set[str] = set()
        self._creating: SingleFlight[str, None] = SingleFlight()
        self._aliases: frozenset[str] | None = None

    async def create(self, repository: str) -> None:
        """Create *repository*, unless that was tried in this run.

        Raises:
            RepoSyncError: It cannot be created, or could not earlier in this run.
        """
        if repository not in self._outcomes:
            await self._creating.run(repository, lambda: self._try(repository))
        failure = self._outcomes[repository]
        if failure is not None:
            raise failure.without_stack()

    async def _try(self, repository: str) -> None:
        try:
            await self._create(repository)
        except RepoSyncError as error:
            if error.retryable:
                raise
            self._outcomes[repository] = error.without_stack()
        else:
            self._outcomes[repository] = None

    async def _create(self, repository: str) -> None:
        name = await self._name(repository)
        if repository not in self._created:
            arguments = create_arguments(self._api.place, name, self._settings)
            try:
                await self._api.call("CreateRepository", arguments)
            except RegistryError as error:
                if _EXISTS not in error.codes:
                    raise
                _log.debug("%s/%s already exists", self._api.host, repository)
                return
            _log.info("created the repository %s/%s", self._api.host, repository)
            self._created.add(repository)
        for action, arguments in policy_calls(self._api.place, name, self._settings):
            await self._put_policy(repository, action, arguments)

    async def _put_policy(self, repository: str, action: str, arguments: Mapping[str, Any]) -> None:
        try:
            await self._api.call(action, arguments)
        except RegistryError as error:
            if not error.retryable:
                error.hint = (
                    f"{repository} was created without it: delete it before the next run, or set "
                    f"the policy yourself; {error.hint or 'check the policy'}"
                )
            raise

    async def _name(self, repository: str) -> str:
        """Return the name of *repository* at ECR; a public one begins with a registry alias.

        Raises:
            RepoSyncError: The alias is another account's, so the repository would be elsewhere.
        """
        if not self._api.place.is_public:
            return repository
        alias, _, name = repository.partition("/")
        if self._aliases is None:
            self._aliases = _aliases(await self._api.call("DescribeRegistries", {}))
        if not name or alias not in self._aliases:
            raise RegistryError(
                f"{repository} cannot be created at {self._api.host}, where this account has "
                f"{', '.join(sorted(self._aliases)) or 'no registry'}",
                hint="begin the repository with an alias of your public registry",
            )
        return name


def create_arguments(place: EcrPlace, name: str, settings: RepositorySettings) -> dict[str, Any]:
    """Return the arguments of CreateRepository.

    Spec: Amazon ECR API reference, "CreateRepository", of the private and the public service.
    """
    arguments: dict[str, Any] = {"repositoryName": name, **_registry_id(place)}
    if settings.tag_mutability:
        arguments["imageTagMutability"] = settings.tag_mutability.upper()
    if settings.scan_on_push is not None:
        arguments["imageScanningConfiguration"] = {"scanOnPush": settings.scan_on_push}
    encryption = settings.encryption or ("kms" if settings.kms_key else None)
    if encryption:
        key = {"kmsKey": settings.kms_key} if settings.kms_key else {}
        arguments["encryptionConfiguration"] = {"encryptionType": encryption.upper(), **key}
    if settings.tags:
        tags = settings.tags.items()
        arguments["tags"] = [{"Key": key, "Value": value} for key, value in tags]
    return arguments


def policy_calls(
    place: EcrPlace, name: str, settings: RepositorySettings
) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls that follow the creation: actions with their arguments."""
    named = {"repositoryName": name, **_registry_id(place)}
    calls: list[tuple[str, dict[str, Any]]] = []
    if settings.repository_policy:
        calls.append(("SetRepositoryPolicy", {**named, "policyText": settings.repository_policy}))
    if settings.lifecycle_policy:
        policy = {"lifecyclePolicyText": settings.lifecycle_policy}
        calls.append(("PutLifecyclePolicy", {**named, **policy}))
    return calls


def _registry_id(place: EcrPlace) -> dict[str, str]:
    is_private = place.registry_id and not place.is_public
    return {"registryId": place.registry_id} if is_private else {}


def _aliases(answer: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(
        str(alias.get("name", ""))
        for registry in answer.get("registries", ())
        for alias in registry.get("aliases", ())
    )
