"""All tools that the benchmark knows, reposync first."""

from __future__ import annotations

from typing import Final

from bench.tools import crane, dregsy, image_syncer, regctl, regsync, reposync, skopeo

TOOLS: Final = {
    each.TOOL.name: each.TOOL
    for each in (reposync, skopeo, crane, regsync, regctl, dregsy, image_syncer)
}
