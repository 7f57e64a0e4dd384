"""A container registry in memory, for tests and as the development registry of last resort.

It speaks the OCI distribution specification (v1.1) over real sockets on loopback: blobs with
ranges, all kinds of uploads, mounts, manifests whose references are checked, tags and the catalog
in pages, the referrers API, basic and token authentication, TLS. It is strict where real registries
are: a manifest whose blobs are missing is refused, an upload's ``_state`` must come back as it was
given and is good once, a manifest is only given to those who accept its media type.

    async with FakeRegistry(Options(page_size=2)) as registry:
        registry.repository("team/app").add_blob(b"content")
        registry.fail(Fault("GET", "/blobs/", Answer(503)))
        ...  # talk to registry.url
        assert len(registry.requests("GET", "/blobs/")) == 2

``Options`` says what it can and cannot do, a ``Fault`` says what goes wrong and how often, and
``RandomFaults`` leave that to a seed; without faults it is well behaved. Every request is in its
log. It knows nothing of reposync, so that the two cannot share a misunderstanding. ``python -m
tests.fakes.registry --help`` serves it as a process.

Modules: ``server`` listens, ``exchange`` moves bytes and does the faults, ``site`` finds the
handler, ``blobs``, ``uploads``, ``manifests``, ``listings`` are the handlers (plain functions),
``access`` and ``tokens`` decide who may, ``storage`` holds what is there, ``log`` what was asked.
"""

from tests.fakes.registry.access import ALL_ACTIONS, Account, BasicAuth, TokenAuth
from tests.fakes.registry.blob_host import BlobHost
from tests.fakes.registry.chance import RandomFaults
from tests.fakes.registry.faults import (
    AlterHeaders,
    Answer,
    CorruptRequest,
    CorruptResponse,
    CutAnswer,
    CutRequest,
    CutResponse,
    Delay,
    DropUpload,
    Fault,
    Interims,
    Meanwhile,
    Stall,
    StallResponse,
    WrongLength,
)
from tests.fakes.registry.log import Request
from tests.fakes.registry.options import Options
from tests.fakes.registry.server import FakeRegistry
from tests.fakes.registry.tokens import TokenIssuer

__all__ = [
    "ALL_ACTIONS",
    "Account",
    "AlterHeaders",
    "Answer",
    "BasicAuth",
    "BlobHost",
    "CorruptRequest",
    "CorruptResponse",
    "CutAnswer",
    "CutRequest",
    "CutResponse",
    "Delay",
    "DropUpload",
    "FakeRegistry",
    "Fault",
    "Interims",
    "Meanwhile",
    "Options",
    "RandomFaults",
    "Request",
    "Stall",
    "StallResponse",
    "TokenAuth",
    "TokenIssuer",
    "WrongLength",
]
