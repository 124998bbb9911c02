"""What all tests share: who may run as root, the base images of the examples, and the list of what was skipped."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from demo.command import Jettison

REPOSITORY = Path(__file__).parents[1]

if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))  # `tests.…` and `demo`, however pytest was started

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a busy machine is no fault of the code


def pytest_configure(config: pytest.Config) -> None:
    """Choose, in the process that starts the workers, where they share base images; let signals be heard."""
    from tests.support.bases import choose_folder

    choose_folder(config)
    _hear_signals()


def _hear_signals() -> None:
    """A shell that starts the tests in the background, and nohup(1), have them and all that they start ignore signals."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs root where there is none."""
    if os.geteuid() == 0:
        return
    for item in items:
        if item.get_closest_marker("root"):
            item.add_marker(pytest.mark.skip(reason="needs root"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List every test that was skipped by its full name, with the reason."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        terminalreporter.write_line("nothing was skipped")
        return
    terminalreporter.section(f"{len(skipped)} skipped")
    for report in sorted(skipped, key=lambda report: str(report.nodeid)):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        terminalreporter.write_line(f"{report.nodeid}: {reason.removeprefix('Skipped: ')}")


@pytest.fixture(scope="session")
def base_store() -> Jettison:
    """The jettison command on a store that holds the base images of `examples/bases.toml`. Slow the first time."""
    from tests.support.bases import open_base_store

    return open_base_store()
