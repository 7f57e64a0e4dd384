"""A report as text for people: a line for each finding, and below it how it was found out."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from reposync.oci.error_code import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reposync.doctor.fields import Examination
    from reposync.doctor.findings import Finding

LABELS = {
    "reachable": "reachable",
    "url": "address",
    "layout": "layout",
    "tls": "TLS",
    "server": "server",
    "api_version": "API version",
    "product": "product",
    "authentication": "authentication",
    "token_service": "token service",
    "credentials": "credentials",
    "manifest_head": "HEAD of manifests",
    "referrers_api": "referrers API",
    "catalog": "catalog",
    "tag_list": "tag list",
    "tag_list_pages": "tag list in pages",
    "rate_limit": "rate limit",
    "counts_pulls": "counts pulls",
    "clock_skew_s": "clock",
    "latency_ms": "latency",
    "whole_blob_upload": "single POST upload",
    "chunked_upload": "chunked upload",
    "chunk_min_bytes": "least chunk",
    "body_limit_bytes": "body limit",
    "mount": "mount",
    "referrers_fallback": "fallback tags",
    "refuses_missing_blobs": "image lacks a blob",
    "refuses_missing_manifests": "index lacks a child",
    "delete": "delete",
    "delete_blob": "delete blobs",
    "left_behind": "left behind",
}
"""The fields in the order of the table, and what each is called there."""
_COLUMN = max(map(len, LABELS.values())) + 2
_LONG_DIGEST = r"(sha(?:256|512)[:-][0-9a-f]{12})[0-9a-f]{52,}"
_WORDS = {True: "yes", False: "no", None: "unknown"}


def render(examination: Examination, width: int) -> str:
    """Write *examination* in lines of at most *width* columns, but for words that are longer.

    Of what is unknown for one reason, the reason is written once.
    """
    order = list(LABELS)
    findings = sorted(examination.findings, key=lambda each: order.index(each.name))
    lines = [examination.host, ""]
    for finding in findings:
        if not _is_unknown(finding):
            lines += _row(LABELS[finding.name], f"{_value(finding)}: {finding.how}", width)
    for why, names in _unknown(findings).items():
        lines += _row("unknown", f"{', '.join(LABELS[name] for name in names)}: {why}", width)
    if examination.error is not None and examination.error.hint:
        lines += ["", *textwrap.wrap(f"hint: {printable(examination.error.hint)}", width)]
    return "\n".join(lines) + "\n"


def _row(label: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        re.sub(_LONG_DIGEST, r"\1", printable(text)),
        width,
        initial_indent=label.ljust(_COLUMN),
        subsequent_indent=" " * _COLUMN,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _unknown(findings: Iterable[Finding]) -> dict[str, list[str]]:
    """Return the names of what is unknown by the reason."""
    names: dict[str, list[str]] = {}
    for finding in findings:
        if _is_unknown(finding):
            names.setdefault(finding.how, []).append(finding.name)
    return names


def _is_unknown(finding: Finding) -> bool:
    return finding.value is None and not finding.text


def _value(finding: Finding) -> str:
    if finding.text:
        return finding.text
    value = finding.value
    return _WORDS[value] if value is None or isinstance(value, bool) else str(value)
