"""The model of the file: what keys there are, what they mean, which types they have.

The JSON Schema, the validation and the configuration reference are all generated from these
classes, so a key is described here and nowhere else.

What must not be empty is said in the schema's words, which bind the validation and not the
classes: a file with an empty text in it still becomes a `Config`, so that all that is wrong
elsewhere can be told at the same time.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from reposync.config.options import (
    ByteCount,
    Count,
    Duration,
    Options,
    Pattern,
    Rate,
    StageOptions,
    Text,
)
from reposync.config.repository_creation import CreateRepositories  # noqa: TC001 -- msgspec

FailOn = Literal["empty", "skipped"]
Relay = Literal["native", "skopeo", "dregsy"]
CredentialKind = Literal["auto", "none", "ecr", "gcr", "acr"]
AUTO: CredentialKind = "auto"
# A blob, and what else there is to ask meanwhile.
_AtOnce = Annotated[
    int,
    Meta(
        extra_json_schema={
            "minimum": 2,
            "maximum": 999_999_999,
            "pattern": "^0*(?:[2-9]|[1-9][0-9]{1,8})$",
        }
    ),
]


class Registry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A registry, and how to connect to it."""

    url: Annotated[
        Text,
        Meta(
            description="The address: `host` or `host:port`. `docker.io`, `index.docker.io` and "
            "`registry-1.docker.io` all mean Docker Hub. `http://host` uses plain HTTP, "
            "`https://host` only TLS. A path after the host, `host/team/mirror`, precedes the "
            "names of all repositories. `oci:PATH` is an OCI image layout, a directory or a `.tar` "
            "file, which is used like a registry; a relative path is relative to the working "
            "directory.",
            examples=[
                "index.docker.io",
                "registry.example.com:5000",
                "https://registry.example.com/team/mirror",
                "oci:./bundle",
                "oci:/media/usb/bundle.tar",
            ],
        ),
    ]
    env_user: Annotated[
        Text | None,
        Meta(
            description="Name of the environment variable that contains the user, never the user "
            "itself. If `NAME` is not set and `NAME_FILE` is, the user is read from the file at "
            "that path. An empty user means anonymous access. Without this key and `env_password`, "
            "`credentials` applies.",
            examples=["HUB_USER"],
        ),
    ] = None
    env_password: Annotated[
        Text | None,
        Meta(
            description="Name of the environment variable that contains the password, never the "
            "password itself; only together with `env_user`. `NAME_FILE` is supported as well; a "
            "line break at the end of the file is ignored.",
            examples=["HUB_PASSWORD"],
        ),
    ] = None
    credentials: Annotated[
        CredentialKind,
        Meta(
            description="Which credentials to use without `env_user`. `auto`: those that docker or "
            "podman store for this registry or a part of it; else the cloud identity, for a "
            "registry of a cloud whose extra is installed; else anonymous. `none`: anonymous. "
            "`ecr`, `gcr`, `acr`: only the identity at AWS, Google or Azure.",
            examples=["none", "ecr"],
        ),
    ] = "auto"
    skip_tls_verify: Annotated[
        bool,
        Meta(
            description="Do not check certificates, and use plain HTTP if the server has no TLS.",
            examples=[True],
        ),
    ] = field(default=False, name="skip-tls-verify")
    ca_file: Annotated[
        Text | None,
        Meta(
            description="File of CA certificates, in PEM format, that are trusted for this "
            "registry in addition to those of the system, instead of those in `certs.d`. A "
            "relative path is relative to the working directory.",
            examples=["/etc/ssl/company-ca.pem"],
        ),
    ] = None
    client_cert_file: Annotated[
        Text | None,
        Meta(
            description="File of the client certificate, in PEM format, followed by its chain; "
            "only together with `client_key_file`.",
            examples=["/run/secrets/client.pem"],
        ),
    ] = None
    client_key_file: Annotated[
        Text | None,
        Meta(
            description="File of the key of the client certificate, in PEM format, without a "
            "password; can be the same file.",
            examples=["/run/secrets/client-key.pem"],
        ),
    ] = None
    create_repositories: Annotated[
        bool | CreateRepositories,
        Meta(
            description="Whether missing repositories are created at this destination, which only "
            "ECR needs; or a map with their settings.",
            examples=[True, {"tag_mutability": "immutable", "scan_on_push": True}],
        ),
    ] = False
    hub_reserve: Annotated[
        Count | None,
        Meta(
            description="How many pulls to reserve for others, at a registry that reports the "
            "remaining pulls, as Docker Hub does. When that number remains, nothing more is "
            "fetched. Pulls are counted per account, so keys with the same user share them; each "
            "key has its own reserve.",
            examples=[20],
        ),
    ] = None
    max_concurrent_requests: Annotated[
        _AtOnce | None,
        Meta(
            description="Maximum number of concurrent requests to this registry, 2 or more; half "
            "of them are for blob transfers. Adaptive by default: reduced when the registry "
            "throttles, raised when it answers as fast as before. Keys with the same host share "
            "this limit; the lowest value applies.",
            examples=[16],
        ),
    ] = None
    requests_per_second: Annotated[
        Rate | None,
        Meta(
            description="Maximum number of requests to this registry per second; unlimited by "
            "default. Keys with the same host share this limit; the lowest value applies.",
            examples=[10, 0.5],
        ),
    ] = None
    max_bytes_per_second: Annotated[
        ByteCount | None,
        Meta(
            description="Maximum number of blob bytes per second to and from this registry, both "
            "directions together: a number, or a number with a unit (`kB`, `MB`, `GB`, `KiB`, "
            "`MiB`, `GiB`). Unlimited by default. Keys with the same host share this limit; the "
            "lowest value applies.",
            examples=["10MiB", "500kB"],
        ),
    ] = None
    connect_timeout: Annotated[
        Duration | None,
        Meta(
            description="Maximum time to establish a connection: seconds, or a number with a unit "
            "(`s`, `m`, `h`). The default is 15 s.",
            examples=["30s"],
        ),
    ] = None
    stall_timeout: Annotated[
        Duration | None,
        Meta(
            description="How long a request or a transfer may make no progress before it is "
            "retried; after the third time, it fails. The default is 60 s.",
            examples=["2m"],
        ),
    ] = None
    retries: Annotated[
        Count | None,
        Meta(
            description="How often a failed request or transfer is retried; the default is 6. `0` "
            "turns retries off.",
            examples=[10, 0],
        ),
    ] = None


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The source of a stage."""

    source: Annotated[
        Text, Meta(description="Key of a registry under `registries`.", examples=["dockerhub"])
    ]
    repository: Annotated[
        Text,
        Meta(
            description="Repository at that registry, without tag; or a pattern, which selects all "
            "matching repositories: `team/*` those directly below `team`, `team/**` those at any "
            "depth, `regex: ...` those whose whole name matches.",
            examples=["itisfoundation/sleeper", "team/*", "regex: team/(?P<app>.+)"],
        ),
    ]
    exclude: Annotated[
        tuple[Pattern, ...],
        Meta(
            description="Patterns of repositories to exclude; only together with a pattern.",
            examples=[["team/*-test", "regex: team/old-.+"]],
        ),
    ] = ()


class Rule(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One destination of a stage, and the tags that it gets."""

    destination: Annotated[
        Text, Meta(description="Key of a registry under `registries`.", examples=["master"])
    ]
    repository: Annotated[
        Text,
        Meta(
            description="Repository at that registry, without tag. Can contain `{repository}` "
            "(that of the source), `{basename}` (its last part), `{parent}` (the parts before "
            "that) and the named groups of the source's `regex: ...`; required if the source is a "
            "pattern.",
            examples=["simcore/services/comp/sleeper", "mirror/{repository}"],
        ),
    ]


class Stage(StageOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source repository or pattern, and its destinations."""

    source: Annotated[Source, Meta(description="The source of the images.")] = field(name="from")
    rules: Annotated[
        tuple[Rule, ...],
        Meta(
            description="The destinations of the images.",
            extra_json_schema={"minItems": 1},
        ),
    ] = field(name="to")
    id: Annotated[
        Text | None,
        Meta(
            description="Name of the stage, unique in the file; what `depends_on` refers to.",
            examples=["mirror-sleeper"],
        ),
    ] = None
    depends_on: Annotated[
        tuple[Text, ...],
        Meta(
            description="Ids of stages that must have ended before this one starts, successfully "
            "or not, unless `on_dependency_failure` is `skip`. All other stages run in parallel.",
            examples=[["mirror-sleeper"]],
        ),
    ] = ()
    relay: Annotated[
        Relay | None,
        Meta(
            description="What copies the images of this stage; overrides the top-level `relay`.",
            examples=["skopeo"],
        ),
    ] = None


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What run-reposync reads: registries, and stages that copy between them."""

    registries: Annotated[
        dict[Text, Registry],
        Meta(
            description="The registries by key. Stages refer to these keys.",
            extra_json_schema={"minProperties": 1},
        ),
    ]
    stages: Annotated[
        tuple[Stage, ...],
        Meta(
            description="What to copy. Stages run in parallel, except with `depends_on`.",
            extra_json_schema={"minItems": 1},
        ),
    ]
    defaults: Annotated[
        StageOptions,
        Meta(description="Options for every stage and destination that does not set them."),
    ] = field(default_factory=StageOptions)
    fail_on: Annotated[
        tuple[FailOn, ...],
        Meta(
            description="Further conditions that make a run fail, with exit code 4: `empty`, "
            "nothing was selected for a destination; `skipped`, an image was skipped.",
            examples=[["empty", "skipped"]],
        ),
    ] = ()
    relay: Annotated[
        Relay,
        Meta(
            description="What copies the images: `native`, reposync itself; `skopeo`, or `dregsy` "
            "with its skopeo relay, which must be on the `PATH`.",
            examples=["skopeo"],
        ),
    ] = "native"

    @property
    def stage_names(self) -> tuple[str, ...]:
        """The names of the stages: their ids, or their places in the file."""
        return tuple(stage.id or f"stages[{index}]" for index, stage in enumerate(self.stages))
