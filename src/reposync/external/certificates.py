"""A directory of certificates for one registry, as container tools read it.

``*.crt`` are CAs; ``*.cert`` with the ``*.key`` of the same name is shown to the server.

Spec: containers-certs.d(5).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reposync.external.private import storage_error

if TYPE_CHECKING:
    from reposync.trust import Trust


def has_files(trust: Trust) -> bool:
    """Return whether *trust* names any file."""
    return bool(trust.authorities or trust.pairs)


def certificate_directory(trust: Trust, path: Path) -> Path:
    """Create the directory *path* with links to the files of *trust*, so that no key is copied.

    Raises:
        StorageError: It cannot be created.
    """
    try:
        path.mkdir(mode=0o700, parents=True)
        for number, authority in enumerate(trust.authorities):
            _link(path / f"{number}.crt", authority)
        for number, pair in enumerate(trust.pairs):
            _link(path / f"{number}.cert", pair.certificate)
            _link(path / f"{number}.key", pair.key)
    except OSError as error:
        raise storage_error(error, f"cannot create links in {path.parent}") from error
    return path


def _link(path: Path, file: str) -> None:
    path.symlink_to(Path(file).absolute())
