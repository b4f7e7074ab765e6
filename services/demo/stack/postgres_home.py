"""Where PostgreSQL's programs and data live so that its account can reach them.

As a normal user that is simply the wheel and the state folder. As root the server runs under an
unprivileged account; when that cannot pass the folders above (a 0700 home, say), programs and data
go to a folder below /var/tmp instead. No folder of the user's is ever opened up.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from services.demo.stack.account import Account
from services.demo.stack.errors import StackProblem
from services.demo.stack.folder import StateFolder
from services.demo.stack.postgres_programs import Programs


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that the server owns, and its programs as it can reach them."""

    data: Path
    programs: Programs


def settle(folder: StateFolder, programs: Programs, account: Account | None) -> Home:
    """Return the home for this start, made where missing."""
    if account is None:
        return Home(_owned(folder.path / "postgres", None), programs)
    reachable = account.can_enter(folder.path)
    base = folder.path if reachable else _outside(folder)
    if not account.can_enter(programs.folder):
        programs = _copied(programs, _outside(folder))
    return Home(_owned(base / "postgres", account), programs)


def _owned(path: Path, account: Account | None) -> Path:
    path.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(path, account.uid, account.gid)
    return path / "data"


def _outside(folder: StateFolder) -> Path:
    """Return our folder outside; somebody else's under that name is refused, not followed."""
    path = folder.outside
    path.mkdir(mode=0o755, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise StackProblem(
            f"{path} exists and is not ours.",
            "remove it, or choose another state folder with PARKFLOW_STATE=<folder>.",
        )
    path.chmod(0o755)
    folder.take_note("outside", str(path))
    return path


def _copied(programs: Programs, outside: Path) -> Programs:
    """Copy the installation beside its libraries, as the wheel lays them out."""
    install = programs.folder.parent
    copy = outside / "programs" / install.parent.name / install.name
    if not copy.exists():
        unfinished = copy.with_name("unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(install, unfinished, symlinks=True)
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, outside / "programs" / libraries.name, dirs_exist_ok=True)
        _open_to_all(outside / "programs")
        unfinished.rename(copy)
    return Programs(copy / "bin", programs.major)


def _open_to_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            more = 0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o044
            path.chmod(path.stat().st_mode & 0o777 | more)
