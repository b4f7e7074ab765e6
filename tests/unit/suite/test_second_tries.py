"""What is tried again is told, bounded, and only where there are real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

FAILS_ONCE = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("n", range({tests}))
def test_that_fails_the_first_time(n, request):
    mark = Path(__file__).with_name(f"{{n}}")
    been = mark.exists()
    mark.touch()
    assert been, "the first time"
"""


def a_run_of(tests: int, folder: Path) -> tuple[int, str]:
    """Return exit code and output of pytest over tests that each fail the first time."""
    folder.mkdir()
    (folder / "test_once.py").write_text(FAILS_ONCE.format(tests=tests))
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-p", "tests.support.second_tries", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_two_that_pass_at_the_second_try_pass_and_are_told(tmp_path: Path) -> None:
    code, said = a_run_of(2, tmp_path / "integration")

    assert code == pytest.ExitCode.OK
    assert "tried a second time: 2, at most 2 may be" in said
    assert said.count("the first time") >= 2


def test_a_third_fails_the_run(tmp_path: Path) -> None:
    code, said = a_run_of(3, tmp_path / "integration")

    assert code == pytest.ExitCode.TESTS_FAILED
    assert "tried a second time: 3, at most 2 may be" in said


def test_a_pure_test_has_one_try(tmp_path: Path) -> None:
    code, said = a_run_of(1, tmp_path / "unit")

    assert code == pytest.ExitCode.TESTS_FAILED
    assert "second time" not in said
