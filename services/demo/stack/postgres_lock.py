"""The lock file that a killed PostgreSQL leaves behind.

PostgreSQL itself copes while the process number in it is free. After a reboot, or long after a
kill -9, the number can belong to a stranger, and then it refuses to start.
"""

from __future__ import annotations

from pathlib import Path

import psutil

from services.demo.stack.errors import StackProblem


def clear_stale_lock(data: Path) -> None:
    """Remove the lock of a server that is gone; one that runs is a `StackProblem`."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    pid = int(lock.read_text().split("\n", 1)[0])
    if _is_server(pid):
        raise StackProblem(
            f"A PostgreSQL (process {pid}) already runs on {data}.",
            f"end the demo that it belongs to, or, if there is none, `kill -INT {pid}`.",
        )
    lock.unlink()


def _is_server(pid: int) -> bool:
    try:
        return psutil.Process(pid).name() in ("postgres", "postmaster")
    except psutil.Error:
        return False
