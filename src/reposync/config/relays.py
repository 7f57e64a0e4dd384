"""Relays: which program moves the images of a stage, and what in the file it cannot do.

What another program cannot do is an error, wherever it is asked for; what it leaves undone without
being asked is told, unless the file says that it is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.cloud_names import ecr_place
from reposync.config.finding import Finding
from reposync.config.inheritance import effective, origin
from reposync.config.layouts import means_layout
from reposync.config.names import known_address
from reposync.words import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reposync.config.finding import Path
    from reposync.config.model import Config, Registry, Relay, Stage

NATIVE: Relay = "native"
_INSTEAD = f"use `relay: {NATIVE}` for this stage"
_UNHEEDED = (
    "hub_reserve",
    "max_concurrent_requests",
    "requests_per_second",
    "max_bytes_per_second",
)
_PROGRAMS: Mapping[Relay, tuple[str, ...]] = {"skopeo": ("skopeo",), "dregsy": ("dregsy", "skopeo")}


def relay_of(config: Config, stage: Stage) -> Relay:
    """Return what moves the images of *stage*: what it says itself goes before the file's word."""
    return stage.relay or config.relay


def relayed(config: Config) -> dict[str, str]:
    """Return the stages whose images another program moves, by their names, and which it is."""
    named = zip(config.stage_names, config.stages, strict=True)
    relays = {name: relay_of(config, stage) for name, stage in named}
    return {name: relay for name, relay in relays.items() if relay != NATIVE}


def check_relays(config: Config) -> Iterator[Finding]:
    """Find what is asked for in stages whose program cannot do it; each line of it once."""
    found: dict[Path, Finding] = {}
    for number, stage in enumerate(config.stages):
        relay = relay_of(config, stage)
        if relay != NATIVE:
            for finding in _unable(config, number, relay):
                found.setdefault(finding.path, finding)
    yield from found.values()


def left_behind(config: Config) -> Iterator[Finding]:
    """Find the relays that leave referrers behind, where the file does not say that it is meant."""
    found: dict[Path, Finding] = {}
    for number, stage in enumerate(config.stages):
        relay = relay_of(config, stage)
        unsaid = (
            origin(config, number, index, "referrers") is None for index in range(len(stage.rules))
        )
        if relay != NATIVE and any(unsaid):
            path = _place(config, number)
            message = f"{quoted(relay)} leaves signatures, SBOMs and other referrers behind"
            found.setdefault(
                path, Finding(path, message, "write `referrers: false` if that is meant")
            )
    yield from found.values()


def missing_programs(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find the relays that name a program which is not on the ``PATH`` of *environ*."""
    found: dict[tuple[Path, str], Finding] = {}
    for number, stage in enumerate(config.stages):
        path = _place(config, number)
        for program in _PROGRAMS.get(relay_of(config, stage), ()):
            if not _is_on_path(program, environ):
                message = f"the program {quoted(program)} is not on the PATH"
                hint = f"install it, or write `relay: {NATIVE}`"
                found.setdefault((path, program), Finding(path, message, hint))
    yield from found.values()


def _is_on_path(program: str, environ: Mapping[str, str]) -> bool:
    from shutil import which  # noqa: PLC0415 -- it brings archives, which most files do without

    return which(program, path=environ.get("PATH", "")) is not None


def _place(config: Config, number: int) -> Path:
    """Return the path of the line that says what moves the images of a stage."""
    return ("relay",) if config.stages[number].relay is None else ("stages", number, "relay")


def _unable(config: Config, number: int, relay: Relay) -> Iterator[Finding]:
    stage, here = config.stages[number], ("stages", number)
    sides: dict[Path, str] = {(*here, "from", "source"): stage.source.source}
    for index, rule in enumerate(stage.rules):
        sides[*here, "to", index, "destination"] = rule.destination
        yield from _options(config, number, index, relay)
    for path, key in sides.items():
        registry = config.registries.get(key)
        if registry is not None and means_layout(registry.url):
            message = f"{quoted(relay)} copies between registries, and {quoted(key)} is a layout"
            yield Finding(path, message, _INSTEAD)
        elif registry is not None:
            yield from _registry(("registries", key), registry, relay)


def _options(config: Config, number: int, index: int, relay: Relay) -> Iterator[Finding]:
    stage = config.stages[number]
    settings = effective(config, stage, stage.rules[index])
    path = origin(config, number, index, "platforms")
    if settings.platforms and path is not None:
        hint = f"take `platforms` away, write `platforms: []` there, or {_INSTEAD}"
        yield Finding(path, f"{quoted(relay)} copies every platform", hint)
    path = origin(config, number, index, "referrers")
    if settings.referrers is not None and path is not None:
        hint = f"write `referrers: false`, or {_INSTEAD}"
        yield Finding(path, f"{quoted(relay)} leaves referrers behind", hint)


def _registry(path: Path, registry: Registry, relay: Relay) -> Iterator[Finding]:
    """Keep a program from a host that it would take for another, or where it does harm."""
    for key in _UNHEEDED:
        if getattr(registry, key) is not None:
            hint = f"remove it, or {_INSTEAD}"
            yield Finding((*path, key), f"{quoted(relay)} ignores this key", hint)
    address = known_address(registry.url)
    host = address.host if address else ""
    if address and address.scheme == "https" and registry.skip_tls_verify:
        yield Finding(
            (*path, "url"),
            f"with `skip-tls-verify`, `skopeo` may speak plain HTTP to {quoted(host)}",
            f"take `https://` away where that may be, or {_INSTEAD}",
        )
    if host and not {".", ":"} & set(host) and host != "localhost":
        yield Finding(
            (*path, "url"),
            f"`skopeo` takes {quoted(host)} for a name at Docker Hub",
            f"write its port, `{host}:443`, or its full name; or {_INSTEAD}",
        )
    if relay == "dregsy" and ecr_place(host.partition(":")[0]) is not None:
        yield Finding(
            (*path, "url"),
            f"`dregsy` would show a password of {quoted(host)} on the command line of skopeo",
            f"use `relay: skopeo` or `relay: {NATIVE}` for the stages of this registry",
        )
