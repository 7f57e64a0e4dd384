"""Options: the keys that are at a destination, at its stage or under ``defaults``.

They are described here once; which of the three holds is decided in ``inheritance``. Absent is
None everywhere, so that an empty list that is written stays a value of its own. An option that
concerns a stage as a whole is not allowed at a destination.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from reposync.config.quantities import BYTES_PATTERN, DURATION_PATTERN

_NOT_EMPTY = {"minLength": 1}


def _spelled_out(*words: str) -> dict[str, Any]:
    """Accept ``word: text`` as a map of one key, which is what YAML makes of it unquoted."""
    text = {"type": "string", "minLength": 1}
    return {
        "minLength": 1,
        "properties": dict.fromkeys(words, text),
        "additionalProperties": False,
        "minProperties": 1,
    }


SELECTORS = ("regex", "glob", "semver", "keep")
"""The words that begin a selector of tags."""

# A map is a selector, or it names a tag: then `as` goes with it, and nothing else.
_SELECTOR_OR_NAME = {
    "dependentSchemas": {word: {"maxProperties": 1} for word in SELECTORS},
    "dependentRequired": {"as": ["tag"]},
}

Text = Annotated[str, Meta(extra_json_schema=_NOT_EMPTY)]
# The bounds are the schema's, as with texts; its patterns are for numbers in quotes.
Count = Annotated[
    int, Meta(extra_json_schema={"minimum": 0, "maximum": 999_999_999, "pattern": "^[0-9]{1,9}$"})
]
Rate = Annotated[
    float,
    Meta(
        extra_json_schema={
            "exclusiveMinimum": 0,
            "maximum": 999_999,
            "pattern": "^(?=.*[1-9])[0-9]{1,6}(?:[.][0-9]{1,6})?$",
        }
    ),
]
Duration = Annotated[str, Meta(extra_json_schema={"minLength": 1, "pattern": DURATION_PATTERN})]
ByteCount = Annotated[str, Meta(extra_json_schema={"minLength": 1, "pattern": BYTES_PATTERN})]
Selector = Annotated[str, Meta(extra_json_schema=_spelled_out(*SELECTORS) | _SELECTOR_OR_NAME)]
Pattern = Annotated[str, Meta(extra_json_schema=_spelled_out("regex") | {"maxProperties": 1})]

PlatformMode = Literal["strip", "sparse"]
Overwrite = Literal["always", "never", "if_mutable"]
Late = Literal["root", "all", "none"]
OnDependencyFailure = Literal["continue", "skip"]


class Referrers(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which referrers are copied, and which later ones are looked for."""

    artifact_types: Annotated[
        tuple[Text, ...],
        Meta(
            description="Only referrers of these types; `[]` means every type.",
            examples=[["application/vnd.dev.cosign.artifact.sig.v1+json"], []],
        ),
    ] = ()
    late: Annotated[
        Late,
        Meta(
            description="Which new referrers to look for when an image is up to date: `root`, "
            "those of the image itself, which costs one request; `all`, also those of its children "
            "and of its referrers; `none`, no referrers.",
            examples=["all"],
        ),
    ] = "root"


class NamedTag(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tag of the source, and the tags that it gets at the destination."""

    tag: Annotated[Text, Meta(description="A tag of the source.", examples=["1.0"])]
    names: Annotated[
        Text | Annotated[tuple[Text, ...], Meta(extra_json_schema={"minItems": 1})],
        Meta(
            description="The tag that it gets at the destination instead, or a list of them.",
            examples=["stable", ["edge", "main"]],
        ),
    ] = field(default=(), name="as")

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names as a list."""
        return (self.names,) if isinstance(self.names, str) else self.names


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for the stages and destinations that do not say it themselves."""

    tags: Annotated[
        tuple[Selector | NamedTag, ...] | None,
        Meta(
            description="The tags to copy; `[]`, or no `tags` at any level, means every tag of the "
            "source. A tag is taken literally: an unquoted `1.10` is the tag 1.10. `sha256:...` is "
            "an image without a tag, `tag@sha256:...` one that gets this tag at the destination. "
            "`glob: ...`, `regex: ...` and `semver: ...` select tags, and `keep: ...` narrows "
            "that selection. A map of `tag` and `as` is a tag that gets another name at the "
            "destination, or several.",
            examples=[
                ["1.0.0", "2.0.1"],
                [],
                ["latest", "semver: >=1.2 <2", "keep: latest 3"],
                [{"semver": ">=1.2 <2"}, {"keep": "latest 3"}],
                [{"tag": "1.0", "as": "stable"}, {"tag": "latest", "as": ["edge", "main"]}],
            ],
        ),
    ] = None
    tag: Annotated[
        Text | None,
        Meta(
            description="The tag that each image gets at the destination, as a template: `{tag}` "
            "is the tag of the source; `{version.major}`, `{version.minor}` and "
            "`{version.patch}` are the numbers of its version; `{variant}` is its variant, without "
            "the hyphen before it; and the named groups of the `regex: ...` lines of `tags` hold "
            "what they match in it. Names that `as` gives, and digest tags such as those of "
            "signatures, are left as they are.",
            examples=["{tag}-mirrored", "{version.major}.{version.minor}"],
        ),
    ] = None
    platforms: Annotated[
        tuple[Text, ...] | None,
        Meta(
            description="The platforms to copy, as `os/architecture` or `os/architecture/variant`; "
            "`[]`, or no `platforms` at any level, means every platform, and preserves all "
            "digests.",
            examples=[["linux/amd64", "linux/arm64/v8"], []],
        ),
    ] = None
    platform_mode: Annotated[
        PlatformMode | None,
        Meta(
            description="How an index is written when `platforms` omits some of its images: "
            "`strip` writes a smaller index, with a new digest; `sparse` keeps the index "
            "unchanged, with entries for images that are not there. Without `platforms`, `sparse` "
            "makes runs add images that were omitted before.",
            examples=["sparse"],
        ),
    ] = None
    referrers: Annotated[
        bool | Referrers | None,
        Meta(
            description="Whether signatures, attestations, SBOMs and other referrers are copied "
            "with their image; or a map that selects them. The nearest value applies as a whole.",
            examples=[
                False,
                {
                    "artifact_types": ["application/vnd.dev.cosign.artifact.sig.v1+json"],
                    "late": "all",
                },
            ],
        ),
    ] = None
    overwrite: Annotated[
        Overwrite | None,
        Meta(
            description="Whether a tag that names another image at the destination is overwritten: "
            "`always`; `never`; or `if_mutable`, which overwrites all tags except those in "
            "`immutable`.",
            examples=["never"],
        ),
    ] = None
    immutable: Annotated[
        tuple[Pattern, ...] | None,
        Meta(
            description="Tags that are never overwritten once they exist at the destination, also "
            "with `overwrite: always`: each entry is a glob, or `regex: ...` for the whole tag.",
            examples=[["v*", "regex: [0-9]+[.][0-9]+[.][0-9]+"], [{"regex": "v[0-9].*"}]],
        ),
    ] = None


class StageOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for the stages that do not say it themselves, and for their destinations."""

    on_dependency_failure: Annotated[
        OnDependencyFailure | None,
        Meta(
            description="What happens to a stage when a stage that it depends on failed, or any "
            "image of that stage: `continue` runs it, `skip` does not. A skipped stage counts as "
            "failed for the stages that depend on it. Not allowed at a destination.",
            examples=["skip"],
        ),
    ] = None
