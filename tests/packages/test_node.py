"""Node packages."""

from __future__ import annotations

import json

from tests.packages.trees import scanned


def test_nested_and_scoped_packages() -> None:
    """Each folder of ``node_modules`` is one; its files are its own, not those of packages nested in it."""
    catalog = scanned(
        {
            "app/package.json": '{"name": "app", "version": "9"}',
            "app/node_modules/a/package.json": json.dumps(
                {
                    "name": "a",
                    "version": "1.0.0",
                    "license": "MIT",
                    "author": {"name": "X", "email": "x@example.org"},
                }
            ),
            "app/node_modules/a/lib/i.js": "",
            "app/node_modules/a/lib/package.json": '{"name": "inner", "version": "1"}',
            "app/node_modules/a/node_modules/@s/b/package.json": json.dumps(
                {
                    "name": "@s/b",
                    "version": "2",
                    "licenses": [{"type": "ISC"}, {"type": "MIT"}],
                }
            ),
        }
    )
    scoped, a = catalog.packages
    assert (a.name, a.version, a.licences, a.supplier) == ("a", "1.0.0", ("MIT",), "X <x@example.org>")
    folder = "app/node_modules/a"
    assert a.files == (f"{folder}/lib/i.js", f"{folder}/lib/package.json", f"{folder}/package.json")
    assert (scoped.purl, scoped.licences) == ("pkg:npm/%40s/b@2", ("ISC", "MIT"))
    assert catalog.unread == ()


def test_what_is_no_package() -> None:
    """A file that is not JSON is told; one without a name or version is passed over."""
    catalog = scanned(
        {
            "node_modules/a/package.json": "{",
            "node_modules/b/package.json": '{"name": 1, "version": []}',
            "node_modules/c/package.json": "[" * 100_000,
            "node_modules/d/package.json": "[]",
        }
    )
    assert catalog.packages == ()
    assert [gap.path for gap in catalog.unread] == [f"node_modules/{name}/package.json" for name in "acd"]
