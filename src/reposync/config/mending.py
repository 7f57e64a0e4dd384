"""Mending: give a faulty file the shape of a right one, so that the rest of it can be checked.

What does not fit is left out or left blank; that it is wrong has been told by then.
"""

from __future__ import annotations

from typing import Any

from reposync.config.schema import Schema, child, resolved, takes_boolean, takes_number, takes_text


def mended(value: object, part: Schema, root: Schema) -> Any:  # noqa: ANN401 -- JSON
    """Return *value* in the shape that *part* of the schema *root* and the model have."""
    part = resolved(part, root)
    if takes_text(part):
        return _text_or_parts(value, part, root)
    if takes_number(part):
        return value if isinstance(value, int | float) else part.get("default")
    if isinstance(value, dict) and "properties" in part:
        return _struct(value, part, root)
    if takes_boolean(part):
        return value if isinstance(value, bool) else part.get("default", False)
    if part["type"] == "object":
        return _map(value if isinstance(value, dict) else {}, part, root)
    return _list(value, child(part, 0, root), root)


def _text_or_parts(value: object, part: Schema, root: Schema) -> Any:  # noqa: ANN401 -- JSON
    """Return the text, or the list or the map of a named tag that replaces it."""
    if isinstance(value, list) and "items" in part:
        return _list(value, part["items"], root)
    if isinstance(value, dict) and value.keys() & part.get("properties", {}).keys() & {"tag"}:
        names = {key: child(part, key, root) for key in ("tag", "as") if key in value}
        return {key: mended(value[key], names[key], root) for key in names}
    return _text(value, part)


def _text(value: object, part: Schema) -> str | None:
    """Return the text, of a map of one key too."""
    match value:
        case str() if value in part.get("enum", (value,)):
            return value
        case dict() if len(value) == 1 and value.keys() <= part.get("properties", {}).keys() - {
            "as"
        }:
            [(word, rest)] = value.items()
            return f"{word}: {rest}" if rest and isinstance(rest, str) else ""
    default: str | None = part.get("default", part.get("enum", [""])[0])
    return default


def _list(value: object, part: Schema, root: Schema) -> list[Any]:
    """Return the entries.

    One that is blank for a list of texts that is none, so that it is there.
    """
    if isinstance(value, list):
        return [mended(item, part, root) for item in value]
    return [_text("", part)] if takes_text(part) else []


def _map(value: dict[str, Any], part: Schema, root: Schema) -> dict[str, Any]:
    if "properties" in part:
        return _struct(value, part, root)
    return {key: mended(entry, child(part, key, root), root) for key, entry in value.items()}


def _struct(value: dict[str, Any], part: Schema, root: Schema) -> dict[str, Any]:
    return {
        key: mended(value.get(key), child(part, key, root), root)
        for key in part["properties"]
        if key in value or key in part.get("required", ())
    }
