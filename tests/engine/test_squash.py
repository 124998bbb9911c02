"""Squashing images: fewer layers, the same files, wherever the image comes from."""

from __future__ import annotations

import io
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.engine.bench import Bench, Built
from tests.engine.test_image_layers import PLACES, Put, quiet, silent
from tests.layout.support import MemoryImage, make_image
from tests.support.flatten import Picture, read_picture

from jettison.engine.build_record import parse_build_record
from jettison.engine.image_layers import open_image
from jettison.engine.layers import Layers
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.squash import Cut, cut_at
from jettison.engine.squash_image import SquashRequest, SquashResult, squash_image
from jettison.engine.transfer import save
from jettison.errors import UsageError
from jettison.layer.merge import merge_layers
from jettison.layout.write import write_docker_archive
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.digest import Digest
from jettison.model.entry import Entry
from jettison.model.image_source import NamedImage
from jettison.model.platform import Platform
from jettison.model.reference import Reference

DOCKERFILE = """
FROM busybox:test AS builder
RUN mkdir -p /out/bin && echo hello > /out/bin/hello && ln /out/bin/hello /out/bin/hullo && echo x > /out/x
FROM busybox:test
ENV A=b
COPY --from=builder /out/ /app/
RUN rm /app/x && echo more > /app/bin/more && mkdir -p /cache/deep && echo big > /cache/deep/big
RUN rm -rf /cache && rm /bin/wget && mkdir /bin/wget && touch /bin/wget/inside
CMD ["cat", "/app/bin/hello"]
"""


def squash(bench: Bench, name: str, **more: object) -> SquashResult:
    request = SquashRequest(name=name, tags=(Reference.parse("squashed:v1"),), **more)  # type: ignore[arg-type]
    return squash_image(request, bench.machine(quiet), silent)


def picture(bench: Bench, name: str) -> Picture:
    """What the standard library makes of the image."""
    path = bench.root / "picture.tar"
    with path.open("wb") as out:
        save([name], out.write, bench.machine(quiet), silent)
    return read_picture(path)


def tree(bench: Bench, name: str) -> dict[str, Entry]:
    with open_image(name, bench.machine(quiet), progress=silent) as image:
        return {path: entry._replace(offset=0) for path, entry in image.files().tree.entries.items()}


@pytest.fixture
def app(bench: Bench) -> Built:
    """``app:v1``, built here."""
    return bench.build(DOCKERFILE, tags=(Reference.parse("app:v1"),))


def test_own_layers_are_folded_and_the_base_is_shared(bench: Bench, app: Built) -> None:
    """The files, the config and the layers of the base are what they were."""
    result = squash(bench, "app:v1")
    config = bench.store.images.config(result.image_id)
    assert (result.kept, result.folded) == (1, 3)
    assert config.diff_ids[:1] == app.config.diff_ids[:1]
    assert len(config.diff_ids) == 2
    assert config.run == app.config.run
    before, after = picture(bench, "app:v1"), picture(bench, "squashed:v1")
    assert after.nodes == before.nodes
    assert after.nodes["app/bin/hello"].names == ("app/bin/hello", "app/bin/hullo")
    assert after.config == before.config
    assert tree(bench, "squashed:v1") == tree(bench, "app:v1")
    assert result.size_after < result.size_before


def test_the_history_lists_what_was_folded(bench: Bench, app: Built) -> None:
    """One entry over those of the base."""
    config = bench.store.images.config(squash(bench, "app:v1").image_id)
    *base, last = config.history
    assert base == list(app.config.history[: len(base)])
    assert last.created_by == "squash of 3 layers"
    assert [line.split()[0] for line in last.comment.splitlines()] == ["ENV", "COPY", "RUN", "RUN", "CMD"]
    assert not last.empty_layer


def test_all_layers_are_folded(bench: Bench, app: Built) -> None:
    """Nothing of what was deleted is left."""
    result = squash(bench, "app:v1", all=True)
    config = bench.store.images.config(result.image_id)
    assert len(config.diff_ids) == len(config.history) == 1
    assert picture(bench, "squashed:v1").nodes == picture(bench, "app:v1").nodes


@pytest.mark.parametrize("first", [1, 2, 3, 4])
def test_the_lower_layers_stay_up_to_the_one_that_is_named(bench: Bench, app: Built, first: int) -> None:
    """Layers are counted from 1."""
    result = squash(bench, "app:v1", first=first)
    config = bench.store.images.config(result.image_id)
    assert config.diff_ids[: first - 1] == app.config.diff_ids[: first - 1]
    assert len(config.diff_ids) == first
    assert tree(bench, "squashed:v1") == tree(bench, "app:v1")


@pytest.mark.parametrize("first", [0, -1, 5])
def test_a_layer_that_is_not_there_is_refused_with_a_list(bench: Bench, app: Built, first: int) -> None:
    """The hint numbers them."""
    with pytest.raises(UsageError, match="app:v1 has 4 layers") as caught:
        squash(bench, "app:v1", first=first)
    assert "   2  COPY" in (caught.value.hint or "")


def test_equal_layers_give_equal_bytes(bench: Bench, app: Built) -> None:
    """Also where nothing is remembered, and squashing a squashed image changes no layer."""
    once = squash(bench, "app:v1")
    bench.store.prune(images=False, all=True)
    assert squash(bench, "app:v1").image_id == once.image_id
    again = squash(bench, "squashed:v1")
    layers = bench.store.images.config(once.image_id).diff_ids
    assert bench.store.images.config(again.image_id).diff_ids == layers


def test_layers_that_undo_each_other_leave_none(bench: Bench) -> None:
    """The image is its base with other settings."""
    bench.build(
        "FROM busybox:test\nRUN touch -d @0 /x\nRUN rm /x && touch -d @0 / || true\n", tags=(Reference.parse("app:v1"),)
    )
    before = tree(bench, "app:v1")
    config = bench.store.images.config(squash(bench, "app:v1").image_id)
    assert tree(bench, "squashed:v1") == before
    assert len(config.diff_ids) == 1 + (not config.history[-1].empty_layer)


@pytest.mark.parametrize("put", PLACES, ids=lambda put: str(put.__name__))
def test_an_image_from_anywhere_can_be_squashed(put: Put, bench: Bench) -> None:
    """Its layers come into the store, the blobs of those that stay unchanged."""
    image = make_image(_layer(("etc/a", b"1"), ("etc/b", b"2")), _layer(("etc/.wh.a", b"")), packed=True)
    with ExitStack() as stack:
        name, stdin = put(image, bench, stack)
        result = squash_image(
            SquashRequest(name=name, first=1, stdin=stdin, tags=(Reference.parse("squashed:v1"),)),
            bench.machine(quiet),
            silent,
        )
    assert (result.size_before, result.size_after) == (2, 1)
    assert [path for path in tree(bench, "squashed:v1") if path.startswith("etc/")] == ["etc/b"]


def test_the_base_of_a_foreign_image_is_not_made_up(bench: Bench) -> None:
    """Where neither records nor history tell, the user is asked."""
    path = _archive(bench.root, make_image(_layer(("a", b"1")), _layer(("b", b"2"))))
    with pytest.raises(UsageError, match="not known where the base image") as caught:
        squash(bench, str(path))
    assert "--from N" in (caught.value.hint or "")


def test_what_a_tar_can_say_survives(bench: Bench) -> None:
    """Holes, fractions of seconds, attributes, odd names, as GNU tar wrote them."""
    folder = bench.root / "made"
    folder.mkdir()
    with (folder / "holes").open("wb") as file:
        file.write(b"begin")
        file.seek(40 << 20)
        file.write(b"middle")
        file.truncate(64 << 20)
    (folder / "grün\udce9").write_bytes(b"odd")
    (folder / "link").symlink_to("/no/where")
    os.utime(folder / "link", ns=(1, 1_500_000_000_123_456_789), follow_symlinks=False)
    os.utime(folder / "holes", ns=(1, 1_500_000_000_987_654_321))
    command = ["tar", "--format=pax", "--sparse", "--numeric-owner", "-cf", "-", "-C", str(folder), "."]
    layer = subprocess.run(command, check=True, capture_output=True).stdout
    assert len(layer) < 1 << 20
    path = _archive(bench.root, make_image(layer, _layer(("other", b"2"))))
    result = squash(bench, str(path), all=True)
    (diff_id,) = bench.store.images.config(result.image_id).diff_ids
    assert bench.store.blobs.path(diff_id).stat().st_size < 1 << 20
    found = tree(bench, "squashed:v1")
    with open_image(str(path), bench.machine(quiet), progress=silent) as image:
        before = merge_layers(image.indexes).entries
    assert found == {path: entry._replace(offset=0) for path, entry in before.items()}
    assert found["holes"].mtime_ns == 1_500_000_000_987_654_321
    out = bench.root / "out"
    out.mkdir()
    subprocess.run(["tar", "-xf", str(bench.store.blobs.path(diff_id)), "-C", str(out)], check=True)
    assert (out / "holes").read_bytes() == (folder / "holes").read_bytes()
    assert (out / "holes").stat().st_blocks * 512 < 1 << 20


def test_a_squashed_layer_is_kept_with_its_image(bench: Bench, app: Built) -> None:
    """Pruning takes nothing that the new name needs."""
    squash(bench, "app:v1")
    bench.store.remove_image("app:v1")
    bench.store.prune(all=False)
    layers = Layers(bench.store)
    config = bench.store.images.config(bench.store.images.find("squashed:v1").image_id)
    assert all(bench.store.layers.has(diff_id) for diff_id in config.diff_ids)
    layers.close()


def test_a_build_squashes_its_own_layers(bench: Bench, app: Built) -> None:
    """The same image as ``jettison squash`` makes of it, with all outputs, and known as a build of this Dockerfile."""
    archive = bench.root / "out.tar"
    outputs = (Output(kind=OutputKind.IMAGE), Output(kind=OutputKind.DOCKER, destination=archive, as_tar=True))
    built = bench.build(DOCKERFILE, tags=(Reference.parse("app:v2"),), squash=True, outputs=outputs)
    assert built.result.image_id == squash(bench, "app:v1").image_id
    assert read_picture(archive).nodes == picture(bench, "app:v1").nodes
    assert read_picture(archive).layers == 2
    data = bench.store.builds.record(built.result.image_id)
    record = None if data is None else parse_build_record(data)
    assert record is not None
    assert record.kept_layers == 1


PLATFORMS = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
PORTABLE = "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /f\nCOPY $TARGETARCH /g\n"
BY_ARCHITECTURE = {"amd64": "x", "arm64": "y"}


def test_a_build_squashes_every_platform(bench: Bench) -> None:
    """Each has one layer, and the name stands for all of them."""
    tag = Reference.parse("app:v1")
    bench.build(PORTABLE, BY_ARCHITECTURE, platforms=PLATFORMS, tags=(tag,), squash=True)
    records = bench.store.images.platforms("app:v1")
    configs = [bench.store.images.config(record.image_id) for record in records]
    assert {config.platform for config in configs} == set(PLATFORMS)
    assert [len(config.diff_ids) for config in configs] == [1, 1]


@pytest.mark.parametrize("place", ["store", "layout", "archive"])
def test_of_several_platforms_one_has_to_be_chosen(bench: Bench, place: str) -> None:
    """A squash that silently left all but one platform out would be a loss."""
    folder, archive = bench.root / "layout", bench.root / "oci.tar"
    outputs = (
        Output(kind=OutputKind.IMAGE),
        Output(kind=OutputKind.OCI, destination=folder, as_tar=False),
        Output(kind=OutputKind.OCI, destination=archive),
    )
    tag = Reference.parse("app:v1")
    bench.build(PORTABLE, BY_ARCHITECTURE, platforms=PLATFORMS, tags=(tag,), outputs=outputs)
    name = {"store": "app:v1", "layout": str(folder), "archive": str(archive)}[place]
    with pytest.raises(UsageError, match="2 platforms: linux/amd64, linux/arm64") as caught:
        squash(bench, name, all=True)
    assert caught.value.hint == "--platform linux/amd64 takes one of them"
    for platform in PLATFORMS:
        result = squash(bench, name, all=True, platform=platform)
        config = bench.store.images.config(result.image_id)
        assert (config.platform, len(config.diff_ids)) == (platform, 1)


def test_a_squashed_build_of_nothing_is_the_base(bench: Bench) -> None:
    """Settings alone make no layer."""
    built = bench.build("FROM busybox:test\nENV a=b\n", squash=True)
    assert len(built.config.diff_ids) == 1
    assert built.history[-1] == "ENV a=b"


HISTORY = tuple(
    HistoryEntry(created_by=text, empty_layer=text.islower())
    for text in ("env", "ADD", "cmd", "env", "RUN", "COPY", "cmd")
)


@pytest.mark.parametrize(("layers", "history"), [(0, 1), (1, 4), (2, 5), (3, 7)])
def test_a_cut_leaves_the_history_of_its_layers(layers: int, history: int) -> None:
    """What has no layer and stands before the first that is folded stays."""
    config = ImageConfig(
        platform=Platform.parse("linux/amd64"),
        diff_ids=tuple(Digest.of(bytes([n])) for n in range(3)),
        history=HISTORY,
    )
    assert cut_at(config, layers) == Cut(layers=layers, history=history)


def _layer(*files: tuple[str, bytes]) -> bytes:
    import tarfile

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _archive(folder: Path, image: MemoryImage) -> Path:
    path = folder / "foreign.tar"
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=image)])
    return path
