"""What a demo does before anything starts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from services.demo.addresses import Ports
from services.demo.service_process import ServiceProcess
from services.demo.stack import StackProblem, StateFolder
from services.demo.stack.ports import LOOPBACK
from tests.support.builders import REPOSITORY


def a_demo(state: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "services.demo", "--state", str(state), *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_taken_port_is_told_with_its_holder_and_its_variable() -> None:
    with socket.create_server((LOOPBACK, 0)) as holder:
        ports = Ports(**{**vars(Ports.free()), "console_http": holder.getsockname()[1]})

        with pytest.raises(StackProblem, match=f"held by process {os.getpid()}") as problem:
            ports.require_free()

    assert "PARKFLOW_PORT_CONSOLE_HTTP=<port> make demo" in problem.value.cure


def test_free_ports_are_no_problem() -> None:
    Ports.free().require_free()


def test_a_folder_of_the_users_own_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()

    with pytest.raises(StackProblem, match="was not made by Parkflow"):
        StateFolder(tmp_path).clear()

    assert (tmp_path / "thesis.odt").exists()


def test_a_state_folder_is_removed(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "state")
    (folder.path / "kafka").mkdir()

    folder.clear()

    assert not folder.path.exists()


def test_a_folder_that_a_demo_runs_on_is_not_removed(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "state")

    with folder.hold(), pytest.raises(StackProblem, match="A demo runs on the state folder"):
        StateFolder(folder.path).clear()

    assert folder.path.exists()


def test_a_park_file_that_is_not_there_is_told_with_the_cure(tmp_path: Path) -> None:
    told, _ = a_demo(tmp_path / "state", "--park", "/no/such/park.yaml").communicate(timeout=120)

    assert "The park file /no/such/park.yaml cannot be read" in told
    assert "PARK=<file>" in told
    assert "Traceback" not in told


def test_a_wrong_park_file_is_told_line_by_line(tmp_path: Path) -> None:
    park = tmp_path / "park.yaml"
    park.write_text("park:\n  id: 7\n", encoding="utf-8")

    demo = a_demo(tmp_path / "state", "--park", str(park))
    told, _ = demo.communicate(timeout=120)

    assert demo.returncode == 1
    assert f"The park file {park} cannot be used:" in told
    assert "Traceback" not in told


def test_what_a_service_leaves_in_its_temporary_folder_is_removed_with_the_state(
    tmp_path: Path,
) -> None:
    service = ServiceProcess(
        StateFolder(tmp_path), "ingest", grpc_port=1, metrics_port=2, environment={}
    )

    assert Path(service.recipe().environment["TMPDIR"]).is_relative_to(tmp_path)
