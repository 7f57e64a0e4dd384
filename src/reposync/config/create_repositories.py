"""Creating repositories: how, and what is wrong with what the file says of it.

Whether a policy's file can be used is found out when a run begins, as with certificates.
"""

from __future__ import annotations

import json
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from reposync.cloud_names import ecr_place
from reposync.config.finding import Finding
from reposync.config.layouts import means_layout
from reposync.config.names import known_host_in
from reposync.config.repository_creation import CreateRepositories
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reposync.config.finding import Path
    from reposync.config.model import Registry

_KEY = "create_repositories"
_POLICY_LIMIT_BYTES = 64 * 1024
_AT_PUBLIC = frozenset({"aws_tags", "repository_policy_file"})


def settings_of(registry: Registry) -> CreateRepositories | None:
    """Return how repositories are made at *registry*; None where they are not."""
    said = registry.create_repositories
    if isinstance(said, CreateRepositories):
        return said
    return CreateRepositories() if said else None


def check_creation(path: Path, registry: Registry) -> Iterator[Finding]:
    """Find what is wrong in what *registry*, which is at *path*, says of it."""
    settings, here = settings_of(registry), (*path, _KEY)
    if settings is None:
        return
    host = known_host_in(registry.url)
    place = None if host is None else ecr_place(host)
    if place is None and host is not None and registry.credentials != "ecr":
        yield Finding(
            here,
            f"repositories are made at ECR alone, and {quoted(host)} is not there",
            "remove it: most other registries make them when they are pushed to",
            at_key=True,
        )
    if settings.encryption == "aes256" and settings.kms_key:
        yield Finding((*here, "encryption"), "`aes256` has no key of KMS", "write `kms`")
    if place is not None and place.is_public:
        for key in sorted(_given(settings) - _AT_PUBLIC):
            yield Finding(
                (*here, key), "public registries of ECR do not know this", "remove it", at_key=True
            )


def unusable_policies(registries: Mapping[str, Registry]) -> Iterator[Finding]:
    """Find the files of policies that *registries* name and nobody could use."""
    for key, registry in registries.items():
        settings = None if means_layout(registry.url) else settings_of(registry)
        for field_name in ("lifecycle_policy_file", "repository_policy_file"):
            file = getattr(settings, field_name, None)
            if file is not None:
                yield from _unusable(("registries", key, _KEY, field_name), file)


def read_policy(file: str | None) -> str:
    """Read the policy in *file*, which was looked at before; empty where none is named."""
    return "" if file is None else FilePath(file).read_text(encoding="utf-8")


def _given(settings: CreateRepositories) -> set[str]:
    return {
        name for name in settings.__struct_fields__ if getattr(settings, name) not in (None, {})
    }


def _unusable(path: Path, file: str) -> Iterator[Finding]:
    try:
        with FilePath(file).open("rb") as opened:
            content = opened.read(_POLICY_LIMIT_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no path"
        yield Finding(path, f"{quoted(file)} cannot be read ({why})", "check the path")
        return
    if len(content) > _POLICY_LIMIT_BYTES or not _is_json_object(content):
        yield Finding(
            path, f"{quoted(file)} holds no policy in JSON", "a policy begins with `{`, as in AWS's"
        )


def _is_json_object(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False
