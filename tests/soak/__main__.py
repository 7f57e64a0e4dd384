"""The soak: ``python -m tests.soak --help``; a failure prints the line that runs it again."""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter

from tests.servers import environment
from tests.soak.trial import try_seed


def main() -> int:
    """Put seeds on trial until they, or the time, are used up."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, help="put this one alone on trial")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--time", type=float, default=300.0, help="seconds after which to stop")
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    if asked.seed is not None:
        asked.first, asked.seeds, asked.processes = asked.seed, 1, 1
    return _soak(asked)


def _soak(asked: argparse.Namespace) -> int:
    began_s = time.monotonic()
    done, failed = 0, Counter[str]()
    with multiprocessing.Pool(asked.processes, _prepare) as pool:
        seeds = range(asked.first, asked.first + asked.seeds)
        for seed, failure in pool.imap_unordered(_tried, seeds, chunksize=5):
            done += 1
            if failure:
                failed[failure.strip().splitlines()[-1][:100]] += 1
                _tell(f"{failure}seed {seed} failed: make soak SEED={seed}\n")
            if time.monotonic() - began_s > asked.time:
                pool.terminate()
                break
    _tell(f"{done} seeds, {sum(failed.values())} failed, {time.monotonic() - began_s:.0f} s")
    return 1 if failed else 0


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _prepare() -> None:
    logging.disable(logging.CRITICAL)
    kept = environment.clean()
    for name in set(os.environ) - set(kept):
        del os.environ[name]


def _tried(seed: int) -> tuple[int, str]:
    try:
        try_seed(seed)
    except Exception:  # noqa: BLE001 -- whatever goes wrong is what the soak is for
        return seed, traceback.format_exc()
    return seed, ""


if __name__ == "__main__":
    sys.exit(main())
