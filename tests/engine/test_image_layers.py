"""Any image as a stack of indexes: the same from wherever it lies."""

from __future__ import annotations

import gzip
import io
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack

import pytest
from tests.engine.bench import Bench
from tests.layer import archives
from tests.layout.support import MemoryImage, layer_tar, make_image, write_old_docker_archive
from tests.registry.support import MadeImage, running_registry

from jettison.engine.image_layers import LayeredImage, Origin, files_of_both, open_image
from jettison.engine.transfer import load
from jettison.errors import IntegrityError, NotFoundError, RegistryError
from jettison.layer.index import index_layer
from jettison.layout.content import images_content
from jettison.layout.write import write_docker_archive, write_oci_archive, write_oci_layout
from jettison.model.entry import Entry
from jettison.model.image_source import NamedImage
from jettison.model.reference import Reference
from jettison.solve.events import Event

LAYERS = (layer_tar({"etc/one": b"ONE" * 1000, "etc/two": b"lower"}), layer_tar({"etc/two": b"UPPER" * 50_000}))
NAMED = "example.com/team/app:v1"
Put = Callable[[MemoryImage, Bench, ExitStack], tuple[str, io.BytesIO | None]]


def silent(part: str, done: int, total: int | None) -> None:
    """Nobody is told."""


def in_store(image: MemoryImage, bench: Bench, stack: ExitStack) -> tuple[str, None]:
    path = bench.root / "to-load.tar"
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=image, names=(Reference.parse(NAMED),))])
    load(path, bench.machine(quiet), silent)
    return NAMED, None


def in_folder(image: MemoryImage, bench: Bench, stack: ExitStack) -> tuple[str, None]:
    write_oci_layout(bench.root / "layout", images_content([NamedImage(image=image)]))
    return str(bench.root / "layout"), None


def in_named_folder(image: MemoryImage, bench: Bench, stack: ExitStack) -> tuple[str, None]:
    content = images_content([NamedImage(image=image, names=(Reference.parse(NAMED),))])
    write_oci_layout(bench.root / "layout", content)
    return f"oci-layout://{bench.root}/layout:v1", None


def in_oci_archive(image: MemoryImage, bench: Bench, stack: ExitStack) -> tuple[str, None]:
    with (bench.root / "oci.tar").open("wb") as out:
        write_oci_archive(out.write, images_content([NamedImage(image=image)]))
    return str(bench.root / "oci.tar"), None


def in_docker_archive(image: MemoryImage, bench: Bench, stack: ExitStack) -> tuple[str, None]:
    return str(write_old_docker_archive(bench.root / "old.tar", image, "app:v1")), None


def on_stdin(image: MemoryImage, bench: Bench, stack: ExitStack) -> tuple[str, io.BytesIO]:
    path = write_old_docker_archive(bench.root / "old.tar", image, "app:v1")
    return "-", io.BytesIO(gzip.compress(path.read_bytes(), 1))


def in_registry(image: MemoryImage, bench: Bench, stack: ExitStack) -> tuple[str, None]:
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed")
    registry = stack.enter_context(running_registry(bench.root / "registry"))
    made = MadeImage(manifest=image.manifest, manifest_bytes=image.manifest_bytes, blobs=image.blobs)
    registry.put_image("team/app", "v1", made)
    return f"{registry.host}/team/app:v1", None


def quiet(event: Event) -> None:
    """Nobody is told."""


PLACES: Mapping[Put, Origin] = {
    in_store: Origin.STORE,
    in_folder: Origin.FILES,
    in_named_folder: Origin.FILES,
    in_oci_archive: Origin.FILES,
    in_docker_archive: Origin.FILES,
    on_stdin: Origin.FILES,
    in_registry: Origin.REGISTRY,
}


def contents(image: LayeredImage) -> list[list[bytes]]:
    """The content of every file of every layer."""
    found: list[list[bytes]] = []
    for number, index in enumerate(image.indexes):
        found.append([])
        for entry in index.entries:
            with image.open_in_layer(number, entry) as content:
                found[-1].append(content.read(entry.size))
    return found


@pytest.mark.parametrize("keeps", [False, True], ids=["nothing kept", "all kept"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("put", PLACES, ids=lambda put: str(put.__name__))
def test_an_image_is_the_same_wherever_it_lies(put: Put, packed: bool, keeps: bool, bench: Bench) -> None:
    """Config, indexes, the merged tree and the contents, also of files that are covered."""
    image = make_image(*LAYERS, packed=packed)

    def keep(entry: Entry) -> bool:
        return keeps

    with ExitStack() as stack:
        name, stdin = put(image, bench, stack)
        opened = stack.enter_context(open_image(name, bench.machine(quiet), progress=silent, stdin=stdin, keep=keep))
        assert opened.origin is PLACES[put]
        assert opened.image_id == image.manifest.config.digest
        assert opened.indexes == tuple(index_layer(io.BytesIO(layer)) for layer in LAYERS)
        assert contents(opened) == [[b"ONE" * 1000, b"lower"], [b"UPPER" * 50_000]]
        files = opened.files()
        assert files.read("etc/two", 7) == b"UPPERUP"
        assert files.read_at(files.tree.entries["etc/two"], 249_998, 10) == b"ER"


def test_nothing_of_an_image_elsewhere_is_stored(bench: Bench) -> None:
    """Weighing what lies in a file leaves no layer in the store."""
    before = set(bench.store.layers.all())
    with ExitStack() as stack:
        name, _ = in_docker_archive(make_image(*LAYERS), bench, stack)
        stack.enter_context(open_image(name, bench.machine(quiet), progress=silent))
    assert set(bench.store.layers.all()) == before


def test_the_store_goes_before_a_file_of_the_same_name(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that happens to be called as an image does not hide it; ./ says that the folder is meant."""
    monkeypatch.chdir(bench.root)
    (bench.root / "busybox:test").mkdir()
    with open_image("busybox:test", bench.machine(quiet), progress=silent) as opened:
        assert opened.origin is Origin.STORE
    with (
        pytest.raises(IntegrityError, match="holds no images"),
        open_image("./busybox:test", bench.machine(quiet), progress=silent),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("./Nowhere", "no such image, folder or archive"),
        ("nowhere.tar", "no such image, folder or archive"),
        ("oci-layout://nowhere:tag", "no such OCI layout or archive"),
    ],
)
def test_what_is_nowhere_is_told(name: str, message: str, bench: Bench) -> None:
    """A name that is no reference and no place says both; no registry is asked for what is called as archives are."""
    with pytest.raises(NotFoundError, match=message), open_image(name, bench.machine(quiet), progress=silent):
        pass


def test_a_registry_that_does_not_have_it_is_not_all_that_was_asked(bench: Bench) -> None:
    """That the name was looked for here comes first, then what the registry said."""
    with (
        pytest.raises(
            RegistryError, match="localhost:1/nobody/here:v1 is no image, folder or archive on this machine,"
        ),
        open_image("localhost:1/nobody/here:v1", bench.machine(quiet), progress=silent),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("localhost:1/some/where:v2", "the store has localhost:1/some/where:v1"),
        ("localhost:1/other/where:v1", "the store has localhost:1/some/where:v1"),
        ("localhost:1/some/wehre", "did you mean localhost:1/some/where?"),
    ],
)
def test_images_of_the_store_that_may_be_meant_are_named(bench: Bench, name: str, hint: str) -> None:
    """Other tags of the same repository, or the nearest name."""
    images = bench.store.images
    images.tag(Reference.parse("localhost:1/some/where:v1"), images.find("busybox:test").image_id)
    with pytest.raises(RegistryError) as caught, open_image(name, bench.machine(quiet), progress=silent):
        pass
    assert caught.value.hint == hint


def test_a_layer_that_is_not_what_the_config_says_is_refused(bench: Bench) -> None:
    """Contents are verified against the diff_ids of the config."""
    image = make_image(*LAYERS)
    path = write_old_docker_archive(bench.root / "old.tar", image, "app:v1")
    path.write_bytes(path.read_bytes().replace(b"UPPERUPPER", b"upperUPPER", 1))
    with (
        pytest.raises(IntegrityError, match="the image says"),
        open_image(str(path), bench.machine(quiet), progress=silent),
    ):
        pass


def test_a_layer_that_is_no_archive_is_named(bench: Bench) -> None:
    """With what to think of it, whatever is wrong with its bytes."""
    place, _ = in_folder(make_image(*LAYERS), bench, ExitStack())
    blobs = (bench.root / "layout/blobs/sha256").iterdir()
    layer = max(blobs, key=lambda blob: blob.stat().st_size)
    damaged = bytearray(layer.read_bytes())
    damaged[150] ^= 1  # within the checksum of the first header
    layer.write_bytes(damaged)
    with (
        pytest.raises(IntegrityError, match=f"layer sha256:{layer.name}: corrupt archive") as caught,
        open_image(place, bench.machine(quiet), progress=silent),
    ):
        pass
    assert caught.value.hint == "the image is damaged where it comes from"


LAYERS_OF_BOTH = [
    *(layer_tar({name: name.encode()}) for name in ("a", "b", "c", "d")),
    archives.write_layer(archives.whiteout("a"))[0],
]


@pytest.mark.parametrize("one", [[], [0], [0, 1], [0, 1, 4], [0, 1, 3], [3, 1]])
@pytest.mark.parametrize("other", [[], [0, 1], [0, 1, 4], [0, 4], [2]])
def test_two_images_together_are_what_each_is_alone(bench: Bench, one: list[int], other: list[int]) -> None:
    """Whatever they begin with in common: the same files, in the layers that they are in, and contents."""
    places = [bench.root / "one.tar", bench.root / "other.tar"]
    for place, layers in zip(places, (one, other), strict=True):
        made = make_image(*(LAYERS_OF_BOTH[layer] for layer in layers))
        with place.open("wb") as out:
            write_docker_archive(out.write, [NamedImage(image=made)])
    machine = bench.machine(quiet)
    with ExitStack() as stack:
        images = [stack.enter_context(open_image(str(place), machine, progress=silent)) for place in places]
        for image, files in zip(images, files_of_both(images[0], images[1]), strict=True):
            alone = image.files().tree
            assert files.tree == alone
            for path, entry in alone.entries.items():
                assert files.read_at(entry, 0, 9) == path.encode()
