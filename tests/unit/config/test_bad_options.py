# ruff: noqa: E501 -- a message is in one line, as users read it

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.config.files import REGISTRIES, STAGES, with_stages, with_tags, with_url

if TYPE_CHECKING:
    from collections.abc import Callable

DIGEST = f"sha256:{'0' * 64}"
OTHER_DIGEST = f"sha256:{'1' * 64}"


def with_options(text: str) -> str:
    """Put *text*, keys and values, beside a destination's ``repository:``."""
    return REGISTRIES + STAGES.replace("x/y}]", f"x/y, {text}}}]")


def with_source(text: str, destination: str = "'{basename}'") -> str:
    """Put *text* behind a source's ``repository:``."""
    source = STAGES.replace("source: a, repository: x/y", f"source: a, repository: {text}")
    return REGISTRIES + source.replace("b, repository: x/y", f"b, repository: {destination}")


# What is wrong, a file, and all that is said of it.
BAD_FILES = (
    (
        "a selector of an unknown word",
        with_tags("[regx: a]"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0].regx: unknown key; did you mean `regex`?",
        ],
    ),
    (
        "a text with an unknown word",
        with_tags("['regx: a']"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0]: `regx: a` begins with an unknown keyword; did you mean `regex:`?"
        ],
    ),
    (
        "names that are none",
        with_tags("[{tag: a b, as: c}, {tag: d, as: [e, -f]}]"),
        [
            "f.yml:6:57: stages[0].to[0].tags[0].tag: `a b` is not a tag; a tag has at most 128 letters, digits and _ . -, and does not begin with . or -",
            "f.yml:6:87: stages[0].to[0].tags[1].as[1]: `-f` is not a tag; a tag has at most 128 letters, digits and _ . -, and does not begin with . or -",
        ],
    ),
    (
        "a name of nothing, and no name",
        with_tags("[{as: x}, {tag: x, as: }, {tag: x, as: []}, {tag: , as: x}]"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0].tag: this key is missing; write, for example, `tag: 1.0`",
            "f.yml:6:73: stages[0].to[0].tags[1].as: has no value; write a text or a list of texts, or leave the key out",
            "f.yml:6:89: stages[0].to[0].tags[2].as: is an empty list; write at least one entry",
            "f.yml:6:100: stages[0].to[0].tags[3].tag: has no value; write a text",
        ],
    ),
    (
        "a selector that gets a name",
        with_tags("[{glob: v*, as: x}, {tag: x, glob: v*}, {tag: x, ass: y}]"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0]: selects many tags, and `as` names one; write `tag:` for one tag, or a template such as `{tag}-copy` in `tag` beside `tags`",
            "f.yml:6:51: stages[0].to[0].tags[0].tag: this key is missing; write, for example, `tag: 1.0`",
            "f.yml:6:70: stages[0].to[0].tags[1]: is a map of several keys; write each in an entry of its own",
            "f.yml:6:99: stages[0].to[0].tags[2].ass: unknown key; did you mean `as`?",
        ],
    ),
    (
        "one name for two images",
        with_tags("[{tag: a, as: x}, {tag: b, as: [y, x]}, x, {tag: a, as: x}]"),
        [
            "f.yml:6:85: stages[0].to[0].tags[1].as[1]: `b.example:5000/x/y:x` would get two images: this one of `a.example/x/y:b`, and that of `a.example/x/y:a` in line 6; give one of them another name",
            "f.yml:6:90: stages[0].to[0].tags[2]: `b.example:5000/x/y:x` would get two images: this one of `a.example/x/y:x`, and that of `a.example/x/y:a` in line 6; give one of them another name",
        ],
    ),
    (
        "templates of tags that are none",
        with_options("tag: '{teg}'"),
        [
            "f.yml:6:49: stages[0].to[0].tag: there is no placeholder `{teg}`; did you mean `{tag}`?",
        ],
    ),
    (
        "a template of tags without quotes",
        with_options("tag: {tag}"),
        [
            "f.yml:6:49: stages[0].to[0].tag: is a map, must be a text; write one text, in quotes if it begins with `{` or holds `: `",
        ],
    ),
    (
        "a template that is wrong for one of the destinations for which it holds",
        REGISTRIES + STAGES + "    tags: ['regex: v(?P<v>.+)']\n"
        "  - from: {source: a, repository: z}\n    to: [{destination: b, repository: z}]\n"
        "defaults: {tag: '{v}'}\n",
        [
            "f.yml:10:17: defaults.tag: there is no placeholder `{v}`; there are `{tag}`, `{version.major}`, `{version.minor}`, `{version.patch}`, `{variant}`, and the named groups of `regex:` lines",
        ],
    ),
    (
        "several selectors in one entry",
        with_tags("[{semver: ^1, keep: latest 3}]"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0]: is a map of several keys; write each in an entry of its own"
        ],
    ),
    (
        "a selector of nothing",
        with_tags("[{semver: }]"),
        ["f.yml:6:60: stages[0].to[0].tags[0].semver: has no value; write a text"],
    ),
    (
        "an empty selector",
        with_tags("[{}]"),
        ["f.yml:6:51: stages[0].to[0].tags[0]: is an empty map; write at least one key"],
    ),
    (
        "brackets that YAML takes for a list",
        with_tags("[regex: [a-z]]"),
        [
            "f.yml:6:58: stages[0].to[0].tags[0].regex: is a list, must be a text; write one text, in quotes if it begins with `[`"
        ],
    ),
    (
        "braces that YAML takes for a map",
        with_tags("[{glob: {a,b}}]"),
        [
            "f.yml:6:58: stages[0].to[0].tags[0].glob: is a map, must be a text; write one text, in quotes if it begins with `{` or holds `: `"
        ],
    ),
    (
        "a range that is none",
        with_tags("[semver: ^x.y.z.a]"),
        [
            "f.yml:6:51: stages[0].to[0].tags[0]: `x.y.z.a` is not a version; write, for example, `>=1.2 <2`, `^1.2`, `1.x` or `1.2 || 3.x`"
        ],
    ),
    (
        "selectors under defaults and at a stage",
        with_stages("tags: [-a]") + "defaults: {tags: [-b], immutable: ['regex: (']}\n",
        [
            "f.yml:5:88: stages[0].tags[0]: `-a` is not a tag; use letters, digits and _ . - in it, and begin with a letter, a digit or _",
            "f.yml:6:19: defaults.tags[0]: `-b` is not a tag; use letters, digits and _ . - in it, and begin with a letter, a digit or _",
            "f.yml:6:36: defaults.immutable[0]: `(` is not a regular expression: a `(` is not closed; close it, or write `\\(` for the character itself",
        ],
    ),
    (
        "platforms that are none",
        with_options("platforms: [amd64, linux/amd46, lunix/arm64, linux, linux/arm/v7/x]"),
        [
            "f.yml:6:56: stages[0].to[0].platforms[0]: `amd64` is not a platform; write `linux/amd64`",
            "f.yml:6:63: stages[0].to[0].platforms[1]: `amd46` is no architecture; did you mean `amd64`?",
            "f.yml:6:76: stages[0].to[0].platforms[2]: `lunix` is no operating system; did you mean `linux`?",
            "f.yml:6:89: stages[0].to[0].platforms[3]: `linux` is not a platform; write, for example, `linux/amd64` or `linux/arm64/v8`",
            "f.yml:6:96: stages[0].to[0].platforms[4]: `linux/arm/v7/x` is not a platform; write, for example, `linux/amd64` or `linux/arm64/v8`",
        ],
    ),
    (
        "words that are none of those that are wanted",
        with_options("platform_mode: sparce, overwrite: sometimes, referrers: {late: [all]}"),
        [
            "f.yml:6:59: stages[0].to[0].platform_mode: is `sparce`, must be `sparse` or `strip`; did you mean `sparse`?",
            "f.yml:6:78: stages[0].to[0].overwrite: is `sometimes`, must be `always`, `if_mutable` or `never`",
            "f.yml:6:107: stages[0].to[0].referrers.late: is a list, must be `all`, `none` or `root`; write one text, without `- ` and [ ]",
        ],
    ),
    (
        "no value for a word",
        with_options("overwrite: "),
        [
            "f.yml:6:55: stages[0].to[0].overwrite: has no value; write `always`, `if_mutable` or `never`, or leave the key out"
        ],
    ),
    (
        "referrers that are neither on nor off",
        with_options("referrers: maybe"),
        ["f.yml:6:55: stages[0].to[0].referrers: is `maybe`, must be true, false or a map"],
    ),
    (
        "a list for referrers",
        with_options("referrers: [a/b]"),
        ["f.yml:6:55: stages[0].to[0].referrers: is a list, must be true, false or a map"],
    ),
    (
        "no value for referrers",
        with_options("referrers: "),
        [
            "f.yml:6:55: stages[0].to[0].referrers: has no value; write true, false or a map, or leave the key out"
        ],
    ),
    (
        "keys of referrers",
        with_options("referrers: {artifact_type: [a/b], artifact_types: [sbom]}"),
        [
            "f.yml:6:56: stages[0].to[0].referrers.artifact_type: unknown key; did you mean `artifact_types`?",
        ],
    ),
    (
        "a type of referrers that is none",
        with_options("referrers: {artifact_types: [sbom]}"),
        [
            "f.yml:6:73: stages[0].to[0].referrers.artifact_types[0]: `sbom` is not a media type; write, for example, `application/spdx+json`"
        ],
    ),
    (
        "nothing that is immutable",
        with_options("overwrite: if_mutable"),
        [
            "f.yml:6:55: stages[0].to[0].overwrite: nothing says which tags of `x/y` are immutable; write patterns of tags behind `immutable`, or `overwrite: always`"
        ],
    ),
    (
        "a text for what is immutable",
        with_options("overwrite: if_mutable, immutable: v*"),
        ['f.yml:6:78: stages[0].to[0].immutable: is a text, must be a list; write ["v*"]'],
    ),
    (
        "nothing that is immutable at two of three destinations",
        with_stages("id: one", "id: two", "immutable: [v*]")
        + "defaults: {overwrite: if_mutable}\n",
        [
            "f.yml:8:23: defaults.overwrite: nothing says which tags of `r0` are immutable; write patterns of tags behind `immutable`, or `overwrite: always`"
        ],
    ),
    (
        "another way to end a run",
        REGISTRIES + STAGES + "fail_on: [skiped, null]\n",
        [
            "f.yml:7:11: fail_on[0]: is `skiped`, must be `empty` or `skipped`; did you mean `skipped`?",
            "f.yml:7:19: fail_on[1]: is `null`, must be `empty` or `skipped`",
        ],
    ),
    (
        "no value for defaults",
        REGISTRIES + STAGES + "defaults:\n",
        [
            "f.yml:7:10: defaults: has no value; write the keys `tags`, `tag`, `platforms`, `platform_mode`, `referrers`, `overwrite`, `immutable`, `on_dependency_failure`, or leave the key out"
        ],
    ),
    (
        "defaults that are not for all",
        REGISTRIES + STAGES + "defaults: {repository: x}\n",
        [
            "f.yml:7:12: defaults.repository: unknown key; the keys here are `tags`, `tag`, `platforms`, `platform_mode`, `referrers`, `overwrite`, `immutable`, `on_dependency_failure`"
        ],
    ),
    (
        "a source that is not to be",
        with_source("'regex: team/('"),
        [
            "f.yml:5:35: stages[0].from.repository: `team/(` is not a regular expression: a `(` is not closed; close it, or write `\\(` for the character itself"
        ],
    ),
    (
        "an empty part in a pattern",
        with_source("team//*"),
        [
            "f.yml:5:35: stages[0].from.repository: `team//*` has an empty part before or after a `/`; write `team/**` for all repositories below `team`, `team/*` for one level"
        ],
    ),
    (
        "exceptions of one repository",
        with_source("team/app, exclude: [team/*-test]"),
        [
            "f.yml:5:45: stages[0].from.exclude: nothing can be left out of one repository, `team/app`; write a pattern such as `team/*` for `repository`, or remove this key"
        ],
    ),
    (
        "an exception that is none",
        with_source("team/*, exclude: ['team/[']"),
        [
            "f.yml:5:53: stages[0].from.exclude[0]: `team/[` has a `[` without its `]`; write both, or neither; `[abc]` is one of these characters, `{a,b}` one of these texts"
        ],
    ),
    (
        "many repositories that go to one",
        with_source("team/*", "mirror/app"),
        [
            "f.yml:6:39: stages[0].to[0].repository: all that `team/*` matches would go to one repository; put `{repository}` or `{basename}` into it"
        ],
    ),
    (
        "a placeholder that is none",
        with_source("team/*", "'m/{basname}'"),
        [
            "f.yml:6:39: stages[0].to[0].repository: there is no placeholder `{basname}`; did you mean `{basename}`?"
        ],
    ),
    (
        "a group that is none",
        with_source("'regex: team/(?P<app>.+)'", "'m/{ap}'"),
        [
            "f.yml:6:39: stages[0].to[0].repository: there is no placeholder `{ap}`; did you mean `{app}`?"
        ],
    ),
    (
        "a template of which no repository is made",
        with_source("team/app", "'Mirror/{basename}'"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `Mirror/{basename}` never yields a valid repository name; use lower-case letters, digits and single . _ - between them, with / between the parts, and neither registry nor tag"
        ],
    ),
    (
        "a brace alone",
        with_source("team/app", "'m/{basename'"),
        [
            "f.yml:6:39: stages[0].to[0].repository: `m/{basename` has a `{` without its `}`; write a placeholder as `{basename}`"
        ],
    ),
    (
        "no path of a layout",
        with_url("'oci:'"),
        [
            "f.yml:1:23: registries.a.url: names no layout; write a directory or a `.tar` file behind `oci:`"
        ],
    ),
    (
        "a compressed layout",
        with_url("oci:./out/bundle.tar.gz"),
        [
            "f.yml:1:23: registries.a.url: `oci:./out/bundle.tar.gz` is compressed; decompress it, and write `oci:./out/bundle.tar`"
        ],
    ),
    (
        "a layout as other tools write it",
        with_url("ocidir://out"),
        [
            "f.yml:1:23: registries.a.url: `ocidir://out` is not how a layout is written; write `oci:out`"
        ],
    ),
    (
        "a layout at nobody's home",
        with_url("oci:~/out"),
        [
            "f.yml:1:23: registries.a.url: `oci:~/out` begins with a `~`; write the directory that you mean by it"
        ],
    ),
    (
        "half a character more than a path has",
        with_url('"oci:a\\0b"'),
        [
            "f.yml:1:23: registries.a.url: `oci:a\\x00b` is not a path; write a directory or a `.tar` file"
        ],
    ),
    (
        "keys that a layout has no use for",
        with_url("oci:out, env_user: NOT_SET, env_password: NOT_SET, skip-tls-verify: true"),
        [
            "f.yml:1:32: registries.a.env_user: an image layout has no use for this key; remove it",
            "f.yml:1:51: registries.a.env_password: an image layout has no use for this key; remove it",
            "f.yml:1:74: registries.a.skip-tls-verify: an image layout has no use for this key; remove it",
        ],
    ),
    (
        "two digests for one tag",
        with_tags(f"['v1@{OTHER_DIGEST}', 'v1@{DIGEST}']"),
        [
            "f.yml:6:129: stages[0].to[0].tags[1]: `b.example:5000/x/y:v1` would get two images: this one of `a.example/x/y@sha256:000000000000`, and that of `a.example/x/y@sha256:111111111111` in line 6; write one of them to another repository, or leave this tag out of one"
        ],
    ),
    (
        "two sources for the tag of all",
        with_stages("id: one", "id: two").replace("b, repository: r0", "b, repository: r1")
        + "defaults: {tags: [v1, 'glob: *']}\n",
        [
            "f.yml:6:46: stages[1].to[0]: `b.example:5000/r1:v1` would get two images: this one of `a.example/r1`, and that of `a.example/r0` in line 5; write one of them to another repository, or leave this tag out of one"
        ],
    ),
    (
        "two sources for one tag of a layout",
        "registries: {a: {url: a}, b: {url: oci:out}, c: {url: oci:./out/../out}}\n"
        + STAGES.replace("x/y}]", "'x/{basename}', tags: [v1]}]")
        + "  - from: {source: a, repository: z}\n    to: [{destination: c, repository: x/y, tags: [v1]}]\n",
        [
            "f.yml:6:51: stages[1].to[0].tags[0]: `oci:out:x/y:v1` would get two images: this one of `a/z`, and that of `a/x/y` in line 4; write one of them to another repository, or leave this tag out of one"
        ],
    ),
)


@pytest.mark.parametrize(
    ("text", "told"), [pytest.param(*rest, id=name) for name, *rest in BAD_FILES]
)
def test_what_options_cannot_be_is_told_with_its_key_and_what_to_do(
    problems: Callable[[str], list[str]], text: str, told: list[str]
):
    assert problems(text) == told
