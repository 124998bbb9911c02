"""What is said about an image goes with it: pulled, pushed, saved and loaded, byte for byte, or not at all."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engine.bench import Bench, reference
from tests.engine.test_image_layers import quiet, silent
from tests.registry.support import Registry, running_registry

from jettison.attest.options import AttestOptions, Mode, ProvenanceOptions
from jettison.engine.encoder import Compression
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.push import push
from jettison.engine.transfer import load, pull, save
from jettison.layer.decompress import Codec
from jettison.layout.detect import open_layout
from jettison.layout.validate import validate_layout
from jettison.model.annotation import Annotation, AnnotationPlace
from jettison.model.digest import Digest
from jettison.model.oci import Descriptor, Index, Manifest, parse_manifest
from jettison.model.platform import Platform
from jettison.model.reference import Reference

pytestmark = pytest.mark.skipif(not shutil.which("docker-registry"), reason="no docker-registry")

DOCKERFILE = "FROM scratch\nARG TARGETARCH\nCOPY one.txt /one.$TARGETARCH\n"
FILES = {"one.txt": "1"}
BOTH = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
ATTEST = AttestOptions(sbom=True, provenance=ProvenanceOptions(mode=Mode.MAX))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with running_registry(tmp_path / "registry") as started:
        yield started


def published(bench: Bench, name: Reference, *platforms: Platform, **options: Any) -> Reference:
    """An image with attestations in a registry, whose index has an annotation."""
    output = Output(
        kind=OutputKind.IMAGE,
        push=True,
        store=False,
        annotations=(Annotation(place=AnnotationPlace.INDEX, key="org.example.note", value="kept"),),
        **options,
    )
    bench.build(DOCKERFILE, FILES, tags=(name,), outputs=(output,), attest=ATTEST, platforms=platforms or BOTH[:1])
    return name


def take(bench: Bench, name: Reference, platform: Platform = BOTH[0]) -> None:
    machine = bench.machine(quiet)
    pull(name, platform, machine, silent)


def put(bench: Bench, name: Reference, **options: Any) -> tuple[Descriptor, list[str]]:
    said: list[str] = []
    root = push(name, bench.machine(quiet), silent, lambda layer: None, remark=said.append, **options)
    return root, said


def manifest_of(bench: Bench, name: Reference) -> tuple[Digest, Index | Manifest]:
    fetched = bench.registry.fetch_manifest(name)
    return fetched.descriptor.digest, parse_manifest(fetched.data)


def test_what_was_pulled_is_pushed_with_the_same_digest(new_bench: Callable[[], Bench], registry: Registry) -> None:
    """Under another name, in another repository; the SBOM and the provenance are there."""
    name = published(new_bench(), reference(f"{registry.host}/one/app:1"))
    other, copy = new_bench(), reference(f"{registry.host}/two/copy:9")
    take(other, name)
    other.store.images.tag(copy, other.store.images.find(str(name)).image_id)
    root, said = put(other, copy)
    digest, index = manifest_of(other, copy)
    assert (digest, root.digest, said) == (manifest_of(other, name)[0], digest, [])
    assert isinstance(index, Index)
    assert dict(index.annotations) == {"org.example.note": "kept"}
    told = attested(other, copy, index)
    assert sorted(told) == ["https://slsa.dev/provenance/v1", "https://spdx.dev/Document"]


def attested(bench: Bench, name: Reference, index: Index) -> dict[str, Any]:
    """Every statement beside an image of a registry, by its type; everything is fetched from there."""
    client = bench.registry
    parent = client.fetch_manifest(name)
    found = {}
    images = {entry.digest for entry in index.manifests if not entry.annotations}
    for entry in index.manifests:
        about = dict(entry.annotations).get("vnd.docker.reference.digest")
        if about is None:
            continue
        assert about in images
        manifest = parse_manifest(client.fetch_child(parent, entry).data)
        assert isinstance(manifest, Manifest)
        for layer in manifest.layers:
            with client.fetch_blob(client.endpoints(name), layer) as stream:
                statement = json.loads(stream.read())
            assert {f"sha256:{subject['digest']['sha256']}" for subject in statement["subject"]} == {about}
            found[statement["predicateType"]] = statement
    return found


def test_of_several_platforms_those_that_are_here(new_bench: Callable[[], Bench], registry: Registry) -> None:
    """A new index with the annotations of the old one; manifests and attestations are what they were. With the other
    platform, too, it is the old index.
    """
    name = published(new_bench(), reference(f"{registry.host}/one/app:1"), *BOTH)
    whole, all_of_it = manifest_of(new_bench(), name)
    assert isinstance(all_of_it, Index)
    assert len(all_of_it.manifests) == 4
    other, copy = new_bench(), reference(f"{registry.host}/two/app:1")
    take(other, name)
    other.store.images.tag(copy, other.store.images.find(str(name)).image_id)
    put(other, copy)
    _, part = manifest_of(other, copy)
    assert isinstance(part, Index)
    assert part.annotations == all_of_it.annotations
    amd64 = [entry for entry in all_of_it.manifests if entry.platform == BOTH[0]]
    about = [entry for entry in all_of_it.manifests if amd64[0].digest in dict(entry.annotations).values()]
    assert list(part.manifests) == [*amd64, *about]
    assert len(attested(other, copy, part)) == 2
    take(other, name, BOTH[1])
    first, *others = other.store.images.platforms(str(name))
    members = {other.store.images.config(one.image_id).platform: one.image_id for one in others}
    other.store.images.tag(copy, first.image_id, others=members)
    put(other, copy)
    assert manifest_of(other, copy)[0] == whole


def test_one_platform_that_is_asked_for_is_pushed_alone(new_bench: Callable[[], Bench], registry: Registry) -> None:
    """As docker does it: a manifest, without an index, which is what attestations are in."""
    name = published(new_bench(), reference(f"{registry.host}/one/app:1"))
    other = new_bench()
    take(other, name)
    put(other, name, platform=BOTH[0])
    assert isinstance(manifest_of(other, name)[1], Manifest)


def test_saved_loaded_and_pushed(new_bench: Callable[[], Bench], registry: Registry, tmp_path: Path) -> None:
    """An archive carries them; it is a valid layout and docker's archive at the same time."""
    name = published(new_bench(), reference(f"{registry.host}/one/app:1"))
    one, other = new_bench(), new_bench()
    take(one, name)
    archive = tmp_path / "saved.tar"
    with archive.open("wb") as sink:
        save([str(name)], sink.write, one.machine(quiet), silent)
    with open_layout(archive, spool_dir=tmp_path) as files:
        assert list(validate_layout(files)) == []
    load(archive, other.machine(quiet), silent)
    copy = reference(f"{registry.host}/two/app:1")
    other.store.images.tag(copy, other.store.images.find(str(name)).image_id)
    root, _ = put(other, copy)
    assert root.digest == manifest_of(one, name)[0]


def test_a_layout_carries_them_too(new_bench: Callable[[], Bench], registry: Registry, tmp_path: Path) -> None:
    """One that was built, in a folder: the manifest and what is about it is pushed as it lay there."""
    folder = tmp_path / "layout"
    one, other = new_bench(), new_bench()
    output = Output(kind=OutputKind.OCI, destination=folder, as_tar=False)
    name = reference(f"{registry.host}/one/app:1")
    one.build(DOCKERFILE, FILES, tags=(name,), outputs=(output,), attest=ATTEST)
    load(folder, other.machine(quiet), silent)
    put(other, name)
    digest, index = manifest_of(other, name)
    assert digest == json.loads((folder / "index.json").read_bytes())["manifests"][0]["digest"]
    assert isinstance(index, Index)
    assert len(attested(other, name, index)) == 2


def test_what_a_build_pulled_without_them_fetches_them_when_it_is_pushed(
    new_bench: Callable[[], Bench], registry: Registry
) -> None:
    """From where it came; where that is not there any more, the image goes without, and that is said."""
    name = published(new_bench(), reference(f"{registry.host}/one/app:1"))
    other, copy = new_bench(), reference(f"{registry.host}/two/app:1")
    other.build(f"FROM {name}\nCOPY one.txt /more\n", FILES)
    image_id = other.store.images.find(str(name)).image_id
    other.store.images.tag(copy, image_id)
    root, said = put(other, copy)
    assert (root.digest, said) == (manifest_of(other, name)[0], [])


@pytest.mark.parametrize("way", ["load", "pull"])
def test_layers_that_are_here_in_another_form(
    new_bench: Callable[[], Bench], registry: Registry, tmp_path: Path, way: str
) -> None:
    """What is said is about the compressed layers: those are taken as well, or fetched when the image is pushed."""
    one, other = new_bench(), new_bench()
    name, copy = reference(f"{registry.host}/one/app:1"), reference(f"{registry.host}/two/app:1")
    compression = Compression(codec=Codec.GZIP, level=1)
    published(one, name, compression=compression)
    archive = tmp_path / "layout.tar"
    output = Output(kind=OutputKind.OCI, destination=archive, compression=compression)
    one.build(DOCKERFILE, FILES, tags=(name,), outputs=(output,), attest=ATTEST)
    one.build(DOCKERFILE, FILES, tags=(Reference.parse("plain:1"),))
    take_plain_layers(other, one)
    if way == "load":
        load(archive, other.machine(quiet), silent)
        with tarfile.open(archive) as tar:
            expected = json.load(tar.extractfile("index.json") or io.BytesIO())["manifests"][0]["digest"]
    else:
        take(other, name)
        expected = manifest_of(one, name)[0]
    other.store.images.tag(copy, other.store.images.find(str(name)).image_id)
    root, said = put(other, copy)
    assert (root.digest, said) == (expected, [])


def take_plain_layers(bench: Bench, owner: Bench) -> None:
    """Let a store have the layers of an image of another one, uncompressed."""
    image_id = owner.store.images.find("plain:1").image_id
    stream = io.BytesIO()
    save([image_id], stream.write, owner.machine(quiet), silent)
    stream.seek(0)
    load(stream, bench.machine(quiet), silent)
    bench.store.images.remove(image_id)


def test_what_a_build_says_about_its_image_stays_with_it(new_bench: Callable[[], Bench], registry: Registry) -> None:
    """Without a push in the build: the image, what is said about it and annotations are pushed later, and as one; the
    build names the image by its id, as any that goes to the store.
    """
    one, name = new_bench(), reference(f"{registry.host}/one/app:1")
    annotations = (
        Annotation(place=AnnotationPlace.INDEX, key="org.example.note", value="kept"),
        Annotation(place=AnnotationPlace.MANIFEST, key="org.example.own", value="too"),
    )
    output = Output(kind=OutputKind.IMAGE, annotations=annotations)
    built = one.build(DOCKERFILE, FILES, tags=(name,), outputs=(output,), attest=ATTEST)
    assert (built.result.manifest, built.notices) == (None, [])
    assert built.result.image_id == one.store.images.find(str(name)).image_id
    put(one, name)
    _, index = manifest_of(one, name)
    assert isinstance(index, Index)
    assert dict(index.annotations) == {"org.example.note": "kept"}
    assert len(attested(one, name, index)) == 2
    manifest = parse_manifest(one.registry.fetch_child(one.registry.fetch_manifest(name), index.manifests[0]).data)
    assert dict(manifest.annotations) == {"org.example.own": "too"}


def test_what_was_pushed_by_a_build_is_pushed_elsewhere_as_it_was(
    new_bench: Callable[[], Bench], registry: Registry
) -> None:
    """With the least provenance, which a push has where nobody says anything."""
    one, name, copy = new_bench(), reference(f"{registry.host}/one/app:1"), reference(f"{registry.host}/two/app:1")
    one.build(DOCKERFILE, FILES, tags=(name,), outputs=(Output(kind=OutputKind.IMAGE, push=True),))
    one.store.images.tag(copy, one.store.images.find(str(name)).image_id)
    root, _ = put(one, copy)
    assert root.digest == manifest_of(one, name)[0]


def test_they_are_kept_as_long_as_the_image_is(new_bench: Callable[[], Bench], registry: Registry) -> None:
    """A prune leaves them, the end of the image ends them."""
    name = published(new_bench(), reference(f"{registry.host}/one/app:1"))
    other = new_bench()
    take(other, name)
    record = other.store.images.find(str(name))
    assert record.manifest is not None
    company = other.store.companions.of(record.image_id, record.manifest.digest)
    assert company.index is not None
    held = [company.index, *company.attestations, *company.parts]
    assert len(held) == 5
    other.store.prune(images=False, all=True)
    assert all(other.store.blobs.has(each.digest) for each in held)
    other.store.remove_image(str(name))
    other.store.prune(images=False, all=True)
    assert not any(other.store.blobs.has(each.digest) for each in held)


@pytest.mark.skipif(not shutil.which("skopeo"), reason="no skopeo")
def test_skopeo_copies_what_was_pushed(new_bench: Callable[[], Bench], registry: Registry, tmp_path: Path) -> None:
    """With everything that the index names."""
    name = published(new_bench(), reference(f"{registry.host}/one/app:1"), *BOTH)
    other, copy = new_bench(), reference(f"{registry.host}/two/app:1")
    take(other, name)
    other.store.images.tag(copy, other.store.images.find(str(name)).image_id)
    put(other, copy)
    target = tmp_path / "copied"
    command = ["skopeo", "--insecure-policy", "copy", "-q", "--all", "--preserve-digests", "--src-tls-verify=false"]
    subprocess.run([*command, f"docker://{copy}", f"oci:{target}:1"], check=True)
    copied = json.loads((target / "index.json").read_bytes())["manifests"][0]["digest"]
    assert copied == manifest_of(other, copy)[0]


def test_attestations_that_cannot_be_had_are_no_reason_to_fail(
    new_bench: Callable[[], Bench], registry: Registry
) -> None:
    """The image is taken without them, with a remark."""
    one, other = new_bench(), new_bench()
    name = published(one, reference(f"{registry.host}/one/app:1"))
    fetched = one.registry.fetch_manifest(name)
    index = parse_manifest(fetched.data)
    assert isinstance(index, Index)
    [entry] = [entry for entry in index.manifests if entry.annotations]
    manifest = parse_manifest(one.registry.fetch_child(fetched, entry).data)
    assert isinstance(manifest, Manifest)
    registry.blob_file(manifest.layers[0].digest).unlink()
    said: list[str] = []
    machine = other.machine(quiet)
    pull(name, machine.platform, machine, silent, remark=said.append)
    assert len(said) == 1
    assert "the attestations beside the image" in said[0]
    other.store.images.tag(reference(f"{registry.host}/two/app:1"), other.store.images.find(str(name)).image_id)
    _, said = put(other, reference(f"{registry.host}/two/app:1"))
    assert "cannot be had" in said[0]


def test_an_archive_of_standard_input(new_bench: Callable[[], Bench], registry: Registry) -> None:
    """``save | load``."""
    name = published(new_bench(), reference(f"{registry.host}/one/app:1"))
    one, other = new_bench(), new_bench()
    take(one, name)
    stream = io.BytesIO()
    save([str(name)], stream.write, one.machine(quiet), silent)
    stream.seek(0)
    load(stream, other.machine(quiet), silent)
    root, _ = put(other, name)
    assert root.digest == manifest_of(one, name)[0]
