"""The JSON Schema of ``doctor -o json``, made from the report and the docstring of its fields."""

from __future__ import annotations

import inspect
import re
from typing import Any

import msgspec
from dev.schema_of_model import DIALECT

from reposync.doctor.fields import Report

_ATTRIBUTE = re.compile(r"^    (\w+): ((?:.+\n?)(?: {8}.+\n?)*)", re.MULTILINE)


def doctor_schema() -> dict[str, Any]:
    """Make the JSON Schema of the document (draft 2020-12)."""
    definitions = msgspec.json.schema(Report)["$defs"]
    root = definitions.pop("Report")
    for name, meaning in meanings().items():
        root["properties"][name]["description"] = meaning
    return {
        "$schema": DIALECT,
        "title": "run-reposync doctor -o json",
        **{key: value for key, value in root.items() if key != "title"},
        "description": inspect.cleandoc(Report.__doc__ or "").partition("\n")[0],
        "$defs": definitions,
    }


def meanings() -> dict[str, str]:
    """Return what each field means, by the docstring's section of attributes."""
    _, _, attributes = inspect.cleandoc(Report.__doc__ or "").partition("Attributes:\n")
    found = _ATTRIBUTE.findall(attributes)
    return {name: " ".join(text.split()) for name, text in found}
