"""Loading: from paths to a checked configuration, or to all that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reposync.config.certificates import unusable_files
from reposync.config.check import check, unset_variables
from reposync.config.clouds import missing_extras
from reposync.config.create_repositories import unusable_policies
from reposync.config.credentials import unreadable_secrets
from reposync.config.dependencies import unused_choices
from reposync.config.document import parse
from reposync.config.documents import run_all
from reposync.config.finding import is_covered
from reposync.config.mending import mended
from reposync.config.model import Config
from reposync.config.reading import decoded, read_content, shown_name
from reposync.config.relays import left_behind, missing_programs
from reposync.config.schema import schema
from reposync.config.values import read_values
from reposync.errors import ConfigError
from reposync.oci.digest import Digest
from reposync.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reposync.config.document import Document
    from reposync.config.documents import Documents
    from reposync.config.finding import Finding, Path
    from reposync.diagnostic import Diagnostic


class Loaded(Redacted, frozen=True):
    """A configuration that can be run, and what is worth reporting of it.

    ``digest`` is of the bytes of the file, or of all files in their order.
    """

    redacted = frozenset({"_document"})

    config: Config
    warnings: tuple[Diagnostic, ...]
    digest: Digest
    _document: Documents

    def where(self, path: Path) -> str:
        """Return file, line and column of what is at *path*, as ``sync.yml:14:17``."""
        return self._document.where(path)


def load(
    paths: str | Sequence[str],
    environ: Mapping[str, str],
    *,
    verify_only: bool,
    registry: str | None = None,
) -> Loaded:
    """Read and check the file at each of *paths*, or standard input for ``-``.

    An environment variable that is named and not in *environ*, a file of a secret, of certificates
    or of a policy that cannot be used, or an extra that is not installed, is a problem, and a
    warning under *verify_only*, since files are checked where secrets are not. With *registry*, a
    key, that counts for this registry alone.

    Raises:
        ConfigError: A file cannot be used; holds every problem, in the order of the files.
    """
    contents: list[bytes] = []
    document = read_documents([paths] if isinstance(paths, str) else paths, contents)
    config, found = judged(document)
    told = _told(found)
    of_machine = [
        *unset_variables(config, environ),
        *missing_programs(config, environ),
        *unreadable_secrets(config, environ),
        *unusable_files(config),
        *unusable_policies(config.registries),
        *missing_extras(config.registries),
    ]
    if registry is not None:
        of_machine = [each for each in of_machine if each.path[:2] == ("registries", registry)]
    unset = [each for each in of_machine if not is_covered(each.path, told)]
    wrong = [*found, *([] if verify_only else unset)]
    problems = document.in_order([*document.problems, *map(document.problem, wrong)])
    if problems:
        raise ConfigError(problems)
    worth_telling = [
        *left_behind(config),
        *unused_choices(config.stages),
        *(unset if verify_only else []),
    ]
    warnings = document.in_order(map(document.problem, worth_telling))
    return Loaded(config, warnings, Digest.of(b"".join(contents)), document)


def read_documents(paths: Sequence[str], contents: list[bytes] | None = None) -> Documents:
    """Read the files at *paths* as YAML, and put them together.

    Their bytes are appended to *contents*.

    Raises:
        ConfigError: One cannot be read, or is not YAML; holds what is wrong with all of them.
    """
    files: list[Document] = []
    problems: list[Diagnostic] = []
    for path in paths:
        try:
            content = read_content(path)
            files.append(parse(shown_name(path), decoded(path, content)))
        except ConfigError as error:
            problems += error.problems
        else:
            problems += files[-1].problems
            if contents is not None:
                contents.append(content)
    if len(files) < len(paths):
        raise ConfigError(tuple(problems))
    return run_all(files)


def judged(document: Document | Documents) -> tuple[Config, list[Finding]]:
    """Return the configuration that *document* holds, and what is wrong in it on any machine."""
    root = schema()
    value, shape_findings = read_values(document.root, root)
    config = msgspec.convert(mended(value, root, root), Config)
    told = _told(shape_findings)
    crossed = [each for each in check(config) if not is_covered(each.path, told)]
    return config, [*shape_findings, *crossed]


def _told(findings: list[Finding]) -> set[Path]:
    return {path for each in findings for path in (each.path, each.meant) if path is not None}
