"""Metadata instructions change the config, and are told in the history, as BuildKit does it."""

from __future__ import annotations

from typing import Any

import pytest

from jettison.dockerfile import effects
from jettison.dockerfile.run_draft import RunDraft
from jettison.errors import BuildError
from jettison.model.config import Healthcheck, RunConfig


def draft(**values: Any) -> RunDraft:
    """A config that is being written."""
    return RunDraft.of(RunConfig(**values))


def test_env_keeps_the_place_of_the_first_definition() -> None:
    run = draft(env=(("A", "1"), ("B", "2")))
    text = effects.set_env(run, [("A", "x y"), ("C", "3")])
    assert run.finished().env == (("A", "x y"), ("B", "2"), ("C", "3"))
    assert text == "ENV A=x y C=3"


def test_labels_are_sorted_and_replaced() -> None:
    run = draft(labels=(("b", "1"),))
    text = effects.set_labels(run, [("a", "2"), ("b", "3")])
    assert run.finished().labels == (("a", "2"), ("b", "3"))
    assert text == "LABEL a=2 b=3"


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("", "app", "/app"),
        ("/", "/a/", "/a/"),
        ("/", "//a/./b", "//a/./b"),
        ("/a", "b", "/a/b"),
        ("/a", "b/", "/a/b"),
        ("/a", "../../..", "/"),
        ("/a", "/", "/"),
        ("/a/../b", "", "/a/../b"),
        ("/a/../b", ".", "/b"),
    ],
)
def test_working_dir_is_relative_to_the_last_one(before: str, path: str, after: str) -> None:
    """Only a relative path is cleaned."""
    run = draft(working_dir=before)
    text = effects.set_working_dir(run, path)
    assert (run.working_dir, text) == (after, f"WORKDIR {after}")


def test_cmd_is_quoted_as_go_does() -> None:
    run = draft()
    text = effects.set_cmd(run, ("/bin/sh", "-c", 'say "hi"'))
    assert run.cmd == ("/bin/sh", "-c", 'say "hi"')
    assert run.args_escaped
    assert text == 'CMD ["/bin/sh" "-c" "say \\"hi\\""]'


@pytest.mark.parametrize(("keep", "cmd"), [(True, ("a",)), (False, None)])
def test_entrypoint_takes_an_inherited_cmd_away(keep: bool, cmd: tuple[str, ...] | None) -> None:
    run = draft(cmd=("a",))
    text = effects.set_entrypoint(run, ("/e",), keep_cmd=keep)
    assert (run.entrypoint, run.cmd, text) == (("/e",), cmd, 'ENTRYPOINT ["/e"]')


@pytest.mark.parametrize(
    ("spec", "ports"),
    [
        ("80", ["80/tcp"]),
        ("53/UDP", ["53/udp"]),
        ("8000-8002/tcp", ["8000/tcp", "8001/tcp", "8002/tcp"]),
        ("127.0.0.1:8080:80", ["80/tcp"]),
        ("[::1]:8080:80", ["80/tcp"]),
        ("::1:8080:80", ["80/tcp"]),
        ("+80", ["80/tcp"]),
        ("80-80", ["80/tcp"]),
        ("5-6:7", ["7/tcp"]),
        ("8080:80", ["80/tcp"]),
        ("0", ["0/tcp"]),
    ],
)
def test_expose(spec: str, ports: list[str]) -> None:
    run = draft()
    text = effects.expose(run, [spec])
    assert run.finished().exposed_ports == tuple(sorted(ports))
    assert text == f"EXPOSE [{' '.join(ports)}]"


@pytest.mark.parametrize(
    "spec", ["", "http", "80/icmp", "70000", "9-8", "80-", "-1", "1-2:5-9", "٣", "x:1:2", "a:1", "1:2:3:4"]
)
def test_expose_refuses_what_is_no_port(spec: str) -> None:
    with pytest.raises(BuildError):
        effects.expose(draft(), [spec])


@pytest.mark.parametrize("signal", ["SIGTERM", "term", "9", "SIGRTMIN+3", "99", "-1", "+9", "RTMAX-14"])
def test_stop_signals(signal: str) -> None:
    run = draft()
    effects.set_stop_signal(run, signal)
    assert run.finished().stop_signal == signal


@pytest.mark.parametrize("signal", ["SIGNOPE", "0", "00", "", "SIGRTMIN+x", "SIGRTMIN+16", "UNUSED", "9x"])
def test_stop_signal_refuses_what_is_no_signal(signal: str) -> None:
    with pytest.raises(BuildError, match="invalid signal"):
        effects.set_stop_signal(draft(), signal)


def test_volumes() -> None:
    run = draft(volumes=("/z",))
    text = effects.add_volumes(run, ["/b", "/a"])
    assert (run.finished().volumes, text) == (("/a", "/b", "/z"), "VOLUME [/b /a]")
    with pytest.raises(BuildError):
        effects.add_volumes(draft(), [""])


def test_healthcheck_is_told_as_a_go_struct() -> None:
    check = Healthcheck(test=("CMD-SHELL", "true"), interval_ns=30 * 10**9, timeout_ns=1_500_000_000, retries=3)
    text = effects.set_healthcheck(draft(), check)
    assert text == (
        "HEALTHCHECK {Test:[CMD-SHELL true] Interval:30s Timeout:1.5s StartPeriod:0s StartInterval:0s Retries:3}"
    )


def test_the_shell_form_takes_the_images_shell() -> None:
    assert effects.with_shell(draft(), "a b") == ("/bin/sh", "-c", "a b")
    assert effects.with_shell(draft(shell=("/bin/bash", "-ec")), "a") == ("/bin/bash", "-ec", "a")
