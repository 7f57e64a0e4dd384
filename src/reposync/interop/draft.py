"""Drafts: a file of ours in the making, with comments that say where each part of it comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reposync.config.options import SELECTORS
from reposync.interop.tree import Noted, Tree, render
from reposync.oci.reference import DOCKER_HUB, canonical_host

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reposync.config.finding import Path
    from reposync.credentials import Credentials

_SIGNS = re.compile(r"[^a-z0-9.-]+")
_ODD = re.compile(r"[^A-Z0-9]+")


class Variables(Struct, frozen=True):
    """The names of the environment variables that hold a user and a password."""

    user: str
    password: str


class Access(Struct, frozen=True):
    """How a registry is reached; two that differ in any of this are two registries of the file.

    ``login`` holds secrets of the other tool's file, which are only compared; ``variables`` are
    those that it names itself; ``where`` is the place of the secrets.
    """

    host: str
    login: Credentials | None = None
    variables: Variables | None = None
    skip_tls_verify: bool = False
    scheme: str = ""
    files: tuple[tuple[str, str], ...] = ()
    extras: tuple[tuple[str, str | float], ...] = ()
    where: Path = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Access) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name != "where")


class Line(Struct, frozen=True):
    """A line of ``tags``, and what is to be said of it; ``names`` are those that ``as`` gives."""

    text: str
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def tree(self) -> Tree:
        """What is written for it."""
        named = {"tag": self.text, "as": self.names[0] if len(self.names) == 1 else self.names}
        written: Tree = named if self.names else self.text
        return Noted(written, self.notes) if self.notes else written


class Rule(Struct, frozen=True):
    """A destination; ``options`` are further keys, as they are written."""

    destination: str
    repository: str
    tags: tuple[Line, ...]
    options: Mapping[str, Tree] = field(default_factory=dict)

    @property
    def names_alone(self) -> bool:
        """Whether all of its tags are named."""
        words = tuple(f"{word}:" for word in SELECTORS)
        return bool(self.tags) and not any(line.text.startswith(words) for line in self.tags)


class Stage(Struct, frozen=True):
    """A stage; ``notes`` are above it, ``origin`` is where it is in the other file."""

    source: str
    repository: str
    rules: tuple[Rule, ...]
    exclude: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    origin: Path = ()

    @property
    def names_alone(self) -> bool:
        """Whether it has one destination, whose tags are all named."""
        return len(self.rules) == 1 and self.rules[0].names_alone

    @property
    def keys(self) -> set[str]:
        """The keys of the registries that it names."""
        return {self.source, *(rule.destination for rule in self.rules)}

    @property
    def but_tags(self) -> str:
        """All that is said but the tags: two stages that agree in it can be one."""
        rules = [(it.destination, it.repository, sorted(it.options.items())) for it in self.rules]
        return repr((self.source, self.repository, self.exclude, rules))


class Draft(Struct):
    """All that will be written. Registries get their keys as they are first needed."""

    stages: list[Stage] = field(default_factory=list)
    defaults: dict[str, Tree] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    _keys: dict[Access, str] = field(default_factory=dict)
    _variables: dict[str, Variables] = field(default_factory=dict)
    _named: dict[str, int] = field(default_factory=dict)

    def registry(self, access: Access) -> str:
        """Return the key of the registry that is reached so."""
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

    def add(self, stage: Stage) -> None:
        """Add *stage*, or its tags to one that differs in nothing else and has names alone too."""
        at = self._named.get(stage.but_tags) if stage.names_alone else None
        if at is None:
            if stage.names_alone:
                self._named[stage.but_tags] = len(self.stages)
            self.stages.append(stage)
            return
        known = self.stages[at]
        rule = known.rules[0]
        tags = (*rule.tags, *(it for it in stage.rules[0].tags if it not in rule.tags))
        self.stages[at] = replace(known, rules=(replace(rule, tags=tags),))

    def secrets(self) -> list[tuple[Path, Variables]]:
        """Return where the secrets are that the stages need, and the variables in their place."""
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
        return {key for stage in self.stages for key in stage.keys}

    def _registry(self, key: str, access: Access) -> Tree:
        url = f"{access.scheme}://{access.host}" if access.scheme else access.host
        written: dict[str, Tree] = {"url": url}
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
    written: dict[str, Tree] = {
        "destination": rule.destination,
        "repository": rule.repository,
        "tags": [line.tree for line in rule.tags],
        **rule.options,
    }
    return written


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
