"""The schema: what the file may hold, as JSON Schema, made from the model.

It is published for editors and is also what a file is validated against. An editor reads an
unquoted ``1.10`` as a number and ``yes`` as a text, where reposync takes the text that stands in
the file and what it means by the schema. So the schema lets a text be any scalar, and a boolean
one of its words: then both accept the same files. No ``anyOf`` is in it, since what fails there
cannot be told in one sentence; what may be a text or a map has both types.
"""

from __future__ import annotations

from typing import Any

import msgspec

from reposync.config.model import Config
from reposync.config.options import Options

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT = ["string", "number", "boolean", "null"]
BOOLEAN = ["boolean", "string"]
TEXT_OR_MAP = [*TEXT, "object"]
BOOLEAN_OR_MAP = [*BOOLEAN, "object"]
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
_INLINED = ("Referrers", "CreateRepositories")
_BOOLEAN_PATTERN = f"^(?:{'|'.join(sorted(TRUE_WORDS | FALSE_WORDS))})$"


def schema() -> Schema:
    """Make the JSON Schema of the file (draft 2020-12)."""
    generated = msgspec.json.schema(Config)["$defs"]
    definitions = {name: _own_first(_loosened(part, generated)) for name, part in generated.items()}
    for name in _INLINED:
        del definitions[name]
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


def takes_text(part: Schema) -> bool:
    """Tell whether *part* describes a text, be it that a map may stand for it."""
    return part.get("type") in (TEXT, TEXT_OR_MAP)


def takes_boolean(part: Schema) -> bool:
    """Tell whether *part* describes true or false, be it that a map may say more."""
    return part.get("type") in (BOOLEAN, BOOLEAN_OR_MAP)


def _own_first(part: Schema) -> Schema:
    """Put the keys that only this part has before those that it shares with others."""
    shared = Options.__struct_fields__
    properties = sorted(part["properties"].items(), key=lambda entry: entry[0] in shared)
    return part | {"properties": dict(properties)}


def _loosened(part: Schema, definitions: Schema) -> Schema:
    """Let every text be any scalar, and every boolean one of its words."""
    if "properties" in part:
        properties = part["properties"].items()
        part |= {"properties": {key: _loosened(value, definitions) for key, value in properties}}
    match part:
        case {"anyOf": choices}:
            rest = {key: value for key, value in part.items() if key != "anyOf"}
            part = _loosened(rest | _merged(choices, definitions), definitions)
        case {"enum": _}:
            part |= {"type": TEXT}
        case {"type": "string"}:
            part |= {"type": TEXT_OR_MAP if "properties" in part else TEXT}
        case {"type": "boolean"}:
            wanted = BOOLEAN_OR_MAP if "properties" in part else BOOLEAN
            part |= {"type": wanted, "pattern": _BOOLEAN_PATTERN}
        case {"type": "array", "items": items}:
            part |= {"items": _loosened(items, definitions)}
    if isinstance(part.get("additionalProperties"), dict):
        part |= {"additionalProperties": _loosened(part["additionalProperties"], definitions)}
    return part


def _merged(choices: list[Schema], definitions: Schema) -> Schema:
    """Make one of several *choices*, of which each has a type of its own.

    A null means that the key is not given; for a text the word can stand there, for a list or a map
    nothing can.
    """
    merged: Schema = {}
    for choice in choices:
        if "$ref" in choice:
            structure = resolved(choice, {"$defs": definitions})
            keys = ("properties", "required", "additionalProperties")
            merged |= {key: structure[key] for key in keys}
        elif choice != {"type": "null"}:
            merged |= choice
        elif "enum" in merged:
            merged |= {"enum": [*merged["enum"], None]}
    return merged
