"""An explanation, put together: why a tag goes where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.sync.explain import explain as explain_tag
from reposync.wiring.registries import open_registries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reposync.config.model import Config
    from reposync.sync.explain import Explained
    from reposync.sync.stages import Stage


async def explain(
    config: Config, environ: Mapping[str, str], stage: Stage, image: tuple[str, str]
) -> tuple[Explained, ...]:
    """Explain *image*, repository and tag of the source of *stage*, for each of its destinations.

    Raises:
        RepoSyncError: As ``sync.explain.explain``.
    """
    keys = [stage.source.registry_key]
    async with open_registries(config.registries, keys, environ) as registries:
        return await explain_tag(registries, stage, *image)
