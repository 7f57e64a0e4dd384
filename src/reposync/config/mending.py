"""Mending: give a faulty file the shape of a right one, so that the rest of it can be checked.

What does not fit is left out or left blank; that it is wrong has been told by then.
"""

from __future__ import annotations

from typing import Any

from reposync.config.schema import BOOLEAN, TEXT, Schema, child, resolved


def mended(value: object, part: Schema, root: Schema) -> Any:  # noqa: ANN401 -- JSON
    """Give *value* the shape that *part* of the schema *root* wants."""
    part = resolved(part, root)
    match part["type"]:
        case "object" if "properties" in part:
            return _struct(value if isinstance(value, dict) else {}, part, root)
        case "object":
            entries = value if isinstance(value, dict) else {}
            return {
                key: mended(entry, child(part, key, root), root) for key, entry in entries.items()
            }
        case "array":
            items = value if isinstance(value, list) else []
            return [mended(item, child(part, 0, root), root) for item in items]
        case wanted if wanted == TEXT:
            return value if isinstance(value, str) else part.get("default", "")
        case wanted if wanted == BOOLEAN:
            return value if isinstance(value, bool) else False
    raise AssertionError(f"no shape for {part['type']!r}")


def _struct(value: dict[str, Any], part: Schema, root: Schema) -> dict[str, Any]:
    return {
        key: mended(value.get(key), child(part, key, root), root)
        for key in part["properties"]
        if key in value or key in part.get("required", ())
    }
