"""Show what reposync does: ``make demo``.

Starts the development registries, runs the example, lets an independent client compare every tag,
and runs the example again, which finds nothing left to do. Ends the registries unless some ran
before. Exit code 0 when all of it went well.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dev import digests, registries
from dev.settings import ROOT, DevError, configuration


def main() -> int:
    """Do the whole round."""
    ran_before = registries.any_running()
    try:
        return 0 if _round() else 1
    except (DevError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    finally:
        if not ran_before:
            _say("The development registries end, and forget what they held")
            registries.stop()


def _round() -> bool:
    _say("Three registries, and a source that stands in for Docker Hub")
    registries.start()
    file = configuration()
    _say(f"First run: run-reposync -c {_short(file)}")
    if not _run(file):
        return False
    _say("Second opinion")
    if not digests.check(file):
        return False
    _say("Second run: everything is up to date")
    return _run(file)


def _run(file: Path) -> bool:
    command = Path(sys.executable).parent / "run-reposync"
    return subprocess.run([command, "-c", _short(file)], cwd=ROOT, check=False).returncode == 0


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def _say(text: str) -> None:
    print(f"\n== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
