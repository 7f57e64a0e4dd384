"""Cross-checks: what is wrong between the parts of a file that each are right.

Pure functions over the `Config`; they look at no registry and at nothing of the machine but the
names of its environment variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from reposync.config.dependencies import check_dependencies
from reposync.config.finding import Finding, listed, nearest, quoted
from reposync.config.names import (
    host_fault,
    known_host,
    known_repository,
    repository_fault,
    tag_fault,
    variable_fault,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reposync.config.finding import Path
    from reposync.config.model import Config, Registry, Stage
    from reposync.config.names import Fault


class _Repository(NamedTuple):
    """Canonical host and canonical name."""

    host: str
    name: str

    def __str__(self) -> str:
        return "/".join(self)


class _Writing(NamedTuple):
    """A tag that a rule names, where it comes from and where it goes."""

    path: Path
    source: _Repository
    destination: _Repository
    tag: str


def check(config: Config) -> Iterator[Finding]:
    """Find all that is wrong in *config*, in no particular order."""
    for key, registry in config.registries.items():
        yield from _check_registry(("registries", key), registry)
    hosts = {key: known_host(registry.url) for key, registry in config.registries.items()}
    for index, stage in enumerate(config.stages):
        yield from _check_stage(("stages", index), stage, hosts)
    yield from check_dependencies(config.stages)
    yield from _check_writers(config, hosts)


def unset_variables(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find the environment variables that *config* names and *environ* has not."""
    for key, registry in config.registries.items():
        for field in ("env_user", "env_password"):
            name = getattr(registry, field)
            if name is not None and variable_fault(name) is None and name not in environ:
                yield Finding(
                    ("registries", key, field),
                    f"the environment variable {quoted(name)} is not set",
                    "set it; an empty user means anonymous",
                )


def _check_registry(path: Path, registry: Registry) -> Iterator[Finding]:
    yield from _told((*path, "url"), host_fault(registry.url))
    user, password = registry.env_user, registry.env_password
    for key, name, other_key, other in (
        ("env_user", user, "env_password", password),
        ("env_password", password, "env_user", user),
    ):
        if name is not None:
            yield from _told((*path, key), variable_fault(name))
        elif other is not None:
            yield Finding(
                (*path, key),
                f"this key is missing beside {quoted(other_key)}",
                "write both or neither",
            )


def _check_stage(path: Path, stage: Stage, hosts: Mapping[str, str | None]) -> Iterator[Finding]:
    source = stage.source
    yield from _check_repository(
        (*path, "from"), ("source", source.source), source.repository, hosts
    )
    for index, rule in enumerate(stage.rules):
        here = (*path, "to", index)
        yield from _check_repository(
            here, ("destination", rule.destination), rule.repository, hosts
        )
        for position, tag in enumerate(rule.tags or ()):
            yield from _told((*here, "tags", position), tag_fault(tag))


def _check_repository(
    path: Path, side: tuple[str, str], repository: str, hosts: Mapping[str, str | None]
) -> Iterator[Finding]:
    key, registry = side
    if registry not in hosts and hosts:
        meant = nearest(registry, hosts)
        hint = f"did you mean {quoted(meant)}?" if meant else f"this file has {listed([*hosts])}"
        yield Finding((*path, key), f"unknown registry {quoted(registry)}", hint)
    yield from _told((*path, "repository"), repository_fault(hosts.get(registry), repository))


def _check_writers(config: Config, hosts: Mapping[str, str | None]) -> Iterator[Finding]:
    """Find tags that are named by two rules with different sources: the last one would win."""
    first: dict[tuple[_Repository, str], _Writing] = {}
    for writing in _writings(config, hosts):
        other = first.setdefault((writing.destination, writing.tag), writing)
        if other.source != writing.source:
            destination = quoted(f"{writing.destination}:{writing.tag}")
            yield Finding(
                path=writing.path,
                message=f"{destination} would get two images: this one of "
                f"{quoted(str(writing.source))}, and that of {quoted(str(other.source))}",
                hint="write one of them to another repository, or leave this tag out of one",
                earlier=other.path,
            )


def _writings(config: Config, hosts: Mapping[str, str | None]) -> Iterator[_Writing]:
    for index, stage in enumerate(config.stages):
        source = _repository(hosts, stage.source.source, stage.source.repository)
        for number, rule in enumerate(stage.rules):
            destination = _repository(hosts, rule.destination, rule.repository)
            if source is None or destination is None:
                continue
            for position, tag in enumerate(rule.tags or ()):
                path = ("stages", index, "to", number, "tags", position)
                yield _Writing(path, source, destination, tag)


def _repository(
    hosts: Mapping[str, str | None], registry: str, repository: str
) -> _Repository | None:
    host = hosts.get(registry)
    name = known_repository(host, repository)
    return None if host is None or name is None else _Repository(host, name)


def _told(path: Path, fault: Fault | None) -> Iterator[Finding]:
    if fault is not None:
        yield Finding(path, *fault)
