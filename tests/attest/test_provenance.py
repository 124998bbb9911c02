"""SLSA provenance out of facts."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from jettison.attest.options import Mode, ProvenanceOptions, SlsaVersion
from jettison.attest.provenance import BuildFacts, ConfigSource, digest_set, layers_of_steps, provenance
from jettison.errors import BuildError
from jettison.frozen import replace
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.definition import Definition, Step
from jettison.model.digest import Digest
from jettison.model.oci import OCI_LAYER_GZIP, Descriptor
from jettison.model.op import (
    ContextOp,
    CopyAction,
    ExecMount,
    ExecOp,
    FileOp,
    GitOp,
    HttpOp,
    ImageOp,
    MountKind,
    Vertex,
)
from jettison.model.platform import Platform
from jettison.model.reference import Reference

AMD64 = Platform(os="linux", architecture="amd64")
COMMIT = "4b220de5058abfd01ff619c9d2ff6b09a049bea0"
IMAGE_PIN = f"sha256:{'1' * 64}"
FILE_PIN = f"sha256:{'2' * 64}"
DOCKERFILE = b"FROM alpine\nRUN make\n"
SECRET = ExecMount(kind=MountKind.SECRET, target="/s", id="token", required=True)
AGENT = ExecMount(kind=MountKind.SSH, target="/a", id="default")
VERTICES = (
    Vertex(
        op=ImageOp(reference=Reference.parse("alpine"), platform=AMD64, image_id=Digest.of(b""), diff_ids=()),
        name="FROM",
        location="Dockerfile:1:1",
    ),
    Vertex(op=ContextOp(name="context 2"), name="context"),
    Vertex(op=GitOp(remote="https://u:pass@example.org/r.git", ref="main"), name="git"),
    Vertex(op=HttpOp(url="https://u:pass@example.org/f", filename="f"), name="http"),
    Vertex(
        op=ExecOp(args=("make",), env=(), working_dir="/", mounts=(SECRET, AGENT), platform=AMD64),
        inputs=(0,),
        name="RUN",
        location="Dockerfile:2:1",
    ),
    Vertex(
        op=FileOp(actions=tuple(CopyAction(input=number, sources=("",), destination="/") for number in (1, 2, 3))),
        inputs=(4, 1, 2, 3),
        name="COPY",
    ),
)
CONFIG = ImageConfig(platform=AMD64)


def step(vertex: int | None) -> Step:
    return Step(history=HistoryEntry(), vertex=vertex)


def layer(number: int) -> Descriptor:
    return Descriptor(media_type=OCI_LAYER_GZIP, digest=Digest.of(bytes([number])), size=number)


DEFINITION = Definition(
    vertices=VERTICES, result=5, base=CONFIG, image=CONFIG, steps=(step(4), step(None), step(5)), stages=(), target=0
)
LAYERS = (layer(1), layer(2), layer(3))
FACTS = BuildFacts(
    definition=DEFINITION,
    pins={0: IMAGE_PIN, 2: COMMIT, 3: FILE_PIN},
    args={"build-arg:A": "b", "label:l": "m", "target": "t", "build-arg:HTTP_PROXY": "http://u:pass@proxy"},
    config_source=ConfigSource(path="Dockerfile"),
    contexts={"context 2": "context"},
    dockerfile=DOCKERFILE,
    dockerfile_name="Dockerfile",
    layers=layers_of_steps(DEFINITION, LAYERS),
    builder_platform=AMD64,
    builder_version="1.0",
    invocation_id="id",
    started="2024-01-01T00:00:00Z",
    finished="2024-01-01T00:00:01Z",
)
MIN, MAX = ProvenanceOptions(mode=Mode.MIN), ProvenanceOptions(mode=Mode.MAX)


def test_dependencies() -> None:
    """Images, repositories and files with what they were, without credentials."""
    assert provenance(FACTS, MIN)["buildDefinition"]["resolvedDependencies"] == [
        {"uri": "pkg:docker/alpine@latest?platform=linux%2Famd64", "digest": {"sha256": "1" * 64}},
        {"uri": "https://example.org/r.git#main", "digest": {"sha1": COMMIT}},
        {"uri": "https://example.org/f", "digest": {"sha256": "2" * 64}},
    ]


def test_the_least_provenance() -> None:
    """No arguments, labels, names of secrets, steps or sources; and it says that the request is not complete."""
    predicate = provenance(FACTS, replace(MIN, builder_id="https://ci/1", reproducible=True))
    assert predicate["buildDefinition"]["externalParameters"] == {
        "configSource": {"path": "Dockerfile"},
        "request": {
            "frontend": "dockerfile.v0",
            "args": {"target": "t"},
            "locals": [{"name": "context"}, {"name": "dockerfile"}],
        },
    }
    assert predicate["buildDefinition"]["internalParameters"] == {"builderPlatform": "linux/amd64"}
    assert predicate["runDetails"] == {
        "builder": {"id": "https://ci/1", "version": {"jettison": "1.0"}},
        "metadata": {
            "invocationId": "id",
            "startedOn": "2024-01-01T00:00:00Z",
            "finishedOn": "2024-01-01T00:00:01Z",
            "buildkit_metadata": {},
            "buildkit_completeness": {"request": False, "resolvedDependencies": False},
            "buildkit_reproducible": True,
        },
    }


def test_everything() -> None:
    """Arguments, names of secrets and agents, steps with their places, the Dockerfile, the layers."""
    predicate = provenance(FACTS, MAX)
    request = predicate["buildDefinition"]["externalParameters"]["request"]
    assert request["args"] == {"build-arg:A": "b", "label:l": "m", "target": "t"}
    assert (request["secrets"], request["ssh"]) == ([{"id": "token"}], [{"id": "default", "optional": True}])
    metadata = predicate["runDetails"]["metadata"]
    assert metadata["buildkit_completeness"]["request"] is True
    source = metadata["buildkit_metadata"]["source"]
    assert base64.b64decode(source["infos"][0]["data"]) == DOCKERFILE
    assert source["locations"]["step1"] == {"locations": [{"ranges": [{"start": {"line": 2}, "end": {"line": 2}}]}]}
    assert source["locations"]["step2"] == {}
    layers = metadata["buildkit_metadata"]["layers"]
    assert {name: len(chain) for name, (chain,) in layers.items()} == {"step0:0": 1, "step1:0": 2, "step5:0": 3}
    assert len(predicate["buildDefinition"]["internalParameters"]["buildConfig"]["llbDefinition"]) == 7


@pytest.mark.parametrize("options", [MIN, MAX, replace(MAX, version=SlsaVersion.V0_2)])
def test_passwords_and_proxies_are_nowhere(options: ProvenanceOptions) -> None:
    """In no form of it."""
    text = json.dumps(provenance(FACTS, options))
    assert "pass" not in text and "proxy" not in text.lower()


def test_version_0_2() -> None:
    """The same facts under the names that they had."""
    predicate = provenance(FACTS, replace(MAX, version=SlsaVersion.V0_2))
    assert predicate["buildType"] == "https://mobyproject.org/buildkit@v1"
    assert [material["uri"] for material in predicate["materials"]][1:] == [
        "https://example.org/r.git#main",
        "https://example.org/f",
    ]
    assert predicate["invocation"]["configSource"] == {"entryPoint": "Dockerfile"}
    assert predicate["invocation"]["environment"] == {"platform": "linux/amd64"}
    assert predicate["invocation"]["parameters"]["args"]["target"] == "t"
    metadata = predicate["metadata"]
    assert metadata["completeness"] == {"parameters": True, "environment": True, "materials": False}
    assert metadata["buildInvocationID"] == "id"
    assert "source" in metadata["https://mobyproject.org/buildkit@v1#metadata"]
    assert SlsaVersion.V0_2.predicate_type == "https://slsa.dev/provenance/v0.2"


def fetched(facts: BuildFacts = FACTS, **changes: Any) -> BuildFacts:
    """The same build from a repository, without commands."""
    vertices = (VERTICES[0], VERTICES[1], Vertex(op=FileOp(actions=()), inputs=(0, 1), name="COPY"))
    source = ConfigSource(uri="https://example.org/app.git#v1", digests=(("sha1", COMMIT),), path="sub/Dockerfile")
    definition = replace(DEFINITION, vertices=vertices, result=2, steps=(step(2),))
    return replace(facts, definition=definition, config_source=source, layers={}, **changes)


def test_a_context_from_a_repository_is_a_dependency() -> None:
    """Then everything is known that went in, and without commands nothing else can have."""
    predicate = provenance(fetched(), replace(MIN, complete_materials=True))
    definition = predicate["buildDefinition"]
    assert definition["externalParameters"]["configSource"] == {
        "uri": "https://example.org/app.git#v1",
        "digest": {"sha1": COMMIT},
        "path": "sub/Dockerfile",
    }
    assert {"uri": "https://example.org/app.git#v1", "digest": {"sha1": COMMIT}} in definition["resolvedDependencies"]
    assert "locals" not in definition["externalParameters"]["request"]
    metadata = predicate["runDetails"]["metadata"]
    assert metadata["buildkit_completeness"]["resolvedDependencies"] is True
    assert metadata["buildkit_hermetic"] is True


def test_complete_materials_are_demanded() -> None:
    """A folder of this machine is no material that anybody else could find."""
    with pytest.raises(BuildError, match="these came from this machine: context, dockerfile"):
        provenance(FACTS, replace(MIN, complete_materials=True))


def test_digests() -> None:
    """Digests keep their algorithm; commits are SHA-1 or SHA-256 by their length."""
    assert digest_set("") == {}
    assert digest_set(IMAGE_PIN) == {"sha256": "1" * 64}
    assert digest_set("a" * 64) == {"sha256": "a" * 64}
    assert digest_set(COMMIT) == {"sha1": COMMIT}


def test_layers_of_an_image_without_steps() -> None:
    """All belong to the base image."""
    alone = replace(DEFINITION, result=0, steps=())
    assert layers_of_steps(alone, LAYERS) == {0: LAYERS}
    assert layers_of_steps(replace(DEFINITION, result=None, steps=()), ()) == {}
