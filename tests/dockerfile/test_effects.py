"""Metadata instructions change the config, and are told in the history, as BuildKit does it."""

from __future__ import annotations

import pytest

from jettison.dockerfile import effects
from jettison.errors import BuildError
from jettison.model.config import Healthcheck, RunConfig

EMPTY = RunConfig()


def test_env_keeps_the_place_of_the_first_definition() -> None:
    run, text = effects.set_env(RunConfig(env=(("A", "1"), ("B", "2"))), [("A", "x y"), ("C", "3")])
    assert run.env == (("A", "x y"), ("B", "2"), ("C", "3"))
    assert text == "ENV A=x y C=3"


def test_labels_are_sorted_and_replaced() -> None:
    run, text = effects.set_labels(RunConfig(labels=(("b", "1"),)), [("a", "2"), ("b", "3")])
    assert run.labels == (("a", "2"), ("b", "3"))
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
    run, text = effects.set_working_dir(RunConfig(working_dir=before), path)
    assert (run.working_dir, text) == (after, f"WORKDIR {after}")


def test_cmd_is_quoted_as_go_does() -> None:
    run, text = effects.set_cmd(EMPTY, ("/bin/sh", "-c", 'say "hi"'))
    assert run.cmd == ("/bin/sh", "-c", 'say "hi"')
    assert run.args_escaped
    assert text == 'CMD ["/bin/sh" "-c" "say \\"hi\\""]'


@pytest.mark.parametrize(("keep", "cmd"), [(True, ("a",)), (False, None)])
def test_entrypoint_takes_an_inherited_cmd_away(keep: bool, cmd: tuple[str, ...] | None) -> None:
    run, text = effects.set_entrypoint(RunConfig(cmd=("a",)), ("/e",), keep_cmd=keep)
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
    run, text = effects.expose(EMPTY, [spec])
    assert run.exposed_ports == tuple(sorted(ports))
    assert text == f"EXPOSE [{' '.join(ports)}]"


@pytest.mark.parametrize(
    "spec", ["", "http", "80/icmp", "70000", "9-8", "80-", "-1", "1-2:5-9", "٣", "x:1:2", "a:1", "1:2:3:4"]
)
def test_expose_refuses_what_is_no_port(spec: str) -> None:
    with pytest.raises(BuildError):
        effects.expose(EMPTY, [spec])


@pytest.mark.parametrize("signal", ["SIGTERM", "term", "9", "SIGRTMIN+3", "99", "-1", "+9", "RTMAX-14"])
def test_stop_signals(signal: str) -> None:
    assert effects.set_stop_signal(EMPTY, signal)[0].stop_signal == signal


@pytest.mark.parametrize("signal", ["SIGNOPE", "0", "00", "", "SIGRTMIN+x", "SIGRTMIN+16", "UNUSED", "9x"])
def test_stop_signal_refuses_what_is_no_signal(signal: str) -> None:
    with pytest.raises(BuildError, match="invalid signal"):
        effects.set_stop_signal(EMPTY, signal)


def test_volumes() -> None:
    run, text = effects.add_volumes(RunConfig(volumes=("/z",)), ["/b", "/a"])
    assert (run.volumes, text) == (("/a", "/b", "/z"), "VOLUME [/b /a]")
    with pytest.raises(BuildError):
        effects.add_volumes(EMPTY, [""])


def test_healthcheck_is_told_as_a_go_struct() -> None:
    check = Healthcheck(test=("CMD-SHELL", "true"), interval_ns=30 * 10**9, timeout_ns=1_500_000_000, retries=3)
    _, text = effects.set_healthcheck(EMPTY, check)
    assert text == (
        "HEALTHCHECK {Test:[CMD-SHELL true] Interval:30s Timeout:1.5s StartPeriod:0s StartInterval:0s Retries:3}"
    )


def test_the_shell_form_takes_the_images_shell() -> None:
    assert effects.with_shell(EMPTY, "a b") == ("/bin/sh", "-c", "a b")
    assert effects.with_shell(RunConfig(shell=("/bin/bash", "-ec")), "a") == ("/bin/bash", "-ec", "a")
