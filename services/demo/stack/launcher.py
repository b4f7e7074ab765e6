"""Becomes a child process: steps down to an account, ties its life to the parent's, and execs.

Run as a file, by `child.py`: `launcher.py PARENT_PID DEATH_SIGNAL UID GID COMMAND...` with `-` for
"stay who you are". It is a process of its own because running Python between fork and exec is
unsafe in a parent with threads. Imports nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(parent: str, death_signal: str, uid: str, gid: str, *command: str) -> None:
    """Never returns: this process becomes `command`."""
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    with contextlib.suppress(OSError, AttributeError):  # only Linux has it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal))
    if os.getppid() != int(parent):  # it died before the line above could see it
        sys.exit("the process that wanted this child is gone")
    try:
        os.execv(command[0], command)  # noqa: S606  the point of this file
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
