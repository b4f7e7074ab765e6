"""Which programs, folders and accounts the embedded stack takes, or what it says instead."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from services.demo.stack.account import Account
from services.demo.stack.errors import StackProblem
from services.demo.stack.folder import StateFolder
from services.demo.stack.jars import Jar, fetch, pinned_jars
from services.demo.stack.postgres_programs import Programs, choose

STRANGER = Account("stranger", uid=54321, gid=54321)


def a_program(path: Path, answer: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)


def a_server(folder: Path, version: str) -> Path:
    a_program(folder / "initdb", "true")
    a_program(folder / "postgres", f"echo 'postgres (PostgreSQL) {version}'")
    return folder


def test_the_server_that_the_user_names_is_taken(tmp_path: Path) -> None:
    folder = a_server(tmp_path / "bin", "17.2 (Debian 17.2-1)")

    assert choose(str(folder)) == Programs(folder, 17)


def test_a_named_folder_without_a_server_is_told_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(StackProblem, match="holds no PostgreSQL server") as problem:
        choose(str(tmp_path))

    assert "PARKFLOW_PG_BIN" in problem.value.cure


def test_a_server_that_does_not_run_is_told_with_its_words(tmp_path: Path) -> None:
    folder = a_server(tmp_path / "bin", "")
    a_program(folder / "postgres", "echo 'no libicu' >&2; exit 127")

    with pytest.raises(StackProblem, match="does not run here: no libicu"):
        choose(str(folder))


def test_timescaledb_is_offered_only_when_library_and_control_file_are_there(
    tmp_path: Path,
) -> None:
    folder = a_server(tmp_path / "bin", "17.2")
    a_program(
        folder / "pg_config",
        f"case $1 in --pkglibdir) echo {tmp_path}/lib;; --sharedir) echo {tmp_path}/share;; esac",
    )
    programs = Programs(folder, 17)
    assert not programs.offers_timescaledb()

    a_program(tmp_path / "lib" / "timescaledb.so", "")
    assert not programs.offers_timescaledb()

    a_program(tmp_path / "share" / "extension" / "timescaledb.control", "")
    assert programs.offers_timescaledb()


def test_an_account_cannot_enter_below_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    inner = closed / "clone"
    inner.mkdir(parents=True)
    closed.chmod(0o700)

    assert not STRANGER.can_enter(inner)
    assert STRANGER.can_enter(Path("/usr/lib"))


def test_notes_outlive_the_process_and_clearing_takes_the_folder_outside_along(
    tmp_path: Path,
) -> None:
    outside = tmp_path / "outside"
    (outside / "postgres").mkdir(parents=True)
    StateFolder(tmp_path / "state").take_note("outside", str(outside))

    again = StateFolder(tmp_path / "state")
    assert again.note("outside") == str(outside)
    again.clear()

    assert not outside.exists()
    assert not again.path.exists()


def test_a_state_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StackProblem, match="cannot be made"):
        StateFolder(tmp_path / "file" / "state")


def test_every_jar_is_pinned_by_its_checksum() -> None:
    jars = pinned_jars()

    assert all(len(jar.sha256) == 64 for jar in jars)
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.1.1"}


def test_a_jar_in_the_cache_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = a_cached_jar(tmp_path, monkeypatch, b"whole")

    assert fetch([Jar(hashlib.sha256(b"whole").hexdigest(), "g", "a", "1")]) == [cached]


def test_a_broken_jar_is_removed_and_a_failed_download_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = a_cached_jar(tmp_path, monkeypatch, b"half")

    with pytest.raises(StackProblem, match="cannot be fetched") as problem:
        fetch([Jar(hashlib.sha256(b"whole").hexdigest(), "g", "a", "1")])

    assert not cached.exists()
    assert "HTTPS_PROXY" in problem.value.cure


def a_cached_jar(cache: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> Path:
    """A Maven cache with one jar, and no way out to any repository."""
    monkeypatch.setenv("M2_REPO", str(cache))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    jar = cache / "g" / "a" / "1" / "a-1.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(content)
    return jar
