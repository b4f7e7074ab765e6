"""A start that cannot succeed says so in a sentence, with its cure; a parent's death ends all."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from services.demo.stack import Mqtt, Stack, StackProblem, StateFolder
from services.demo.stack.child import Child, Recipe
from services.demo.stack.ports import free_port
from tests.support.patience import PATIENCE_S
from tests.support.stack import a_state_folder, started

SOURCES = Path(__file__).parents[2]


def a_child(folder: StateFolder, script: str) -> Child:
    return Child(
        Recipe(
            name="probe",
            command=[sys.executable, "-c", script],
            log=folder.log("probe"),
            folder=folder.path,
            stop_patience_s=0.5,
        )
    )


def test_a_taken_port_names_its_holder_and_the_variable() -> None:
    with a_state_folder() as folder, socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]

        with pytest.raises(StackProblem) as problem:
            Mqtt(folder, port=port).start()

    assert f"Port {port}, wanted for MQTT" in problem.value.message
    assert f"process {os.getpid()}" in problem.value.message
    assert "PARKFLOW_PORT_MQTT=" in problem.value.cure


def test_a_child_that_ends_at_once_is_told_with_its_last_words() -> None:
    with a_state_folder() as folder:
        child = a_child(folder, "raise SystemExit('no disk left')")

        with pytest.raises(StackProblem, match=r"(?s)ended with code 1.*no disk left"):
            child.wait_ready(lambda: False, patience_s=PATIENCE_S)


def test_a_child_that_never_answers_is_told_after_the_deadline() -> None:
    with a_state_folder() as folder:
        child = a_child(folder, "import time; time.sleep(60)")

        with pytest.raises(StackProblem, match="did not answer within 0 s"):
            child.wait_ready(lambda: False, patience_s=0.2)
        child.kill()


def test_a_child_that_ignores_the_gentle_stop_is_ended_by_force() -> None:
    with a_state_folder() as folder:
        child = a_child(
            folder,
            "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True)\n"
            "time.sleep(60)",
        )
        child.wait_ready(lambda: "deaf" in child.last_lines(), patience_s=PATIENCE_S)

        child.stop()

        assert not child.running


def test_when_one_server_cannot_start_the_others_are_ended() -> None:
    with a_state_folder() as folder, a_state_folder() as other:
        good, bad = Mqtt(folder, port=free_port()), Mqtt(other, port=free_port(), broker="absent")

        with pytest.raises(StackProblem, match="there is no such program"):
            Stack(good, bad).start()

        assert not good.running


def test_a_server_told_to_stop_before_it_began_to_start_does_not_start() -> None:
    with a_state_folder() as folder:
        server = Mqtt(folder, port=free_port())
        server.want()
        server.stop()

        with pytest.raises(StackProblem, match="told to stop while starting"):
            server.bring_up()

        assert not server.running


def test_a_program_that_is_not_there_is_a_sentence() -> None:
    with a_state_folder() as folder:
        child = Child(
            Recipe(name="x", command=["/absent"], log=folder.log("x"), folder=folder.path)
        )

        with pytest.raises(StackProblem, match="/absent: No such file"):
            child.wait_ready(lambda: False, patience_s=PATIENCE_S)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends orphans")
def test_no_child_outlives_a_killed_parent() -> None:
    with a_state_folder() as folder:
        port = free_port()
        script = (
            "import pathlib, threading; from services.demo.stack import *\n"
            f"server = Mqtt(StateFolder(pathlib.Path({str(folder.path)!r})), port={port})\n"
            "thread = threading.Thread(target=server.start); thread.start(); thread.join()\n"
            "print(server.pid, flush=True); input()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=SOURCES,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as parent:
            assert parent.stdout is not None
            child = psutil.Process(int(parent.stdout.readline()))
            assert child.is_running()  # the thread that asked for it is gone, it is not

            parent.send_signal(signal.SIGKILL)
            child.wait(PATIENCE_S)

        with started(Mqtt(folder, port=port)) as _:
            pass
