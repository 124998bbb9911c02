"""Images of several platforms as the newest BuildKit lays them out: indexes, annotations, times, files."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from tests.compat.builders import JettisonBuilder
from tests.compat.buildkit import AVAILABLE, BuildkitBuilder

pytestmark = [
    pytest.mark.root,
    pytest.mark.slow,
    pytest.mark.skipif(not AVAILABLE, reason="BUILDKITD and BUILDCTL do not name a BuildKit"),
]

EPOCH = "1700000000"
DOCKERFILE = """\
FROM --platform=$BUILDPLATFORM busybox:test AS build
ARG TARGETARCH
RUN mkdir /made && echo $TARGETARCH > /made/arch && ln /made/arch /made/again
FROM scratch
COPY one /dir/one
COPY --from=build --chown=5:6 /made /made
WORKDIR /work
LABEL a=b
"""
ATTRIBUTES = ",".join(
    [
        "rewrite-timestamp=true",
        "annotation.a=all",
        "annotation-index.b=index",
        "annotation-manifest-descriptor.c=each",
        "annotation-index-descriptor.d=root",
        "annotation-manifest[linux/arm64].e=arm",
        "name=example.com/x:1",
    ]
)
PLATFORMS = "linux/amd64,linux/arm64"

KNOWN = ("buildkit/rewritten-timestamp", "org.opencontainers.image.created")
"""What BuildKit notes of its own work: in layers that it rewrote, and in index.json."""


def unpack(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def document(folder: Path, digest: str) -> Any:
    return json.loads((folder / "blobs" / digest.replace(":", "/")).read_bytes())


def picture(folder: Path) -> Any:
    """All documents of a layout from index.json down, without digests and sizes of what is compressed."""

    def look(descriptor: dict[str, Any]) -> dict[str, Any]:
        seen = {key: value for key, value in descriptor.items() if key not in ("digest", "size")}
        seen["annotations"] = {key: value for key, value in seen.get("annotations", {}).items() if key not in KNOWN}
        if descriptor["mediaType"].endswith("json"):
            inner = document(folder, descriptor["digest"])
            for field in ("manifests", "layers"):
                inner |= {field: [look(one) for one in inner[field]]} if field in inner else {}
            inner |= {"config": look(inner["config"])} if isinstance(inner.get("config", {}).get("digest"), str) else {}
            seen["document"] = inner
        return seen

    return [look(one) for one in json.loads((folder / "index.json").read_bytes())["manifests"]]


def test_two_platforms(jettison: JettisonBuilder, buildkit: BuildkitBuilder, tmp_path: Path) -> None:
    """Documents, configs with their diff_ids, annotations: all is equal but for the compressed bytes."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "one").write_text("1")
    (context / "one").chmod(0o644)
    ours, theirs = tmp_path / "ours.tar", tmp_path / "theirs.tar"
    buildkit.call(
        *("build", "--frontend", "dockerfile.v0", "--opt", f"platform={PLATFORMS}"),
        *("--opt", f"build-arg:SOURCE_DATE_EPOCH={EPOCH}", "--output", f"type=oci,dest={theirs},{ATTRIBUTES}"),
        *("--local", f"context={context}", "--local", f"dockerfile={context}"),
    )
    jettison.call(
        *("build", "-q", "--platform", PLATFORMS, "--build-arg", f"SOURCE_DATE_EPOCH={EPOCH}"),
        *("-o", f"type=oci,dest={ours},{ATTRIBUTES}", str(context)),
    )
    assert picture(unpack(ours, tmp_path / "ours")) == picture(unpack(theirs, tmp_path / "theirs"))
