"""A copy without a file: two image names become the registries and the stage of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.config.layouts import layout_fault
from reposync.config.model import Registry
from reposync.copy.copy_rule import CopyRule
from reposync.copy.platforms import PlatformRule
from reposync.copy.referrer_rule import ReferrerRule
from reposync.errors import InvalidReferenceError
from reposync.oci.image_name import ImageName, parse_image_name
from reposync.oci.platform import parse as parse_platform
from reposync.oci.reference import Reference
from reposync.selection.selectors import Named, Pinned
from reposync.sync.stages import Place, Rule, Stage
from reposync.wiring.stages import host_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reposync.oci.platform import Platform
    from reposync.selection.selectors import Naming

_LATEST = "latest"
_STAGE = "copy"
_SOURCE, _DESTINATION = "source", "destination"


class OneOff(Struct, frozen=True):
    """What to copy: the registries by key, as in a file, and one stage."""

    registries: Mapping[str, Registry]
    stage: Stage


def one_off(
    source: str,
    destination: str,
    *,
    all_tags: bool = False,
    platforms: Sequence[str] = (),
    referrers: bool = True,
    skip_tls_verify: bool = False,
) -> OneOff:
    """Read *source* and *destination*, two images, or with *all_tags* two repositories.

    A source without a tag means ``latest``; a destination without one gets the source's tag, and
    one without a repository, in a layout, the source's repository.

    Raises:
        InvalidReferenceError: One of them, or one of *platforms*, is not a legal name, or both are
            the same image.
    """
    read = parse_image_name(source, is_repository=all_tags)
    written = parse_image_name(destination, is_repository=all_tags)
    if not all_tags and not read.tag and read.digest is None:
        read = _with_latest(read)
    if written.digest is not None:
        raise InvalidReferenceError(
            f"{destination!r} names a digest", hint="a destination has a tag, or none"
        )
    if written.is_layout and not written.repository and not written.tag:
        written = ImageName(written.url, read.repository, written.tag)
    registries = {
        _SOURCE: _registry(read, skip_tls_verify=skip_tls_verify),
        _DESTINATION: _registry(written, skip_tls_verify=skip_tls_verify),
    }
    selectors = () if all_tags else (_selector(read, written.tag),)
    places = [
        Place(key, Reference(host_of(registries, key), name.repository))
        for key, name in ((_SOURCE, read), (_DESTINATION, written))
    ]
    _check_differ(places[0], places[1], selectors)
    rule = CopyRule(_platform_rule(platforms), ReferrerRule() if referrers else None)
    stage = Stage(_STAGE, places[0], (Rule(places[1], selectors, rule),))
    return OneOff(registries, stage)


def _with_latest(name: ImageName) -> ImageName:
    if name.is_layout:
        raise InvalidReferenceError(
            f"{name.url!r} does not say which image", hint="write oci:PATH:TAG, or use --all-tags"
        )
    return ImageName(name.url, name.repository, _LATEST)


def _registry(name: ImageName, *, skip_tls_verify: bool) -> Registry:
    if name.is_layout and (fault := layout_fault(name.url)) is not None:
        raise InvalidReferenceError(fault.message, hint=fault.hint)
    is_lenient = not name.is_layout and (skip_tls_verify or name.is_on_loopback)
    return Registry(url=name.url, skip_tls_verify=is_lenient)


def _selector(read: ImageName, tag: str) -> Naming:
    if read.digest is not None:
        return Pinned(read.digest, tag or read.tag)
    return Named(read.tag, (tag,) if tag else ())


def _check_differ(source: Place, destination: Place, selectors: Sequence[Naming]) -> None:
    named = [it for it in selectors if isinstance(it, Named)]
    is_renamed = any(it.aliases not in {(), (it.tag,)} for it in named)
    is_pinned = any(isinstance(it, Pinned) for it in selectors)
    if source.reference == destination.reference and not is_renamed and not is_pinned:
        raise InvalidReferenceError(
            f"source and destination are both {source.reference}",
            hint="write another repository or tag as destination",
        )


def _platform_rule(texts: Sequence[str]) -> PlatformRule | None:
    platforms: tuple[Platform, ...] = tuple(map(parse_platform, texts))
    return PlatformRule(platforms) if platforms else None
