"""Files that are right but for the text that a test puts into them."""

from __future__ import annotations

REGISTRIES = """\
registries:
  a: {url: a.example}
  b: {url: "b.example:5000"}
"""
STAGES = """\
stages:
  - from: {source: a, repository: x/y}
    to: [{destination: b, repository: x/y}]
"""


def with_url(text: str) -> str:
    """Put *text* behind a registry's ``url:``."""
    return f"registries: {{a: {{url: {text}}}, b: {{url: b.example}}}}\n{STAGES}"


def with_keys(lines: str) -> str:
    """Add *lines* to a registry."""
    return f"registries:\n  b: {{url: b.example}}\n  a:\n    url: a.example\n{lines}{STAGES}"


def with_repository(text: str) -> str:
    """Put *text* behind a destination's ``repository:``."""
    return REGISTRIES + STAGES.replace("b, repository: x/y", f"b, repository: {text}")


def with_tags(text: str) -> str:
    """Put *text* behind a rule's ``tags:``."""
    return REGISTRIES + STAGES.replace("x/y}]", f"x/y, tags: {text}}}]")


def with_stages(*keys: str) -> str:
    """Write one stage, on one line of its own, for each of *keys*, which are added to it."""
    lines = (
        f"  - {{from: {{source: a, repository: r{number}}}, "
        f"to: [{{destination: b, repository: r{number}}}], {text}}}\n"
        for number, text in enumerate(keys)
    )
    return f"{REGISTRIES}stages:\n{''.join(lines)}"
