"""Cross-checks: what is wrong between the parts of a file that each are right.

Pure functions over the `Config`; they look at no registry and at nothing of the machine but the
names of its environment variables and the working directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.choices import check_options, check_overwrite, check_tag_templates
from reposync.config.clouds import check_cloud
from reposync.config.create_repositories import check_creation
from reposync.config.credentials import is_set
from reposync.config.cycles import check_cycles
from reposync.config.dependencies import check_dependencies
from reposync.config.finding import Finding, listed
from reposync.config.layouts import known_place, layout_fault, means_layout
from reposync.config.model import AUTO
from reposync.config.names import host_fault, variable_fault
from reposync.config.relays import check_relays
from reposync.config.repositories import check_destination, check_source, told
from reposync.config.self_copies import check_self_copies
from reposync.config.writers import check_writers
from reposync.words import nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reposync.config.finding import Path
    from reposync.config.model import Config, Registry, Stage

_CLIENT = ("client_cert_file", "client_key_file")
_LOGIN = ("env_user", "env_password", "credentials")
_FOR_SERVERS = (
    "hub_reserve",
    "max_concurrent_requests",
    "requests_per_second",
    "max_bytes_per_second",
    "connect_timeout",
    "stall_timeout",
    "retries",
    *_LOGIN,
    "create_repositories",
    "skip_tls_verify",
    "ca_file",
    *_CLIENT,
)
_UNSAID = (None, "", False, AUTO)


def check(config: Config) -> Iterator[Finding]:
    """Find all that is wrong in *config*, in no particular order."""
    for key, registry in config.registries.items():
        yield from _check_registry(("registries", key), registry)
    places = {key: known_place(registry.url) for key, registry in config.registries.items()}
    yield from check_options(("defaults",), config.defaults)
    for index, stage in enumerate(config.stages):
        yield from _check_stage(("stages", index), stage, places)
    yield from check_tag_templates(config)
    yield from check_overwrite(config)
    yield from check_relays(config)
    yield from check_dependencies(config.stages)
    yield from check_self_copies(config, places)
    yield from check_writers(config, places)
    yield from check_cycles(config, places)


def unset_variables(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find the environment variables that *config* names and *environ* has not."""
    servers = {
        key: registry
        for key, registry in config.registries.items()
        if not means_layout(registry.url)
    }
    for key, registry in servers.items():
        for field in ("env_user", "env_password"):
            name = getattr(registry, field)
            if name is not None and variable_fault(name) is None and not is_set(name, environ):
                yield Finding(
                    ("registries", key, field),
                    f"the environment variable {quoted(name)} is not set",
                    "set it; an empty user means anonymous",
                )


def _check_registry(path: Path, registry: Registry) -> Iterator[Finding]:
    if means_layout(registry.url):
        yield from _check_layout(path, registry)
        return
    yield from told((*path, "url"), host_fault(registry.url))
    user, password = registry.env_user, registry.env_password
    for key, name, other_key, other in (
        ("env_user", user, "env_password", password),
        ("env_password", password, "env_user", user),
    ):
        if name is not None:
            yield from told((*path, key), variable_fault(name))
        elif other is not None:
            yield _half(path, key, other_key)
    if registry.credentials != AUTO and (user or password):
        message = f"this key has no use beside {quoted('env_user')} and {quoted('env_password')}"
        yield Finding((*path, "credentials"), message, "remove it, or those two", at_key=True)
    for key, other_key in (_CLIENT, _CLIENT[::-1]):
        if getattr(registry, key) is None and getattr(registry, other_key) is not None:
            yield _half(path, key, other_key)
    yield from check_cloud(path, registry)
    yield from check_creation(path, registry)


def _half(path: Path, key: str, other_key: str) -> Finding:
    message = f"this key is missing beside {quoted(other_key)}"
    return Finding((*path, key), message, "write both or neither")


def _check_layout(path: Path, registry: Registry) -> Iterator[Finding]:
    yield from told((*path, "url"), layout_fault(registry.url))
    for field in _FOR_SERVERS:
        if getattr(registry, field) not in _UNSAID:
            key = field.replace("_", "-") if field == "skip_tls_verify" else field
            yield Finding(
                (*path, key), "an image layout has no use for this key", "remove it", at_key=True
            )


def _check_stage(path: Path, stage: Stage, places: Mapping[str, str | None]) -> Iterator[Finding]:
    source, here = stage.source, (*path, "from")
    yield from check_options(path, stage)
    yield from _check_key((*here, "source"), source.source, places)
    yield from check_source(here, source, places.get(source.source))
    for index, rule in enumerate(stage.rules):
        here = (*path, "to", index)
        yield from check_options(here, rule)
        yield from _check_key((*here, "destination"), rule.destination, places)
        yield from check_destination(here, rule, source, places.get(rule.destination))


def _check_key(path: Path, key: str, places: Mapping[str, str | None]) -> Iterator[Finding]:
    if key not in places and places:
        meant = nearest(key, places)
        hint = f"did you mean {quoted(meant)}?" if meant else f"this file has {listed([*places])}"
        yield Finding(path, f"unknown registry {quoted(key)}", hint)
