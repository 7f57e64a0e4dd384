"""A verification as JSON, and the schema of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from reposync.verify.findings import Kind  # noqa: TC001 -- msgspec reads the types

if TYPE_CHECKING:
    from reposync.verify.result import Verification

_Reference = Annotated[
    str, Meta(description="`host/repository:tag`, or `host/repository@digest` without a tag.")
]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Difference(Struct, frozen=True):
    """A difference between a destination and what it should hold."""

    stage: Annotated[str, Meta(description="The stage's id, or its place in the file.")]
    destination: _Reference
    difference: Annotated[Kind, Meta(description="What differs.")]
    digest: Annotated[
        str, Meta(description="What is expected: the digest of the image, manifest or blob.")
    ]


class Unchecked(Struct, frozen=True):
    """An image that could not be checked, or with a name without a tag, a whole repository."""

    destination: _Reference
    reason: Annotated[str, Meta(description="One sentence for people.")]


class Document(Struct, frozen=True):
    """What `run-reposync verify -o json` writes, in the order of the file, then by name."""

    format: Literal["reposync-verify/1"]
    differences: list[Difference]
    unchecked: list[Unchecked]


def render_json(result: Verification) -> str:
    """Write *result* as a JSON document; two of the same state are the same."""
    document = Document(
        "reposync-verify/1",
        [
            Difference(each.stage, str(each.destination), each.kind, str(each.digest))
            for each in result.differences
        ],
        [Unchecked(str(each.destination), each.reason) for each in result.unchecked],
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def verification_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document (draft 2020-12)."""
    definitions = msgspec.json.schema(Document)["$defs"]
    root = definitions.pop("Document")
    return {
        "$schema": _DIALECT,
        **root,
        "title": "reposync verification",
        "$defs": definitions,
    }
