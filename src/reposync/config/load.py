"""Loading: from a path to a checked configuration, or to all that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from reposync.config.certificates import unusable_files
from reposync.config.check import check, unset_variables
from reposync.config.clouds import missing_extras
from reposync.config.create_repositories import unusable_policies
from reposync.config.credentials import unreadable_secrets
from reposync.config.document import parse
from reposync.config.finding import is_covered
from reposync.config.mending import mended
from reposync.config.model import Config
from reposync.config.reading import read_text, shown_name
from reposync.config.relays import left_behind, missing_programs
from reposync.config.schema import schema
from reposync.config.sentences import findings
from reposync.config.values import Reader
from reposync.errors import ConfigError
from reposync.veiled import Veiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.config.document import Document
    from reposync.config.finding import Finding, Path
    from reposync.config.schema import Schema
    from reposync.problem import Problem


class Loaded(Veiled, frozen=True):
    """A configuration that can be run, and what is worth telling of it."""

    veiled = frozenset({"_document"})

    config: Config
    warnings: tuple[Problem, ...]
    _document: Document

    def where(self, path: Path) -> str:
        """Give file, line and column of what stands at *path*, as ``sync.yml:14:17``."""
        return self._document.where(path)


def load(path: str, environ: Mapping[str, str], *, verify_only: bool) -> Loaded:
    """Read and check the file at *path*, or standard input for ``-``.

    An environment variable that is named and not in *environ*, a file of a secret, of certificates
    or of a policy that cannot be used, or an extra that is not installed, is a problem, and a
    warning under *verify_only*, since files are checked where secrets are not.

    Raises:
        ConfigError: The file cannot be used; holds every problem, in the order of the file.
    """
    document = parse(shown_name(path), read_text(path))
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
    unset = [each for each in of_machine if not is_covered(each.path, told)]
    wrong = [*found, *([] if verify_only else unset)]
    problems = sorted({*document.problems, *map(document.problem, wrong)})
    if problems:
        raise ConfigError(tuple(problems))
    worth_telling = [*left_behind(config), *(unset if verify_only else [])]
    return Loaded(config, tuple(sorted(map(document.problem, worth_telling))), document)


def judged(document: Document) -> tuple[Config, list[Finding]]:
    """Give the configuration that *document* holds, and what is wrong in it on any machine."""
    root = schema()
    value, shape_findings = read_values(document, root)
    config = msgspec.convert(mended(value, root, root), Config)
    told = _told(shape_findings)
    crossed = [each for each in check(config) if not is_covered(each.path, told)]
    return config, [*shape_findings, *crossed]


def read_values(document: Document, root: Schema) -> tuple[object, list[Finding]]:
    """Give the JSON value of *document*, and what the schema *root* finds wrong in it."""
    reader = Reader(root)
    value = reader.value(document.root, root)
    absent = {finding.path for finding in reader.findings}
    found = [finding for finding in findings(value, root) if finding.path not in absent]
    return value, [*reader.findings, *found]


def _told(findings: list[Finding]) -> set[Path]:
    return {path for each in findings for path in (each.path, each.meant) if path is not None}
