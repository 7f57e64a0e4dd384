"""The schema: what the file may hold, as JSON Schema.

It is made from the model by ``dev/schema_of_model``, and is beside this module, so that no run
has to make it again.

It is published for editors and is also what a file is validated against. An editor reads an
unquoted ``1.10`` as a number and ``yes`` as a text, where reposync takes the text that is in
the file and what it means by the schema. So the schema lets a text be any scalar, a number a text
of digits, and a boolean one of its words: then both accept the same files. No ``anyOf`` is in it,
since what fails there cannot be told in one sentence; what may be a text, or else a map or a list,
has both types.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

Schema = dict[str, Any]

FILE = Path(__file__).with_name("reposync.schema.json")
TEXT = ["string", "number", "boolean", "null"]
BOOLEAN = ["boolean", "string"]
INTEGER = ["integer", "string", "null"]
NUMBER = ["number", "string", "null"]
TEXT_OR_MAP = [*TEXT, "object"]
TEXT_OR_LIST = [*TEXT, "array"]
BOOLEAN_OR_MAP = [*BOOLEAN, "object"]


def _spelled(*words: str) -> frozenset[str]:
    return frozenset(
        spelling for word in words for spelling in (word, word.capitalize(), word.upper())
    )


# YAML 1.1, "Boolean Language-Independent Type"; YAML 1.2, section 10.3.2, has a part of them.
TRUE_WORDS = _spelled("true", "yes", "on", "y")
FALSE_WORDS = _spelled("false", "no", "off", "n")


def schema() -> Schema:
    """Read the JSON Schema of the file (draft 2020-12)."""
    root: Schema = msgspec.json.decode(FILE.read_bytes())
    return root


def resolved(part: Schema, root: Schema) -> Schema:
    """Follow the reference of *part*, if it is one."""
    reference = part.get("$ref")
    if reference is None:
        return part
    definition: Schema = root["$defs"][reference.removeprefix("#/$defs/")]
    return definition


def child(part: Schema, step: str | int, root: Schema) -> Schema:
    """Return the schema of the entry *step* of what *part* describes; ``{}`` where it has none."""
    part = resolved(part, root)
    if isinstance(step, int):
        found = part.get("items")
    else:
        found = part.get("properties", {}).get(step, part.get("additionalProperties"))
    return resolved(found, root) if isinstance(found, dict) else {}


def at(root: Schema, path: tuple[str | int, ...]) -> Schema:
    """Return the schema of what is at *path*."""
    part = root
    for step in path:
        part = child(part, step, root)
    return part


def takes_text(part: Schema) -> bool:
    """Return whether *part* describes a text, which a map or a list may replace."""
    return part.get("type") in (TEXT, TEXT_OR_MAP, TEXT_OR_LIST)


def takes_number(part: Schema) -> bool:
    """Return whether *part* describes a number, which may be in quotes."""
    return part.get("type") in (INTEGER, NUMBER)


def takes_boolean(part: Schema) -> bool:
    """Return whether *part* describes true or false, or a map that says more."""
    return part.get("type") in (BOOLEAN, BOOLEAN_OR_MAP)
