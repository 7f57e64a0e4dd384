"""Scenarios: registries, images and stages drawn from a seed. Pure.

What is drawn is what a run can be asked for that has one right end, whatever goes wrong on the way:
no two stages write one tag, and nothing is chosen by what another stage happened to bring.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from tests import images

from reposync.config import model
from reposync.config.options import Referrers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.images import Graph, Piece

LAYOUT = "disk"
_STREAMED_BYTES = (300_000, 700_000)
_TAGS = ("1.0", "1.1", "1.2.3", "1.2.3-alpine", "2.0", "2.0-rc1", "latest", "edge", "v3", "nightly")
_REPOSITORIES = ("team/app", "team/web", "base")
_SELECTORS: tuple[tuple[str, ...], ...] = (
    (),
    (),
    ("glob: 1.*",),
    ("regex: !.*-.*",),
    ("semver: >=1.1",),
    ("1.0", "latest"),
    ("glob: *", "keep: latest 2"),
    ("keep: latest 2 per variant",),
)
_WRITTEN = ("s0/**", "s1/**", "s2/**", "next/**", "listed/**")


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a registry holds in one repository: graphs with their tags."""

    registry: str
    repository: str
    graph: Graph
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Character:
    """What a registry is like; ``options`` are those of the fake that speaks HTTP.

    ``layout`` makes it none, but an image layout: the name of its folder, or of its ``.tar``.
    """

    options: dict[str, Any] = field(default_factory=dict)
    auth: str = ""
    has_blob_host: bool = False
    layout: str = ""

    @property
    def referrers_api(self) -> bool:
        """Whether it lists referrers by itself."""
        return self.options.get("referrers_api", True) is True


@dataclass(frozen=True, slots=True)
class Scenario:
    """A world before its first run, and what is asked of the run.

    ``ledger`` tells whether what is learned is kept from run to run; ``moves`` are images that come
    to the source before the last run, under tags that named others until then.
    """

    seed: int
    speaks_http: bool
    characters: dict[str, Character]
    shelves: tuple[Shelf, ...]
    stages: tuple[model.Stage, ...]
    images_at_once: int
    ledger: bool
    moves: tuple[Shelf, ...] = ()

    @property
    def sources(self) -> frozenset[str]:
        """The registries that nothing is written to."""
        written = {rule.destination for stage in self.stages for rule in stage.rules}
        return frozenset(self.characters) - written


def scenario(seed: int) -> Scenario:
    """Draw the scenario of *seed*."""
    rng = random.Random(f"scenario/{seed}")
    keys = ("hub", "mid", "edge")[: rng.choice((1, 2, 2, 3))]
    speaks_http = rng.random() < 0.5
    characters = {key: _character(rng) for key in keys}
    shelves = _sources(rng, seed)
    if speaks_http and rng.random() < 0.3:
        keys = (*keys, LAYOUT)
        characters[LAYOUT] = Character(layout=rng.choice(("disk", "disk", "disk.tar")))
    stages = _stages(rng, keys, sorted({shelf.repository for shelf in shelves}))
    there = _already_there(rng, shelves, stages)
    stages, listed = _listed_first(rng, keys, stages, shelves)
    return Scenario(
        seed=seed,
        speaks_http=speaks_http,
        characters=characters,
        shelves=(*shelves, *there, *listed),
        stages=stages,
        images_at_once=rng.choice((1, 2, 20)),
        ledger=rng.random() < 0.5,
        moves=() if any(map(_speaks_of_another, there)) else _moves(rng, seed, shelves, stages),
    )


def _character(rng: random.Random) -> Character:
    options = {
        "page_size": rng.choice((None, None, 1, 3)),
        "upload_location": rng.choice(("relative", "absolute", "elsewhere")),
        "ranges": rng.random() < 0.7,
        "whole_blobs": rng.random() < 0.6,
        "mounts": rng.random() < 0.7,
        "referrers_api": rng.choice((True, True, False, "html")),
        "referrers_filter": rng.random() < 0.5,
        "oci_subject": rng.random() < 0.8,
        "digest_on_head": rng.random() < 0.8,
        "manifest_head": rng.random() < 0.85,
        "body_limit": rng.choice((None, None, None, 280_000)),
        "chunk_min": rng.choice((0, 0, 100_000)),
        "length_required": rng.random() < 0.2,
    }
    return Character(options, rng.choice(("", "", "basic", "token")), rng.random() < 0.25)


def _sources(rng: random.Random, seed: int) -> tuple[Shelf, ...]:
    base = tuple(images.blob(f"{seed}/base/{n}", _size(rng)) for n in range(rng.randrange(3)))
    tags = {name: rng.sample(_TAGS, len(_TAGS)) for name in _REPOSITORIES}
    shelves: list[Shelf] = []
    for number in range(rng.randint(1, 6)):
        repository = rng.choice(_REPOSITORIES)
        graph = _graph(rng, f"{seed}/{number}", base)
        own = [tags[repository].pop() for _ in range(rng.choice((1, 1, 1, 2)))]
        shelves.append(Shelf("hub", repository, graph, tuple(own)))
        shelves += _referrers(rng, f"{seed}/{number}", shelves[-1])
    return tuple(shelves)


def _speaks_of_another(shelf: Shelf) -> bool:
    return any(tag.startswith("sha256-") for tag in shelf.tags)


def _moves(
    rng: random.Random,
    seed: int,
    shelves: tuple[Shelf, ...],
    stages: tuple[model.Stage, ...],
) -> tuple[Shelf, ...]:
    """Draw what moves at the source; nothing where a rule leaves some tags as they were."""
    tagged = [each for each in shelves if each.tags and not _speaks_of_another(each)]
    leaves_some = any(rule.overwrite or rule.platforms for stage in stages for rule in stage.rules)
    if leaves_some or rng.random() < 0.5:
        return ()
    moved = rng.sample(tagged, rng.randint(1, len(tagged)))
    return tuple(
        Shelf(each.registry, each.repository, _graph(rng, f"{seed}/moved/{n}", ()), each.tags[:1])
        for n, each in enumerate(moved)
    )


def _size(rng: random.Random) -> int:
    return rng.choice(_STREAMED_BYTES) if rng.random() < 0.15 else rng.choice((1, 1024, 5000))


def _graph(rng: random.Random, name: str, base: tuple[Piece, ...]) -> Graph:
    shapes: list[Callable[[], Graph]] = [
        lambda: images.image(name, layers=rng.randint(0, 3), layer_bytes=_size(rng), base=base),
        lambda: images.image(name, layers=6, base=base),
        lambda: images.docker_image(name),
        lambda: images.multi_platform(name),
        lambda: images.multi_platform(name, docker=True),
        lambda: images.nested_index(name),
        lambda: images.attested(name),
        lambda: images.buildkit_cache(name),
        lambda: images.artifact(name),
        lambda: images.foreign_layer_image(name),
    ]
    return rng.choice(shapes)()


def _referrers(rng: random.Random, name: str, of: Shelf) -> list[Shelf]:
    """Draw what points to an image, to its children, and to what points to it."""
    found: list[Shelf] = []
    for number in range(rng.choice((0, 0, 1, 2, 3))):
        subjects = [*of.graph.manifests, *(each.graph.root for each in found)]
        subject = rng.choice((of.graph.root, rng.choice(subjects)))
        artifact = images.artifact(f"{name}/referrer/{number}", subject=subject.descriptor)
        if rng.random() < 0.3:
            digest = rng.choice(of.graph.manifests).digest
            tag = f"sha256-{digest.encoded}.{rng.choice(('sig', 'att', 'sbom'))}"
            taken = {tag for each in found for tag in each.tags}
            if tag not in taken:
                signature = images.artifact(f"{name}/cosign/{number}")
                found.append(Shelf(of.registry, of.repository, signature, (tag,)))
                continue
        found.append(Shelf(of.registry, of.repository, artifact))
    return found


def _stages(
    rng: random.Random, keys: tuple[str, ...], repositories: list[str]
) -> tuple[model.Stage, ...]:
    stages = [_stage(rng, keys, repositories, number) for number in range(rng.randint(1, 3))]
    written = [rule for stage in stages for rule in stage.rules if "{" not in rule.repository]
    if written and rng.random() < 0.4:
        stages.append(_next_stage(rng, keys, rng.choice(written), stages))
        if rng.random() < 0.3:
            stages.append(_next_stage(rng, keys, stages[-1].rules[0], stages))
    return tuple(stages)


def _stage(
    rng: random.Random, keys: tuple[str, ...], repositories: list[str], number: int
) -> model.Stage:
    is_pattern = rng.random() < 0.2
    repository = rng.choice(("team/*", "**")) if is_pattern else rng.choice(repositories)
    name = "{repository}" if is_pattern else "copy"
    rules = [
        _rule(rng, rng.choice(keys[1:] or keys), f"s{number}/d{place}/{name}")
        for place in range(rng.choice((1, 1, 2, 3)))
    ]
    source = model.Source(
        source="hub", repository=repository, exclude=_WRITTEN if is_pattern else ()
    )
    return model.Stage(source=source, rules=tuple(rules), id=f"stage{number}")


def _next_stage(
    rng: random.Random, keys: tuple[str, ...], rule: model.Rule, before: list[model.Stage]
) -> model.Stage:
    """Draw a stage that takes from where another one brings."""
    source = model.Source(source=rule.destination, repository=rule.repository)
    name = f"next{len(before)}"
    onward = _rule(rng, rng.choice(keys), f"next/{name}", chained=True)
    needed = tuple(stage.id for stage in before if stage.id)
    return model.Stage(source=source, rules=(onward,), id=name, depends_on=needed)


def _listed_first(
    rng: random.Random,
    keys: tuple[str, ...],
    stages: tuple[model.Stage, ...],
    shelves: tuple[Shelf, ...],
) -> tuple[tuple[model.Stage, ...], list[Shelf]]:
    """Draw stages that read where others will write, before these begin; and what they find.

    Those that read there later name their tags: for them alone no new list is made.
    """
    named = sorted({tag for each in shelves for tag in each.tags if not _speaks_of_another(each)})
    middles = {
        (stage.source.source, stage.source.repository)
        for stage in stages
        if stage.depends_on and stage.source.source != LAYOUT
    }
    if not middles or rng.random() < 0.5:
        return stages, []
    early: list[model.Stage] = []
    old: list[Shelf] = []
    for number, (key, repository) in enumerate(sorted(middles)):
        source = model.Source(source=key, repository=repository)
        to = _rule(rng, rng.choice(keys), f"listed/{number}", chained=True)
        to = replace(to, tags=(f"old-{number}",))
        early.append(model.Stage(source=source, rules=(to,), id=f"listed{number}"))
        old.append(Shelf(key, repository, images.image(f"listed/{number}"), (f"old-{number}",)))
    names = tuple(str(stage.id) for stage in early)
    later = [replace(stage, depends_on=(*stage.depends_on, *names)) for stage in stages]
    tags = tuple(rng.sample(named, min(len(named), 3)))
    return (*early, *(_naming(tags, stage) for stage in later)), old


def _naming(tags: tuple[str, ...], stage: model.Stage) -> model.Stage:
    """Have a stage of a chain name *tags*, and look at all that may come later.

    What a stage before it did not bring, because of a fault, it has copied nothing of.
    """
    if not str(stage.id).startswith("next"):
        return stage
    late = [rule.referrers is not False and Referrers(late="all") for rule in stage.rules]
    rules = zip(stage.rules, late, strict=True)
    return replace(
        stage, rules=tuple(replace(rule, tags=tags, referrers=each) for rule, each in rules)
    )


def _rule(rng: random.Random, key: str, repository: str, *, chained: bool = False) -> model.Rule:
    options: dict[str, Any] = {"tags": rng.choice(_SELECTORS[:5] if chained else _SELECTORS)}
    if rng.random() < 0.2 and not chained:
        options["platforms"] = rng.choice((("linux/amd64",), ("linux/arm64/v8", "linux/s390x")))
    if rng.random() < 0.2 and not chained:
        options["overwrite"] = "never"
    if rng.random() < 0.2 and not chained:
        options |= {"overwrite": "if_mutable", "immutable": ("1.*",)}
    if rng.random() < 0.2:
        options["referrers"] = False
    return model.Rule(destination=key, repository=repository, **options)


def _already_there(
    rng: random.Random, shelves: tuple[Shelf, ...], stages: tuple[model.Stage, ...]
) -> list[Shelf]:
    """Draw what is at destinations before: other images, and some of the right ones."""
    found = []
    for stage in stages:
        for rule in stage.rules:
            if stage.depends_on or "{" in rule.repository or rng.random() < 0.6:
                continue
            if rule.destination == LAYOUT:
                continue
            shelf = rng.choice(shelves)
            other = images.image(f"old/{rule.repository}")
            is_right = rng.random() < 0.5 and shelf.repository == stage.source.repository
            graph = shelf.graph if is_right else other
            found.append(Shelf(rule.destination, rule.repository, graph, shelf.tags[:1]))
    return found
