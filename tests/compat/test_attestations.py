"""Attestations field by field as the newest BuildKit writes them: layout, statements, provenance."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.compat.builders import JettisonBuilder
from tests.compat.buildkit import AVAILABLE, BuildkitBuilder
from tests.registry.support import running_registry

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not AVAILABLE, reason="BUILDKITD and BUILDCTL name no BuildKit"),
]

BUILDX = os.environ.get("BUILDX", "")
NAME = "example.org/told:1"
DOCKERFILE = """\
FROM busybox:test AS build
ARG WHO=nobody
ENV A=b
WORKDIR /w
COPY --chown=1:2 hello.txt .
RUN --mount=type=secret,id=token --mount=type=cache,target=/c,id=k --mount=type=ssh --network=none echo hi $WHO > /out
RUN echo one && \\
    # a comment in between

    echo two
RUN <<END
echo three
END
FROM scratch
LABEL a=b
COPY --from=build --chmod=600 /out /w/ /res/
COPY --link hello.txt /
"""
OUR_OWN = {
    "buildDefinition.internalParameters.dockerfileVersion",
    "buildDefinition.internalParameters.buildConfig.digestMapping",
    "buildDefinition.externalParameters.request.compatibilityVersion",
    "buildDefinition.externalParameters.request.root",
    "runDetails.builder.version",
    "runDetails.metadata.invocationId",
    "runDetails.metadata.startedOn",
    "runDetails.metadata.finishedOn",
    "runDetails.metadata.buildkit_metadata.layers",
}
"""What docs/attestations.md says is different, what depends on time and chance, and digests of layers."""

_OF_BUILDKIT = re.compile(
    r"\.op\.Op\.source\.(identifier$|attrs)"  # names of the registry and of folders
    r"|\.exec\.meta\.removeMountStubsRecursive|\.infos\[0\]\.(llbDefinition|digestMapping)"
    r"|\.constraints$|alwaysReplaceExistingDestPaths|\.readonly$|resolvedDependencies\[0\]|cacheOpt\.ID"
)


@pytest.fixture(scope="module", params=["min", "max"])
def told(
    request: pytest.FixtureRequest,
    buildkit: BuildkitBuilder,
    jettison: JettisonBuilder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Any, Any]]:
    """The attestation manifest with its statement, of BuildKit and of ours."""
    folder = tmp_path_factory.mktemp("told")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "hello.txt").write_text("hello")
    theirs, ours = folder / "theirs.tar", folder / "ours.tar"
    mode = f"mode={request.param}"
    buildkit.call(
        *("build", "--progress", "plain", "--frontend", "dockerfile.v0"),
        *("--local", f"context={folder}", "--local", f"dockerfile={folder}"),
        *(
            "--opt",
            f"attest:provenance={mode}",
            "--opt",
            "filename=Dockerfile",
            "--opt",
            "build-arg:WHO=me",
            "--opt",
            "label:x=y",
        ),
        *("--output", f"type=oci,name={NAME},dest={theirs}"),
    )
    jettison.call(
        *("build", "-q", f"--provenance={mode}", "--build-arg", "WHO=me", "--label", "x=y", "-t", NAME),
        *("-o", f"type=oci,dest={ours}", str(folder)),
    )
    yield attestation(theirs), attestation(ours)


def attestation(archive: Path) -> Any:
    """Index entry, manifest and statement, without digests and sizes of what differs."""
    with tarfile.open(archive) as tar:

        def document(name: str) -> Any:
            member = tar.extractfile(name)
            assert member is not None
            return json.load(member)

        def blob(digest: str) -> Any:
            return document(f"blobs/{digest.replace(':', '/')}")

        index = blob(document("index.json")["manifests"][0]["digest"])
        image, entry = index["manifests"]
        manifest = blob(entry["digest"])
        (layer,) = manifest["layers"]
        statement = blob(layer["digest"])
    assert entry["annotations"]["vnd.docker.reference.digest"] == image["digest"]
    assert (manifest["subject"]["digest"], manifest["subject"]["size"]) == (image["digest"], image["size"])
    assert statement["subject"][0]["digest"]["sha256"] == image["digest"].partition(":")[2]
    return {"entry": entry, "manifest": manifest, "statement": statement}


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a document with the path that leads to it."""
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from flat(child, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for number, child in enumerate(value):
            yield from flat(child, f"{path}[{number}]")
    else:
        yield path, value


def test_the_manifest(told: tuple[Any, Any]) -> None:
    """Types, annotations, platform, the empty config, the layer: all but digests and sizes."""
    ours_differ = re.compile(r"(?<!config\.)(digest|size)$|reference\.digest$")
    for part in ("entry", "manifest"):
        theirs, ours = ({path: text for path, text in flat(one[part]) if not ours_differ.search(path)} for one in told)
        assert ours == theirs


def test_the_statement(told: tuple[Any, Any]) -> None:
    """Type, predicate type, and the name of the subject."""
    for field in ("_type", "predicateType"):
        assert told[0]["statement"][field] == told[1]["statement"][field]
    theirs, ours = (one["statement"]["subject"][0]["name"] for one in told)
    assert ours == theirs


def test_provenance(told: tuple[Any, Any]) -> None:
    """Every field that the build determines."""

    def kept(statement: Any) -> dict[str, Any]:
        return {
            path: value
            for path, value in flat(statement["predicate"])
            if not any(path == own or path.startswith((f"{own}.", f"{own}[")) for own in OUR_OWN)
            and not _OF_BUILDKIT.search(path)
        }

    theirs, ours = (kept(one["statement"]) for one in told)
    assert ours == theirs


def test_buildkits_provenance_leads_back_through_stages(
    buildkit: BuildkitBuilder, jettison: JettisonBuilder, tmp_path: Path
) -> None:
    """``why-file`` follows the ``COPY --from`` of an image that BuildKit built."""
    (tmp_path / "Dockerfile").write_text(
        "FROM busybox:test AS one\nCOPY in.txt /src/\nFROM busybox:test\n"
        "RUN --mount=from=one,source=/src,target=/m cp /m/in.txt /made\n"
        "COPY --from=one /src /out\nCOPY --link in.txt /linked/\nWORKDIR /w\n"
    )
    (tmp_path / "in.txt").write_text("in")
    archive = tmp_path / "theirs.tar"
    buildkit.call(
        *("build", "--progress", "plain", "--frontend", "dockerfile.v0", "--opt", "attest:provenance=mode=max"),
        *("--local", f"context={tmp_path}", "--local", f"dockerfile={tmp_path}", "--opt", "filename=Dockerfile"),
        *("--output", f"type=oci,dest={archive}"),
    )

    def told(path: str) -> Any:
        return json.loads(jettison.call("why-file", "--format", "json", str(archive), path))

    origin = told("/out/in.txt")
    (layer,) = origin["layers"]
    assert (layer["instruction"], layer["location"]) == ("COPY --from=one /src /out", "Dockerfile:5:1")
    source = origin["taken_from"]
    assert (source["place"], source["path"]) == ("stage one", "src/in.txt")
    assert [candidate["instruction"] for candidate in source["candidates"]] == ["COPY in.txt /src/"]
    assert (source["taken_from"]["place"], source["taken_from"]["path"]) == ("the build context", "in.txt")
    assert told("/linked/in.txt")["taken_from"]["path"] == "in.txt"
    (layer,) = told("/made")["layers"]
    assert layer["mounted"] == [{"place": "stage one", "path": "src", "target": "/m"}]


@pytest.mark.skipif(not BUILDX, reason="BUILDX names no binary of buildx")
def test_what_buildkit_said_passes_through(
    buildkit: BuildkitBuilder, jettison: JettisonBuilder, tmp_path: Path
) -> None:
    """Its archive, loaded and pushed, pulled and pushed: the index is the same, and buildx finds the provenance."""
    (tmp_path / "Dockerfile").write_text("FROM busybox:test\nCOPY in.txt /in\n")
    (tmp_path / "in.txt").write_text("in")
    archive = tmp_path / "theirs.tar"
    with running_registry(tmp_path / "registry") as registry:
        names = [f"{registry.host}/{path}:1" for path in ("one", "two")]
        buildkit.call(
            *("build", "--progress", "plain", "--frontend", "dockerfile.v0", "--opt", "attest:provenance=mode=max"),
            *("--local", f"context={tmp_path}", "--local", f"dockerfile={tmp_path}"),
            *("--output", f"type=oci,name={names[0]},dest={archive}"),
        )
        jettison.call("load", "-q", "-i", str(archive))
        jettison.call("push", "-q", names[0])
        jettison.call("rmi", "-f", names[0])
        jettison.call("pull", "-q", names[0])
        jettison.call("tag", names[0], names[1])
        jettison.call("push", "-q", names[1])
        with tarfile.open(archive) as tar:
            member = tar.extractfile("index.json")
            assert member is not None
            digest = json.load(member)["manifests"][0]["digest"]
        for name in names:
            assert inspected("Manifest", name)["digest"] == digest
            assert inspected("Provenance", name)["SLSA"]["buildDefinition"]["internalParameters"]["buildConfig"]


@pytest.mark.skipif(not BUILDX, reason="BUILDX names no binary of buildx")
def test_buildx_reads_what_stayed_in_the_store(jettison: JettisonBuilder, tmp_path: Path) -> None:
    """An image that was built with attestations, and pushed later."""
    (tmp_path / "Dockerfile").write_text("FROM busybox:test\nCOPY Dockerfile /in\n")
    with running_registry(tmp_path / "registry") as registry:
        name = f"{registry.host}/one:1"
        jettison.call("build", "-q", "--provenance=mode=max", "--sbom=true", "-t", name, str(tmp_path))
        jettison.call("push", "-q", name)
        assert inspected("Provenance", name)["SLSA"]["buildDefinition"]["resolvedDependencies"]
        assert inspected("SBOM", name)["SPDX"]["SPDXID"] == "SPDXRef-DOCUMENT"


def inspected(what: str, name: str) -> Any:
    command = [BUILDX, "imagetools", "inspect", "--format", f"{{{{json .{what}}}}}", name]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
