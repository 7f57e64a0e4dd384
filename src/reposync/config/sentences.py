"""Sentences: what to tell a user of a value that the schema does not allow.

The library finds what is wrong; the words are ours.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from reposync.config.finding import Finding, listed
from reposync.config.options import SELECTORS
from reposync.config.schema import (
    FALSE_WORDS,
    INTEGER,
    TRUE_WORDS,
    Schema,
    at,
    takes_boolean,
    takes_number,
    takes_text,
)
from reposync.words import nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reposync.config.finding import Path

_PLAIN = r"[\w][\w./-]*"
_SHOWN_LIMIT = 40
_GUARD = "\0"
_FRAGILE = r"\0*(?:\+?[0-9]+)?"
_NOT_A_MAP = "write one text, in quotes if it begins with `{` or holds `: `"
_NOT_A_SELECTOR_LIST = "write one text, in quotes if it begins with `[`"
_SELECTOR_STEPS = frozenset((word,) for word in SELECTORS)
_SEVERAL = ("is a map of several keys", "write each in an entry of its own")
_NAMES_MANY = (
    "selects many tags, and `as` names one",
    "write `tag:` for one tag, or a template such as `{tag}-copy` in `tag` beside `tags`",
)
_ENTRIES = "begin each entry with `- `"
_WHEN_BOOLEAN = {
    "immutable": 'write patterns of tags, ["*"] for every tag, or [] for none',
    "tags": "write tags, or [] for every tag",
    "platforms": "write platforms, or [] for every platform",
}
_WHEN_EMPTY = {"tags": "write [] for every tag"}


def findings(value: object, root: Schema) -> list[Finding]:
    """Validate *value* against the schema *root*, and say all that is wrong."""
    errors = jsonschema_rs.Draft202012Validator(root).iter_errors(_guarded(value))
    # Several rules of the schema may say the same of one map.
    found = list(dict.fromkeys(each for error in errors for each in _explained(error, root)))
    meant = {finding.meant for finding in found}
    return [finding for finding in found if finding.path not in meant]


def no_value(path: Path, part: Schema) -> Finding:
    """Report that a key or an entry of a list has no value."""
    if path and path[-1] in _WHEN_EMPTY:
        return Finding(path, "has no value", _WHEN_EMPTY[str(path[-1])])
    hint = _write(part)
    if "default" in part or part.get("required") == []:
        hint += ", or leave the key out"
    return Finding(path, "has no value", hint)


def no_key(path: Path) -> Finding:
    """Report that the key of an entry of the map at *path* is empty."""
    return Finding((*path, ""), "a key cannot be an empty text", "name it", at_key=True)


def _explained(error: jsonschema_rs.ValidationError, root: Schema) -> Iterator[Finding]:
    path = tuple(
        step if isinstance(step, int) else _unguarded_key(step) for step in error.instance_path
    )
    part = at(root, path)
    kind: Any = error.kind
    match kind.name:
        case "additionalProperties":
            known = tuple(part["properties"])
            yield from (_unknown_key(path, known, _unguarded_key(key)) for key in kind.unexpected)
        case "required":
            yield _missing_key(path, kind.property, at(root, (*path, kind.property)))
        case "type":
            yield _wrong_type(path, error.instance, part)
        case "pattern" | "minimum" | "maximum" | "exclusiveMinimum":
            yield _not_one(path, error.instance, part)
        case "enum":
            yield from _not_a_choice(path, error.instance, part)
        case "minLength":
            yield Finding(path, "is an empty text", _write(part))
        case "minItems":
            yield Finding(path, "is an empty list", "write at least one entry")
        case "minProperties":
            yield Finding(path, "is an empty map", "write at least one key")
        case "maxProperties":
            names_many = isinstance(error.instance, dict) and "as" in error.instance
            yield Finding(path, *(_NAMES_MANY if names_many else _SEVERAL))
        case unforeseen:
            raise AssertionError(f"no sentence for {unforeseen!r}")


def _guarded(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """Mark keys that the library loses: its paths have 7 for the key 007, and no empty key.

    An empty key is told by whoever reads the values, since the library then does not see it.
    """
    if isinstance(value, list):
        return [_guarded(item) for item in value]
    if isinstance(value, dict):
        return {_guarded_key(key): _guarded(item) for key, item in value.items()}
    return value


def _guarded_key(key: str) -> str:
    return _GUARD + key if re.fullmatch(_FRAGILE, key) else key


def _unguarded_key(key: str) -> str:
    return key[1:] if key.startswith(_GUARD) and re.fullmatch(_FRAGILE, key) else key


def _unknown_key(path: Path, known: tuple[str, ...], key: str) -> Finding:
    meant = nearest(key, known)
    return Finding(
        path=(*path, key),
        message="unknown key",
        hint=f"did you mean {quoted(meant)}?" if meant else f"the keys here are {listed(known)}",
        at_key=True,
        meant=(*path, meant) if meant else None,
    )


def _not_one(path: Path, value: object, part: Schema) -> Finding:
    """Report that a boolean, a number or a quantity cannot be read, or is out of bounds."""
    is_quantity = takes_text(part)
    wanted = "a number, or one with a unit" if is_quantity else _kind_wanted(part)
    has_example = is_quantity or takes_number(part)
    hint = f"write, for example, `{path[-1]}: {part['examples'][0]}`" if has_example else ""
    return Finding(path, f"is {quoted(str(value))}, must be {wanted}", hint)


def _not_a_choice(path: Path, value: object, part: Schema) -> Iterator[Finding]:
    """Name which words are allowed here.

    A list or a map has the wrong type, which is told already.
    """
    if isinstance(value, str):
        words = _choices(part)
        meant = nearest(value, words)
        hint = f"did you mean {quoted(meant)}?" if meant else ""
        yield Finding(path, f"is {quoted(value)}, must be {_kind_wanted(part)}", hint)


def _choices(part: Schema) -> list[str]:
    return [word for word in part.get("enum", ()) if word is not None]


def _missing_key(path: Path, key: str, part: Schema) -> Finding:
    examples = part.get("examples")
    hint = f"write, for example, `{key}: {examples[0]}`" if examples else _write(part)
    return Finding((*path, key), "this key is missing", hint)


def _wrong_type(path: Path, value: object, part: Schema) -> Finding:
    if value is None:
        return no_value(path, part)
    is_selector_list = isinstance(value, list) and path[-1:] in _SELECTOR_STEPS
    hint = _NOT_A_SELECTOR_LIST if is_selector_list else _correction(path, value, part)
    return Finding(path, f"is {_kind(value)}, must be {_kind_wanted(part)}", hint)


def _correction(path: Path, value: object, part: Schema) -> str:
    if takes_text(part):
        return "write one text, without `- ` and [ ]" if isinstance(value, list) else _NOT_A_MAP
    if takes_boolean(part) or takes_number(part):
        return ""
    if part["type"] == "array":
        return _as_list(path, value, part) if isinstance(value, str) else _ENTRIES
    if isinstance(value, list):
        return "write `key: value` lines without `- `"
    return _write(part) if "properties" in part else "write `key: value` lines"


def _as_list(path: Path, text: str, part: Schema) -> str:
    if text in TRUE_WORDS | FALSE_WORDS:
        return _WHEN_BOOLEAN.get(str(path[-1]), _write(part))
    written = text if re.fullmatch(_PLAIN, text) else json.dumps(text, ensure_ascii=False)
    is_short = len(written) <= _SHOWN_LIMIT and written.isprintable()
    return f"write [{written}]" if is_short else "write each entry behind `- `"


def _kind(value: object) -> str:
    match value:
        case list():
            return "a list"
        case dict():
            return "a map"
    return "a text"


def _kind_wanted(part: Schema) -> str:
    if words := _choices(part):
        *some, last = map(quoted, words)
        return f"{', '.join(some)} or {last}" if some else last
    if takes_boolean(part):
        return "true, false or a map" if "properties" in part else "true or false"
    if takes_number(part):
        return _number_wanted(part)
    if takes_text(part):
        return "a text or a list of texts" if "items" in part else "a text"
    return {"array": "a list", "object": "a map"}[part["type"]]


def _number_wanted(part: Schema) -> str:
    kind = "a whole number" if part["type"] == INTEGER else "a number"
    if "exclusiveMinimum" in part:
        return f"{kind} above {part['exclusiveMinimum']} and at most {part['maximum']}"
    return f"{kind} from {part['minimum']} to {part['maximum']}"


def _write(part: Schema) -> str:
    if part.get("type") == "object" and (keys := tuple(part.get("properties", ()))):
        required = part.get("required", ())
        return f"write the keys {listed(required if len(required) > 1 else keys)}"
    return f"write {_kind_wanted(part)}"
