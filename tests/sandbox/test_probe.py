"""Trying rungs and choosing among them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jettison.errors import SandboxError, UsageError
from jettison.sandbox import probe
from jettison.sandbox.oci import OciSandbox


def test_an_unknown_isolation_is_a_usage_error_that_lists_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        probe.choose("vm")
    assert "'vm'" in caught.value.message
    assert caught.value.hint == "known are auto, namespaces, oci"


@pytest.mark.root
def test_auto_takes_the_first_rung_that_works() -> None:
    working = [report.name for report in probe.probe() if report.works]
    with probe.choose("auto") as sandbox:
        assert sandbox.name == working[0]
        assert sandbox.name in sandbox.description


@pytest.mark.root
def test_every_rung_is_reported_with_a_reason() -> None:
    reports = probe.probe()
    assert [report.name for report in reports] == ["namespaces", "oci"]
    assert all(report.reason for report in reports)


def test_a_runtime_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(SandboxError, match="runc is not in PATH"):
        OciSandbox("runc")
    with pytest.raises(SandboxError) as caught:
        probe.choose("oci")
    assert caught.value.message == "--isolation oci does not work"
    assert caught.value.hint == "oci: crun is not in PATH; runc is not in PATH"


@pytest.mark.root
@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("#!/bin/sh\nexit 1\n", "--version fails"),
        ('#!/bin/sh\ntest "$1" = --version && echo fake 1.0 && exit 0\nexit 3\n', "status 3 instead of"),
    ],
)
def test_a_runtime_that_is_broken_is_found_by_trying_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    for name in ("crun", "runc"):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(SandboxError) as caught:
        probe.choose("oci")
    assert caught.value.hint is not None
    assert reason in caught.value.hint


@pytest.mark.root
def test_without_privileges_the_reason_is_what_is_missing() -> None:
    """No rung works for root that lost its capabilities: the message tells which, the hint where to get them."""
    script = """
import ctypes
from jettison.errors import SandboxError
libc = ctypes.CDLL(None)
for number in range(64):
    libc.prctl(24, number, 0, 0, 0)
from jettison.sandbox.probe import choose
try:
    choose()
except SandboxError as error:
    print(error.message)
    print(error.hint)
"""
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd="/")
    message, hint = answer.stdout.splitlines()
    assert message.startswith("no way of running a command works here: commands need CAP_SYS_ADMIN, CAP_CHOWN, ")
    assert "docker run --privileged" in hint
