"""What `make demo` takes, and what it says to what it does not take."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.demo.options import options_of


def refusal_of(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as end:
        options_of(arguments)
    assert end.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("10min", 600), ("1.5h", 5400), ("1d", 86400)]
)
def test_a_demo_ends_after_the_duration_that_is_named(text: str, seconds: float) -> None:
    assert options_of(["--for", text]).run_for == seconds


@pytest.mark.parametrize("text", ["abc", "10", "-5m", "0s", "0.0h", "10 m", ""])
def test_what_is_no_duration_is_refused_with_an_example(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "like 90s, 10m or 2h" in refusal_of(f"--for={text}", capsys=capsys)


@pytest.mark.parametrize("text", ["0", "0.5", "3601", "-60", "inf", "nan", "fast"])
def test_a_speed_out_of_range_is_refused_with_the_range(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "1 (real time) to 3600" in refusal_of(f"--speed={text}", capsys=capsys)


def test_a_refusal_speaks_of_makes_variables(capsys: pytest.CaptureFixture[str]) -> None:
    assert "make demo [FOR=10m] [SPEED=60]" in refusal_of("--for", "abc", capsys=capsys)


def test_nothing_named_is_the_demo_park_at_sixty_times_real_time() -> None:
    options = options_of([])

    assert (options.speed, options.dispatch, options.run_for) == (60.0, "on", None)
    assert options.park.name == "demo.yaml"
    assert options.park.exists()


def test_the_state_folder_is_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARKFLOW_STATE", "/somewhere/else")

    assert options_of([]).state == Path("/somewhere/else")
