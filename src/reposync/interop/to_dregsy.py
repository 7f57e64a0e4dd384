"""To dregsy: a task for each destination, since a task has one source and one target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.interop import our_ranges
from reposync.interop.expressions import Sieve, has_alternatives, takes_digest_tags
from reposync.interop.losses import gathered, run_all
from reposync.interop.refusals import RefusalError, refusal
from reposync.interop.routes import Export, Route, Written
from reposync.interop.tree import Noted, Tree
from reposync.oci.address import parse_address
from reposync.oci.referrers import DIGEST_TAG
from reposync.selection.repositories import parse_repository_pattern
from reposync.selection.selectors import (
    Keep,
    KeepLatest,
    KeepNewer,
    Matching,
    Named,
    Selector,
    Versions,
)
from reposync.selection.template import parse_template

if TYPE_CHECKING:
    from reposync.config.finding import Path
    from reposync.config.model import Registry

_EVERY = ">=0.0.0"


def write(job: Export) -> Written:
    """Write the file, and count its tasks."""
    job.tell_keys(("credentials", "create_repositories"))
    tasks: list[Tree] = []
    for route in job.routes():
        try:
            tasks.append(_task(route, job))
        except RefusalError as error:
            job.losses.refuse(error)
    return Written({"relay": "skopeo", "tasks": tasks}, len(tasks))


def _task(route: Route, job: Export) -> Tree:
    source, target = route.hosts()
    route.refuse_names(job.tool)
    tags, names = run_all(lambda: _tags(route, job), lambda: _names(route))
    mapping: dict[str, Tree] = dict(names)
    if tags:
        mapping["tags"] = tags
    mapping["platform"] = _platform(route, job)
    job.tell_options(route)
    job.tell_no_referrers(route)
    return {
        "name": route.name,
        "source": _place(source, route.source, ("registries", route.stage.source.source), job),
        "target": _place(target, route.destination, ("registries", route.rule.destination), job),
        "mappings": [mapping],
    }


def _place(host: str, registry: Registry, path: Path, job: Export) -> Tree:
    place: dict[str, Tree] = {"registry": host}
    if registry.skip_tls_verify or parse_address(registry.url).scheme == "http":
        place["skip-tls-verify"] = True
    if registry.create_repositories not in {True, False}:
        told = "says how repositories are made, which dregsy does in its own way"
        job.losses.lose((*path, "create_repositories"), told)
    if registry.env_user is None:
        return place | _identity(registry, path, job)
    job.losses.note(
        (*path, "env_user"),
        "dregsy reads no variables: the login is to be written into the new file",
        "see the comments that begin with `auth:` there",
    )
    auth = (
        f'auth: base64 of {{"username": "${registry.env_user}", '
        f'"password": "${registry.env_password}"}}'
    )
    return Noted(place, (auth,))


def _identity(registry: Registry, path: Path, job: Export) -> dict[str, Tree]:
    """Write by whose identity dregsy logs in; Google's it finds by itself."""
    match registry.credentials:
        case "ecr":
            return {"auth-refresh": "10h"}
        case "none":
            return {"auth": "none"}
        case "acr":
            told = "is an identity that dregsy does not log in by"
            job.losses.lose((*path, "credentials"), told)
    return {}


def _names(route: Route) -> dict[str, Tree]:
    source, target = route.names()
    if not route.is_pattern:
        return {"from": source} if source == target else {"from": source, "to": target}
    path: Path = ("stages", route.stage_index, "from", "exclude")
    if route.stage.source.exclude:
        raise refusal(path, "leaves repositories out, which dregsy cannot")
    expression = parse_repository_pattern(source).expression.text
    found: dict[str, Tree] = {"from": f"regex:{_guarded(expression)}"}
    to = _template(route, expression)
    return found | ({"to": to} if to else {})


def _template(route: Route, expression: str) -> str:
    groups = parse_repository_pattern(route.stage.source.repository).groups
    template = parse_template(route.rule.repository, groups)
    if template.text == "{repository}":
        return ""
    if template.pieces[1:] == ("repository", "") and template.pieces[0].endswith("/"):
        return template.pieces[0].strip("/")
    used = set(template.placeholders)
    path = (*route.path, "repository")
    if used <= {"repository", "basename"}:
        pattern = "^/(?P<repository>(?:.*/)?(?P<basename>[^/]+))$"
    elif used <= set(groups) and "," not in expression:
        pattern = f"^/(?:{expression})$"
    else:
        raise refusal(path, "makes names in a way that dregsy cannot")
    filled = "".join(
        f"${{{piece}}}" if at % 2 else piece for at, piece in enumerate(template.pieces)
    )
    return f"regex:{pattern},/{filled}"


def _tags(route: Route, job: Export) -> list[Tree]:
    selectors = route.selectors()
    lines: list[Tree] = [*gathered(selectors, lambda each: _line(*each, job))]
    rules = [it for _, it in selectors if isinstance(it, Matching)]
    keeps = [it for _, it in selectors if isinstance(it, Keep)]
    takes_all = bool(selectors) and not any(
        not isinstance(it, Keep | KeepLatest | KeepNewer) for _, it in selectors
    )
    if takes_digest_tags(None if takes_all else _sieves(rules), _sieves(keeps)):
        lines.append(f"keep: !{DIGEST_TAG}")
    return lines


def _sieves(selectors: list[Matching] | list[Keep]) -> list[Sieve]:
    return [Sieve(it.pattern.expression.text, inverted=it.pattern.inverted) for it in selectors]


def _line(path: Path, selector: Selector, job: Export) -> str:
    match selector:
        case Matching(pattern=pattern) | Keep(pattern=pattern):
            word = "regex" if isinstance(selector, Matching) else "keep"
            mark = "!" if pattern.inverted else ""
            return f"{word}: {mark}{_guarded(pattern.expression.text)}"
        case Versions():
            job.losses.lose(path, "is read by dregsy in another way", our_ranges.OTHERWISE)
            written = our_ranges.alternatives(selector, path, our_ranges.blang, _EVERY)
            return f"semver: {' || '.join(written)}"
        case KeepLatest(count=count, per_variant=False):
            told = "means the last by dregsy's order of versions there, and limits names as well"
            job.losses.lose(path, told)
            return f"keep: latest {count}"
        case KeepLatest() | KeepNewer():
            raise refusal(path, "is nothing that dregsy can do")
        case Named(tag=tag):
            return tag
    return selector.text


def _guarded(expression: str) -> str:
    """Write *expression* so that dregsy, which puts signs around it, compares the whole name."""
    is_odd = expression.startswith(("^", "!")) or expression.endswith("$")
    return f"(?:{expression})" if is_odd or has_alternatives(expression) else expression


def _platform(route: Route, job: Export) -> str:
    platforms = route.settings.platforms
    if not platforms:
        return "all"
    if len(platforms) > 1:
        raise refusal(route.said("platforms"), "names several platforms, of which dregsy takes one")
    told = "is copied in place of the index by dregsy, and not as an index of one"
    job.losses.lose(route.said("platforms"), told)
    return str(platforms[0])
