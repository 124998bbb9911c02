"""Of an image that can be read again only contents that may be equal are hashed, and its weight is the same."""

from __future__ import annotations

import io
import random
from collections import Counter

import pytest
from tests.engine.bench import Bench
from tests.layer.archives import archive, member
from tests.layout.support import layer_tar, make_image, write_old_docker_archive

from jettison.engine.image_layers import open_image
from jettison.engine.transfer import load
from jettison.engine.weigh import weigh_image
from jettison.frozen import replace
from jettison.layer.checksum import Checksum
from jettison.layer.index import HASHED_BYTES, index_layer
from jettison.layer.tar_content import Content
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.solve.events import Event

LARGE = HASHED_BYTES + 1


def quiet(event: Event) -> None:
    """Nobody is told."""


def silent(part: str, done: int, total: int | None) -> None:
    """Nobody is told."""


def digests(bench: Bench, *layers: bytes, compares_only: bool, packed: bool = False) -> list[Digest | None]:
    """Of all files of an archive of these layers."""
    place = write_old_docker_archive(bench.root / "image.tar", make_image(*layers, packed=packed), "app:v1")
    with open_image(str(place), bench.machine(quiet), progress=silent, compares_digests_only=compares_only) as image:
        entries = [entry for index in image.indexes for entry in index.entries]
    return [entry.digest for entry in entries if entry.type is EntryType.FILE]


def content(number: int, size: int) -> bytes:
    return b"%d" % number * (size // len(b"%d" % number)) + b"x" * (size % len(b"%d" % number))


@pytest.mark.parametrize("seed", range(20))
def test_what_is_there_twice_has_its_digest(seed: int, bench: Bench) -> None:
    """And so has what is small; nothing else has."""
    chance = random.Random(seed)

    def some() -> bytes:
        return content(chance.randint(1, 8), chance.choice([0, 10, HASHED_BYTES, LARGE, LARGE, 3 * LARGE]))

    layers = [layer_tar({f"f{n}": some() for n in range(chance.randint(1, 6))}) for _ in range(chance.randint(1, 4))]
    layers += chance.choices(layers, k=chance.randint(0, 1))
    whole = digests(bench, *layers, compares_only=False)
    found = digests(bench, *layers, compares_only=True)
    counts = Counter(whole)
    small = {
        entry.digest
        for layer in layers
        for entry in index_layer(io.BytesIO(layer)).entries
        if entry.size <= HASHED_BYTES
    }
    assert found == [digest if counts[digest] > 1 or digest in small else None for digest in whole]


def test_equal_checksums_say_nothing(bench: Bench) -> None:
    """Four bytes at its end give a content any checksum that is wanted: these digests are made, and differ."""
    one, other = b"a" * 5000 + bytes.fromhex("c45eeafb"), b"b" * 5000 + bytes.fromhex("4e0f8f67")
    assert Checksum(one).digest() == Checksum(other).digest()
    layers = (layer_tar({"one": one}), layer_tar({"one": other}))
    assert digests(bench, *layers, compares_only=True) == [Digest.of(one), Digest.of(other)]


def test_compressed_layers_are_hashed_whole(bench: Bench) -> None:
    """Reading them again would take longer."""
    layers = (layer_tar({"a": content(1, LARGE)}), layer_tar({"b": content(2, LARGE)}))
    whole = digests(bench, *layers, compares_only=False)
    assert digests(bench, *layers, compares_only=True, packed=True) == whole
    assert digests(bench, *layers, compares_only=True) == [None, None]


def test_a_weight_is_the_same(bench: Bench) -> None:
    """Overwritten by other and by equal contents, copied for a mode, said twice, at several paths, a layer twice."""
    one, other = content(1, LARGE), content(2, LARGE)
    layers = [
        layer_tar({"same": one, "changed": one, "alone": content(3, LARGE), "moved": content(4, LARGE)}),
        archive(
            member(b"same", one),
            member(b"changed", other),
            member(b"twice", content(5, LARGE)),
            member(b"twice", content(6, LARGE)),
            member(b"again", content(7, LARGE)),
            member(b"again", content(7, LARGE)),
            member(b"elsewhere", content(4, LARGE)),
        ).getvalue(),
        layer_tar({"only": content(8, LARGE)}),
        layer_tar({"only": content(8, LARGE)}),
        layer_tar({"alone": content(9, LARGE)}),
    ]
    machine = bench.machine(quiet)
    place = write_old_docker_archive(bench.root / "image.tar", make_image(*layers), "app:v1")
    load(place, machine, silent)
    from_archive = weigh_image(str(place), machine, progress=silent)
    assert replace(from_archive, name="app:v1") == weigh_image("app:v1", machine, progress=silent)


def test_what_was_partly_read_has_its_checksum() -> None:
    """In one piece and in several, that is the same."""
    tar = archive(member(b"a", content(1, 3 * LARGE)), member(b"b", b"small"), member(b"c", content(2, LARGE)))
    whole, partly = bytearray(), bytearray()
    first = index_layer(io.BytesIO(tar.getvalue()), checksums=whole)

    def look(entry: Entry, found: Content) -> None:
        assert len(found.read(100)) == min(100, entry.size)

    second = index_layer(io.BytesIO(tar.getvalue()), checksums=partly, on_member=look)
    assert first == second
    assert whole == partly
    assert len(whole) == 8
    assert [entry.digest is None for entry in first.entries] == [True, False, True]
