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
    """A registry, and how to talk to it."""

    url: Annotated[
        Text,
        Meta(
            description="Where it is: `host` or `host:port`. `docker.io`, `index.docker.io` and "
            "`registry-1.docker.io` all mean Docker Hub. `http://host` is spoken to by plain HTTP, "
            "`https://host` by TLS alone. A path behind the host, `host/team/mirror`, goes "
            "before the names of all repositories. `oci:PATH` is an OCI image layout, a "
            "directory or a `.tar` file, which serves like any registry; a relative path begins "
            "at the working directory.",
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
            description="Name of the environment variable that holds the user, never the user "
            "itself. Where `NAME` is not set and `NAME_FILE` is, the user is in the file at "
            "that path. Anonymous where the user is empty. Without this key and `env_password`, "
            "`credentials` says who to be.",
            examples=["HUB_USER"],
        ),
    ] = None
    env_password: Annotated[
        Text | None,
        Meta(
            description="Name of the environment variable that holds the password, never the "
            "password itself; beside `env_user` only. `NAME_FILE` serves as it does there; a line "
            "break at the end of the file is left out.",
            examples=["HUB_PASSWORD"],
        ),
    ] = None
    credentials: Annotated[
        CredentialKind,
        Meta(
            description="Who to be without `env_user`: `auto`, the login that docker or podman "
            "keep for this registry or a part of it, else that of the cloud whose registry it is, "
            "where its extra is installed, and anonymous where there is none; `none`, anonymous; "
            "`ecr`, `gcr`, `acr`, that of AWS, Google or Azure, and nobody else.",
            examples=["none", "ecr"],
        ),
    ] = "auto"
    skip_tls_verify: Annotated[
        bool,
        Meta(
            description="Check no certificate, and use plain HTTP where the server speaks no TLS.",
            examples=[True],
        ),
    ] = field(default=False, name="skip-tls-verify")
    ca_file: Annotated[
        Text | None,
        Meta(
            description="File of certificates, in PEM form, of authorities that are trusted at "
            "this registry beside those of the system, instead of those in `certs.d`. A relative "
            "path begins at the working directory.",
            examples=["/etc/ssl/company-ca.pem"],
        ),
    ] = None
    client_cert_file: Annotated[
        Text | None,
        Meta(
            description="File of the certificate, in PEM form, that is shown to this registry when "
            "it asks for one, its chain behind it; beside `client_key_file` only.",
            examples=["/run/secrets/client.pem"],
        ),
    ] = None
    client_key_file: Annotated[
        Text | None,
        Meta(
            description="File of that certificate's key, in PEM form and without a password; may "
            "be the same file.",
            examples=["/run/secrets/client-key.pem"],
        ),
    ] = None
    create_repositories: Annotated[
        bool | CreateRepositories,
        Meta(
            description="Whether repositories that are missing at this destination are made, which "
            "ECR alone needs; or a map that says how.",
            examples=[True, {"tag_mutability": "immutable", "scan_on_push": True}],
        ),
    ] = False
    hub_reserve: Annotated[
        Count | None,
        Meta(
            description="How many pulls to leave to others, at a registry that tells how many it "
            "still allows, as Docker Hub does: with so many left, nothing more is fetched from it. "
            "Pulls are counted per account, so keys with the same user share them; each key keeps "
            "back its own number.",
            examples=[20],
        ),
    ] = None
    max_concurrent_requests: Annotated[
        _AtOnce | None,
        Meta(
            description="How many requests this registry gets at a time at most, 2 or more; half "
            "of them are for blobs on their way. Adaptive by default: reduced when the registry "
            "throttles, raised when it answers as fast as before. All keys of one host share its "
            "requests, and the lowest number that any of them names holds.",
            examples=[16],
        ),
    ] = None
    requests_per_second: Annotated[
        Rate | None,
        Meta(
            description="How many requests to this registry may begin in a second; no limit unless "
            "told. All keys of one host share them, and the lowest number holds.",
            examples=[10, 0.5],
        ),
    ] = None
    max_bytes_per_second: Annotated[
        ByteCount | None,
        Meta(
            description="How many bytes of blobs may pass between this machine and this registry "
            "in a second, in both directions together: a number, or one with a unit (`kB`, `MB`, "
            "`GB`, `KiB`, `MiB`, `GiB`). No limit by default. All keys of one host share it, and "
            "the lowest holds.",
            examples=["10MiB", "500kB"],
        ),
    ] = None
    connect_timeout: Annotated[
        Duration | None,
        Meta(
            description="How long this registry may take to accept a connection: seconds, or a "
            "number with a unit (`s`, `m`, `h`). The default is 15 s.",
            examples=["30s"],
        ),
    ] = None
    stall_timeout: Annotated[
        Duration | None,
        Meta(
            description="How long a request or a transfer may make no progress before it is tried "
            "again; after three such times it is given up. The default is 60 s.",
            examples=["2m"],
        ),
    ] = None
    retries: Annotated[
        Count | None,
        Meta(
            description="How often a request or a transfer that failed is tried again; the default "
            "is 6. `0` means a single try.",
            examples=[10, 0],
        ),
    ] = None


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a stage's images come from."""

    source: Annotated[
        Text, Meta(description="Key of a registry under `registries`.", examples=["dockerhub"])
    ]
    repository: Annotated[
        Text,
        Meta(
            description="Repository at that registry, without tag; or a pattern, which means all "
            "of its repositories that match: `team/*` those right below `team`, `team/**` those at "
            "any depth, `regex: ...` those whose whole name matches.",
            examples=["itisfoundation/sleeper", "team/*", "regex: team/(?P<app>.+)"],
        ),
    ]
    exclude: Annotated[
        tuple[Pattern, ...],
        Meta(
            description="Patterns of repositories to leave out; beside a pattern only.",
            examples=[["team/*-test", "regex: team/old-.+"]],
        ),
    ] = ()


class Rule(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One destination of a stage, and the tags it gets."""

    destination: Annotated[
        Text, Meta(description="Key of a registry under `registries`.", examples=["master"])
    ]
    repository: Annotated[
        Text,
        Meta(
            description="Repository at that registry, without tag. May hold `{repository}` (the "
            "source's), `{basename}` (its last part), `{parent}` (the parts before that) and the "
            "named groups of the source's `regex: ...`; must hold one of them where the source is "
            "a pattern.",
            examples=["simcore/services/comp/sleeper", "mirror/{repository}"],
        ),
    ]


class Stage(StageOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source repository, and where its images go."""

    source: Annotated[Source, Meta(description="Where the images come from.")] = field(name="from")
    rules: Annotated[
        tuple[Rule, ...],
        Meta(
            description="Where they go; one source, several destinations.",
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
            description="Ids of stages that must have ended before this one starts, also if they "
            "failed, unless `on_dependency_failure` says `skip`. Stages that do not wait run in "
            "parallel.",
            examples=[["mirror-sleeper"]],
        ),
    ] = ()
    relay: Annotated[
        Relay | None,
        Meta(
            description="What moves the images of this stage, in place of what the file says for "
            "all of them.",
            examples=["skopeo"],
        ),
    ] = None


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What run-reposync reads: registries, and stages that copy between them."""

    registries: Annotated[
        dict[Text, Registry],
        Meta(
            description="The registries by key; stages refer to the key.",
            extra_json_schema={"minProperties": 1},
        ),
    ]
    stages: Annotated[
        tuple[Stage, ...],
        Meta(
            description="What is copied. All stages run in parallel, but for `depends_on`.",
            extra_json_schema={"minItems": 1},
        ),
    ]
    defaults: Annotated[
        StageOptions,
        Meta(description="What holds for every stage and destination that does not say it itself."),
    ] = field(default_factory=StageOptions)
    fail_on: Annotated[
        tuple[FailOn, ...],
        Meta(
            description="What else makes a run fail, with the exit code 4: `empty`, a stage that "
            "finds nothing to copy; `skipped`, an image that was left as it is at the destination "
            "though the source has another.",
            examples=[["empty", "skipped"]],
        ),
    ] = ()
    relay: Annotated[
        Relay,
        Meta(
            description="What moves the images: `native`, reposync itself; or `skopeo`, or "
            "`dregsy` by way of skopeo, programs that must be on the `PATH`.",
            examples=["skopeo"],
        ),
    ] = "native"

    @property
    def stage_names(self) -> tuple[str, ...]:
        """The names of the stages: their ids, or their places in the file."""
        return tuple(stage.id or f"stages[{index}]" for index, stage in enumerate(self.stages))
