"""Prometheus' text format: families of samples written, and samples of one label read back.

The format is small and does not change any more, and what is written are sums that a run already
has. So no client library with its own counters is needed; tests read what is written by one, and by
Prometheus' own tool.

Spec: Prometheus, "Exposition formats", text format 0.0.4.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

_LABEL_ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n"}
_HELP_ESCAPES = {"\\": r"\\", "\n": r"\n"}
_UNESCAPED = {escape: character for character, escape in _LABEL_ESCAPES.items()}
_ESCAPE = re.compile(r'\\[\\"n]')
_LABELLED = (
    r'\{{{label}="(?P<value>(?:[^"\\\n]|\\[\\"n])*)"\}} (?P<number>[0-9.]+(?:e[+-]?[0-9]+)?)'
)


class Sample(Struct, frozen=True):
    """One value, and what it is about."""

    value: float
    labels: Mapping[str, str] = {}


class Family(Struct, frozen=True):
    """All samples of one metric."""

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    samples: tuple[Sample, ...]


def written(family: Family) -> str:
    """Write *family* with its explanation; nothing where it has no samples."""
    if not family.samples:
        return ""
    head = (
        f"# HELP {family.name} {_escaped(family.help, _HELP_ESCAPES)}\n"
        f"# TYPE {family.name} {family.kind}\n"
    )
    return head + "".join(f"{family.name}{_sample(each)}\n" for each in family.samples)


def read(text: str, name: str, label: str) -> dict[str, float]:
    """Return the samples of *name* in *text* that have no label but *label*, by its value."""
    pattern = re.compile(f"^{name}{_LABELLED.format(label=label)}$", re.MULTILINE)
    return {
        _ESCAPE.sub(lambda escape: _UNESCAPED[escape[0]], found["value"]): float(found["number"])
        for found in pattern.finditer(text)
    }


def _sample(sample: Sample) -> str:
    pairs = (f'{name}="{_escaped(value, _LABEL_ESCAPES)}"' for name, value in sample.labels.items())
    labels = ",".join(pairs)
    number = int(sample.value) if sample.value == int(sample.value) else sample.value
    return f"{{{labels}}} {number}" if labels else f" {number}"


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)
