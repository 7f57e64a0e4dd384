"""A stand-in for dregsy, as far as one call with its relay skopeo goes.

It reads the file, runs the real skopeo for one tag after the other with the same arguments, logs
the same objects of JSON to standard error, and ends with the same codes, as version 0.5 does.
Logins in the file go onto skopeo's command line here too.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAM = """\
#!{python}
import base64, json, os, subprocess, sys
import yaml

LEVELS = ("debug", "info", "warning", "error")
LEVEL = LEVELS.index(os.environ.get("LOG_LEVEL", "info"))

def log(level, msg, **fields):
    if LEVELS.index(level) >= LEVEL:
        entry = dict(sorted(fields.items() | {{("level", level), ("msg", msg)}}))
        print(json.dumps(entry | {{"time": "2026-01-01T00:00:00Z"}}), file=sys.stderr, flush=True)

def bare(registry):
    return registry.partition(":")[0]

def normal(path):
    return path if path.startswith("/") else "/" + path

def credentials(place):
    auth = place.get("auth", "")
    if not auth or auth == "none":
        return ""
    login = json.loads(base64.b64decode(auth))
    return login["username"] + ":" + login["password"]

def skopeo(binary, arguments, verbose):
    try:
        done = subprocess.Popen(
            [binary, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    except OSError as error:
        return f"exec: {{binary!r}}: {{error.strerror}}"
    for line in done.stdout:
        if verbose:
            log("debug", line.rstrip("\\n"))
    code = done.wait()
    return f"exit status {{code}}" if code > 0 else f"signal: {{-code}}" if code else ""

def main():
    option, _, path = sys.argv[1].partition("=")
    if option not in ("-config", "--config"):
        print("synopsis: dregsy -config={{config file}}")
        return 1
    with open(path) as file:
        config = yaml.load(file, yaml.BaseLoader)
    if config.get("relay") != "skopeo":
        log("error", "invalid relay type")
        return 1
    binary = config.get("skopeo", {{}}).get("binary", "skopeo")
    certs = config.get("skopeo", {{}}).get("certs-dir", "/etc/skopeo/certs.d")
    if error := skopeo(binary, ["--version"], True):
        log("error", f"cannot execute skopeo: {{error}}")
        return 1
    log("info", "relay ready", relay="skopeo")
    failed = False
    for task in config["tasks"]:
        source, target = task["source"], task["target"]
        log("info", "syncing task", task=task["name"], source=source["registry"],
            target=target["registry"])
        for mapping in task["mappings"]:
            start, end = normal(mapping["from"]), normal(mapping.get("to") or mapping["from"])
            log("info", "mapping", **{{"from": start, "to": end}})
            command = ["--insecure-policy", "copy"]
            if source.get("skip-tls-verify") == "true":
                command.append("--src-tls-verify=false")
            if target.get("skip-tls-verify") == "true":
                command.append("--dest-tls-verify=false")
            command.append(f"--src-cert-dir={{certs}}/{{bare(source['registry'])}}")
            command.append(f"--dest-cert-dir={{certs}}/{{bare(target['registry'])}}")
            if login := credentials(source):
                command.append(f"--src-creds={{login}}")
            if login := credentials(target):
                command.append(f"--dest-creds={{login}}")
            wrong = False
            for tag in sorted(set(mapping["tags"])):
                log("info", "syncing tag", tag=tag, platform=mapping.get("platform", ""))
                name, at, digest = tag.partition("@")
                if name.startswith("sha256:"):
                    first = last = f"@{{name}}"
                else:
                    first, last = (f"@{{digest}}" if at else f":{{name}}"), f":{{name}}"
                more = ["--all"] if mapping.get("platform") == "all" else []
                error = skopeo(binary, [
                    *command,
                    f"docker://{{source['registry']}}{{start}}{{first}}",
                    f"docker://{{target['registry']}}{{end}}{{last}}",
                    *more,
                ], task.get("verbose") == "true")
                if error:
                    log("error", error)
                    wrong = True
            if wrong:
                log("error", "errors during sync")
            failed = failed or wrong
    if failed:
        log("error", "one or more tasks had errors, please see log for details")
        return 1
    log("info", "all done")
    return 0

sys.exit(main())
"""


def write_dregsy(directory: Path) -> Path:
    """Write the program ``dregsy`` into *directory*."""
    path = directory / "dregsy"
    path.write_text(_PROGRAM.format(python=sys.executable))
    path.chmod(0o755)
    return path
