"""What builds give out: several platforms, pushes, annotations, media types, and bytes that do not depend on the day."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engine.bench import Bench, Built, reference
from tests.engine.test_image_layers import quiet, silent
from tests.registry.support import Registry, running_registry

from jettison.engine.encoder import Compression
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.transfer import pull
from jettison.errors import NotFoundError, RegistryError, UsageError
from jettison.layer.decompress import Codec
from jettison.layout.files import DirectoryFiles
from jettison.layout.validate import validate_layout
from jettison.model.annotation import Annotation
from jettison.model.oci import DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from jettison.model.platform import Platform

pytestmark = pytest.mark.root

AMD64 = Platform.parse("linux/amd64")
ARM64 = Platform.parse("linux/arm64")
BOTH = (AMD64, ARM64)
ONE_EACH = """\
FROM --platform=$BUILDPLATFORM busybox:test AS build
RUN echo shared > /shared
ARG TARGETARCH
RUN echo built for $TARGETARCH > /out
FROM scratch
COPY --from=build /out /shared /
ENTRYPOINT ["/out"]
"""


def document(folder: Path, digest: str) -> Any:
    return json.loads((folder / "blobs" / digest.replace(":", "/")).read_text())


def layout(bench: Bench, name: str = "layout", **fields: Any) -> Output:
    return Output(kind=OutputKind.OCI, destination=bench.root / name, as_tar=False, **fields)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    if not shutil.which("docker-registry"):
        pytest.skip("docker-registry is not installed")
    with running_registry(tmp_path / "registry") as started:
        yield started


def test_an_index_over_the_platforms(bench: Bench) -> None:
    """Steps that do not differ run once; each platform has its manifest in the order that was asked for."""
    built = bench.build(ONE_EACH, platforms=BOTH, outputs=(layout(bench),), tags=(reference("multi:1"),))
    assert sum("RUN echo shared" in name for name in built.ran) == 1
    assert sum("RUN echo built for" in name for name in built.ran) == 2
    assert any(name.startswith("[linux/amd64->arm64 build 3/3]") for name in built.ran), built.ran
    assert any(name.startswith("[linux/arm64 stage-1 1/1]") for name in built.ran), built.ran
    folder = bench.root / "layout"
    (entry,) = json.loads((folder / "index.json").read_text())["manifests"]
    assert entry["mediaType"] == OCI_INDEX
    assert entry["annotations"]["org.opencontainers.image.ref.name"] == "1"
    assert built.result.manifest is not None
    assert entry["digest"] == built.result.manifest.digest
    manifests = document(folder, entry["digest"])["manifests"]
    assert [item["platform"]["architecture"] for item in manifests] == ["amd64", "arm64"]
    configs = [document(folder, document(folder, item["digest"])["config"]["digest"]) for item in manifests]
    assert [config["architecture"] for config in configs] == ["amd64", "arm64"]
    validate_layout(DirectoryFiles(folder))


def test_a_name_of_several_platforms_in_the_store(bench: Bench) -> None:
    """Each platform is found under the name; that of the machine is meant by default; rmi takes them all."""
    store = bench.store
    before = {record.image_id for record in store.images.list()}
    built = bench.build(ONE_EACH, platforms=(ARM64, AMD64), tags=(reference("multi"), reference("other")))
    found = {str(platform): store.images.find_for("multi", platform).image_id for platform in BOTH}
    assert found == {str(platform): image_id for platform, image_id in built.result.images}
    assert store.images.find("multi").image_id == built.result.image_id == found["linux/amd64"]
    with pytest.raises(NotFoundError, match="linux/riscv64") as caught:
        store.images.find_for("multi", Platform.parse("linux/riscv64"))
    assert "linux/arm64" in str(caught.value.hint)
    store.prune(all=False)
    assert len(store.images.platforms("multi")) == 2, "no image of a name is dangling"
    store.remove_image("other")
    assert len(store.images.platforms("multi")) == 2
    store.remove_image(found["linux/arm64"])
    assert [record.image_id for record in store.images.platforms("multi")] == [found["linux/amd64"]]
    store.remove_image("multi")
    assert {record.image_id for record in store.images.list()} == before


def test_the_next_build_finds_each_platform(bench: Bench) -> None:
    """FROM of a name with several platforms takes the one that is built for."""
    bench.build(ONE_EACH, platforms=BOTH, tags=(reference("multi"),))
    built = bench.build("FROM multi\nLABEL a=b\n", platforms=BOTH)
    for platform, image_id in built.result.images:
        config = bench.store.images.config(image_id)
        assert config.platform == platform
        assert Built(result=built.result, events=(), store=bench.store).config is not None
    assert len({image_id for _, image_id in built.result.images}) == 2


def test_files_of_several_platforms(bench: Bench) -> None:
    """A folder for each platform; without, files must not be in each other's way."""
    files = bench.root / "files"
    bench.build(ONE_EACH, platforms=BOTH, outputs=(Output(kind=OutputKind.LOCAL, destination=files),))
    assert (files / "linux_arm64/out").read_text() == "built for arm64\n"
    assert (files / "linux_amd64/out").read_text() == "built for amd64\n"
    archive = bench.root / "files.tar"
    bench.build(None, platforms=BOTH, outputs=(Output(kind=OutputKind.TAR, destination=archive),))
    with tarfile.open(archive) as tar:
        assert {"linux_amd64/out", "linux_arm64/shared"} < set(tar.getnames())
    one = Output(kind=OutputKind.LOCAL, destination=bench.root / "one", platform_split=True)
    bench.build(None, outputs=(one,))
    assert (bench.root / f"one/{str(bench.machine(print).platform).replace('/', '_')}/out").exists()
    with pytest.raises(UsageError, match="when split option is disabled"):
        bench.build(
            None,
            platforms=BOTH,
            outputs=(Output(kind=OutputKind.LOCAL, destination=bench.root / "no", platform_split=False),),
        )
    with pytest.raises(UsageError, match="does not currently support exporting manifest lists"):
        bench.build(
            None, platforms=BOTH, outputs=(Output(kind=OutputKind.DOCKER, destination=bench.root / "docker.tar"),)
        )


def test_annotations(bench: Bench) -> None:
    """They stand where they are meant to, and nowhere else."""
    texts = (
        "a=all",
        "manifest[linux/arm64]:a=arm",
        "index,manifest-descriptor:b=two places",
        "index-descriptor:c=root",
    )
    annotations = tuple(annotation for text in texts for annotation in Annotation.parse(text))
    bench.build(ONE_EACH, platforms=BOTH, outputs=(layout(bench, annotations=annotations),))
    folder = bench.root / "layout"
    (entry,) = json.loads((folder / "index.json").read_text())["manifests"]
    index = document(folder, entry["digest"])
    assert entry["annotations"] == {"c": "root"}
    assert index["annotations"] == {"b": "two places"}
    assert [item["annotations"] for item in index["manifests"]] == [{"b": "two places"}] * 2
    own = [document(folder, item["digest"])["annotations"] for item in index["manifests"]]
    assert own == [{"a": "all"}, {"a": "arm"}]
    with pytest.raises(UsageError, match="index annotations not supported for single platform export"):
        bench.build(None, outputs=(layout(bench, "single", annotations=annotations[2:3]),))
    with pytest.raises(UsageError, match="linux/arm64 is not built"):
        bench.build(None, platforms=(AMD64,), outputs=(layout(bench, "single", annotations=annotations[1:2]),))


def test_load_takes_all_platforms(bench: Bench, new_bench: Callable[[], Bench]) -> None:
    """What one store exports, another one has again: under the name, for each platform."""
    archive = bench.root / "multi.tar"
    output = Output(kind=OutputKind.OCI, destination=archive)
    built = bench.build(ONE_EACH, platforms=BOTH, tags=(reference("multi:1"),), outputs=(output,))
    other = new_bench()
    other.load(archive)
    found = {platform: other.store.images.find_for("multi:1", platform).image_id for platform in BOTH}
    assert found == dict(built.result.images)


def test_push(bench: Bench, registry: Registry) -> None:
    """Every platform under every name; what is pulled from there is what was built, and nothing is sent twice."""
    names = (reference(f"{registry.host}/team/app:1"), reference(f"{registry.host}/team/app:2"))
    push = Output(kind=OutputKind.IMAGE, push=True)
    built = bench.build(ONE_EACH, platforms=BOTH, tags=names, outputs=(push,))
    assert built.result.manifest is not None
    for name in names:
        fetched = bench.registry.fetch_manifest(name)
        assert fetched.descriptor.digest == built.result.manifest.digest
        assert fetched.descriptor.media_type == OCI_INDEX
    machine = bench.machine(quiet)
    pulled = {platform: pull(names[0], platform, machine, silent).image_id for platform in BOTH}
    assert pulled == dict(built.result.images)
    origins = bench.store.images.find(str(names[0])).repo_digests
    assert built.result.manifest.digest in {name.digest for name in origins}
    sent = registry.log_text().count('"PUT')
    bench.build(None, platforms=BOTH, tags=names, outputs=(push,))
    again = registry.log_text().count('"PUT') - sent
    assert again == 6, "two manifests and an index, for two names"


def test_push_by_digest(bench: Bench, registry: Registry) -> None:
    """There is no tag afterwards."""
    name = reference(f"{registry.host}/team/digest")
    output = Output(kind=OutputKind.IMAGE, push=True, by_digest=True, store=False, names=(name,))
    built = bench.build("FROM scratch\nCOPY Dockerfile /\n", outputs=(output,))
    assert built.result.manifest is not None
    with pytest.raises(RegistryError, match="MANIFEST_UNKNOWN"):
        bench.registry.fetch_manifest(name)
    by_digest = reference(f"{registry.host}/team/digest@{built.result.manifest.digest}")
    assert bench.registry.fetch_manifest(by_digest).descriptor.digest == built.result.manifest.digest
    with pytest.raises(NotFoundError):
        bench.store.images.find(str(name))
    with pytest.raises(UsageError, match="tag is needed"):
        bench.build(None, outputs=(Output(kind=OutputKind.IMAGE, push=True),))


def test_media_types(bench: Bench) -> None:
    """Docker's where they are asked for, and zstd has none there."""
    bench.build("FROM busybox:test\nRUN echo x > /x\n", outputs=(layout(bench, docker_types=True),))
    folder = bench.root / "layout"
    (entry,) = json.loads((folder / "index.json").read_text())["manifests"]
    manifest = document(folder, entry["digest"])
    assert manifest["mediaType"] == DOCKER_MANIFEST
    assert {layer["mediaType"] for layer in manifest["layers"]} == {"application/vnd.docker.image.rootfs.diff.tar.gzip"}
    zstd = Compression(codec=Codec.ZSTD)
    with pytest.raises(UsageError, match="conflicts with"):
        bench.build(None, outputs=(layout(bench, "zstd", docker_types=True, compression=zstd),))


def test_several_outputs_at_once(bench: Bench) -> None:
    """Each gets its own, and the first manifest is the one that is told."""
    built = bench.build(
        "FROM busybox:test\nRUN echo x > /x\n",
        tags=(reference("app"),),
        outputs=(
            Output(kind=OutputKind.LOCAL, destination=bench.root / "files"),
            layout(bench),
            Output(kind=OutputKind.DOCKER, destination=bench.root / "docker.tar"),
            Output(kind=OutputKind.IMAGE),
            Output(kind=OutputKind.CACHE_ONLY),
        ),
    )
    assert (bench.root / "files/x").read_text() == "x\n"
    assert bench.store.images.find("app").image_id == built.result.image_id
    assert built.result.manifest is not None
    assert built.result.manifest.media_type == OCI_MANIFEST
    with tarfile.open(bench.root / "docker.tar") as tar:
        assert "manifest.json" in tar.getnames()


def test_files_belong_to_the_user(bench: Bench) -> None:
    """Whose they are in the image is for the image, as with BuildKit."""
    folder = bench.root / "files"
    bench.build(
        "FROM scratch\nCOPY --chown=7:8 --chmod=640 f /d/f\n",
        {"f": "f"},
        outputs=(Output(kind=OutputKind.LOCAL, destination=folder),),
    )
    for path in (folder / "d", folder / "d/f"):
        status = path.stat()
        assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (os.getuid(), os.getgid(), 0o640)


REPEATED = """\
FROM busybox:test AS made
RUN mkdir /made && echo x > /made/file && ln /made/file /made/again && ln -s file /made/link && touch /made/file
FROM busybox:test
COPY . /src/
WORKDIR /work
RUN rm /etc/motd && echo y > y && chmod 600 y
COPY --from=made /made /made
"""


def test_the_same_bytes_on_another_day(new_bench: Callable[[], Bench]) -> None:
    """Two stores, folders, times and umasks: with SOURCE_DATE_EPOCH and rewrite-timestamp one digest; the base stays."""
    digests = []
    for shift in (0, 500_000):
        bench = new_bench()
        bench.context.mkdir()
        bench.write({"a/one": "1", "a/b/two": "2", "Dockerfile": REPEATED})
        for path in sorted(bench.context.rglob("*"), reverse=True):
            path.chmod(0o755 if path.is_dir() else 0o644)
            os.utime(path, (1_750_000_000 + shift, 1_750_000_000 + shift))
        mask = os.umask(0o077 if shift else 0o022)
        try:
            built = bench.build(
                None,
                source_date_epoch=1_700_000_000,
                outputs=(layout(bench, rewrite_timestamp=True),),
            )
        finally:
            os.umask(mask)
        assert built.result.manifest is not None
        digests.append(built.result.manifest.digest)
        base = bench.store.images.config(bench.store.images.find("busybox:test").image_id)
        config = bench.store.images.config(built.result.image_id)
        assert config.diff_ids[: len(base.diff_ids)] == base.diff_ids
        times = [
            entry.mtime_ns // 10**9
            for diff_id in config.diff_ids[len(base.diff_ids) :]
            for entry in built.layers.index(diff_id).entries
        ]
        assert max(times) == 1_700_000_000
        assert config.created == "2023-11-14T22:13:20Z"
        again = bench.build(
            None, source_date_epoch=1_700_000_000, outputs=(layout(bench, "again", rewrite_timestamp=True),)
        )
        assert again.result.manifest == built.result.manifest
        time.sleep(1.1)
    assert digests[0] == digests[1]


def test_the_epoch_reaches_commands_that_ask_for_it(bench: Bench) -> None:
    """As with buildx the environment's SOURCE_DATE_EPOCH is a build argument."""
    text = "FROM busybox:test\nARG SOURCE_DATE_EPOCH\nRUN echo $SOURCE_DATE_EPOCH > /out\n"
    assert bench.build(text, source_date_epoch=1_600_000_000).text("out") == "1600000000\n"


def test_rewriting_without_a_time(bench: Bench) -> None:
    """It is told that nothing happens."""
    built = bench.build("FROM scratch\nCOPY . /\n", outputs=(layout(bench, rewrite_timestamp=True),))
    assert any("no SOURCE_DATE_EPOCH" in notice for notice in built.notices)


def test_names_with_the_digest(bench: Bench) -> None:
    """name-canonical and dangling-name-prefix: the store finds the image by the digest of its manifest."""
    output = Output(kind=OutputKind.IMAGE, canonical=True, dangling_prefix="example.com/dangling")
    built = bench.build("FROM scratch\nCOPY . /\n", tags=(reference("app"),), outputs=(output,))
    assert built.result.manifest is not None
    for name in ("app", "example.com/dangling"):
        found = bench.store.images.find(f"{name}@{built.result.manifest.digest}")
        assert found.image_id == built.result.image_id


def test_the_epoch_of_the_dockerfile(bench: Bench) -> None:
    """An ARG before the first FROM gives it, too; a WORKDIR has that time, as in BuildKit."""
    text = "ARG SOURCE_DATE_EPOCH=1000000000\nFROM scratch\nWORKDIR /work\n"
    built = bench.build(text)
    assert built.config.created == "2001-09-09T01:46:40Z"
    assert built.entry("work").mtime_ns == 1_000_000_000 * 10**9
    assert bench.build(None, source_date_epoch=5).config.created == "1970-01-01T00:00:05Z"
    with pytest.raises(UsageError, match="invalid SOURCE_DATE_EPOCH 'noon'"):
        bench.build(None, build_args=(("SOURCE_DATE_EPOCH", "noon"),))
