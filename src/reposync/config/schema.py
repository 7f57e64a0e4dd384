"""The schema: what the file may hold, as JSON Schema, made from the model.

It is published for editors and is also what a file is validated against. An editor reads an
unquoted ``1.10`` as a number and ``yes`` as a text, where reposync takes the text that stands in
the file and what it means by the schema. So the schema lets a text be any scalar, and a boolean
one of its words: then both accept the same files.
"""

from __future__ import annotations

from typing import Any

import msgspec

from reposync.config.model import Config

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT = ["string", "number", "boolean", "null"]
BOOLEAN = ["boolean", "string"]
_NOTE = (
    "A text needs no quotes: it is what stands in the file, so `1.10` is the text 1.10. Editors "
    "read it as a number, or as true, false or null, which the schema therefore allows. Only a key "
    "with nothing behind it is wrong everywhere, though editors may take it for null."
)


def _spelled(*words: str) -> frozenset[str]:
    return frozenset(
        spelling for word in words for spelling in (word, word.capitalize(), word.upper())
    )


# YAML 1.1, "Boolean Language-Independent Type"; YAML 1.2, section 10.3.2, has a part of them.
TRUE_WORDS = _spelled("true", "yes", "on", "y")
FALSE_WORDS = _spelled("false", "no", "off", "n")
_BOOLEAN_PATTERN = f"^(?:{'|'.join(sorted(TRUE_WORDS | FALSE_WORDS))})$"


def schema() -> Schema:
    """Make the JSON Schema of the file (draft 2020-12)."""
    generated = msgspec.json.schema(Config)
    definitions = {name: _loosened(part) for name, part in generated["$defs"].items()}
    root = definitions.pop("Config")
    return {
        "$schema": DIALECT,
        **root,
        "title": "reposync configuration",
        "description": f"{root['description']} {_NOTE}",
        "$defs": definitions,
    }


def resolved(part: Schema, root: Schema) -> Schema:
    """Follow the reference of *part*, if it is one."""
    reference = part.get("$ref")
    if reference is None:
        return part
    definition: Schema = root["$defs"][reference.removeprefix("#/$defs/")]
    return definition


def child(part: Schema, step: str | int, root: Schema) -> Schema:
    """Give the schema of the entry *step* of what *part* describes; ``{}`` where it has none."""
    part = resolved(part, root)
    if isinstance(step, int):
        found = part.get("items")
    else:
        found = part.get("properties", {}).get(step, part.get("additionalProperties"))
    return resolved(found, root) if isinstance(found, dict) else {}


def at(root: Schema, path: tuple[str | int, ...]) -> Schema:
    """Give the schema of what stands at *path*."""
    part = root
    for step in path:
        part = child(part, step, root)
    return part


def _loosened(part: Schema) -> Schema:
    """Let every text be any scalar, and every boolean one of its words."""
    match part:
        case {"type": "string"}:
            return part | {"type": TEXT}
        case {"type": "boolean"}:
            return part | {"type": BOOLEAN, "pattern": _BOOLEAN_PATTERN}
        case {"anyOf": [{"type": "string"} as text, {"type": "null"}]}:
            rest = {key: value for key, value in part.items() if key != "anyOf"}
            return rest | _loosened(text)
        case {"type": "array", "items": items}:
            return part | {"items": _loosened(items)}
        case {"type": "object", "properties": properties}:
            return part | {
                "properties": {key: _loosened(value) for key, value in properties.items()}
            }
    return part
