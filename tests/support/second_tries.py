"""A test with real processes may be tried a second time: told with its failure, two in a run.

Hundreds of tests start brokers, databases and services on a machine that others use too. One of
them that fails for the machine's sake must not hide what the others say; a race of ours fails in
more than one place, or again (docs/decisions/0023-second-tries.md).
"""

import pytest
from _pytest.terminal import TerminalReporter

REAL_PROCESSES = frozenset({"story", "faults", "browser", "integration"})
MOST = 2
TRIED = pytest.StashKey[list[pytest.TestReport]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TRIED] = []
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SecondTries(config), "second-tries")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if REAL_PROCESSES.intersection(item.path.parts):
            item.add_marker(pytest.mark.flaky(reruns=1))


class SecondTries:
    """Counts, tells and bounds them, in the process that reports."""

    def __init__(self, config: pytest.Config) -> None:
        self._tried = config.stash[TRIED]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome == "rerun":  # type: ignore[comparison-overlap]  the plugin's own
            self._tried.append(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and len(self._tried) > MOST:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if not self._tried:
            return
        terminalreporter.section(f"tried a second time: {len(self._tried)}, at most {MOST} may be")
        for report in self._tried:
            terminalreporter.line(f"{report.nodeid} ({report.when})")
            terminalreporter.line(report.longreprtext)
