"""SPDX documents."""

from __future__ import annotations

import hashlib

from tests.attest.spdx_rules import verification_code, violations

import jettison.attest.spdx as module
from jettison.attest.spdx import ListedFile, Scanned, spdx_document
from jettison.frozen import replace
from jettison.model.digest import Digest
from jettison.packages.package import Ecosystem, Package, Unread, catalog_of


def listed(path: str, text: bytes = b"") -> ListedFile:
    """A file with that content."""
    return ListedFile(path=path, sha1=hashlib.sha1(text).hexdigest(), digest=Digest.of(text), layer="sha256:ab")


BASH = Package(
    ecosystem=Ecosystem.DEB,
    name="bash",
    version="5",
    purl="pkg:deb/debian/bash@5",
    source="var/lib/dpkg/status",
    licences=("GPL-3+", "weird licence"),
    supplier="Ann (the) Other <a@example.org>",
    homepage="https://example.org/bash?x=1",
    summary="a shell",
    files=("bin/bash", "usr/link"),
)
NODE = Package(
    ecosystem=Ecosystem.NPM, name="@s/ü", version="", purl="pkg:npm/%40s/%C3%BC", source="x", homepage="javascript:1"
)
SCANNED = Scanned(
    name="example.org/app:1",
    identity=Digest.of(b"manifest"),
    purl="pkg:docker/example.org/app@1",
    created="2024-01-02T03:04:05Z",
    tool="jettison-0.1.0",
    catalog=catalog_of([BASH, NODE], [Unread(path="var/lib/rpm/Packages", reason="not read")]),
    files=[listed("bin/bash", b"#!"), listed("etc/own")],
)


def test_a_document_keeps_the_rules() -> None:
    """Whatever the packages say of themselves."""
    assert violations(spdx_document(SCANNED)) == []


def test_what_is_told() -> None:
    """Packages with licences, suppliers and URLs; files with who has them, and the layer they came with."""
    document = spdx_document(SCANNED)
    image, bash, node = document["packages"]
    own, bin_bash = document["files"][1], document["files"][0]
    assert (image["primaryPackagePurpose"], image["versionInfo"]) == ("CONTAINER", SCANNED.identity)
    assert bash["supplier"] == "Person: Ann"
    assert bash["licenseDeclared"] == "GPL-3.0-or-later AND LicenseRef-weird-licence-30f799d7"
    assert bash["homepage"] == "https://example.org/bash?x=1"
    assert bash["externalRefs"][0]["referenceLocator"] == "pkg:deb/debian/bash@5"
    assert "homepage" not in node and "versionInfo" not in node
    assert bin_bash["comment"] == "layerID: sha256:ab"
    code = bash["packageVerificationCode"]["packageVerificationCodeValue"]
    assert code == verification_code([hashlib.sha1(b"#!").hexdigest()])
    contains = {
        (each["spdxElementId"], each["relatedSpdxElement"])
        for each in document["relationships"]
        if each["relationshipType"] == "CONTAINS"
    }
    assert contains == {
        (image["SPDXID"], bash["SPDXID"]),
        (image["SPDXID"], node["SPDXID"]),
        (bash["SPDXID"], bin_bash["SPDXID"]),
        (image["SPDXID"], own["SPDXID"]),
    }
    assert document["comment"] == "incomplete: /var/lib/rpm/Packages: not read"


def test_equal_facts_give_equal_documents() -> None:
    """The namespace depends on what was scanned, and on nothing else."""
    assert spdx_document(SCANNED) == spdx_document(SCANNED)
    other = spdx_document(replace(SCANNED, identity=Digest.of(b"other")))
    assert other["documentNamespace"] != spdx_document(SCANNED)["documentNamespace"]


def test_an_empty_image() -> None:
    """Is a document of one package."""
    document = spdx_document(replace(SCANNED, catalog=catalog_of([], []), files=[]))
    assert (len(document["packages"]), violations(document)) == (1, [])


def test_too_many_files_are_told_and_left_out(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """The document then has the packages alone."""
    monkeypatch.setattr(module, "MAX_FILES", 1)
    document = spdx_document(SCANNED)
    assert "files" not in document and violations(document) == []
    assert "files are not listed: there are 2, more than 1" in document["comment"]
