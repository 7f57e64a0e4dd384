"""Layouts: what ``oci:PATH`` means as the address of a registry.

A directory or a `.tar` file; whether it is there, and is a layout, is found out when it is used.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reposync.config.names import Fault, known_address, known_host
from reposync.config.variables import NOT_EXPANDED, holds_variable
from reposync.words import quoted

if TYPE_CHECKING:
    from reposync.oci.address import Address

_SCHEME = "oci:"
# `oci:5000` was the address of a registry on a host called `oci` before there were layouts.
_PORT = r"[0-9]{1,5}"
_COMPRESSED = r"(?is)(?P<name>.*?)(?:\.tar)?\.(?:gz|tgz|zst|zstd|tzst|xz|txz|bz2|tbz2?|lz4|zip|7z)"
_OTHERS = r"(?s)(?:oci|ocidir|oci-dir|oci-layout|oci-archive):(?://)?(?P<path>.*)"


def layout_path(url: str) -> str | None:
    """Return the path of the layout that *url* means, as it is written; None for a registry."""
    path = url.removeprefix(_SCHEME)
    return None if path == url or re.fullmatch(_PORT, path) else path


def layout_fault(url: str) -> Fault | None:
    """Return why *url*, which means a layout or nearly does, names none that can be used."""
    path = layout_path(url)
    if path is None or path.startswith("//"):
        other = re.fullmatch(_OTHERS, url)
        meant = quoted(_SCHEME + other["path"]) if other and other["path"] else "`oci:PATH`"
        return Fault(f"{quoted(url)} is not how a layout is written", f"write {meant}")
    if not path.strip():
        return Fault("names no layout", "write a directory or a `.tar` file behind `oci:`")
    if compressed := re.fullmatch(_COMPRESSED, path):
        meant = quoted(f"{_SCHEME}{compressed['name']}.tar")
        return Fault(f"{quoted(url)} is compressed", f"decompress it, and write {meant}")
    if "\0" in path:
        return Fault(f"{quoted(url)} is not a path", "write a directory or a `.tar` file")
    return _shell_fault(url, path)


def _shell_fault(url: str, path: str) -> Fault | None:
    """Return what a shell would make another path of, and nothing here does."""
    if path.startswith("~"):
        return Fault(f"{quoted(url)} begins with a `~`", "write the directory that you mean by it")
    if holds_variable(path):
        return Fault(f"{quoted(url)} holds a variable", NOT_EXPANDED)
    return None


def means_layout(url: str) -> bool:
    """Return whether *url* is meant as a layout as other tools write it."""
    return layout_path(url) is not None or bool(
        re.fullmatch(_OTHERS, url) and known_host(url) is None
    )


def known_place(url: str) -> str | None:
    """Return the one name of a registry or of a layout, or None where it has none.

    The usual port of a scheme is left out, and symbolic links are followed: two ways to write one
    place have one name. Where a layout is in the working directory, its path is told from there.
    """
    if not means_layout(url):
        return _registry_name(known_address(url))
    path = layout_path(url)
    if path is None or layout_fault(url) is not None:
        return None
    here = _working_directory()
    absolute = Path(os.path.realpath(here / path))
    return f"{_SCHEME}{absolute.relative_to(here) if absolute.is_relative_to(here) else absolute}"


def _registry_name(address: Address | None) -> str | None:
    if address is None:
        return None
    usual = ":80" if address.scheme == "http" else ":443"
    return replace(address, host=address.host.removesuffix(usual)).name


def _working_directory() -> Path:
    try:
        return Path.cwd().resolve()
    except OSError:
        return Path("/")  # it was removed; whoever opens the layout will say so
