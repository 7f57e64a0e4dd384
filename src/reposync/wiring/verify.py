"""A verification, put together: settings to registries to checkers; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from reposync.copy.admission import Admission
from reposync.copy.digest_tags import DigestTags
from reposync.copy.parts import Parts
from reposync.retry import Retrier, RetryPolicy
from reposync.selection.errors import InvalidSelectorError
from reposync.sync.discovery import Discovery
from reposync.sync.stages import narrowed
from reposync.verify.blobs import BlobChecker
from reposync.verify.graph import GraphChecker
from reposync.verify.images import ImageChecker
from reposync.verify.manifests import Manifests
from reposync.verify.referrers import ReferrerChecker
from reposync.verify.run import Verifier
from reposync.verify.sampling import Share
from reposync.wiring.bounds import bounded_streams
from reposync.wiring.open_files import raised_limit
from reposync.wiring.registries import open_registries
from reposync.wiring.stages import stages_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reposync.config.model import Config
    from reposync.selection.only import Only
    from reposync.sync.events import Listener
    from reposync.verify.depth import Depth
    from reposync.verify.result import Verification

_IMAGES_AT_ONCE = 100
_STREAMS_PER_HOST = 24


class Request(Struct, frozen=True):
    """What a call asks to be verified; no ``stages`` means all, and no ``only`` all images."""

    depth: Depth
    share: Share = Share()
    stages: Collection[str] = ()
    only: Only | None = None


async def verify(
    config: Config, environ: Mapping[str, str], request: Request, listener: Listener
) -> Verification:
    """Verify what *request* asks for of *config*, reporting to *listener* what happens.

    Raises:
        StorageError: A certificate or key cannot be used.
        LoginError: A file that holds a user or password cannot be read.
        InvalidSelectorError: Nothing that the stages select is of those that ``only`` means.
    """
    planned = narrowed(stages_of(config), request.stages or config.stage_names)
    places = [
        place
        for stage in planned
        for place in (stage.source, *(rule.destination for rule in stage.rules))
    ]
    keys = sorted({place.registry_key for place in places})
    streams = bounded_streams(config.registries, raised_limit())
    async with open_registries(config.registries, keys, environ) as registries:
        tags, manifests = DigestTags(), Manifests()
        admission = Admission(_STREAMS_PER_HOST, streams)
        blobs = BlobChecker(request.depth, admission, Retrier(RetryPolicy()), listener)
        graph = GraphChecker(request.depth, manifests, blobs, Parts())
        referrers = ReferrerChecker(tags, graph, manifests)
        verifier = Verifier(
            registries,
            Discovery(registries, tags, request.only),
            ImageChecker(request.depth, manifests, graph, referrers),
            listener,
            images_at_once=_IMAGES_AT_ONCE,
        )
        result = await verifier.execute(planned, request.share)
    if request.only is not None and not (result.images or result.unchecked):
        raise InvalidSelectorError(
            f"nothing that the file asks for is {request.only.text}",
            hint="--only wants the name of a repository at its source, or repository:tag",
        )
    return result
