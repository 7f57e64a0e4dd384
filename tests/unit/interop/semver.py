"""Three readings of versions and ranges, as the tools' libraries document them; written anew.

They share no code with the importers: the numbers are compared here, where those write expressions.
"""

from __future__ import annotations

import re
from functools import cmp_to_key

PART = re.compile(r"[0-9A-Za-z-]+")


def compared(one, other):
    return (one > other) - (one < other)


def parts_compared(one, other):
    """Pre-releases in the order of semver 2.0.0, section 11; None is a release."""
    if one is None or other is None:
        return compared(one is None, other is None)
    for first, second in zip(one, other, strict=False):
        keys = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in (first, second)]
        if keys[0] != keys[1]:
            return compared(*keys)
    return compared(len(one), len(other))


def versions_compared(one, other):
    """(numbers, pre): missing numbers are 0."""
    width = max(len(one[0]), len(other[0]))
    padded = [numbers + (0,) * (width - len(numbers)) for numbers in (one[0], other[0])]
    return compared(*padded) or parts_compared(one[1], other[1])


def holds(operator, version, bound):
    result = versions_compared(version, bound)
    return {
        "<": result < 0,
        "<=": result <= 0,
        "=": result == 0,
        "!=": result != 0,
        ">=": result >= 0,
        ">": result > 0,
    }[operator]


def parted(pattern, text):
    """Operator, "" for none, and version."""
    match = re.fullmatch(pattern, text)
    assert match is not None
    return match[1] or "", match[2]


def pre_of(text):
    """The parts of a pre-release; None where one of them is none of semver's."""
    parts = tuple(text.split("."))
    wrong = any(
        not PART.fullmatch(part) or (part.isdigit() and len(part) > 1 and part[0] == "0")
        for part in parts
    )
    return None if wrong else parts


# blang/semver 4: ParseTolerant for tags, ParseRange for ranges.


def blang_version(tag):
    rest = tag.removeprefix("v")
    pieces = rest.split(".", 2)
    if len(pieces) < 3:
        if "-" in pieces[-1]:
            return None
        pieces += ["0"] * (3 - len(pieces))
    patch, dash, pre = pieces[2].partition("-")
    if not all(re.fullmatch("[0-9]+", piece) for piece in (*pieces[:2], patch)):
        return None
    parts = pre_of(pre) if dash else None
    if dash and parts is None:
        return None
    return (int(pieces[0]), int(pieces[1]), int(patch)), parts


def blang_takes(text, tag):
    version = blang_version(tag)
    return version is not None and any(
        all(_blang_term(term, version) for term in part.split()) for part in text.split("||")
    )


def _blang_term(term, version):
    operator, written = parted(r"([<>=!]*)(.*)", term)
    operator = {"": "=", "==": "=", "!": "!="}.get(operator, operator)
    if ".x" not in written:
        numbers, _, pre = written.partition("-")
        bound = tuple(map(int, numbers.split("."))), tuple(pre.split(".")) if pre else None
        return holds(operator, version, bound)
    known = tuple(int(piece) for piece in written.split(".") if piece != "x")
    low, high = (known, None), ((*known[:-1], known[-1] + 1), None)
    above, before = holds(">=", version, low), holds("<", version, high)
    return {
        "=": above and before,
        "!=": not above and not before,  # the library asks for both at once
        ">": not before,
        ">=": above,
        "<": not above,
        "<=": before,
    }[operator]


# regsync's own.


def regclient_version(tag):
    numbers, _, pre = tag.removeprefix("v").partition("-")
    pieces = numbers.split(".")
    if not all(re.fullmatch("[0-9]+", piece) for piece in pieces):
        return None
    return tuple(map(int, pieces)), (pre,) if pre else None


def regclient_takes(text, tag):
    version = regclient_version(tag)
    return version is not None and all(_regclient_term(term, version) for term in text.split())


def _regclient_term(term, version):
    operator, written = parted(r"(>=|<=|>|<|=|\^|~)?(.*)", term)
    bound = regclient_version(written)
    if operator not in {"^", "~"}:
        return holds(operator or "=", version, bound)
    major, minor, patch = (*bound[0], 0, 0)[:3]
    upper = (major, minor + 1, 0)
    if operator == "^":
        upper = (major + 1, 0, 0) if major else (0, minor + 1, 0) if minor else (0, 0, patch + 1)
    return holds(">=", version, bound) and holds("<", version, (upper, None))


# Masterminds/semver 3.

MASTERMINDS = re.compile(
    r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)


def masterminds_version(tag):
    match = MASTERMINDS.fullmatch(tag)
    if match is None or (match[4] and pre_of(match[4]) is None):
        return None
    numbers = tuple(int(piece or 0) for piece in match.groups()[:3])
    return numbers, tuple(match[4].split(".")) if match[4] else None


def masterminds_takes(text, tag):
    version = masterminds_version(tag)
    text = re.sub(r"(\S+)\s+-\s+(\S+)", r">=\1 <=\2", text)
    text = re.sub(r"([<>=~^!])\s+", r"\1", text)
    return version is not None and any(
        all(_masterminds_term(term, version) for term in re.split(r"[\s,]+", part.strip()))
        for part in text.split("||")
    )


def _masterminds_term(term, version):
    operator, written = parted(r"(!=|>=|=>|<=|=<|~>|[=><~^])?(.*)", term)
    operator = {"": "=", "=>": ">=", "=<": "<=", "~>": "~"}.get(operator, operator)
    numbers, _, pre = written.removeprefix("v").partition("-")
    known = []
    for piece in numbers.split("."):
        if not piece.isdigit():
            break
        known.append(int(piece))
    bound = (*known, 0, 0, 0)[:3], tuple(pre.split(".")) if pre else None
    is_whole = len(known) == 3
    if version[1] is not None and not pre and not (operator == "!=" and is_whole):
        return False
    following = (*known[:-1], known[-1] + 1) if known else None
    begins = version[0][: len(known)] == tuple(known)
    if operator in {"~", "^"}:
        keeps = 2 if operator == "~" else _caret(known)
        is_any = operator == "~" and is_whole and not any(known)
        same = version[0][: min(len(known), keeps)] == tuple(known[:keeps])
        return holds(">=", version, bound) and (is_any or same)
    if is_whole:
        return holds(operator, version, bound)
    return {
        "=": holds(">=", version, bound) and begins,
        "!=": not begins,
        ">": version[0][: len(known)] >= (following or ()),
        "<=": version[0][: len(known)] <= tuple(known),
        ">=": holds(">=", version, bound),
        "<": holds("<", version, bound),
    }[operator]


def _caret(known):
    """How many numbers must stay: up to the first that is not 0."""
    return next((at for at, number in enumerate(known) if number), len(known) - 1) + 1


def newest(tags, count):
    """The last *count* of versions, as dregsy's library orders them."""
    known = sorted(tags, key=cmp_to_key(_by_version), reverse=True)
    return [tag for _, tag in known[:count]]


def _by_version(one, other):
    return versions_compared(one[0], other[0])
