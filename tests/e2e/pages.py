"""The pages: all blocks that they show, and the commands in a block."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml
from tests.development import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
KINDS = ("bash", "json", "text", "yaml")
TUTORIAL = "tutorial/first-sync.md"
_BLOCK = re.compile(rf"^```({'|'.join(KINDS)})\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_VARIABLE = re.compile(r"\w+=.*")
_APART = frozenset({"|", "||", "&&", ";", "<(", ")"})


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page, such as ``how-to/mirror/tags.md``, and the line on which it begins."""

    page: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*kinds: str) -> Iterator[Block]:
    """Return the blocks of all pages that are of one of *kinds*, which are some of `KINDS`."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        name = str(page.relative_to(ROOT)).removeprefix("docs/")
        for found in _BLOCK.finditer(text):
            if found[1] in kinds:
                yield Block(name, text.count("\n", 0, found.start()) + 2, found[1], found[2])


def keys(block: Block) -> set[str]:
    """Name the keys of a block of YAML; none where it is no map."""
    document = yaml.safe_load(block.text)
    return set(document) if isinstance(document, dict) else set()


def files() -> list[Block]:
    """Return the blocks that are files of ours, or the registries of one."""
    has = {block: keys(block) for block in blocks("yaml")}
    return [
        block
        for block, found in has.items()
        if {"registries", "stages"} <= found or found == {"registries"}
    ]


def stray_fences() -> list[str]:
    """Name the pages with fences that make no block of one of `KINDS`."""
    texts = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
    return [name for name, text in texts.items() if _FENCE.search(_BLOCK.sub("", text))]


def commands(block: Block) -> Iterator[list[str]]:
    """Return the words of each command in a block of bash, without those of the shell."""
    for line in block.text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        command: list[str] = []
        for word in [*lexer, ";"]:
            if word not in _APART:
                command.append(word)
            elif command:
                yield _bare(command)
                command = []


def commands_of_pages() -> Iterator[tuple[Block, list[str]]]:
    """Return each command of all pages but the tutorial, which is run as a whole."""
    for block in blocks("bash"):
        if block.page != TUTORIAL:
            yield from ((block, command) for command in commands(block))


def _bare(command: list[str]) -> list[str]:
    """Leave out variables that are in front, and where output goes."""
    while _VARIABLE.fullmatch(command[0]):
        command = command[1:]
    end = command.index(">") if ">" in command else len(command)
    return command[:end]
