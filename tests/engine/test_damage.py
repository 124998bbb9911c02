"""What a build makes of a damaged store: it says so, lets go of what is wrong, and the next one is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engine.bench import Bench

from jettison.engine.layers import Layers
from jettison.engine.outputs import Output, OutputKind
from jettison.errors import IntegrityError

pytestmark = pytest.mark.root

CONTENT = "content\n" * 1000
COPIED = "FROM scratch AS builder\nCOPY file /file\n"
RUN = "FROM busybox:test AS builder\nCOPY file /in\nRUN cat /in > /file\n"
FINAL = "FROM scratch\nCOPY --from=builder /file /copied\n"


def overwrite(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"content", b"CONTENT"))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1500])


@pytest.mark.parametrize("damage", [overwrite, cut])
@pytest.mark.parametrize("builder", [COPIED, RUN])
def test_a_damaged_layer_that_files_are_copied_from(bench: Bench, builder: str, damage: Callable[[Path], None]) -> None:
    """Which layer it is, that it was removed; then it is built again, or its unpacked files serve."""
    built = bench.build(builder, {"file": CONTENT})
    layer = built.config.diff_ids[-1]
    damage(bench.store.blobs.path(layer))
    with pytest.raises(IntegrityError) as caught:
        bench.build(builder + FINAL)
    assert str(layer) in caught.value.message
    assert caught.value.hint is not None
    assert "removed" in caught.value.hint
    assert not bench.store.blobs.has(layer)
    assert bench.build(None).text("copied") == CONTENT


def test_a_damaged_layer_of_an_output(bench: Bench, tmp_path: Path) -> None:
    """Files that are given out are looked at as well."""
    layer = bench.build(COPIED, {"file": CONTENT}).config.diff_ids[-1]
    overwrite(bench.store.blobs.path(layer))
    tar = tmp_path / "files.tar"
    output = Output(kind=OutputKind.TAR, destination=tar)
    with pytest.raises(IntegrityError, match=str(layer)):
        bench.build(None, outputs=(output,))
    assert not tar.exists()
    bench.build(None, outputs=(output,))
    assert CONTENT.encode() in tar.read_bytes()


def test_what_is_intact_is_kept(bench: Bench) -> None:
    """An error elsewhere costs no layer of the store."""
    layer = bench.build(COPIED, {"file": CONTENT}).config.diff_ids[-1]
    layers = Layers(bench.store)
    assert layers.drop_damaged([layer]) == ()
    layers.close()
    assert bench.store.blobs.has(layer)
