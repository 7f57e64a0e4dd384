"""An example of every class of errors, with all its fields set.

A new class whose constructor or fields are of no known kind fails here, and so in every test that
goes through all of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, get_type_hints

import reposync
from reposync import errors
from reposync.config.compose import UnquotedError
from reposync.diagnostic import Diagnostic
from reposync.errors import ConfigError, CopyError, RegistryError, RepoSyncError
from reposync.trust import CertificateFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBLEM = Diagnostic("f.yml", 1, 2, "stages[0]", "is wrong", "mend it")
SECRET = "hunter2"
URL = f"https://user:{SECRET}@r.example/v2/a/blobs/uploads/1?signature={SECRET}#{SECRET}"


def classes(kind: type[RepoSyncError] = RepoSyncError) -> Iterator[type[RepoSyncError]]:
    """Return every class of errors that the package has, the root first."""
    if kind is RepoSyncError:
        for module in pkgutil.walk_packages(reposync.__path__, "reposync."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    yield kind
    for each in kind.__subclasses__():
        if each.__module__.startswith("reposync."):
            yield from classes(each)


def example(kind: type[RepoSyncError]) -> RepoSyncError:
    """Return an error of class *kind* whose fields all have a value of their own."""
    error = _made(kind)
    error.host_cause = "r.example is away"
    error.retryable = not kind.retryable
    for name, hint in get_type_hints(kind).items():
        if name not in vars(error):
            setattr(error, name, {float: 1.5, float | None: 2.5}[hint])
    return error


def _made(kind: type[RepoSyncError]) -> RepoSyncError:
    if issubclass(kind, CopyError):
        return kind("push tag 1", "destination", example(errors.RateLimitedError))
    if issubclass(kind, ConfigError | UnquotedError):
        return kind((PROBLEM, PROBLEM))
    if issubclass(kind, CertificateFileError):
        return kind("ca.pem", "is empty", "name another")
    if issubclass(kind, RegistryError):
        return kind("no", method="PUT", url=URL, status=403, codes=("DENIED", "X"), hint="try")
    return kind("it does not work", hint="try")
