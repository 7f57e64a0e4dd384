"""To regsync: an entry for each named tag, and one for what the rules of a destination take in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.errors import InvalidReferenceError
from reposync.interop.refusals import RefusalError, refusal
from reposync.interop.routes import Written
from reposync.interop.to_regsync_tags import named_set, rule_sets
from reposync.oci.address import parse_address
from reposync.selection.choose import named_images
from reposync.selection.naming import destination_tag
from reposync.selection.repositories import parse_repository_pattern
from reposync.selection.selectors import Named, Pinned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reposync.config.model import Registry
    from reposync.interop.routes import Export, Route
    from reposync.interop.tree import Tree
    from reposync.selection.choose import Image
    from reposync.selection.selectors import Selector

_BOUNDS = {"max_concurrent_requests": "reqConcurrent", "requests_per_second": "reqPerSec"}
_CREDS = {"ca_file", "client_cert_file", "client_key_file", "hub_reserve", *_BOUNDS}
_FILES = {"ca_file": "regcert", "client_cert_file": "clientCert", "client_key_file": "clientKey"}


def write(job: Export) -> Written:
    """Write the file, and count the destinations of ours in it."""
    job.tell_keys(_CREDS)
    used: dict[str, str] = {}
    entries: list[Tree] = []
    count = 0
    for route in job.routes():
        try:
            _check_hosts(route, used)
            entries += _entries(route, job)
            count += 1
        except RefusalError as error:
            job.losses.refuse(error)
    creds = [
        cred
        for host, key in used.items()
        if len(cred := _cred(host, key, job.config.registries[key], job)) > 1
    ]
    tree: dict[str, Tree] = {"version": 1}
    tree |= {"creds": creds} if creds else {}
    return Written(tree | {"sync": entries}, count)


def _check_hosts(route: Route, used: dict[str, str]) -> None:
    """Refuse two registries of ours at one host that are not reached alike."""
    keys = (route.stage.source.source, route.rule.destination)
    for key, host in zip(keys, route.hosts(), strict=True):
        other = used.setdefault(host, key)
        if other != key and route.config.registries[other] != route.config.registries[key]:
            raise refusal(
                ("registries", key),
                f"is at the host of `{other}`, and regsync knows one login for a host",
            )


def _cred(host: str, key: str, registry: Registry, job: Export) -> dict[str, Tree]:
    cred: dict[str, Tree] = {"registry": host}
    if registry.env_user is not None:
        cred["user"] = f'{{{{env "{registry.env_user}"}}}}'
        cred["pass"] = f'{{{{env "{registry.env_password}"}}}}'
    if parse_address(registry.url).scheme == "http":
        cred["tls"] = "disabled"
    elif registry.skip_tls_verify:
        told = "regsync checks no certificate there, but speaks TLS"
        hint = "write `tls: disabled` into the new file for a registry without TLS"
        job.losses.lose(("registries", key, "skip-tls-verify"), told, hint)
        cred["tls"] = "insecure"
    for ours, theirs in _FILES.items():
        if (path := getattr(registry, ours)) is not None:
            cred[theirs] = f'{{{{file "{path}"}}}}'
    for ours, theirs in _BOUNDS.items():
        if (bound := getattr(registry, ours)) is not None:
            cred[theirs] = int(bound) if bound == int(bound) else bound
    return cred


def _entries(route: Route, job: Export) -> list[Tree]:
    options = _options(route, job)
    job.tell_options(route)
    return _of_pattern(route, options, job) if route.is_pattern else _of_one(route, options, job)


def _of_one(route: Route, options: dict[str, Tree], job: Export) -> list[Tree]:
    (source, target), (host, goal) = route.names(), route.hosts()
    source, target = f"{host}/{source}", f"{goal}/{target}"
    selectors = [selector for _, selector in route.selectors()]
    found: list[Tree] = [
        {
            "source": f"{source}{'@' if ':' in image.name else ':'}{image.name}",
            "target": f"{target}:{tag}" if tag else f"{target}@{image.name}",
            "type": "image",
            **options,
        }
        for image in named_images(selectors)
        for tag in (_tag(route, selectors, image),)
    ]
    sets = rule_sets(route, job)
    if sets is not None:
        if not route.tag_template.keeps_names:
            raise refusal(route.said("tag"), "names selected tags in a way that regsync cannot")
        filters = _filters(sets)
        found.append(
            {"source": source, "target": target, "type": "repository", **filters, **options}
        )
    return found


def _tag(route: Route, selectors: Sequence[Selector], image: Image) -> str:
    try:
        return destination_tag(route.tag_template, selectors, image)
    except InvalidReferenceError as error:
        raise refusal(route.said("tag"), str(error), error.hint or "") from None


def _of_pattern(route: Route, options: dict[str, Tree], job: Export) -> list[Tree]:
    host, goal = route.hosts()
    text = route.rule.repository
    front = text.removesuffix("{repository}")
    if front == text or "{" in front or (front and not front.endswith("/")):
        path = (*route.path, "repository")
        raise refusal(path, "makes names in a way that regsync cannot")
    route.refuse_names(job.tool)
    named = [it for _, it in route.selectors() if isinstance(it, Named | Pinned)]
    sets = [*(rule_sets(route, job) or []), *named_set(route, named, job)]
    repos: dict[str, Tree] = {}
    if route.stage.source.repository != "**":
        repos["allow"] = [_whole(route.stage.source.repository)]
    if route.stage.source.exclude:
        repos["deny"] = [_whole(each) for each in route.stage.source.exclude]
    entry: dict[str, Tree] = {
        "source": host,
        "target": f"{goal}/{front}".strip("/"),
        "type": "registry",
        **({"repos": repos} if repos else {}),
        **_filters(sets),
        **options,
    }
    return [entry]


def _whole(pattern: str) -> str:
    from reposync.interop.to_regsync_tags import guarded  # noqa: PLC0415 -- for patterns alone

    return guarded(parse_repository_pattern(pattern).expression.text)


def _filters(sets: list[dict[str, Tree]]) -> dict[str, Tree]:
    filled = [each for each in sets if each]
    if not filled:
        return {}
    return {"tags": filled[0]} if len(sets) == 1 else {"tagSets": [*sets]}


def _options(route: Route, job: Export) -> dict[str, Tree]:
    settings = route.settings
    options: dict[str, Tree] = {}
    if settings.platforms:
        options["platforms"] = [str(each) for each in settings.platforms]
        if settings.platform_mode != "sparse":
            told = "regsync keeps the whole index, of which only these platforms are there"
            job.losses.lose(route.said("platforms"), told)
    if settings.referrers is not None:
        options |= {"referrers": True, "digestTags": True}
        if settings.referrers.artifact_types:
            filters = [{"artifactType": kind} for kind in settings.referrers.artifact_types]
            options["referrerFilters"] = [*filters]
    reserve = route.source.hub_reserve
    if reserve is not None:
        key = route.stage.source.source
        told = "regsync waits there until more pulls are allowed"
        job.losses.lose(("registries", key, "hub_reserve"), told)
        options["ratelimit"] = {"min": reserve}
    return options
