"""The JSON Schema of the file, made from the model; ``config.schema`` says what it is for."""

from __future__ import annotations

import msgspec

from reposync.config.model import Config
from reposync.config.options import StageOptions
from reposync.config.schema import (
    BOOLEAN,
    BOOLEAN_OR_MAP,
    FALSE_WORDS,
    INTEGER,
    NUMBER,
    TEXT,
    TEXT_OR_LIST,
    TEXT_OR_MAP,
    TRUE_WORDS,
    Schema,
    resolved,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NOTE = (
    "A text needs no quotes: it is taken as written, so `1.10` is the text 1.10. Editors "
    "read it as a number, or as true, false or null, which the schema therefore allows. Only a key "
    "with nothing behind it is wrong everywhere, though editors may take it for null."
)

_INLINED = ("Referrers", "CreateRepositories", "NamedTag")
_BOOLEAN_PATTERN = f"^(?:{'|'.join(sorted(TRUE_WORDS | FALSE_WORDS))})$"


def made() -> Schema:
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


def _own_first(part: Schema) -> Schema:
    """Put the keys that only this part has before those that it shares with others."""
    shared = StageOptions.__struct_fields__
    properties = sorted(part["properties"].items(), key=lambda entry: entry[0] in shared)
    return part | {"properties": dict(properties)}


def _loosened(part: Schema, definitions: Schema) -> Schema:
    """Let every text be any scalar, every number one in quotes, every boolean one of its words."""
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
            part |= {"type": _text_type(part)}
        case {"type": "integer"}:
            part |= {"type": INTEGER}
        case {"type": "number"}:
            part |= {"type": NUMBER}
        case {"type": "boolean"}:
            wanted = BOOLEAN_OR_MAP if "properties" in part else BOOLEAN
            part |= {"type": wanted, "pattern": _BOOLEAN_PATTERN}
    if isinstance(part.get("items"), dict):
        part |= {"items": _loosened(part["items"], definitions)}
    if isinstance(part.get("additionalProperties"), dict):
        part |= {"additionalProperties": _loosened(part["additionalProperties"], definitions)}
    return part


def _text_type(part: Schema) -> list[str]:
    if "properties" in part:
        return TEXT_OR_MAP
    return TEXT_OR_LIST if "items" in part else TEXT


def _merged(choices: list[Schema], definitions: Schema) -> Schema:
    """Make one of several *choices*, of which each has a type of its own.

    A null means that the key is not given; for a text the word is allowed, for a list or a map
    nothing can.
    """
    merged: Schema = {}
    for choice in choices:
        if "$ref" in choice:
            merged |= _keys_of(resolved(choice, {"$defs": definitions}), merged)
        elif choice != {"type": "null"}:
            is_list_of_texts = merged.get("type") == "string" and choice["type"] == "array"
            merged |= {**choice, "type": "string"} if is_list_of_texts else choice
        elif "enum" in merged:
            merged |= {"enum": [*merged["enum"], None]}
    return merged


def _keys_of(structure: Schema, other: Schema) -> Schema:
    """Return the keys of *structure*; beside those of *other*, which says what goes together."""
    if "properties" in other:
        return {"properties": other["properties"] | structure["properties"]}
    return {key: structure[key] for key in ("properties", "required", "additionalProperties")}
