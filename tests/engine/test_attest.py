"""What is said about images: where it goes, and what it says of real builds."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.attest.spdx_rules import violations
from tests.engine.bench import Bench, reference
from tests.registry.support import Registry, running_registry
from tests.support.git_server import Repository, serving_git

from jettison.attest.options import AttestOptions, Mode, ProvenanceOptions
from jettison.engine.credentials import SecretSource
from jettison.engine.outputs import Output, OutputKind
from jettison.errors import BuildError, UsageError
from jettison.layout.files import DirectoryFiles
from jettison.layout.validate import validate_layout
from jettison.model.attestation import REFERENCE_DIGEST, is_attestation
from jettison.model.digest import Digest
from jettison.model.document import Node
from jettison.model.oci import parse_descriptor
from jettison.model.platform import Platform

pytestmark = pytest.mark.root

SPDX, SLSA = "https://spdx.dev/Document", "https://slsa.dev/provenance/v1"
BOTH = AttestOptions(sbom=True, provenance=ProvenanceOptions())
STATUS = "Package: tool\nStatus: install ok installed\nVersion: 1.2\nArchitecture: all\nMaintainer: A <a@example.org>\n"
TEXT = """\
FROM busybox:test AS build
ARG WHO=nobody
RUN --mount=type=secret,id=token --network=none echo $WHO > /out
FROM scratch
COPY --from=build /out /
COPY status /var/lib/dpkg/status
"""
FILES = {"status": STATUS}


def layout(bench: Bench, **fields: Any) -> Output:
    return Output(kind=OutputKind.OCI, destination=bench.root / "layout", as_tar=False, **fields)


def blob(folder: Path, digest: str) -> Any:
    return json.loads((folder / "blobs" / digest.replace(":", "/")).read_text())


def statements(folder: Path) -> dict[str, dict[str, Any]]:
    """Digest of each image manifest -> predicate type -> statement."""
    (entry,) = json.loads((folder / "index.json").read_text())["manifests"]
    found: dict[str, dict[str, Any]] = {}
    for item in blob(folder, entry["digest"])["manifests"]:
        descriptor = parse_descriptor(Node(item, "index"))
        if is_attestation(descriptor):
            layers = blob(folder, item["digest"])["layers"]
            told = {
                layer["annotations"]["in-toto.io/predicate-type"]: blob(folder, layer["digest"]) for layer in layers
            }
            found[dict(descriptor.annotations)[REFERENCE_DIGEST]] = told
        else:
            found.setdefault(item["digest"], {})
    return found


def test_an_image_with_both(bench: Bench) -> None:
    """One platform, and yet an index: the image, and behind it what is said about it, each naming the image."""
    bench.build(TEXT, FILES, outputs=(layout(bench),), tags=(reference("app:1"),), attest=BOTH)
    folder = bench.root / "layout"
    assert validate_layout(DirectoryFiles(folder)) == []
    ((manifest, told),) = statements(folder).items()
    assert set(told) == {SPDX, SLSA}
    for statement in told.values():
        (subject,) = statement["subject"]
        assert subject["name"].startswith("pkg:docker/app@1?platform=linux%2F")
        assert f"sha256:{subject['digest']['sha256']}" == manifest


def test_the_bill_of_materials(bench: Bench) -> None:
    """Is valid SPDX of the packages and files of the final image, with the layers that they came with."""
    bench.build(TEXT, FILES, outputs=(layout(bench),), tags=(reference("app:1"),), attest=AttestOptions(sbom=True))
    folder = bench.root / "layout"
    ((manifest, told),) = statements(folder).items()
    document = told[SPDX]["predicate"]
    assert violations(document) == []
    assert [package["name"] for package in document["packages"]] == ["app:1", "tool"]
    assert document["packages"][0]["versionInfo"] == manifest
    layers = [layer["digest"] for layer in blob(folder, manifest)["layers"]]
    assert {file["fileName"]: file["comment"] for file in document["files"]} == {
        "./out": f"layerID: {layers[0]}",
        "./var/lib/dpkg/status": f"layerID: {layers[1]}",
    }


def test_provenance_of_a_build(bench: Bench) -> None:
    """What went in, what was asked for and what was done; a secret's name, and not the secret."""
    secret = SecretSource(id="token", value=b"hunter2hunter2")
    request = {"build_args": (("WHO", "me"), ("HTTP_PROXY", "http://u:hunter2@p")), "secrets": (secret,)}
    bench.build(TEXT, FILES, outputs=(layout(bench),), attest=BOTH, **request)
    ((manifest, told),) = statements(bench.root / "layout").items()
    predicate = told[SLSA]["predicate"]
    definition = predicate["buildDefinition"]
    (image,) = definition["resolvedDependencies"]
    assert image["uri"].startswith("pkg:docker/busybox@test?platform=")
    (record,) = [found for found in bench.store.images.list() if reference("busybox:test") in found.tags]
    assert image["digest"] == {"sha256": record.image_id.hex}
    asked = definition["externalParameters"]["request"]
    assert asked["args"] == {"build-arg:WHO": "me"}
    assert asked["secrets"] == [{"id": "token", "optional": True}]
    assert asked["locals"] == [{"name": "context"}, {"name": "dockerfile"}]
    assert "echo $WHO > /out" in json.dumps(definition["internalParameters"]["buildConfig"])
    layers = predicate["runDetails"]["metadata"]["buildkit_metadata"]["layers"]
    digests = [layer["digest"] for layer in blob(bench.root / "layout", manifest)["layers"]]
    assert [layer["digest"] for layer in max(layers.values(), key=lambda chains: len(chains[0]))[0]] == digests
    assert "hunter2" not in json.dumps(told)
    assert told[SLSA]["subject"] == [], "an image without a name is about nothing that could be named"


def test_the_least_provenance_tells_no_arguments(bench: Bench) -> None:
    """Neither their names nor their values, nor commands."""
    least = AttestOptions(provenance=ProvenanceOptions(mode=Mode.MIN))
    bench.build(TEXT, FILES, outputs=(layout(bench),), attest=least, build_args=(("WHO", "me"),))
    (told,) = statements(bench.root / "layout").values()
    text = json.dumps(told)
    assert "WHO" not in text and "token" not in text and "echo" not in text


def test_every_platform_has_its_own(bench: Bench) -> None:
    """Behind all images, about the one of its platform, with one id of the build."""
    platforms = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
    text = "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /\n"
    files = {"amd64": "x", "arm64": "y"}
    bench.build(text, files, outputs=(layout(bench),), platforms=platforms, tags=(reference("a"),), attest=BOTH)
    folder = bench.root / "layout"
    assert validate_layout(DirectoryFiles(folder)) == []
    (entry,) = json.loads((folder / "index.json").read_text())["manifests"]
    architectures = [item["platform"]["architecture"] for item in blob(folder, entry["digest"])["manifests"]]
    assert architectures == ["amd64", "arm64", "unknown", "unknown"]
    found = statements(folder)
    names = [told[SPDX]["subject"][0]["name"].rpartition("%2F")[2] for told in found.values()]
    assert names == ["amd64", "arm64"]
    assert len({told[SLSA]["predicate"]["runDetails"]["metadata"]["invocationId"] for told in found.values()}) == 1


def test_the_same_attestations_on_another_day(bench: Bench) -> None:
    """With SOURCE_DATE_EPOCH nothing in them depends on the time or on chance."""
    roots = []
    for _ in range(2):
        request = {"source_date_epoch": 1_700_000_000, "no_cache": True, "tags": (reference("app:1"),)}
        output = layout(bench, rewrite_timestamp=True)
        built = bench.build(TEXT, FILES, outputs=(output,), attest=BOTH, **request)
        roots.append(built.result.manifest)
    assert roots[0] == roots[1]
    (told,) = statements(bench.root / "layout").values()
    assert told[SLSA]["predicate"]["runDetails"]["metadata"]["startedOn"] == "2023-11-14T22:13:20Z"
    assert told[SPDX]["predicate"]["creationInfo"]["created"] == "2023-11-14T22:13:20Z"


def test_files_of_an_image(bench: Bench) -> None:
    """The statements are files beside them, about them."""
    folder = bench.root / "out"
    bench.build(TEXT, FILES, outputs=(Output(kind=OutputKind.LOCAL, destination=folder),), attest=BOTH)
    assert (folder / "out").read_text() == "nobody\n"
    for name, predicate_type in (("sbom.spdx.json", SPDX), ("provenance.json", SLSA)):
        statement = json.loads((folder / name).read_text())
        assert statement["predicateType"] == predicate_type
        assert [subject["name"] for subject in statement["subject"]] == ["out", "var/lib/dpkg/status"]
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert violations(json.loads((folder / "sbom.spdx.json").read_text())["predicate"]) == []


def test_files_of_two_platforms(bench: Bench) -> None:
    """In a folder of each, or with the platform in the name; a prefix goes before it."""
    platforms = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
    text = "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /\n"
    archive = bench.root / "out.tar"
    output = Output(kind=OutputKind.TAR, destination=archive, platform_split=False, attestation_prefix="told-")
    bench.build(text, {"amd64": "x", "arm64": "y"}, outputs=(output,), platforms=platforms, attest=BOTH)
    with tarfile.open(archive) as tar:
        assert sorted(tar.getnames()) == [
            "amd64",
            "arm64",
            *(f"told-{kind}.linux_{name}.json" for kind in ("provenance",) for name in ("amd64", "arm64")),
            *(f"told-sbom.spdx.linux_{name}.json" for name in ("amd64", "arm64")),
        ]
    bench.build(
        None, outputs=(Output(kind=OutputKind.LOCAL, destination=bench.root / "s"),), platforms=platforms, attest=BOTH
    )
    assert (bench.root / "s/linux_arm64/provenance.json").exists()


def test_a_file_of_the_image_is_not_replaced(bench: Bench) -> None:
    """By an attestation of its name."""
    output = Output(kind=OutputKind.LOCAL, destination=bench.root / "out")
    with pytest.raises(BuildError, match=r"the image has a file /provenance\.json") as caught:
        bench.build("FROM scratch\nCOPY f /provenance.json\n", {"f": ""}, outputs=(output,), attest=BOTH)
    assert "attestation-prefix" in str(caught.value.hint)


def test_inline_only(bench: Bench) -> None:
    """Such provenance goes with images and not with files."""
    inline = AttestOptions(provenance=ProvenanceOptions(inline_only=True))
    outputs = (layout(bench), Output(kind=OutputKind.LOCAL, destination=bench.root / "out"))
    bench.build(TEXT, FILES, outputs=outputs, attest=inline)
    assert not (bench.root / "out/provenance.json").exists()
    (told,) = statements(bench.root / "layout").values()
    assert set(told) == {SLSA}


def test_places_without_room(bench: Bench) -> None:
    """A docker archive and docker's media types, before anything is built; no output at all, which is said."""
    archive = Output(kind=OutputKind.DOCKER, destination=bench.root / "x.tar")
    with pytest.raises(UsageError, match="attestations have no place in a docker archive"):
        bench.build(TEXT, FILES, outputs=(archive,), attest=BOTH)
    with pytest.raises(UsageError, match="cannot export attestations with oci-mediatypes=false"):
        bench.build(TEXT, FILES, outputs=(layout(bench, docker_types=True),), attest=BOTH)
    built = bench.build(TEXT, FILES, outputs=(Output(kind=OutputKind.CACHE_ONLY),), attest=BOTH)
    assert any("attestations go nowhere" in message for message in built.notices)
    assert not bench.build(TEXT, FILES).notices


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    if not shutil.which("docker-registry"):
        pytest.skip("docker-registry is not installed")
    with running_registry(tmp_path / "registry") as started:
        yield started


def test_pushes(bench: Bench, registry: Registry) -> None:
    """Have the least provenance where that is the default; others read them, and the image is pulled as ever."""
    name = reference(f"{registry.host}/team/app:1")
    push = Output(kind=OutputKind.IMAGE, push=True)
    default = AttestOptions(provenance_of_pushes=True)
    built = bench.build(TEXT, FILES, tags=(name,), outputs=(push,), attest=default)
    command = ["skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{name}"]
    if shutil.which("skopeo"):
        index = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        assert [item["platform"]["os"] for item in index["manifests"]] == ["linux", "unknown"]
        inspect = [*command[:2], "--tls-verify=false", "--format={{len .Layers}}", command[-1]]
        assert subprocess.run(inspect, check=True, capture_output=True, text=True).stdout == "2\n"
    again = bench.build(f"FROM {name}\n", pull=True)
    assert again.config.diff_ids == built.config.diff_ids
    plain = bench.build(TEXT, tags=(name,), outputs=(push,), attest=AttestOptions())
    assert plain.result.manifest is not None
    assert plain.result.manifest.media_type == "application/vnd.oci.image.manifest.v1+json"


def test_a_context_from_a_repository(bench: Bench, tmp_path: Path) -> None:
    """Is what the build was made of, at its commit; then all materials can be demanded."""
    served = tmp_path / "served"
    served.mkdir()
    repository = Repository.create(served / "r", {"Dockerfile": "FROM scratch\nCOPY f /\n", "f": "f"})
    with serving_git(served) as server:
        url = f"{server.url}/r/.git"
        options = AttestOptions(provenance=ProvenanceOptions(complete_materials=True))
        bench.build(None, context=None, context_url=f"{url}#main", outputs=(layout(bench),), attest=options)
    (told,) = statements(bench.root / "layout").values()
    predicate = told[SLSA]["predicate"]
    source = predicate["buildDefinition"]["externalParameters"]["configSource"]
    assert source == {"uri": f"{url}#main", "digest": {"sha1": repository.head}, "path": "Dockerfile"}
    assert predicate["buildDefinition"]["resolvedDependencies"] == [{"uri": f"{url}#main", "digest": source["digest"]}]
    assert predicate["runDetails"]["metadata"]["buildkit_hermetic"] is True


def test_arguments_for_scanners(bench: Bench) -> None:
    """Are no variables; that they change nothing is told where there is a scan."""
    text = """\
ARG BUILDKIT_SBOM_SCAN_STAGE=true
FROM busybox:test
ARG BUILDKIT_SBOM_SCAN_STAGE BUILDKIT_SBOM_SCAN_CONTEXT=true OTHER=yes
RUN env > /env; echo "[${BUILDKIT_SBOM_SCAN_CONTEXT}]" >> /env
"""
    built = bench.build(text, outputs=(layout(bench),), attest=AttestOptions(sbom=True))
    assert "OTHER=yes" in built.text("env") and "BUILDKIT" not in built.text("env")
    assert built.text("env").endswith("[]\n")
    (remark,) = [message for message in built.notices if "without effect" in message]
    assert remark.startswith("BUILDKIT_SBOM_SCAN_CONTEXT and BUILDKIT_SBOM_SCAN_STAGE without effect")
    assert not any("without effect" in message for message in bench.build(text).notices)


def test_what_could_not_be_read_is_told(bench: Bench) -> None:
    """In the document and by the build."""
    text = "FROM scratch\nCOPY Packages /var/lib/rpm/\n"
    built = bench.build(text, {"Packages": "x"}, outputs=(layout(bench),), attest=AttestOptions(sbom=True))
    (remark,) = [message for message in built.notices if "incomplete" in message]
    assert remark.startswith("the SBOM is incomplete: /var/lib/rpm/Packages: a Berkeley database")
    (told,) = statements(bench.root / "layout").values()
    assert "/var/lib/rpm/Packages: a Berkeley database" in told[SPDX]["predicate"]["comment"]
    assert "scanning for packages" in built.steps


def test_what_was_fetched_is_told_also_where_nothing_was_done(bench: Bench, tmp_path: Path) -> None:
    """Files of web servers by their digest, repositories by their commit; in a build that finds everything, too."""
    served = tmp_path / "served"
    served.mkdir()
    repository = Repository.create(served / "r", {"f": "f"})
    (served / "file").write_text("content")
    with serving_git(served) as server, serving_git(served, dumb=True) as files:
        text = f"FROM scratch\nADD {server.url}/r/.git#main /r/\nADD {files.url}/file /\n"
        expected = [
            {"uri": f"{server.url}/r/.git#main", "digest": {"sha1": repository.head}},
            {"uri": f"{files.url}/file", "digest": {"sha256": Digest.of(b"content").hex}},
        ]
        for _ in range(2):
            bench.build(text, outputs=(layout(bench),), attest=BOTH)
            (told,) = statements(bench.root / "layout").values()
            assert told[SLSA]["predicate"]["buildDefinition"]["resolvedDependencies"] == expected
