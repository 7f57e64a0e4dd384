"""What other tools copy by their files, after their documentation: pairs of source and destination.

A catalog is what registries hold: tags by ``host/repository``. Written anew, with Python's own
expressions, and sharing no code with the importers.
"""

from __future__ import annotations

import re

import yaml
from tests.unit.interop import semver

HUB = "docker.io"


def read(text):
    """All scalars are texts, as these tools decode them into fields of that type."""
    return yaml.load(text, Loader=yaml.BaseLoader)


def host_and_repository(name):
    first, _, rest = name.partition("/")
    if rest and ("." in first or ":" in first or first == "localhost"):
        return (first, f"library/{rest}") if first == HUB and "/" not in rest else (first, rest)
    return HUB, name if rest else f"library/{name}"


def full(name):
    return "/".join(host_and_repository(name))


def tag_of(reference):
    """Name, tag or digest."""
    name, _, digest = reference.partition("@")
    if digest:
        return name, digest
    front, colon, tag = name.rpartition(":")
    return (front, tag) if colon and "/" not in tag else (name, "")


def anchored(expression):
    """As dregsy: in the text, unless it has them already."""
    front = "" if expression.startswith("^") else "^"
    return front + expression + ("" if expression.endswith("$") else "$")


def lets(line, name):
    line = line.strip()
    fits = re.search(anchored(line.removeprefix("!")), name) is not None
    return fits is not line.startswith("!")


def dregsy_tags(lines, listed):
    """Names by which images are asked for, with the tags they get."""
    words = [line.partition(":") for line in lines]
    ranges = [rest for word, _, rest in words if word == "semver"]
    rules = [rest for word, _, rest in words if word == "regex"]
    keeps = [rest.strip() for word, _, rest in words if word == "keep"]
    latest = [int(it.split()[1]) for it in keeps if re.fullmatch(r"latest\s+\d+", it)]
    keeps = [it for it in keeps if not re.fullmatch(r"latest\s+\d+", it)]
    named = [line for line in lines if line.partition(":")[0] not in {"semver", "regex", "keep"}]
    if not ranges and not rules:
        taken = [] if named else listed
    else:
        taken = [
            tag
            for tag in listed
            if any(semver.blang_takes(it, tag) for it in ranges)
            or any(lets(it, tag) for it in rules)
        ]
    taken = [tag for tag in taken if all(lets(it, tag) for it in keeps)]
    found = {*taken, *named}
    if latest:
        versions = [(version, tag) for tag in found if (version := semver.blang_version(tag))]
        others = found - {tag for _, tag in versions}
        last = semver.newest(versions, latest[-1])
        found = {*last, *others} if versions else {*sorted(found)[-latest[-1] :]}
    return found


def images(source, target, names):
    """Pairs; ``tag@digest`` is asked for by digest and gets the tag."""
    for name in names:
        tag, at, digest = name.partition("@")
        asked = digest if at else tag
        goal = "" if ":" in tag else tag
        mark = "@" if ":" in asked else ":"
        yield f"{source}{mark}{asked}", f"{target}:{goal}" if goal else f"{target}@{asked}"


def expanded(replacement, match):
    def fill(found):
        name = found[1] or found[2]
        try:
            return match[int(name) if name.isdigit() else name] or ""
        except (IndexError, KeyError):
            return ""

    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", fill, replacement)


def replaced(pattern, replacement, path):
    """As Go: an empty place right behind another is none."""
    pieces, end, last = [], 0, None
    for match in re.finditer(pattern, path):
        if match.span() != (last, last):
            pieces += [path[end : match.start()], expanded(replacement, match)]
            end = last = match.end()
    return "".join([*pieces, path[end:]])


def dregsy(text, catalog):
    found = set()
    for task in read(text)["tasks"]:
        source, target = task["source"]["registry"], task["target"]["registry"]
        for mapping in task["mappings"]:
            given, to = mapping["from"], mapping.get("to", "")
            if given.startswith("regex:"):
                expression = anchored(given.removeprefix("regex:"))
                known = [it.partition("/") for it in catalog]
                paths = [r for h, _, r in known if h == source and re.search(expression, r)]
            else:
                paths = [given.strip("/")]
            for path in paths:
                goal = f"/{path}"
                if to.startswith("regex:"):
                    pattern, _, replacement = to.removeprefix("regex:").partition(",")
                    goal = replaced(pattern, replacement, goal)
                elif to:
                    goal = f"/{to}/{path}" if given.startswith("regex:") else f"/{to}"
                name, goal = full(f"{source}/{path}"), full(f"{target}/{goal.strip('/')}")
                tags = dregsy_tags(mapping.get("tags", []), catalog.get(name, []))
                found |= {*images(name, goal, tags)}
    return found


def regsync_tags(filters, listed):
    def whole(expression, tag):
        return re.search(f"^{expression}$", tag) is not None

    ranges, allow = filters.get("semverRange", []), filters.get("allow", [])
    return {
        tag
        for tag in listed
        if (not ranges or any(semver.regclient_takes(it, tag) for it in ranges))
        and (not allow or any(whole(it, tag) for it in allow))
        and not any(whole(it, tag) for it in filters.get("deny", []))
    }


def regsync_sets(entry):
    one = entry.get("tags", {})
    sets = entry.get("tagSets", [])
    return [*sets, one] if any(one.values()) or not sets else sets


def regsync(text, catalog):
    file, found = read(text), set()
    hosts = {it["registry"]: it.get("hostname", it["registry"]) for it in file.get("creds", [])}

    def at(name):
        host, repository = host_and_repository(name)
        return f"{hosts.get(host, host)}/{repository}"

    for entry in file["sync"]:
        source = entry["source"]
        target = entry["target"].replace("{{.Sync.Source}}", source)
        if entry["type"] == "image":
            (name, tag), (goal, to) = tag_of(source), tag_of(target)
            tag = tag or "latest"
            mark, end = ("@" if ":" in it else ":" for it in (tag, to or "latest"))
            found.add((f"{at(name)}{mark}{tag}", f"{at(goal)}{end}{to or 'latest'}"))
            continue
        pairs = [(at(tag_of(source)[0]), at(tag_of(target)[0]))]
        if entry["type"] == "registry":
            repos, known = entry.get("repos", {}), [it.partition("/") for it in catalog]
            passing = [r for h, _, r in known if h == source and regsync_tags(repos, [r])]
            pairs = [(at(f"{source}/{r}"), at(f"{target}/{r}")) for r in passing]
        for name, goal in pairs:
            for filters in regsync_sets(entry):
                found |= {*images(name, goal, regsync_tags(filters, catalog.get(name, [])))}
    return found


def image_syncer(text, catalog):
    file, found = read(text), set()
    for source, goals in (file.get("images") or file).items():
        for goal in [goals] if isinstance(goals, str) else goals:
            if found_regex := re.fullmatch(r"(.+?):/(.*)/", source):
                name = full(found_regex[1])
                tags = [it for it in catalog.get(name, []) if re.search(found_regex[2], it)]
            elif "@" in source:
                name, digest = tag_of(source)
                tags = [f"{tag_of(goal)[1]}@{digest}" if tag_of(goal)[1] else digest]
            else:
                first, *more = source.split(",")
                name, tag = tag_of(first)
                tags = [tag, *more] if tag else catalog.get(full(name), [])
            goal_name = tag_of(goal.split(",")[0])[0]
            found |= {*images(full(name), full(goal_name), tags)}
    return found


def skopeo(text, catalog, destination, *, scoped):
    found = set()
    for host, sections in read(text).items():
        chosen = []
        for name, tags in sections.get("images", {}).items():
            chosen.append((name, tags or catalog.get(full(f"{host}/{name}"), [])))
        for name, expression in sections.get("images-by-tag-regex", {}).items():
            listed = catalog.get(full(f"{host}/{name}"), [])
            chosen.append((name, [it for it in listed if re.search(expression, it)]))
        for name, wanted in sections.get("images-by-semver", {}).items():
            listed = catalog.get(full(f"{host}/{name}"), [])
            chosen.append((name, [it for it in listed if semver.masterminds_takes(wanted, it)]))
        for name, tags in chosen:
            source = full(f"{host}/{name}")
            behind = source if scoped else source.rpartition("/")[2]
            found |= {*images(source, f"{destination}/{behind}", tags)}
    return found
