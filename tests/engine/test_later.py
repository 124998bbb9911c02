"""Modules loaded while commands run."""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing

import pytest

from jettison.engine.later import Later


def test_loading_waits_until_no_command_is_being_started() -> None:
    """Of several commands that are started at once none is held up; each module is loaded once, in their order."""
    loaded: list[str] = []
    done = threading.Event()
    with closing(Later([lambda: loaded.append("first"), lambda: loaded.append("second"), done.set])) as later:
        with ExitStack() as slow:
            slow.enter_context(later.starting())
            with later.starting():
                pass
            assert loaded == []
        assert done.wait(10)
        with later.starting():
            pass
    assert loaded == ["first", "second"]


def test_what_cannot_be_loaded_is_not_told() -> None:
    """Whoever needs it finds that out; the others are loaded all the same, also where a command does not start."""
    done = threading.Event()

    def broken() -> None:
        raise ImportError("no such module")

    with closing(Later([broken, done.set])) as later:
        with pytest.raises(ValueError, match="the command"), later.starting():
            raise ValueError("the command")
        assert done.wait(10)


def test_without_a_command_nothing_is_loaded() -> None:
    """A build whose commands are all in the cache does not pay for it."""
    loaded: list[str] = []
    with closing(Later([lambda: loaded.append("never")])):
        pass
    assert loaded == []
