"""Run one command and tell what it took: ``launcher.py RESULT LIMIT_S LOG COMMAND...``.

A process of its own, as small as Python can be: what the kernel reports as a command's peak memory
begins with that of the process that started it, about 10 MB here. RESULT gets one line: wall, user
and system time in seconds, peak memory in KiB, the exit status, and 1 where LIMIT_S was over. Times
are those of the command and of all children it waited for; the peak is the largest among them.
"""

import os
import signal
import sys
import time

_OVER: list[bool] = []


def main() -> int:
    """Run it."""
    result, limit_s, log = sys.argv[1:4]
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    command = sys.argv[4:]
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=files, setpgroup=0)

    def end(number: int, _frame: object) -> None:
        _OVER.append(number == signal.SIGALRM)
        os.killpg(pid, signal.SIGKILL)

    for number in (signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, end)
    signal.setitimer(signal.ITIMER_REAL, float(limit_s))
    _, status, usage = os.wait4(pid, 0)
    wall_s = time.perf_counter() - start
    signal.setitimer(signal.ITIMER_REAL, 0)
    code = os.waitstatus_to_exitcode(status)
    with open(result, "w") as file:  # noqa: PTH123 -- pathlib would cost memory
        fields = (wall_s, usage.ru_utime, usage.ru_stime, usage.ru_maxrss, code, int(any(_OVER)))
        print(*fields, file=file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
