"""The document: text of a file, read as YAML, with the place of everything in it.

Decides which YAML is allowed in a configuration file; what it means is the model's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml
from msgspec import Struct

from reposync.config import syntax
from reposync.config.compose import Composer, UnquotedError
from reposync.config.finding import shown
from reposync.config.lines import place_after
from reposync.config.nodes import Scalar, node_at, place_of
from reposync.config.quoting import with_quotes
from reposync.config.variables import NOT_EXPANDED, is_meant_as_variable
from reposync.diagnostic import Diagnostic
from reposync.errors import ConfigError

if TYPE_CHECKING:
    from reposync.config.finding import Finding, Path
    from reposync.config.nodes import Node

PARSERS: tuple[type, ...] = tuple(
    getattr(yaml, parser) for parser in ("CSafeLoader", "SafeLoader") if hasattr(yaml, parser)
)
"""What reads YAML, the fastest first; libyaml's is not everywhere."""

# YAML 1.1, section 5.1: c-printable.
_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


_NAMES_OF_VARIABLES = frozenset({"env_user", "env_password"})


class Document(Struct, frozen=True):
    """What the file ``name`` holds, and what is wrong with it as YAML."""

    name: str
    root: Node
    problems: tuple[Diagnostic, ...] = ()

    def where(self, path: Path) -> str:
        """Return file, line and column of what is at *path*, counted from 1."""
        line, column = place_of(self.root, path)
        return f"{self.name}:{line}:{column}"

    def problem(self, finding: Finding) -> Diagnostic:
        """Return *finding* its place."""
        place = place_of(self.root, finding.path, at_key=finding.at_key)
        message = finding.message if finding.path else f"the file {finding.message}"
        if finding.earlier is not None:
            message = f"{message} in line {place_of(self.root, finding.earlier).line}"
        return Diagnostic(self.name, *place, shown(finding.path), message, self._hint(finding))

    def _hint(self, finding: Finding) -> str:
        """Return what to do; a variable that somebody expects to be expanded says more."""
        names_variable = bool(finding.path) and finding.path[-1] in _NAMES_OF_VARIABLES
        if finding.at_key or names_variable:
            return finding.hint
        is_variable = is_meant_as_variable(node_at(self.root, finding.path))
        return NOT_EXPANDED if is_variable else finding.hint


def parse(name: str, text: str, parser: type = PARSERS[0]) -> Document:
    """Read *text*, the content of the file *name*.

    Raises:
        ConfigError: It is not YAML, is empty, or means more than a configuration may.
    """
    _refuse_control_characters(name, text)
    composer = Composer(name)
    try:
        for event in yaml.parse(text, Loader=parser):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        raise ConfigError((syntax.explain(name, text, error),)) from error
    except UnquotedError as error:
        raise ConfigError(tuple(with_quotes(text, each) for each in error.problems)) from error
    if composer.root is None or _is_empty(composer.root):
        hint = "write the keys `registries` and `stages`"
        raise ConfigError((Diagnostic(name, 1, 1, "", "the file is empty", hint),))
    return Document(name, composer.root, tuple(composer.problems))


def _is_empty(root: Node) -> bool:
    return isinstance(root, Scalar) and root.is_empty


def _refuse_control_characters(name: str, text: str) -> None:
    if (match := re.search(_FORBIDDEN, text)) is None:
        return
    line, column = place_after(text[: match.start()])
    problem = Diagnostic(
        path=name,
        line=line,
        column=column,
        key="",
        message=f"the character U+{ord(match[0]):04X} is not allowed in a YAML file",
        hint="remove it, or write it as an escape in double quotes",
    )
    raise ConfigError((problem,))
