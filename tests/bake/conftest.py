"""The program run as a user does."""

from __future__ import annotations

from tests.cli.conftest import home, run

__all__ = ["home", "run"]
