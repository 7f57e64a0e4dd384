"""The JSON Schema of a plan, made from what is read back, with what each field means."""

from __future__ import annotations

from typing import Any

import msgspec
from dev.schema_of_model import DIALECT

from reposync.decision import Action
from reposync.plan.codec import FORMAT, WrittenPlan

_MEANINGS = {
    "format": "The format of the document and its version.",
    "made_at": "When the plan was made; two plans of the same state differ in nothing else.",
    "config_digest": "The digest of the bytes of the file, or of all files in their order.",
    "counts": "How many decisions there are of each action that there is.",
    "pulls": "How many pulls the plan would cost, by the hosts that count them.",
    "decisions": "What would happen to each image at each destination, in the order of the file.",
    "decisions_digest": "The digest of the decisions: an edited plan is not applied.",
}
_MEANINGS_OF_DECISION = {
    "stage": "The id of the stage, or its place in the file.",
    "rule": "The place of the destination in its stage, from 0.",
    "action": "What would happen.",
    "source": "The image at its source; without a tag where the repository cannot be listed.",
    "source_digest": "What the source's name means now; null where that is not known.",
    "destination": "The image at its destination, without a tag like the source.",
    "found_digest": "What the destination's tag names now; null where there is none.",
    "digest": "What the destination's tag should name; null where it is not known before copying.",
    "reason": "Why this would happen; may be empty.",
    "bytes": "How many bytes of blobs would be sent; null without --sizes.",
    "blobs": "How many blobs would be sent, mounted, or exist already; null without --sizes.",
}


def plan_schema() -> dict[str, Any]:
    """Make the JSON Schema of the document (draft 2020-12)."""
    definitions = msgspec.json.schema(WrittenPlan)["$defs"]
    root, decision = definitions.pop("WrittenPlan"), definitions["WrittenDecision"]
    root["properties"]["format"] = {"const": FORMAT}
    root["required"] = [*_MEANINGS]
    actions = {"type": "integer", "minimum": 1}
    root["properties"]["counts"] = {
        "type": "object",
        "properties": {action.value: actions for action in Action},
        "additionalProperties": False,
    }
    _describe(root, _MEANINGS)
    _describe(decision, _MEANINGS_OF_DECISION)
    return {
        "$schema": DIALECT,
        "title": "run-reposync plan -o json",
        **{key: value for key, value in root.items() if key != "title"},
        "description": "A plan: what a run would do.",
        "$defs": definitions,
    }


def _describe(of: dict[str, Any], meanings: dict[str, str]) -> None:
    properties = of["properties"]
    of["properties"] = {
        name: properties[name] | {"description": meaning} for name, meaning in meanings.items()
    }
