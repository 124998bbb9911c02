"""Platforms as users write them."""

from __future__ import annotations

import pytest

from jettison.errors import UsageError
from jettison.model.platform import Platform

MACHINE = Platform(os="linux", architecture="arm64")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("linux/amd64", "linux/amd64"),
        ("Linux/X86_64", "linux/amd64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/6", "linux/arm/v6"),
        ("linux/made-up", "linux/made-up"),
        ("amd64", "linux/amd64"),
        ("aarch64", "linux/arm64"),
        ("linux", "linux/arm64"),
        ("windows(10.0.17763)/amd64", "windows/amd64"),
    ],
)
def test_parse(text: str, normal: str) -> None:
    """Normal names; a system or an architecture alone is enough."""
    assert str(Platform.parse(text, MACHINE)) == normal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "linux/",
        "linux/a/b/c",
        "lin ux/amd64",
        "made-up",
        "linux/am]d64",
        "*",
        "linux/*",
        "a,b",
        "\ufefflinux/amd64",
    ],
)
def test_parse_refuses(text: str) -> None:
    """What containerd refuses."""
    with pytest.raises(UsageError):
        Platform.parse(text, MACHINE)


def test_a_system_alone_needs_a_machine() -> None:
    """There is nothing to take the architecture from."""
    with pytest.raises(UsageError, match="unknown operating system or architecture 'linux'"):
        Platform.parse("linux")


def test_the_version_of_a_system() -> None:
    """It stands in parentheses."""
    assert Platform.parse("windows(10.0.17763)/amd64").os_version == "10.0.17763"
