"""Whether a rule for platforms lets anything of an image through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reposync.copy.image_config import platform_of
from reposync.copy.platforms import listed

if TYPE_CHECKING:
    from reposync.copy.abilities import Source
    from reposync.copy.platforms import PlatformRule
    from reposync.oci.manifest import Manifest


async def reason_to_skip(source: Source, root: Manifest, rule: PlatformRule) -> str:
    """Return why nothing of *root* passes *rule*; empty where something does.

    The config of an image without an index is read: it names its platform.

    Raises:
        RepoSyncError: It cannot be read.
    """
    wanted = listed(rule.platforms)
    if root.is_index:
        offered = listed(entry.platform for entry in root.manifests)
        return "" if rule.offers(root) else f"it has none of {wanted}, but {offered or 'nothing'}"
    platform = await platform_of(source, root)
    return "" if platform is None or rule.wants(platform) else f"it is for {platform}, not {wanted}"
