"""A demo that is told to end, or is killed, while it starts: nothing is left over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from services.demo.addresses import Ports
from services.demo.stack import StateFolder
from tests.support.builders import REPOSITORY
from tests.support.patience import PATIENCE_S

ANNOUNCED = "starting; this takes a moment"
SERVERS_UP = "Kafka, PostgreSQL and MQTT ("
SCHEMAS_UP = "database schemas ("


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """Where a demo keeps its things; what root's database keeps outside is removed too."""
    yield tmp_path / "state"
    StateFolder(tmp_path / "state").clear()


@contextmanager
def a_demo(state: Path) -> Iterator[subprocess.Popen[str]]:
    ports = vars(Ports.free()).items()
    with subprocess.Popen(
        [sys.executable, "-m", "services.demo", "--state", str(state)],
        cwd=REPOSITORY,
        env={**os.environ, **{f"PARKFLOW_PORT_{name.upper()}": str(port) for name, port in ports}},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        try:
            yield demo
        finally:
            demo.kill()


def read_until(demo: subprocess.Popen[str], sign: str) -> str:
    assert demo.stdout is not None
    told = ""
    for line in demo.stdout:
        told += line
        if sign in line:
            return told
    raise AssertionError(f"ended before it said {sign!r}:\n{told}")


@pytest.mark.parametrize("sign", [ANNOUNCED, SERVERS_UP, SCHEMAS_UP])
def test_a_demo_told_to_end_while_starting_ends_with_all_its_children(
    state: Path, sign: str
) -> None:
    with a_demo(state) as demo:
        told = read_until(demo, sign)
        children = psutil.Process(demo.pid).children(recursive=True)

        demo.send_signal(signal.SIGINT)
        told += demo.communicate(timeout=PATIENCE_S)[0]

    assert demo.returncode == 130, told
    assert "stopped while starting" in told
    assert "Traceback" not in told
    _, left = psutil.wait_procs(children, timeout=PATIENCE_S)
    assert not left


def test_the_children_of_a_killed_demo_end_and_leave_the_folder_free(state: Path) -> None:
    with a_demo(state) as demo:
        read_until(demo, SERVERS_UP)
        children = psutil.Process(demo.pid).children(recursive=True)

        demo.kill()
        _, left = psutil.wait_procs(children, timeout=PATIENCE_S)

        assert children
        assert not left
    with a_demo(state) as demo:
        read_until(demo, SERVERS_UP)
