"""dregsy's configuration file for one call. Pure.

A task for each pair of registries, a mapping for each pair of repositories, each tag by its name.
It holds no login, as dregsy would put it on skopeo's command line.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reposync.external.shipment import Access, End, Shipment, Target

_Ends = tuple["Access", "Access", str, str]


class TagCopy(Struct, frozen=True):
    """The copy of one tag to one repository, identified as in dregsy's log."""

    task: str
    source: str
    destination: str
    tag: str


class TaskList(Struct, frozen=True):
    """The tasks of the file, and the shipment and target of each copy in them."""

    tasks: tuple[dict[str, Any], ...]
    tag_copies: dict[TagCopy, tuple[Shipment, Target]]


def task_list(shipments: Iterable[Shipment]) -> TaskList:
    """Group *shipments* into tasks, each copy once."""
    grouped: dict[_Ends, list[tuple[Shipment, Target]]] = defaultdict(list)
    for shipment, target in _pairs(shipments):
        source, there = shipment.source, target.end
        grouped[source.access, there.access, source.host, there.host].append((shipment, target))
    tag_copies: dict[TagCopy, tuple[Shipment, Target]] = {}
    tasks = []
    for number, pairs in enumerate(grouped.values()):
        name = f"task-{number}"
        mine = {_tag_copy(name, *pair): pair for pair in pairs}
        tasks.append(_task(name, pairs[0], mine))
        tag_copies |= mine
    return TaskList(tuple(tasks), tag_copies)


def document(tasks: Iterable[dict[str, Any]], skopeo: str, certificates: str) -> dict[str, Any]:
    """Return the file's content; *certificates* is a directory with one directory for each host."""
    return {
        "relay": "skopeo",
        "skopeo": {"binary": skopeo, "certs-dir": certificates},
        "tasks": list(tasks),
    }


def preserving(skopeo: str) -> bytes:
    """Return a script that runs *skopeo*, and adds ``--preserve-digests`` to ``copy``.

    dregsy has no option for it. Without it skopeo compresses uncompressed layers, so that the copy
    is another image.
    """
    call = f'exec {shlex.quote(skopeo)} "$@"'
    return f'#!/bin/sh\n[ "$2" = copy ] && {call} --preserve-digests\n{call}\n'.encode()


def bare_host(host: str) -> str:
    """Return the name under which dregsy looks up certificates: the host without its port."""
    return host.partition(":")[0]


def _pairs(shipments: Iterable[Shipment]) -> Iterator[tuple[Shipment, Target]]:
    for shipment in shipments:
        for target in shipment.targets:
            yield shipment, target


def _tag_copy(task: str, shipment: Shipment, target: Target) -> TagCopy:
    return TagCopy(task, shipment.source.path, target.end.path, _entry(shipment, target))


def _entry(shipment: Shipment, target: Target) -> str:
    """Return the entry of ``tags`` for an image: a tag, a digest, or a tag with a digest."""
    if not target.tag:
        return shipment.digest
    return target.tag if shipment.name == target.tag else f"{target.tag}@{shipment.digest}"


def _task(
    name: str, pair: tuple[Shipment, Target], tag_copies: Iterable[TagCopy]
) -> dict[str, Any]:
    tags: dict[tuple[str, str], list[str]] = defaultdict(list)
    for tag_copy in tag_copies:
        tags[tag_copy.source, tag_copy.destination].append(tag_copy.tag)
    return {
        "name": name,
        "verbose": True,
        "source": _location(pair[0].source),
        "target": _location(pair[1].end),
        "mappings": [
            {"from": source, "to": destination, "platform": "all", "tags": wanted}
            for (source, destination), wanted in tags.items()
        ],
    }


def _location(end: End) -> dict[str, Any]:
    """Return a registry; without "none", dregsy may fetch a login and expose it to other users."""
    return {
        "registry": end.host,
        "auth": "none",
        "skip-tls-verify": not end.access.trust.verify,
    }
