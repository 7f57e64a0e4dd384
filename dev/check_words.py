"""Look for words that ``avoided_words.txt`` lists: ``python -m dev.check_words``.

Read are the documentation, changelog fragments, and of the code docstrings, comments and texts,
without code blocks and `code` in prose. Each hit is printed with its place; any is exit code 1.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parent.parent
_LIST = Path(__file__).with_name("avoided_words.txt")
_PROSE = ("*.md", "docs/**/*.md", "changes/*.md")
_CODE = ("src/**/*.py",)
_GENERATED = frozenset({"CHANGELOG.md"})
_FENCE = re.compile(r"^( *)(`{3,}|~{3,}).*?^\1\2", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"``.+?``|`[^`\n]+`")
_READ = frozenset({tokenize.COMMENT, tokenize.STRING})


class Word(NamedTuple):
    """A word to avoid, and what to write instead."""

    pattern: re.Pattern[str]
    advice: str


class Hit(NamedTuple):
    """One of them in a text, by its line."""

    line: int
    found: str
    advice: str


def read_list(text: str) -> tuple[Word, ...]:
    """Read lines of ``pattern = advice``; ``#`` begins a comment."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.split(" = ", 1) for line in lines if line and not line.startswith("#"))
    return tuple(
        Word(re.compile(rf"\b(?:{pattern})\b".replace(" ", r"\s+"), re.IGNORECASE), advice)
        for pattern, advice in pairs
    )


def hits(text: str, words: Iterable[Word]) -> Iterator[Hit]:
    """Find *words* in prose, outside code."""
    prose = _INLINE.sub(_blank, _FENCE.sub(_blank, text))
    for word in words:
        for match in word.pattern.finditer(prose):
            line = prose.count("\n", 0, match.start()) + 1
            yield Hit(line, " ".join(match[0].split()), word.advice)


def hits_in_code(source: str, words: Iterable[Word]) -> Iterator[Hit]:
    """Find *words* in the docstrings, comments and texts of a module."""
    words = tuple(words)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in _READ:
            for hit in hits(token.string, words):
                yield hit._replace(line=hit.line + token.start[0] - 1)


def main() -> int:
    """Print all hits; return the exit code."""
    words = read_list(_LIST.read_text("utf-8"))
    count = 0
    for patterns, find in ((_PROSE, hits), (_CODE, hits_in_code)):
        for path in sorted({each for pattern in patterns for each in ROOT.glob(pattern)}):
            if path.name in _GENERATED:
                continue
            for hit in sorted(find(path.read_text("utf-8"), words)):
                count += 1
                where = f"{path.relative_to(ROOT)}:{hit.line}"
                sys.stdout.write(f"{where}: {hit.found!r}: write {hit.advice}\n")
    return 1 if count else 0


def _blank(match: re.Match[str]) -> str:
    """Keep the lines, drop the text."""
    return re.sub(r"[^\n]", " ", match[0])


if __name__ == "__main__":
    sys.exit(main())
