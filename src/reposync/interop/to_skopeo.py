"""To skopeo sync: a file of sources; where they go is said in the call, one place for them all."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.interop import our_ranges
from reposync.interop.expressions import Sieve, one_of, takes_digest_tags
from reposync.interop.losses import gathered
from reposync.interop.refusals import RefusalError, refusal
from reposync.interop.routes import Written
from reposync.interop.tree import Noted, Tree
from reposync.oci.address import parse_address
from reposync.selection.selectors import Keep, Matching, Named, Pinned, Selector, Versions

if TYPE_CHECKING:
    from reposync.config.finding import Path
    from reposync.config.model import Registry
    from reposync.interop.routes import Export, Route

_SECTIONS = ("images", "images-by-tag-regex", "images-by-semver")


class _Place(Struct, frozen=True):
    """Where a call of skopeo sync puts all: below ``path``, by full names or by last parts."""

    path: str
    scoped: bool


class _Hosts:
    """What is collected: hosts, and the repositories of each of their sections."""

    def __init__(self) -> None:
        self.count = 0
        self.sections: dict[str, dict[str, dict[str, Tree]]] = {}
        self.registries: dict[str, tuple[str, Registry]] = {}

    def add(self, route: Route, sections: dict[str, Tree]) -> None:
        """Add the selection of one repository.

        Raises:
            RefusalError: It has one already, or its host is reached in another way.
        """
        (host, _), (source, _) = route.hosts(), route.names()
        key = route.stage.source.source
        known = self.registries.setdefault(host, (key, route.source))
        if known[1] != route.source:
            raise refusal(("registries", key), f"is at the host of `{known[0]}`, which is known")
        here = self.sections.setdefault(host, {})
        if any(source in repositories for repositories in here.values()):
            raise refusal(route.path, f"takes {source} a second time, which skopeo cannot")
        for name, value in sections.items():
            here.setdefault(name, {})[source] = value
        self.count += 1


def write(job: Export) -> Written:
    """Write the file, and count the destinations of ours in it."""
    job.tell_keys()
    hosts, place = _Hosts(), _common([*job.routes()])
    for route in job.routes():
        try:
            _check(route, place)
            route.refuse_names(job.tool)
            hosts.add(route, _sections(route, job))
            job.tell_options(route)
            job.tell_no_referrers(route)
        except RefusalError as error:
            job.losses.refuse(error)
    tree: dict[str, Tree] = {
        host: _host(host, sections, hosts, job) for host, sections in hosts.sections.items()
    }
    flags = "--all --keep-going" + (" --scoped" if place.scoped else "")
    call = f"Call: skopeo sync --src yaml --dest docker {flags} FILE {place.path}"
    return Written(tree, hosts.count, ("", call))


def _common(routes: list[Route]) -> _Place:
    """Find the place to which most of *routes* go."""
    places: Counter[_Place] = Counter()
    for route in routes:
        try:
            places.update(_places(route))
        except RefusalError:
            continue  # told when the route is written
    return max(places, key=lambda place: places[place], default=_Place("", scoped=False))


def _places(route: Route) -> list[_Place]:
    if route.is_pattern:
        return []
    (host, goal), (source, target) = route.hosts(), route.names()
    ends = ((f"/{host}/{source}", True), (f"/{source.rpartition('/')[2]}", False))
    full = f"{goal}/{target}"
    return [_Place(full.removesuffix(end), scoped) for end, scoped in ends if full.endswith(end)]


def _check(route: Route, place: _Place) -> None:
    if route.is_pattern:
        path = ("stages", route.stage_index, "from", "repository")
        raise refusal(path, "is a pattern, and skopeo sync wants each repository named")
    if place not in _places(route):
        where = f"all others go to {place.path}" if place.path else "it keeps the last part alone"
        raise refusal(
            route.path,
            f"gives the repository a name that skopeo sync would not: {where}",
            "export it from a file with this destination alone",
        )
    if route.settings.platforms:
        raise refusal(route.said("platforms"), "chooses platforms, which skopeo sync cannot")


def _sections(route: Route, job: Export) -> dict[str, Tree]:
    selectors = route.selectors()
    if not selectors:
        return {"images": []}
    found: dict[str, list[str]] = {}
    for section, text in gathered(selectors, lambda each: _entry(*each, len(selectors), job)):
        found.setdefault(section, []).append(text)
    written: dict[str, Tree] = {}
    if names := found.get("images"):
        written["images"] = [*names]
    if expressions := found.get("images-by-tag-regex"):
        whole = one_of(expressions)
        if takes_digest_tags([Sieve(whole)], ()):
            told = "includes tags of signatures at skopeo, which no rule does here"
            job.losses.lose(route.said("tags"), told)
        written["images-by-tag-regex"] = f"^(?:{whole})$"
    if ranges := found.get("images-by-semver"):
        written["images-by-semver"] = " || ".join(ranges)
    return written


def _entry(path: Path, selector: Selector, count: int, job: Export) -> tuple[str, str]:
    """Return the section that *selector*, one of *count*, belongs to, and its value."""
    match selector:
        case Named(tag=tag):
            return "images", tag
        case Pinned(tag=""):
            return "images", selector.text
        case Pinned():
            raise refusal(path, "gives a digest a tag, which skopeo sync cannot")
        case Matching(pattern=pattern) if not pattern.inverted:
            return "images-by-tag-regex", pattern.expression.text
        case Keep(pattern=pattern) if count == 1 and not pattern.inverted:
            return "images-by-tag-regex", pattern.expression.text
        case Versions():
            job.losses.lose(path, "is read by skopeo in another way", our_ranges.OTHERWISE)
            write_one = our_ranges.masterminds
            written = our_ranges.alternatives(selector, path, write_one, "*")
            return "images-by-semver", " || ".join(written)
    raise refusal(path, "is nothing that skopeo sync can do")


def _host(host: str, sections: dict[str, dict[str, Tree]], hosts: _Hosts, job: Export) -> Tree:
    key, registry = hosts.registries[host]
    written: dict[str, Tree] = {name: sections[name] for name in _SECTIONS if name in sections}
    if registry.skip_tls_verify or parse_address(registry.url).scheme == "http":
        written["tls-verify"] = False
    if registry.env_user is None:
        return written
    job.losses.note(
        ("registries", key, "env_user"),
        "skopeo reads no variables: log in by `skopeo login` before",
    )
    login = f"{host} wants the login of {registry.env_user} and {registry.env_password}"
    return Noted(written, (login,))
