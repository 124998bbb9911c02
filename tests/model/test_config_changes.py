"""Settings of images, compared."""

from __future__ import annotations

from typing import Any

import pytest

from jettison.frozen import replace
from jettison.model.config import Healthcheck, HistoryEntry, ImageConfig, RunConfig
from jettison.model.config_changes import config_changes
from jettison.model.platform import Platform

CONFIG = ImageConfig(
    platform=Platform.parse("linux/amd64"),
    run=RunConfig(
        env=(("PATH", "/bin"), ("A", "1")), cmd=("sh",), labels=(("team", "red"),), exposed_ports=("80/tcp",)
    ),
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"env": (("A", "1"), ("PATH", "/bin"))}, [], id="order of variables"),
        pytest.param(
            {"env": (("PATH", "/usr/bin"), ("B", "x=y"))},
            [("Env PATH", "/bin", "/usr/bin"), ("Env A", "1", None), ("Env B", None, "x=y")],
            id="variables",
        ),
        pytest.param({"cmd": ("sh", "-c")}, [("Cmd", '["sh"]', '["sh", "-c"]')], id="command"),
        pytest.param({"cmd": None}, [("Cmd", '["sh"]', None)], id="no command"),
        pytest.param({"user": "app"}, [("User", None, "app")], id="user"),
        pytest.param(
            {"labels": (("other", ""),)}, [("Label team", "red", None), ("Label other", None, "")], id="labels"
        ),
        pytest.param(
            {"exposed_ports": ("81/udp",)},
            [("ExposedPort 80/tcp", "", None), ("ExposedPort 81/udp", None, "")],
            id="ports",
        ),
        pytest.param(
            {"healthcheck": Healthcheck(test=("NONE",))}, [("Healthcheck", None, '{"Test": ["NONE"]}')], id="health"
        ),
    ],
)
def test_each_setting_is_told_by_itself(
    change: dict[str, Any], expected: list[tuple[str, str | None, str | None]]
) -> None:
    """With old and new, None where it is not set."""
    other = replace(CONFIG, run=replace(CONFIG.run, **change))
    assert [(one.what, one.old, one.new) for one in config_changes(CONFIG, other)] == expected
    assert config_changes(other, other) == ()


def test_times_and_history_do_not_count() -> None:
    """A container does not notice them; it notices the platform."""
    other = replace(CONFIG, created="2024-01-01T00:00:00Z", history=(HistoryEntry(created_by="x"),))
    assert config_changes(CONFIG, other) == ()
    arm = replace(other, platform=Platform.parse("linux/arm64"), author="me")
    assert [(one.what, one.old, one.new) for one in config_changes(CONFIG, arm)] == [
        ("Platform", "linux/amd64", "linux/arm64"),
        ("Author", None, "me"),
    ]
