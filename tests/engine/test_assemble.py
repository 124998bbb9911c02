"""What becomes of the steps: the config and history of an image."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jettison.engine.assemble import timestamp


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (1_700_000_000.0, "2023-11-14T22:13:20Z"),
        (1_700_000_000.000001, "2023-11-14T22:13:20.000001Z"),
        (1_700_000_000.5, "2023-11-14T22:13:20.500000Z"),
        (1_699_999_999.9999999, "2023-11-14T22:13:20Z"),
        (253_402_300_799.0, "9999-12-31T23:59:59Z"),
    ],
)
def test_a_time_is_written_as_in_configs(seconds: float, text: str) -> None:
    """RFC 3339 in UTC, with microseconds where there are any."""
    assert timestamp(seconds) == text
    assert datetime.fromisoformat(text) == datetime.fromtimestamp(seconds, UTC)
