"""Clouds: what is wrong with a registry that takes its credentials from one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.cloud_names import CLOUDS, EXTRAS, cloud_of
from reposync.config.create_repositories import settings_of
from reposync.config.finding import Finding
from reposync.config.layouts import means_layout
from reposync.config.names import known_host_in
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reposync.cloud_names import Cloud
    from reposync.config.finding import Path
    from reposync.config.model import Registry


def named_cloud(registry: Registry) -> Cloud | None:
    """Return the cloud whose credentials the file asks for by name."""
    return next((cloud for cloud in CLOUDS if cloud == registry.credentials), None)


def check_cloud(path: Path, registry: Registry) -> Iterator[Finding]:
    """Find where *registry*, which is at *path*, would show one cloud's token to another."""
    cloud = named_cloud(registry)
    host = None if cloud is None else known_host_in(registry.url)
    actual = None if host is None else cloud_of(host)
    if cloud is not None and host is not None and actual not in (None, cloud):
        yield Finding(
            (*path, "credentials"),
            f"is {quoted(cloud)}, and {quoted(host)} is a registry of another cloud",
            f"write `{actual}`",
        )


def missing_extras(registries: Mapping[str, Registry]) -> Iterator[Finding]:
    """Find the registries that take a vendor's library that is not installed."""
    for key, registry in registries.items():
        if means_layout(registry.url):
            continue
        cloud, field = named_cloud(registry), "credentials"
        if cloud is None and settings_of(registry) is not None:
            cloud, field = "ecr", "create_repositories"
        if cloud is not None and not EXTRAS[cloud].is_installed:
            extra = EXTRAS[cloud]
            yield Finding(
                ("registries", key, field),
                f"takes the extra {quoted(extra.name)}, which is not installed",
                extra.install,
            )
