"""An invalid text is refused with what is wrong and what to write."""

from __future__ import annotations

import pytest

from reposync.errors import RepoSyncError
from reposync.selection.errors import InvalidSelectorError
from reposync.selection.only import parse_only
from reposync.selection.parsing import parse, parse_named
from reposync.selection.pattern import parse_tag_pattern
from reposync.selection.repositories import parse_repository_pattern
from reposync.selection.tag_template import parse_tag_template
from reposync.selection.template import parse_template

LONG = "a" * 1001
LINES = [
    ("", "the text is empty", "semver: >=1.2"),
    ("a/b:1.2", "`a/b:1.2` contains a repository", "write the tag alone: `1.2`"),
    ("x" * 129, "is too long for a tag", "at most 128 characters"),
    ("tag with spaces", "is not a tag", "letters, digits and _ . -"),
    (">=1.2", "`>=1.2` is not a tag", "`semver: >=1.2`"),
    ("1.2 || 3", "is not a tag", "`semver: 1.2 || 3`"),
    ("^v1$", "is not a tag", "`semver: ^v1$`"),
    ("1.*", "`1.*` is not a tag", "`glob: 1.*`"),
    (".*-alpine", "is not a tag", "`regex: .*-alpine`"),
    ("(a|b)", "is not a tag", "`regex: (a|b)`"),
    ("latest 5", "is not a tag", "`keep: latest 5`"),
    ("regexp: a", "begins with an unknown keyword", "did you mean `regex:`?"),
    ("SemVer: 1", "begins with an unknown keyword", "did you mean `semver:`?"),
    ("sha256:12", "`sha256:12` is not a digest", "64 hexadecimal digits"),
    ("v1@sha256:12", "`sha256:12` is not a digest", "64 hexadecimal digits"),
    ("v1@", "`` is not a digest", "64 hexadecimal digits"),
    (f"@sha256:{'0' * 64}", "the text is empty", "write a tag"),
    ("regex:", "the expression is empty", "`.*`"),
    ("regex: !", "the expression is empty", "`.*`"),
    ("keep: !", "the expression is empty", "`.*`"),
    (f"regex: {LONG}", "1001 characters is too long", "at most 1000"),
    ("regex: (?=a)", "`(?=a)` uses look-around (`(?=`)", "`keep: !...`"),
    ("regex: (?!a).*", "uses look-around (`(?!`)", "`keep: !...`"),
    ("regex: a(?<=a)", "uses look-around (`(?<=`)", "`exclude`"),
    ("regex: a(?<!a)", "uses look-around (`(?<!`)", "`exclude`"),
    (r"regex: (a)\1", "refers back to a group", "write it out"),
    (r"regex: a\Z", r"contains `\Z`", r"`\z`"),
    (r"regex: a\y", r"contains `\y`, which is not an escape sequence", "remove the"),
    ("regex: [a", "a `[` is not closed", r"`\[`"),
    ("regex: (a", "a `(` is not closed", r"`\(`"),
    ("regex: a)", "a `)` has no `(`", r"`\)`"),
    ("regex: *-alpine", "nothing before it to repeat", "`.*`"),
    ("regex: a**", "two repetitions follow one another", "write one"),
    ("regex: a++", "two repetitions follow one another", "write one"),
    ("regex: a{1001}", "repeats more than 1000 times", "`*`"),
    ("regex: ((a{30}){30}){30}", "repeats more than 1000 times", "`*`"),
    (r"regex: (\pL{100}){10}", "it is too large", "shorter"),
    ("regex: a\\", "it ends in", "for the character itself"),
    ("regex: [z-a]", "invalid character class range", "google/re2"),
    ("regex: \ud800", "lone surrogate", "google/re2"),
    ("glob:", "the pattern is empty", "`*`"),
    (f"glob: {LONG}", "1001 characters is too long", "at most 400"),
    ("glob: a/b", "`a/b` contains `/`, which a tag cannot contain", "`regex: ...`"),
    ("glob: a,b", "contains `,`", "{a,b}"),
    ("glob: [a", "`[a` has a `[` without its `]`", "write both"),
    ("glob: a]", "has a `]` without its `[`", "write both"),
    ("glob: {a", "has a `{` without its `}`", "write both"),
    ("glob: a}", "has a `}` without its `{`", "write both"),
    ("glob: []", "`[]` in `[]` is not a set of characters", "`[0-9]`"),
    ("glob: [9-0]", "is not a set of characters", "`[0-9]`"),
    ("glob: [!]", "is not a set of characters", "`[!abc]`"),
    ("semver:", "the range is empty", "every version is `*`"),
    ("semver: ,", "the range is empty", "every version is `*`"),
    ("semver: 1 ||", "`1 ||` is empty on one side of `||`", "`1.2 || 3.x`"),
    (f"semver: {LONG}", "1001 characters is too long", "at most 1000"),
    ("semver: 1 | 2", "`|` in `| 2` is not an operator", '"or" is `||`'),
    ("semver: >1 && <2", "`&&` is not an operator", '"and" is a space'),
    ("semver: ==1.2", "`==` in `==1.2` is not an operator", "write `=1.2`"),
    ("semver: =>1.2", "`=>` in `=>1.2` is not an operator", "write `>=1.2`"),
    ("semver: ~>1.2", "is not an operator", "write `~1.2`"),
    ("semver: >>1.2", "is not an operator", "`>=1.2 <2`"),
    ("semver: >=", "no version follows the operator `>=`", "`>=1.2`"),
    ("semver: latest", "`latest` is not a version", "`>=1.2 <2`"),
    ("semver: >=1.x.3", "`1.x.3` is not a version", "`1.x`"),
    ("semver: 1.2.", "`1.2.` is not a version", "`1.x`"),
    ("semver: 1.2-rc1-0", "`1.2-rc1-0` is not a version", "`1.x`"),
    (f"semver: {'9' * 200}.x", "is not a version", "`1.x`"),
    ("semver: <*", "`<*` names no version", "write numbers after `<`"),
    ("semver: 1.2 -", "`1.2 -` is an incomplete range", "`1.2 - 2.0`"),
    ("semver: >1.2 - 2", "`>1.2 - 2` is an incomplete range", "`1.2 - 2.0`"),
    ("semver: >=1.2-alpine", "`1.2-alpine` is more than a version", "`keep: .*-alpine`"),
    ("semver: 1.2-r3", "`1.2-r3` is more than a version", "without `semver:`"),
    ("semver: 17.0.2_8", "`17.0.2_8` is more than a version", "without `semver:`"),
    ("keep:", "the expression is empty", "`.*`"),
    ("keep: latest", "`keep: latest` does not say how many", "`keep: latest 5`"),
    ("keep: latest 0", "`0` is not a number of tags to keep", "at least 1"),
    ("keep: latest -1", "`-1` is not a number of tags to keep", "at least 1"),
    ("keep: latest five", "`five` is not a number of tags to keep", "`keep: latest 5`"),
    ("keep: latest 5 each", "`each` has no meaning", "`keep: latest 5 per variant`"),
    ("keep: newest 5", "`keep: newest 5` is not a way to keep tags", "`latest 5`"),
    ("keep: newer", "`keep: newer` does not say how old", "`keep: newer 90d`"),
    ("keep: newer 90", "does not say how old", "h, d, w or y"),
    ("keep: newer 0d", "does not say how old", "`keep: newer 90d`"),
    ("keep: newer 3m", "does not say how old", "minutes or months"),
    (f"keep: newer {'9' * 5000}d", "does not say how old", "`keep: newer 90d`"),
]
REPOSITORIES = [
    ("", "the pattern is empty", "`*`"),
    ("team/", "has an empty part before or after a `/`", "`team/**`"),
    ("/team/*", "has an empty part before or after a `/`", "`team/*`"),
    ("team//*", "has an empty part before or after a `/`", "`team/*`"),
    ("Team/*", "`Team/*` contains `T`, which a repository's name cannot contain", "`regex: ...`"),
    ("regex: !team/.*", "would match every repository except some", "`exclude`"),
    (
        "regex: (?P<basename>.*)",
        "the group `basename` has the name of a built-in placeholder",
        "another",
    ),
    ("regex: (", "a `(` is not closed", r"`\(`"),
]
TEMPLATES = [
    ("", "the text is empty", "`{repository}`"),
    ("a/{repo}", "there is no placeholder `{repo}`", "did you mean `{repository}`?"),
    ("a/{basname}", "there is no placeholder `{basname}`", "did you mean `{basename}`?"),
    ("a/{ap}", "there is no placeholder `{ap}`", "did you mean `{app}`?"),
    ("a/{x}", "there is no placeholder `{x}`", "`{repository}`, `{parent}`, `{basename}`, `{app}`"),
    ("a/{}", "there is no placeholder `{}`", "there are"),
    ("a/{basename", "has a `{` without its `}`", "`{basename}`"),
    ("a/basename}", "has a `}` without its `{`", "`{basename}`"),
    ("Mirror/{basename}", "never yields a valid repository name", "lower-case"),
    ("{basename}:1.0", "never yields a valid repository name", "lower-case"),
]
ONLY = [
    ("", "the pattern is empty", "`repository:tag`"),
    (":1.0", "names only one side", "`**:1.2*`"),
    ("team/app:", "names only one side", "`repository:tag`"),
    ("regex: team/.*", "is a regular expression, where a pattern is required", "`team/*`"),
    ("team/*:a/b", "contains `/`, which a tag or a digest cannot contain", "a glob has"),
]


def check(read, text, message, hint):
    with pytest.raises(InvalidSelectorError) as refused:
        read(text)

    assert isinstance(refused.value, RepoSyncError)
    assert message in str(refused.value)
    assert hint in (refused.value.hint or "")


@pytest.mark.parametrize(("text", "message", "hint"), LINES)
def test_a_wrong_line_is_told_with_what_to_write(text, message, hint):
    check(parse, text, message, hint)


@pytest.mark.parametrize(("text", "message", "hint"), REPOSITORIES)
def test_a_wrong_pattern_of_repositories_is_told_with_what_to_write(text, message, hint):
    check(parse_repository_pattern, text, message, hint)


@pytest.mark.parametrize(("text", "message", "hint"), TEMPLATES)
def test_a_wrong_template_is_told_with_what_to_write(text, message, hint):
    check(lambda template: parse_template(template, ["app"]), text, message, hint)


@pytest.mark.parametrize(("text", "message", "hint"), ONLY)
def test_a_wrong_only_is_told_with_what_to_write(text, message, hint):
    check(parse_only, text, message, hint)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{}", "there is no placeholder `{}`", "there are `{tag}`, `{version.major}`"),
        ("{teg}", "there is no placeholder `{teg}`", "did you mean `{tag}`?"),
        ("{number}", "there is no placeholder `{number}`", "`{v}`, and the named groups"),
        ("{repository}", "there is no placeholder `{repository}`", "there are `{tag}`"),
        ("{tag", "`{tag` has a `{` without its `}`", "write a placeholder as `{tag}`"),
        ("tag}", "`tag}` has a `}` without its `{`", "write a placeholder as `{tag}`"),
        ("-{tag}", "`-{tag}` never yields a valid tag", "at most 128 letters"),
        ("{tag}/x", "never yields a valid tag", "letters, digits and _ . -"),
        ("{tag} x", "never yields a valid tag", "letters, digits and _ . -"),
        ("x" * 129, "never yields a valid tag", "at most 128"),
        ("", "`` never yields a valid tag", "at most 128"),
        ("{variant}", "`{variant}` means both a built-in placeholder and a group", "another name"),
    ],
)
def test_a_wrong_template_of_tags_is_told_with_what_to_write(text, message, hint):
    check(lambda template: parse_tag_template(template, ["v", "variant"]), text, message, hint)


@pytest.mark.parametrize(
    ("tag", "names", "message", "hint"),
    [
        ("regex: a", ["b"], "`regex: a` is not a tag", "at most 128 letters"),
        ("1.0", ["a:b"], "`a:b` is not a tag", "at most 128 letters"),
        ("1.0", [""], "`` is not a tag", "at most 128 letters"),
        (f"sha256:{'0' * 64}", ["a"], "is not a tag", "write `NAME@sha256:0000"),
        (f"a@sha256:{'0' * 64}", ["a"], "is not a tag", "write `NAME@sha256:0000"),
    ],
)
def test_a_wrong_name_is_told_with_what_to_write(tag, names, message, hint):
    check(lambda tag: parse_named(tag, names), tag, message, hint)


def test_a_wrong_pattern_of_tags_is_told_with_what_to_write():
    check(parse_tag_pattern, "regex: (", "a `(` is not closed", r"`\(`")


def test_a_refusal_shows_nothing_that_could_steer_a_terminal():
    check(parse, "a\x1b[31m" + "b" * 200, r"`a\x1b[31m" + "b" * 74 + "...`", "")


def test_the_library_writes_nothing_of_its_own(capfd):
    check(parse, "regex: (", "a `(` is not closed", "")

    assert capfd.readouterr() == ("", "")
