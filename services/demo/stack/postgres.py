"""A PostgreSQL cluster of our own in the state folder: loopback only, password, crash-safe."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from services.demo.stack.account import Account, unprivileged
from services.demo.stack.child import Recipe, tied_to_us
from services.demo.stack.errors import StackProblem
from services.demo.stack.folder import StateFolder
from services.demo.stack.ports import LOOPBACK
from services.demo.stack.postgres_home import Home, settle
from services.demo.stack.postgres_lock import clear_stale_lock
from services.demo.stack.postgres_programs import CHOICE, Programs, choose
from services.demo.stack.server import Server

OWNER = "parkflow"

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    # A leaf of the readings' key for each of 50,000 points; what is not used is not resident.
    "shared_buffers": "256MB",
    # After each checkpoint every page goes whole into the log once: so not every few seconds.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%d ",
}

TIMESCALEDB = {
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "max_locks_per_transaction": "256",
}


class Postgres(Server):
    """One PostgreSQL server; `url()` is what clients connect to."""

    name = "PostgreSQL"
    port_variable = "PARKFLOW_PORT_POSTGRES"

    def __init__(
        self, folder: StateFolder, *, port: int = 15432, programs: Programs | None = None
    ) -> None:
        super().__init__(folder, port=port)
        self.programs = programs or choose(os.environ.get(CHOICE, ""))
        self.account = unprivileged()

    def url(self, database: str = OWNER) -> str:
        """Return the connection URL of `database`, password included."""
        return f"postgresql://{OWNER}:{self._password()}@{self.address}/{database}"

    def create_database(self, name: str) -> str:
        """Create an empty database and return its URL."""
        self._execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )

    def prepare(self) -> None:
        """Make the cluster on the first start; refuse one of another major version."""
        home = self._home()
        if (version := home.data / "PG_VERSION").exists():
            _require_version(version.read_text().strip(), home)
            clear_stale_lock(home.data)
            return
        shutil.rmtree(home.data, ignore_errors=True)  # of an initdb that was cut off
        password_file = home.data.parent / "password"
        password_file.write_text(self._password())
        if self.account:
            os.chown(password_file, self.account.uid, self.account.gid)
        _initdb(home, self.account, password_file)
        password_file.unlink()

    def recipe(self) -> Recipe:
        """The postmaster. Its own children end when it does."""
        home = self._home()
        options = [f"-c{key}={value}" for key, value in self.settings().items()]
        return Recipe(
            name=self.name,
            command=[home.programs.folder / "postgres", "-D", home.data, *options],
            log=self.folder.log("postgres"),
            folder=home.data,
            account=self.account,
            environment={"LC_ALL": "C.UTF-8"},
            stop_signal=signal.SIGINT,  # "fast": disconnect clients, checkpoint, end
            orphan_signal=signal.SIGQUIT,  # "immediate": as after a crash, but nothing left over
        )

    def settings(self) -> Mapping[str, str]:
        """What this server runs with beyond PostgreSQL's own defaults (`fsync` stays on)."""
        more = TIMESCALEDB if self.programs.offers_timescaledb() else {}
        return {"port": str(self.port)} | SETTINGS | more

    def answers(self) -> bool:
        """Whether a login succeeds."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def finish(self) -> None:
        """Create the database that the services share."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as link:
            known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [OWNER])
            if known.fetchone() is None:
                self.create_database(OWNER)

    def _home(self) -> Home:
        return settle(self.folder, self.programs, self.account)

    def _password(self) -> str:
        file = self.folder.path / "postgres-password"
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(secrets.token_urlsafe(18))
        return file.read_text()

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as link:
            link.execute(statement)


def _require_version(found: str, home: Home) -> None:
    if found != str(home.programs.major):
        raise StackProblem(
            f"The database in {home.data} was made by PostgreSQL {found}; "
            f"the server to run is version {home.programs.major}.",
            f"`make demo-clean` to start afresh, or {CHOICE}=<bin folder of version {found}>.",
        )


def _initdb(home: Home, account: Account | None, password_file: Path) -> None:
    command: list[str | Path] = [
        home.programs.folder / "initdb", "-D", home.data, "-U", OWNER, "-E", "UTF8",
        "--locale=C", "--auth=scram-sha-256", f"--pwfile={password_file}",
    ]  # fmt: skip
    done = subprocess.run(
        tied_to_us(command, account=account, death_signal=signal.SIGTERM),
        cwd=home.data.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackProblem(
            f"The database in {home.data} cannot be made: {done.stderr.strip()[-400:]}",
            "look at free disk space and permissions there, or run `make demo-clean`.",
        )
