"""The unprivileged account that PostgreSQL runs under when we are root (it refuses root)."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from services.demo.stack.errors import StackProblem

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A user and its group, by number."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether every folder down to `folder` lets this account through."""
        return all(self._passes(level) for level in (folder, *folder.parents) if level.exists())

    def _passes(self, folder: Path) -> bool:
        status = folder.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


def unprivileged() -> Account | None:
    """Return the account to step down to, or `None` when we are not root and stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise StackProblem(
        "PostgreSQL does not run as root, and this system has no account "
        f"{' or '.join(CANDIDATES)} to run it under.",
        "run the demo as a normal user, or create one of them with useradd.",
    )
