"""How much memory a process and its children hold."""

from __future__ import annotations

import psutil


def resident_bytes(pid: int) -> int:
    """Return what `pid` and all below it hold; zero when it is gone.

    A page that several of them share counts once where the system reports proportional shares.
    """
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_held_by(member) for member in family)


def _held_by(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
        share: int = getattr(full, "pss", 0) or full.rss
    except psutil.AccessDenied:
        return _resident_of(process)
    except psutil.Error:
        return 0
    return share


def _resident_of(process: psutil.Process) -> int:
    try:
        resident: int = process.memory_info().rss
    except psutil.Error:
        return 0
    return resident
