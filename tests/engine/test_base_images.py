"""Base images from a registry: fetched no further than somebody reads them, and right however they are damaged."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.engine.bench import Bench, reference
from tests.registry.support import MadeImage, Registry, blob_descriptor, running_registry
from tests.support.base_image import PATH, busybox_layer, find_busybox

from jettison.engine.outputs import Output, OutputKind
from jettison.engine.run import RunRequest, Streams, run
from jettison.errors import IntegrityError, JettisonError, RegistryError
from jettison.model.config import HistoryEntry, ImageConfig, RunConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.oci import OCI_CONFIG, OCI_LAYER_GZIP, Manifest, write_manifest
from jettison.model.platform import Platform
from jettison.solve.events import Event, LintWarning, Notice

pytestmark = [pytest.mark.root, pytest.mark.skipif(not shutil.which("docker-registry"), reason="no docker-registry")]

NATIVE = Platform.parse("linux/amd64")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as started:
        yield started


@pytest.fixture(scope="module")
def image() -> MadeImage:
    """A busybox whose only layer is compressed."""
    busybox = find_busybox()
    assert busybox is not None
    buffer = io.BytesIO(busybox_layer(busybox))
    with tarfile.open(fileobj=buffer, mode="a") as archive:
        archive.addfile(tarfile.TarInfo("other-than-the-bench-has"))
    tar = buffer.getvalue()
    layer = gzip.compress(tar, mtime=0)
    config = ImageConfig(
        platform=NATIVE,
        run=RunConfig(env=(tuple(PATH.split("=", 1)),), cmd=("sh",)),  # type: ignore[arg-type]
        diff_ids=(Digest.of(tar),),
        history=(HistoryEntry(created_by="base"),),
    )
    config_bytes = write_image_config(config)
    manifest = Manifest(
        config=blob_descriptor(OCI_CONFIG, config_bytes), layers=(blob_descriptor(OCI_LAYER_GZIP, layer),)
    )
    blobs = {Digest.of(data): data for data in (config_bytes, layer)}
    return MadeImage(manifest=manifest, manifest_bytes=write_manifest(manifest), blobs=blobs)


def gets_of_layer(registry: Registry, image: MadeImage) -> int:
    """How often the layer was downloaded."""
    wanted = f"/blobs/{image.manifest.layers[0].digest}"
    return sum(1 for line in registry.log_text().splitlines() if wanted in line and '"GET' in line)


def test_a_base_that_nobody_reads(bench: Bench, registry: Registry, image: MadeImage, tmp_path: Path) -> None:
    """Metadata on top of it needs its manifest and config alone; running it, or an export, brings the layer."""
    registry.put_image("lazy", "1", image)
    name = f"{registry.host}/lazy:1"
    built = bench.build(f"FROM {name} AS a\nENV A=b\nFROM a\nWORKDIR /\nLABEL a=b\n", tags=(reference("derived"),))
    assert built.config.diff_ids[0] == Digest.of(gzip.decompress(image.blobs[image.manifest.layers[0].digest]))
    assert gets_of_layer(registry, image) == 0
    assert not bench.store.layers.has(built.config.diff_ids[0])
    assert bench.build(None).ran == []
    assert gets_of_layer(registry, image) == 0
    out = tmp_path / "out"
    with out.open("wb") as file:
        streams = Streams(stdin=0, stdout=file.fileno(), stderr=2)
        request = RunRequest(image="derived", command=("cat", "/etc/motd"), remove=True)
        assert run(request, bench.machine(lambda event: None), streams, lambda part, done, total: None) == 0
    assert out.read_text() == "be well\n"
    assert gets_of_layer(registry, image) == 1


def test_a_run_brings_the_base_once(bench: Bench, registry: Registry, image: MadeImage) -> None:
    """Several stages on one image download its layer once, and the blob is kept as it came."""
    registry.put_image("once", "1", image)
    before = gets_of_layer(registry, image)
    name = f"{registry.host}/once:1"
    built = bench.build(
        "".join(f"FROM {name} AS s{n}\nRUN echo {n} > /n\n" for n in range(3))
        + "FROM scratch\n"
        + "".join(f"COPY --from=s{n} /n /{n}\n" for n in range(3))
    )
    assert [built.text(str(n)) for n in range(3)] == ["0\n", "1\n", "2\n"]
    assert gets_of_layer(registry, image) == before + 1
    assert bench.store.blobs.has(image.manifest.layers[0].digest)


def test_a_base_is_pulled_while_another_stage_runs(bench: Bench, registry: Registry, image: MadeImage) -> None:
    """What a step needs that was never done is fetched early; where it was done before, it may be in the cache again,
    and nothing is fetched for it.
    """
    registry.put_image("early", "1", image)
    base = Digest.of(gzip.decompress(image.blobs[image.manifest.layers[0].digest]))
    waits = "i=0; until [ -e /c/go ]; do i=$((i+1)); [ $i -lt 600 ] || exit 1; sleep 0.05; done; echo x > /out"
    text = (
        f"FROM busybox:test AS slow\nRUN --mount=type=cache,target=/c {waits}\n"
        f"FROM {registry.host}/early:1\nCOPY --from=slow /out /out\nRUN cat /out\n"
    )

    def let_it_go_once_the_base_is_here() -> None:
        for _ in range(600):
            mounts = bench.store.mounts.list()
            if bench.store.layers.has(base) and mounts and mounts[0].path.exists():
                (mounts[0].path / "go").touch()
                return
            time.sleep(0.05)

    watching = threading.Thread(target=let_it_go_once_the_base_is_here)
    watching.start()
    try:
        bench.build(text)
    finally:
        watching.join()
    bench.store.blobs.remove(base)
    shutil.rmtree(bench.store.root / "layers" / base.hex)
    again = bench.build(None, no_cache_stages=("slow",))
    assert len(again.ran) == 1
    assert not bench.store.layers.has(base)


def test_an_export_brings_what_it_needs(bench: Bench, registry: Registry, image: MadeImage, tmp_path: Path) -> None:
    """-o type=oci of an image whose base was never read; the base's blob leaves as it came."""
    registry.put_image("export", "1", image)
    output = Output(kind=OutputKind.OCI, destination=tmp_path / "layout", as_tar=False)
    bench.build(f"FROM {registry.host}/export:1\nLABEL a=b\n", outputs=(output,))
    blob = tmp_path / "layout/blobs/sha256" / image.manifest.layers[0].digest.hex
    assert blob.read_bytes() == image.blobs[image.manifest.layers[0].digest]


def test_another_platform(bench: Bench, registry: Registry, image: MadeImage, tmp_path: Path) -> None:
    """A name that stands for one image is taken whatever its platform is, and not in silence."""
    registry.put_image("single", "1", image)
    name = f"{registry.host}/single:1"
    other = Platform.parse("linux/arm64")
    built = bench.build(f"FROM {name}\nLABEL a=b\n", platforms=(other,))
    expected = f'Base image {name} was pulled with platform "linux/amd64", expected "linux/arm64" for current build'
    warnings = [event for event in built.events if isinstance(event, LintWarning)]
    assert [(warning.message, warning.location.rpartition("/")[2]) for warning in warnings] == [
        (expected, "Dockerfile:1:1")
    ]
    assert not any(isinstance(event, LintWarning) for event in bench.build(None).events)
    events: list[Event] = []
    with (tmp_path / "out").open("wb") as file:
        streams = Streams(stdin=0, stdout=file.fileno(), stderr=2)
        request = RunRequest(image=name, command=("true",), remove=True, platform=other)
        assert run(request, bench.machine(events.append), streams, lambda part, done, total: None) == 0
    assert [event.message for event in events if isinstance(event, Notice)] == [
        f'image {name} has the platform "linux/amd64", expected "linux/arm64"'
    ]


def test_a_damaged_layer(bench: Bench, registry: Registry, image: MadeImage) -> None:
    """A blob that is not what the manifest says: which, and the store is as before."""
    registry.put_image("damaged", "1", image)
    digest = image.manifest.layers[0].digest
    path = registry.blob_file(digest)
    whole = path.read_bytes()
    name = f"{registry.host}/damaged:1"
    try:
        path.write_bytes(whole[:5000] + bytes(100) + whole[5100:])
        with pytest.raises(JettisonError) as caught:
            bench.build(f"FROM {name}\nRUN true\n")
        assert isinstance(caught.value, IntegrityError | RegistryError)
        assert not bench.store.blobs.has(digest)
        path.write_bytes(whole[:-100])
        with pytest.raises(JettisonError):
            bench.build(None)
    finally:
        path.write_bytes(whole)
    assert bench.build(None).ran


def test_registries_that_are_not_there(bench: Bench) -> None:
    """Who could not be reached, at the FROM that asks for it; the exit code is that of registries."""
    with pytest.raises(RegistryError, match=r"127\.0\.0\.1:9") as caught:
        bench.build("FROM 127.0.0.1:9/app:1\nRUN true\n")
    assert "Dockerfile:1" in str(caught.value.place)
    assert caught.value.exit_code == 4


def test_an_image_by_a_wrong_digest(bench: Bench, registry: Registry, image: MadeImage) -> None:
    """A digest that the registry does not have."""
    registry.put_image("digest", "1", image)
    right = f"{registry.host}/digest@{image.descriptor.digest}"
    assert bench.build(f"FROM {right}\nRUN true\n").ran
    with pytest.raises(JettisonError, match="digest") as caught:
        bench.build(f"FROM {registry.host}/digest@{Digest.of(b'other')}\nRUN true\n")
    assert "Dockerfile:1" in str(caught.value.place)


def test_damage_in_the_store(bench: Bench, new_bench: Callable[[], Bench]) -> None:
    """A tar that went bad on the disk is found when it is unpacked; what can be made again then is."""
    built = bench.build("FROM busybox:test\nCOPY f /f\n", {"f": "x" * 5000})
    diff_id = built.config.diff_ids[-1]
    path = bench.store.blobs.path(diff_id)
    data = bytearray(path.read_bytes())
    data[1500] ^= 1
    path.chmod(0o600)
    path.write_bytes(data)
    dockerfile = "FROM busybox:test\nCOPY f /f\nRUN cat /f > /g\n"
    with pytest.raises(IntegrityError):
        bench.build(dockerfile)
    assert bench.build(dockerfile).text("g") == "x" * 5000
