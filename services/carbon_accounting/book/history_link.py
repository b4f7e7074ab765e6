"""The way into the history's database: whose word names it, one snapshot, no secret told.

The database is named by a URL (or any connection string of libpq), or by `env`:
`PARKFLOW_DATABASE_URL`, the file that `PARKFLOW_DATABASE_URL_FILE` names, else libpq's own `PG…`
variables. What is told of it is `user@host:port/database`; words of the server go without the
password. Where a URL cannot be read, nothing of it is repeated: any part may be of the password.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from services.carbon_accounting.input_files.mistakes import BadFiles

Link = psycopg.Connection[TupleRow]
ENVIRONMENT = "env"
VARIABLE = "PARKFLOW_DATABASE_URL"
NEEDED = 8
"""The migration of the history that made energies and what is kept since when."""
CONNECT_S = 5
STATEMENT_MS = 300_000
_OPTIONS: dict[str, Any] = {
    "application_name": "parkflow-book",
    "options": f"-c search_path=history -c timezone=UTC -c statement_timeout={STATEMENT_MS}",
    "connect_timeout": CONNECT_S,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
_SCHEMA = "SELECT to_regclass('history.migration') IS NOT NULL"
_MIGRATED = "SELECT coalesce(max(number), 0) FROM history.migration"
WRITE_IT = (
    "write postgresql://user@host:port/database, with % codes for signs like @ and / in"
    f" a password; or {ENVIRONMENT}, and set {VARIABLE}"
)


class HistoryRefused(BadFiles):
    """What keeps the history from being booked, a line each."""

    def __init__(self, *texts: str) -> None:
        super().__init__([])
        self.texts = texts

    def __str__(self) -> str:
        return "\n".join(f"history: {text}" for text in self.texts)


@contextmanager
def opened(named: str, environ: Mapping[str, str] = os.environ) -> Iterator[Link]:
    """Open the history as it is at one moment, to read alone; HistoryRefused says why not."""
    url = _url(named, environ)
    told = _parts(url)
    try:
        with psycopg.connect(url, **_OPTIONS) as link:
            link.isolation_level = IsolationLevel.REPEATABLE_READ
            link.read_only = True
            _require_history(link, shown(url))
            yield link
    except psycopg.Error as error:
        raise HistoryRefused(f"{shown(url)}: {_without(told, error)}: check it") from None


def shown(url: str) -> str:
    """Return where a database is, without what opens it."""
    parts = _parts(url)
    if not parts:
        return "the database of libpq's variables"
    host, user = parts.get("host", "localhost"), parts.get("user")
    place = f"{host}:{parts['port']}" if "port" in parts else str(host)
    return f"{f'{user}@' if user else ''}{place}/{parts.get('dbname', '')}"


def _url(named: str, environ: Mapping[str, str]) -> str:
    """Return the connection string that was meant; the empty one is libpq's own variables."""
    if named != ENVIRONMENT:
        return named
    if url := environ.get(VARIABLE):
        return url
    if not (file := environ.get(f"{VARIABLE}_FILE")):
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise HistoryRefused(f"{VARIABLE}_FILE: {error.strerror}: check the path") from None
    except UnicodeDecodeError:
        raise HistoryRefused(f"{VARIABLE}_FILE: is no UTF-8 text: {WRITE_IT}") from None


def _parts(url: str) -> dict[str, Any]:
    """Return what a connection string names; of one that cannot be read nothing is told."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise HistoryRefused(f"that is no connection string of PostgreSQL: {WRITE_IT}") from None
    spilt = any("@" in str(parts.get(name, "")) for name in ("host", "dbname"))
    if spilt or not str(parts.get("port", "0")).replace(",", "").isdigit():
        raise HistoryRefused(f"the connection string names no host and port: {WRITE_IT}")
    return parts


def _require_history(link: Link, where: str) -> None:
    (there,) = link.execute(_SCHEMA).fetchone() or (False,)
    found = (link.execute(_MIGRATED).fetchone() or (0,))[0] if there else None
    if found is None:
        raise HistoryRefused(f"{where} holds no history: name the database of services.history")
    if found < NEEDED:
        raise HistoryRefused(
            f"{where} is at migration {found}, {NEEDED} is needed: "
            "run `python -m services.history migrate`"
        )


def _without(parts: Mapping[str, Any], error: psycopg.Error) -> str:
    """Return the first line of an error, with stars for the password."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    password = str(parts.get("password", ""))
    return line.replace(password, "***") if password else line
