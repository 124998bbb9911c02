"""In-toto statements."""

from __future__ import annotations

import json

from jettison.attest.statement import image_subjects, write_statement
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.model.reference import Reference


def test_a_statement_about_an_image() -> None:
    """A subject for each name that it has; without a name there is none."""
    digest = Digest.of(b"manifest")
    names = [Reference.parse("example.org/app:1"), Reference.parse("app")]
    subjects = image_subjects(names, Platform(os="linux", architecture="arm", variant="v7"), digest)
    document = json.loads(write_statement("https://spdx.dev/Document", subjects, {"a": 1}))
    assert document == {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://spdx.dev/Document",
        "subject": [
            {"name": "pkg:docker/example.org/app@1?platform=linux%2Farm%2Fv7", "digest": {"sha256": digest.hex}},
            {"name": "pkg:docker/app@latest?platform=linux%2Farm%2Fv7", "digest": {"sha256": digest.hex}},
        ],
        "predicate": {"a": 1},
    }
    assert json.loads(write_statement("x", (), {}))["subject"] == []
