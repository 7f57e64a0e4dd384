"""dregsy's file: what it is to copy, as it is written for one call of it. Pure.

A task for each pair of registries, a mapping for each pair of repositories, each tag by its name.
No login stands in it: dregsy would put it on skopeo's command line.
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


class Errand(Struct, frozen=True):
    """One tag to one repository, as dregsy names them while it works."""

    task: str
    source: str
    destination: str
    tag: str


class Order(Struct, frozen=True):
    """What the file asks for, and whose errand each part of it is."""

    tasks: tuple[dict[str, Any], ...]
    errands: dict[Errand, tuple[Shipment, Target]]


def order(shipments: Iterable[Shipment]) -> Order:
    """Put *shipments* into tasks, each errand once."""
    grouped: dict[_Ends, list[tuple[Shipment, Target]]] = defaultdict(list)
    for shipment, target in _parcels(shipments):
        source, there = shipment.source, target.end
        grouped[source.access, there.access, source.host, there.host].append((shipment, target))
    errands: dict[Errand, tuple[Shipment, Target]] = {}
    tasks = []
    for number, destination_rules in enumerate(grouped.values()):
        name = f"task-{number}"
        mine = {
            _errand(name, *destination_rule): destination_rule
            for destination_rule in destination_rules
        }
        tasks.append(_task(name, destination_rules[0], mine))
        errands |= mine
    return Order(tuple(tasks), errands)


def document(tasks: Iterable[dict[str, Any]], skopeo: str, certificates: str) -> dict[str, Any]:
    """Return the file; *certificates* is a directory that has one for each host."""
    return {
        "relay": "skopeo",
        "skopeo": {"binary": skopeo, "certs-dir": certificates},
        "tasks": list(tasks),
    }


def preserving(skopeo: str) -> bytes:
    """Return a program that is *skopeo*, but copies as it is told to by no option of dregsy's.

    By itself skopeo packs layers that are not packed, and so makes another image of it.
    """
    call = f'exec {shlex.quote(skopeo)} "$@"'
    return f'#!/bin/sh\n[ "$2" = copy ] && {call} --preserve-digests\n{call}\n'.encode()


def bare_host(host: str) -> str:
    """Return the name under which dregsy looks for certificates: the host without its port."""
    return host.partition(":")[0]


def _parcels(shipments: Iterable[Shipment]) -> Iterator[tuple[Shipment, Target]]:
    for shipment in shipments:
        for target in shipment.targets:
            yield shipment, target


def _errand(task: str, shipment: Shipment, target: Target) -> Errand:
    return Errand(task, shipment.source.path, target.end.path, _entry(shipment, target))


def _entry(shipment: Shipment, target: Target) -> str:
    """Write an image as an entry of ``tags``: a tag, a digest, or a digest that gets a tag."""
    if not target.tag:
        return shipment.digest
    return target.tag if shipment.name == target.tag else f"{target.tag}@{shipment.digest}"


def _task(
    name: str, destination_rule: tuple[Shipment, Target], errands: Iterable[Errand]
) -> dict[str, Any]:
    tags: dict[tuple[str, str], list[str]] = defaultdict(list)
    for errand in errands:
        tags[errand.source, errand.destination].append(errand.tag)
    return {
        "name": name,
        "verbose": True,
        "source": _location(destination_rule[0].source),
        "target": _location(destination_rule[1].end),
        "mappings": [
            {"from": source, "to": destination, "platform": "all", "tags": wanted}
            for (source, destination), wanted in tags.items()
        ],
    }


def _location(end: End) -> dict[str, Any]:
    """Name a registry; without "none", dregsy may get itself a login and show it to everybody."""
    return {
        "registry": end.host,
        "auth": "none",
        "skip-tls-verify": not end.access.trust.verify,
    }
