"""Routes: one destination of a stage after the other, with all that holds for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.config.inheritance import effective, origin
from reposync.config.layouts import means_layout
from reposync.config.selecting import parsed
from reposync.interop.refusals import refusal
from reposync.oci.address import parse_address
from reposync.oci.reference import canonical_repository
from reposync.selection.naming import groups_of
from reposync.selection.repositories import is_pattern
from reposync.selection.selectors import Named
from reposync.selection.tag_template import parse_tag_template

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from reposync.config.finding import Path
    from reposync.config.inheritance import Settings
    from reposync.config.model import Config, Registry, Rule, Stage
    from reposync.interop.choice import Tool
    from reposync.interop.losses import Losses
    from reposync.interop.node_cursor import NodeCursor
    from reposync.interop.tree import Tree
    from reposync.selection.selectors import Selector
    from reposync.selection.tag_template import TagTemplate

_REGISTRY = ("url", "env_user", "env_password", "skip-tls-verify")
_OPTIONS = ("tags", "tag", "platforms", "platform_mode", "referrers", "overwrite", "immutable")
_STAGE = ("from", "to", "id", "depends_on")


class Route(Struct, frozen=True):
    """A destination of a stage; ``path`` is its place in the file."""

    config: Config
    stage_index: int
    rule_index: int

    @property
    def stage(self) -> Stage:
        """The stage."""
        return self.config.stages[self.stage_index]

    @property
    def rule(self) -> Rule:
        """The destination, as the file has it."""
        return self.stage.rules[self.rule_index]

    @property
    def path(self) -> Path:
        """Where it is."""
        return ("stages", self.stage_index, "to", self.rule_index)

    @property
    def settings(self) -> Settings:
        """The options that hold."""
        return effective(self.config, self.stage, self.rule)

    @property
    def name(self) -> str:
        """What to call it."""
        stage = self.config.stage_names[self.stage_index]
        return f"{stage} to {self.rule.destination}/{self.rule.repository}"

    @property
    def is_pattern(self) -> bool:
        """Whether the source is many repositories."""
        return is_pattern(self.stage.source.repository)

    @property
    def source(self) -> Registry:
        """The source's registry."""
        return self.config.registries[self.stage.source.source]

    @property
    def destination(self) -> Registry:
        """The destination's registry."""
        return self.config.registries[self.rule.destination]

    def said(self, key: str) -> Path:
        """Return the place of what holds for *key*, or of the destination where nothing is said."""
        found = origin(self.config, self.stage_index, self.rule_index, key)
        return self.path if found is None else found

    def selectors(self) -> list[tuple[Path, Selector]]:
        """Return the lines of ``tags``, each with its place."""
        here = self.said("tags")
        return [((*here, at), parsed(line)) for at, line in enumerate(self.settings.tags)]

    @property
    def tag_template(self) -> TagTemplate:
        """The template of the tags at the destination."""
        groups = groups_of(selector for _, selector in self.selectors())
        return parse_tag_template(self.settings.tag, groups)

    def refuse_names(self, tool: Tool) -> None:
        """Make sure that no tag gets another name, for a *tool* that cannot.

        Raises:
            RefusalError: One does.
        """
        named = ((path, it) for path, it in self.selectors() if isinstance(it, Named))
        renamed = [path for path, it in named if it.aliases not in {(), (it.tag,)}]
        if not self.tag_template.keeps_names:
            renamed.append(self.said("tag"))
        for path in renamed:
            raise refusal(path, f"gives tags other names, which {tool} cannot")

    def hosts(self) -> tuple[str, str]:
        """Return the hosts of source and destination.

        Raises:
            RefusalError: One of them is an image layout.
        """
        sides = ((self.stage.source.source, self.source), (self.rule.destination, self.destination))
        for key, registry in sides:
            if means_layout(registry.url):
                path = ("registries", key, "url")
                raise refusal(path, "is an image layout, which is no registry there")
            if self.is_pattern and parse_address(registry.url).prefix:
                path = ("registries", key, "url")
                raise refusal(path, "has a path, which cannot be kept beside a pattern")
        return parse_address(self.source.url).host, parse_address(self.destination.url).host

    def names(self) -> tuple[str, str]:
        """Return the full names of the two repositories.

        The source's is none where it is a pattern.

        Raises:
            RefusalError: One of the sides is an image layout.
        """
        source, destination = self.hosts()
        given, template = self.stage.source.repository, self.rule.repository
        if self.is_pattern:
            return given, template
        from reposync.selection.template import parse_template  # noqa: PLC0415 -- with a template

        target = parse_template(template).fill(given) if "{" in template else template
        given = parse_address(self.source.url).full_name(given)
        target = parse_address(self.destination.url).full_name(target)
        return canonical_repository(source, given), canonical_repository(destination, target)


class Written(Struct, frozen=True):
    """A file of another tool; ``count`` of our destinations are in it, ``header`` is above."""

    tree: Mapping[str, Tree]
    count: int
    header: tuple[str, ...] = ()


class Export(Struct, frozen=True):
    """One export: what is exported, and what is reported."""

    tool: Tool
    root: NodeCursor
    config: Config
    losses: Losses

    def routes(self) -> Iterator[Route]:
        """Return all routes in the order of the file."""
        for at, stage in enumerate(self.config.stages):
            for index in range(len(stage.rules)):
                yield Route(self.config, at, index)

    def tell_keys(self, known: Collection[str] = ()) -> None:
        """Report all keys that have no equal; *known* are keys of registries that have one."""
        root = self.root
        self._tell(root, ("registries", "stages", "defaults"))
        self._tell(root.get("defaults"), _OPTIONS)
        for _, registry in root.get("registries").entries():
            self._tell(registry, (*_REGISTRY, *known))
        for stage in root.get("stages").items():
            self._tell(stage, (*_STAGE, *_OPTIONS))
            self._tell(stage.get("from"), ("source", "repository", "exclude"))
            for rule in stage.get("to").items():
                self._tell(rule, ("destination", "repository", *_OPTIONS))

    def tell_options(self, route: Route) -> None:
        """Report what holds for *route* and no other tool does."""
        settings = route.settings
        if settings.overwrite != "always":
            told = f"is not kept: {self.tool} rewrites every tag"
            self.losses.lose(route.said("overwrite"), told)
        if settings.immutable:
            told = f"is not kept: {self.tool} rewrites every tag"
            self.losses.lose(route.said("immutable"), told)
        if route.stage.depends_on:
            path = ("stages", route.stage_index, "depends_on")
            self.losses.lose(path, f"is not kept: {self.tool} waits for no other entry")

    def tell_no_referrers(self, route: Route) -> None:
        """Report that signatures and their kin stay behind."""
        if route.settings.referrers is not None:
            self.losses.lose(
                route.said("referrers"),
                f"{self.tool} leaves behind signatures and all else that refers to an image",
                "write `referrers: false` if that is meant",
            )

    def _tell(self, at: NodeCursor, known: Collection[str]) -> None:
        for key, _ in at.entries():
            if key not in known:
                self.losses.lose((*at.path, key), f"has no equal in {self.tool}")
