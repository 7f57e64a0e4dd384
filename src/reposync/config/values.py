"""Values: what the nodes of a file mean, told by the schema and never by their look.

Where the schema wants a text, any scalar is one, exactly as it is in the file; where it wants
a number, decimal digits are, also in quotes; where a boolean, YAML's words are; what fits nothing
stays as it is, for the validation to judge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reposync.config.nodes import List, Map, Node, Scalar
from reposync.config.schema import (
    FALSE_WORDS,
    NUMBER,
    TRUE_WORDS,
    Schema,
    child,
    resolved,
    takes_boolean,
    takes_number,
    takes_text,
)
from reposync.config.sentences import findings, no_key, no_value

if TYPE_CHECKING:
    from reposync.config.finding import Finding, Path

# YAML 1.2, section 10.3.2.
_WHOLE = r"[-+]?[0-9]{1,18}"
_DECIMAL = r"[-+]?(?:\.[0-9]{1,18}|[0-9]{1,18}\.[0-9]{0,18})"
_NULL_WORDS = frozenset({"~", "null", "Null", "NULL"})


class Reader:
    """Reads nodes by the schema ``root``; ``findings`` are texts that are not there."""

    def __init__(self, root: Schema) -> None:
        self.findings: list[Finding] = []
        self._root = root

    def value(self, node: Node, part: Schema, path: Path = ()) -> Any:  # noqa: ANN401 -- JSON
        """Return the JSON value of *node*, for which *part* of the schema holds."""
        part = resolved(part, self._root)
        match node:
            case Scalar():
                return self._scalar(node, part, path)
            case List(items=items):
                return [
                    self.value(item, child(part, index, self._root), (*path, index))
                    for index, item in enumerate(items)
                ]
            case Map(entries=entries):
                if "" in entries and part:
                    self.findings.append(no_key(path))
                return {
                    key: self.value(entry.value, child(part, key, self._root), (*path, key))
                    for key, entry in entries.items()
                }

    def _scalar(self, node: Scalar, part: Schema, path: Path) -> float | str | None:
        if takes_text(part):
            return self._text(node, part, path)
        if takes_number(part):
            return self._number(node, part, path)
        if takes_boolean(part) and node.text in TRUE_WORDS | FALSE_WORDS:
            return node.text in TRUE_WORDS
        return None if _is_null(node) else node.text

    def _number(self, node: Scalar, part: Schema, path: Path) -> float | str | None:
        if node.is_empty:
            self.findings.append(no_value(path, part))
        return None if _is_null(node) else _number_or_text(node.text, part)

    def _text(self, node: Scalar, part: Schema, path: Path) -> str | None:
        if node.is_empty:
            # The schema lets null pass for a text, since editors take some texts for it.
            self.findings.append(no_value(path, part))
        may_be_absent = part.get("default", "") is None
        return None if may_be_absent and _is_null(node) else node.text


def _number_or_text(text: str, part: Schema) -> float | str:
    if re.fullmatch(_WHOLE, text):
        return int(text)
    return float(text) if part["type"] == NUMBER and re.fullmatch(_DECIMAL, text) else text


def _is_null(node: Scalar) -> bool:
    return node.is_empty or (node.plain and node.text in _NULL_WORDS)


def read_values(node: Node, root: Schema) -> tuple[object, list[Finding]]:
    """Return the JSON value of *node*, a whole file, and what the schema *root* rejects."""
    reader = Reader(root)
    value = reader.value(node, root)
    absent = {finding.path for finding in reader.findings}
    found = [finding for finding in findings(value, root) if finding.path not in absent]
    return value, [*reader.findings, *found]
