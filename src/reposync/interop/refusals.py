"""Refusals: an entry of another tool's file that cannot be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.config.finding import Finding

if TYPE_CHECKING:
    from reposync.config.finding import Path


class RefusalError(Exception):
    """An entry cannot be kept; ``findings`` say why, each with its place."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(*(finding.message for finding in findings))
        self.findings = findings


def refusal(path: Path, message: str, hint: str = "") -> RefusalError:
    """Make the refusal of what is at *path*."""
    return RefusalError(Finding(path, message, hint))
