"""Image configs that others wrote."""

from __future__ import annotations

import json

import pytest

from jettison.model.config_json import parse_image_config
from jettison.model.digest import Digest


@pytest.mark.parametrize(
    ("history", "made_layers"),
    [
        ([], []),
        ([True], [True, True]),
        ([True, True], [True, True]),
        ([False, True, False, True], [False, True, False, True]),
        ([True, True, True, False, True], [True, True, False, False, False]),
        ([False, False], [False, False, True, True]),
    ],
)
def test_a_history_that_tells_of_other_layers_is_read_as_buildkit_does(
    history: list[bool], made_layers: list[bool]
) -> None:
    """Entries that are too many made no layer, and those that are missing say nothing."""
    document = {
        "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": [Digest.of(b"a"), Digest.of(b"b")]},
        "history": [{"created_by": "x", "empty_layer": not made_layer} for made_layer in history],
    }
    config = parse_image_config(json.dumps(document).encode())
    assert [not entry.empty_layer for entry in config.history] == made_layers
    assert [entry.created_by for entry in config.history] == ["x"] * len(history) + [""] * (
        len(made_layers) - len(history)
    )
