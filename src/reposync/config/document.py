"""The document: text of a file, read as YAML, with the place of everything in it.

Decides what is YAML that may stand in a configuration file; what it means is the model's.
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
from reposync.config.nodes import Scalar, place_of
from reposync.config.quoting import with_quotes
from reposync.errors import ConfigError
from reposync.problem import Problem

if TYPE_CHECKING:
    from reposync.config.finding import Finding, Path
    from reposync.config.nodes import Node

PARSERS: tuple[type, ...] = tuple(
    getattr(yaml, parser) for parser in ("CSafeLoader", "SafeLoader") if hasattr(yaml, parser)
)
"""What reads YAML, the fastest first; libyaml's is not everywhere."""

# YAML 1.1, section 5.1: c-printable.
_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


class Document(Struct, frozen=True):
    """What the file ``name`` holds, and what is wrong with it as YAML."""

    name: str
    root: Node
    problems: tuple[Problem, ...] = ()

    def where(self, path: Path) -> str:
        """Give file, line and column of what stands at *path*, counted from 1."""
        line, column = place_of(self.root, path)
        return f"{self.name}:{line}:{column}"

    def problem(self, finding: Finding) -> Problem:
        """Give *finding* its place."""
        place = place_of(self.root, finding.path, at_key=finding.at_key)
        message = finding.message if finding.path else f"the file {finding.message}"
        if finding.earlier is not None:
            message = f"{message} in line {place_of(self.root, finding.earlier).line}"
        return Problem(self.name, *place, shown(finding.path), message, finding.hint)


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
        raise ConfigError((Problem(name, 1, 1, "", "the file is empty", hint),))
    return Document(name, composer.root, tuple(composer.problems))


def _is_empty(root: Node) -> bool:
    return isinstance(root, Scalar) and root.is_empty


def _refuse_control_characters(name: str, text: str) -> None:
    if (match := re.search(_FORBIDDEN, text)) is None:
        return
    line, column = place_after(text[: match.start()])
    problem = Problem(
        path=name,
        line=line,
        column=column,
        key="",
        message=f"the character U+{ord(match[0]):04X} cannot stand in a YAML file",
        hint="remove it, or write it as an escape in double quotes",
    )
    raise ConfigError((problem,))
