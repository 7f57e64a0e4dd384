"""Drafts: a file of ours in the making, with comments that say where each part of it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reposync.oci.reference import DOCKER_HUB, canonical_host
from reposync.peers.tree import Noted, Tree, render

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reposync.config.finding import Path
    from reposync.credentials import Credentials

_SIGNS = re.compile(r"[^a-z0-9.-]+")
_ODD = re.compile(r"[^A-Z0-9]+")


@dataclass(frozen=True, slots=True)
class Variables:
    """The names of the environment variables that hold a user and a password."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Access:
    """How a registry is reached; two that differ in any of this are two registries of the file.

    ``login`` holds secrets of the other tool's file, which are only compared; ``variables`` are
    those that it names itself; ``where`` is the place of the secrets.
    """

    host: str
    login: Credentials | None = None
    variables: Variables | None = None
    skip_tls_verify: bool = False
    files: tuple[tuple[str, str], ...] = ()
    extras: tuple[tuple[str, int], ...] = ()
    where: Path = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of ``tags``, and what is to be said of it."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A destination; ``options`` are further keys, as they are written."""

    destination: str
    repository: str
    tags: tuple[Line, ...]
    options: Mapping[str, Tree] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage; ``notes`` stand above it, ``origin`` is where it stands in the other file."""

    source: str
    repository: str
    rules: tuple[Rule, ...]
    exclude: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    origin: Path = ()


@dataclass(slots=True)
class Draft:
    """All that will be written. Registries get their keys as they are first needed."""

    stages: list[Stage] = field(default_factory=list)
    defaults: dict[str, Tree] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    _keys: dict[Access, str] = field(default_factory=dict)
    _variables: dict[str, Variables] = field(default_factory=dict)

    def registry(self, access: Access) -> str:
        """Give the key of the registry that is reached so."""
        if access not in self._keys:
            key = _free(_key(access.host), set(self._keys.values()))
            self._keys[access] = key
            if access.login is not None:
                base = _ODD.sub("_", key.upper()).strip("_")
                base = f"REGISTRY_{base}" if base[:1].isdigit() else base
                self._variables[key] = Variables(f"{base}_USER", f"{base}_PASSWORD")
            elif access.variables is not None:
                self._variables[key] = access.variables
        return self._keys[access]

    def secrets(self) -> list[tuple[Path, Variables]]:
        """Give where secrets stand that the stages need, and the variables in their place."""
        used = self._used()
        return [
            (access.where, self._variables[key])
            for access, key in self._keys.items()
            if access.login is not None and key in used
        ]

    def text(self, header: tuple[str, ...]) -> str:
        """Write the file, below *header*."""
        registries: dict[str, Tree] = {
            key: self._registry(key, access)
            for access, key in self._keys.items()
            if key in self._used()
        }
        defaults = {"defaults": self.defaults} if self.defaults else {}
        stages = [_stage(stage) for stage in self.stages]
        tree: dict[str, Tree] = {"registries": registries, **defaults, "stages": stages}
        return render(tree, (*header, *self.remarks))

    def _used(self) -> set[str]:
        return {
            key
            for stage in self.stages
            for key in (stage.source, *(rule.destination for rule in stage.rules))
        }

    def _registry(self, key: str, access: Access) -> Tree:
        written: dict[str, Tree] = {"url": access.host}
        if (names := self._variables.get(key)) is not None:
            written |= {"env_user": names.user, "env_password": names.password}
        if access.skip_tls_verify:
            written["skip-tls-verify"] = True
        return written | dict(access.files) | dict(access.extras)


def _stage(stage: Stage) -> Tree:
    source: dict[str, Tree] = {"source": stage.source, "repository": stage.repository}
    if stage.exclude:
        source["exclude"] = list(stage.exclude)
    return Noted({"from": source, "to": [_rule(rule) for rule in stage.rules]}, stage.notes)


def _rule(rule: Rule) -> Tree:
    lines = [Noted(line.text, line.notes) if line.notes else line.text for line in rule.tags]
    written: dict[str, Tree] = {
        "destination": rule.destination,
        "repository": rule.repository,
        "tags": lines,
        **rule.options,
    }
    return Noted(written, rule.notes)


def _key(host: str) -> str:
    if canonical_host(host) == DOCKER_HUB:
        return "dockerhub"
    return _SIGNS.sub("-", host.lower()).strip("-.")


def _free(key: str, taken: Collection[str]) -> str:
    number, name = 1, key
    while name in taken:
        number += 1
        name = f"{key}-{number}"
    return name
