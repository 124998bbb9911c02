"""Java archives."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Mapping

from tests.packages.trees import scanned


def jar(members: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def pom(group: str, name: str, version: str) -> dict[str, str | bytes]:
    """The properties that Maven leaves."""
    text = f"#made by\ngroupId={group}\nartifactId={name}\nversion={version}\n"
    return {f"META-INF/maven/{group}/{name}/pom.properties": text}


def test_the_archive_and_what_was_packed_into_it() -> None:
    """The archive's own artifact has the file; shaded and nested ones are known with it."""
    inner = jar(pom("org.in", "inner", "3"), method=zipfile.ZIP_STORED)
    data = jar(pom("org.x", "other", "2") | pom("org.x", "app", "1") | {"BOOT-INF/lib/inner-3.jar": inner})
    catalog = scanned({"opt/app-1.jar": data})
    assert [(found.name, found.version, found.files) for found in catalog.packages] == [
        ("org.in:inner", "3", ()),
        ("org.x:app", "1", ("opt/app-1.jar",)),
        ("org.x:other", "2", ()),
    ]
    assert catalog.packages[1].purl == "pkg:maven/org.x/app@1"


def test_archives_with_a_manifest_only() -> None:
    """Name and version come from the manifest, else from the name of the file; a script may stand before it."""
    manifest = "Manifest-Version: 1.0\r\nBundle-SymbolicName: org.apache.com\r\n mons;x=y\r\nBundle-Version: 1.9\r\nBundle-License: Apache-2.0\r\n"
    catalog = scanned(
        {
            "a/commons-io-1.8.jar": jar({"META-INF/MANIFEST.MF": manifest}),
            "b/plain-2.0.war": b"#!/bin/sh\n" + jar({"x": "y"}),
        }
    )
    commons, plain = catalog.packages[1], catalog.packages[0]
    assert (plain.name, plain.version) == ("org.apache.commons:commons-io", "1.9")
    assert plain.licences == ("Apache-2.0",)
    assert (commons.name, commons.version) == ("plain", "2.0")


def test_no_more_is_inflated_than_makes_sense() -> None:
    """Archives that claim to be huge, and very many of them."""
    many = {f"{number}.jar": b"x" for number in range(2100)}
    (*_, gap) = [gap for gap in scanned({"a.jar": jar(many)}).unread if "only 2000" in gap.reason]
    assert gap.reason == "of the 2100 archives in it only 2000 were read"
    huge = jar({f"{number}.jar": b"\0" * (120 << 20) for number in range(10)})
    assert any(gap.reason == "of the 10 archives in it only 8 were read" for gap in scanned({"a.jar": huge}).unread)


def test_broken_archives_are_told() -> None:
    """No zip, members that inflate to more than they say, bytes changed at random."""
    assert [gap.reason for gap in scanned({"a.jar": b"x"}).unread] == ["not read to the end: not a zip archive"]
    bomb = jar({"META-INF/MANIFEST.MF": b"\0" * 10_000_000})
    (gap,) = scanned({"a.jar": bomb}).unread
    assert "too large" in gap.reason
    chance = random.Random(5)
    whole = jar(pom("g", "a", "1") | {"in.jar": jar(pom("g", "b", "2"))})
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 10)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        assert len(scanned({"a.jar": bytes(data)}).packages) < 10
