"""The sandbox of a build: opened once, early where that helps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

import pytest
from tests.engine.bench import Bench

from jettison.engine.opening import Opening
from jettison.errors import JettisonError, SandboxError
from jettison.sandbox.interface import Sandbox
from jettison.sandbox.namespaces import NamespacesSandbox


class Counted(NamespacesSandbox):
    """A real sandbox that counts how often it was closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1
        super().close()


def counting(sandbox: Sandbox, opened: list[str]) -> Callable[[], Sandbox]:
    def open_sandbox() -> Sandbox:
        opened.append(threading.current_thread().name)
        return sandbox

    return open_sandbox


def test_it_is_opened_once_and_told_of_once() -> None:
    """However often it is prepared and asked for; closing it again does nothing."""
    sandbox, opened, told = Counted(), list[str](), list[Sandbox]()
    with closing(Opening(counting(sandbox, opened), told.append)) as opening:
        opening.prepare()
        opening.prepare()
        assert told == []
        assert opening.sandbox() is opening.sandbox() is sandbox
        opening.close()
    assert (len(opened), told, sandbox.closed) == (1, [sandbox], 1)


def test_what_nobody_asked_for_is_closed_without_a_word() -> None:
    """A command that was expected, and was in the cache after all."""
    sandbox, told = Counted(), list[Sandbox]()
    with closing(Opening(counting(sandbox, []), told.append)) as opening:
        opening.prepare()
    assert (told, sandbox.closed) == ([], 1)


def test_nothing_is_opened_for_nothing() -> None:
    """A build without commands has no sandbox."""
    opened: list[str] = []
    with closing(Opening(counting(Counted(), opened), lambda sandbox: None)):
        pass
    assert opened == []


def test_a_failure_is_told_to_whoever_needs_it() -> None:
    """And not to the step that went before."""

    def refuse() -> Sandbox:
        raise SandboxError("no way")

    with closing(Opening(refuse, lambda sandbox: None)) as opening:
        opening.prepare()
        with pytest.raises(SandboxError, match="no way"):
            opening.sandbox()


@pytest.mark.root
def test_it_is_opened_before_the_checks_where_a_command_is_certain(bench: Bench) -> None:
    """The cache is empty, or may not be used for one that is needed; and else only when a step has to be done."""
    opened: list[str] = []

    def build(dockerfile: str, *no_cache: str) -> list[str]:
        """How often a build opened it that its checks end."""
        opened.clear()
        with pytest.raises(JettisonError, match="lint violation"):
            bench.build(f"# check=error=true\n{dockerfile}", no_cache_stages=no_cache)
        return list(opened)

    bench.open_sandbox = counting(Counted(), opened)
    one = "FROM busybox:test as one\n"
    assert build(f"{one}RUN true\n") == ["sandbox_0"]
    assert build(f"{one}COPY Dockerfile /\n") == []
    bench.build(f"{one}RUN true\n")
    assert build(f"{one}RUN false\n") == []
    assert build(f"{one}RUN true\n", "one") == ["sandbox_0"]
    assert build(f"{one}RUN true\nFROM scratch\nCOPY Dockerfile /\n", "one") == []
