"""Try the parsers for long: ``python -m tests.property --time 300``; ends at the first failure.

What failed is kept in ``.hypothesis`` and tried first the next time; put it beside the test as an
``@example`` when it is mended.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

_HERE = Path(__file__).parent
_TEST_LIMIT_S = 3600


def main() -> int:
    """Run the tests of this folder with new examples, again and again until the time is over."""
    parser = argparse.ArgumentParser(prog="python -m tests.property", description=__doc__)
    parser.add_argument("--time", type=float, default=300.0, help="seconds after which to stop")
    parser.add_argument("--examples", type=int, default=200, help="examples a test and round")
    parser.add_argument("--processes", type=int, default=2)
    asked, others = parser.parse_known_args()
    began_s = time.monotonic()
    rounds = 0
    while time.monotonic() - began_s < asked.time:
        code = _round(asked, others)
        if code:
            return code
        rounds += 1
    sys.stdout.write(f"{rounds} rounds of {asked.examples} examples a test, and none failed\n")
    return 0


def _round(asked: argparse.Namespace, others: list[str]) -> int:
    """Run all tests once; *others* are arguments of pytest, such as ``-k challenge``."""
    options = ["-q", "-x", f"--timeout={_TEST_LIMIT_S}", f"--numprocesses={asked.processes}"]
    command = [sys.executable, "-m", "pytest", *options, *others, str(_HERE)]
    environment = {**os.environ, "FUZZ_EXAMPLES": str(asked.examples)}
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
