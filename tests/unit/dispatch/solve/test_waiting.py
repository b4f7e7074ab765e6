"""Who waits is told so, and only who waits."""

import io
import sys
import threading

import pytest

from services.dispatch.solve.waiting import told_while


class Heard(io.StringIO):
    """A stream that says when something was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.something = threading.Event()

    def flush(self) -> None:
        self.something.set()


def test_who_waits_long_is_told_what_is_going_on(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Heard()
    monkeypatch.setattr(sys, "stderr", heard)

    with told_while("planning 96 steps", limit_s=30, every_s=0.001):
        assert heard.something.wait(10)

    assert heard.getvalue().startswith("planning 96 steps: 0 s of at most 30 s\n")


def test_who_does_not_wait_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with told_while("planning 96 steps", limit_s=30):
        pass

    assert capsys.readouterr().err == ""
