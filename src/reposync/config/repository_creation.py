"""The keys that say how missing repositories are created."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from reposync.config.options import Text  # noqa: TC001 -- msgspec reads it


class CreateRepositories(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How repositories are made that are missing at the destination; ECR decides the rest."""

    tag_mutability: Annotated[
        Literal["mutable", "immutable"] | None,
        Meta(
            description="Whether tags in these repositories can be moved to another image.",
            examples=["immutable"],
        ),
    ] = None
    scan_on_push: Annotated[
        bool | None,
        Meta(description="Whether ECR scans images when they are pushed.", examples=[True]),
    ] = None
    encryption: Annotated[
        Literal["aes256", "kms", "kms_dsse"] | None,
        Meta(
            description="How ECR encrypts their content; `kms` if `kms_key` is set.",
            examples=["kms"],
        ),
    ] = None
    kms_key: Annotated[
        Text | None,
        Meta(
            description="ARN, id or alias of a KMS key, instead of the one that AWS manages for "
            "ECR.",
            examples=["alias/images"],
        ),
    ] = None
    aws_tags: Annotated[
        dict[Text, str],
        Meta(description="The AWS tags of these repositories.", examples=[{"team": "platform"}]),
    ] = field(default_factory=dict)
    lifecycle_policy_file: Annotated[
        Text | None,
        Meta(
            description="File with their lifecycle policy, in JSON.",
            examples=["lifecycle.json"],
        ),
    ] = None
    repository_policy_file: Annotated[
        Text | None,
        Meta(
            description="File with their repository policy, in JSON, which gives others access.",
            examples=["policy.json"],
        ),
    ] = None
