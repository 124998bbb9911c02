"""On a file system that can share blocks, the layers of a layout take no room beside those of the store."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.bench import Bench

from jettison.engine.outputs import Output, OutputKind
from jettison.store.store import Store

pytestmark = pytest.mark.root

FILE_SYSTEMS = {"xfs": ("mkfs.xfs", "-q", "-m", "reflink=1"), "btrfs": ("mkfs.btrfs", "-q")}
SIZE_BYTES = 512 << 20
"""Of the file that it lies in, which has holes; smaller ones mkfs.xfs refuses."""
_FIEMAP = 0xC020660B
"""The ioctl FS_IOC_FIEMAP (linux/fiemap.h): which blocks a file consists of."""
_HEAD = struct.Struct("=QQLLLL")
_EXTENT = struct.Struct("=QQQQQLLLL")
_MAX_EXTENTS = 100
_SYNC = 1
_SHARED = 0x2000


@pytest.fixture(params=FILE_SYSTEMS)
def mounted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A file system in a file, mounted."""
    make = FILE_SYSTEMS[request.param]
    if shutil.which(make[0]) is None:
        pytest.skip(f"{make[0]} is not installed")
    if request.param not in Path("/proc/filesystems").read_text().split():
        pytest.skip(f"this kernel has no {request.param}")
    image, place = tmp_path / "image", tmp_path / "mounted"
    with image.open("wb") as file:
        file.truncate(SIZE_BYTES)
    place.mkdir()
    subprocess.run([*make, str(image)], check=True, stdout=subprocess.DEVNULL)
    mount = subprocess.run(["mount", "-o", "loop", str(image), str(place)], capture_output=True, text=True, check=False)
    if mount.returncode:
        pytest.skip(f"no loop device to be had: {mount.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)  # which detaches the loop device as well


def extents(path: Path) -> list[tuple[int, int, bool]]:
    """Where on the disk the parts of a file lie, how long they are, and whether other files have them too."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        asked = bytearray(_HEAD.pack(0, (1 << 64) - 1, _SYNC, 0, _MAX_EXTENTS, 0) + bytes(_EXTENT.size * _MAX_EXTENTS))
        fcntl.ioctl(descriptor, _FIEMAP, asked)
    finally:
        os.close(descriptor)
    count = _HEAD.unpack_from(asked)[3]
    found = [_EXTENT.unpack_from(asked, _HEAD.size + _EXTENT.size * number) for number in range(count)]
    return [(extent[1], extent[2], bool(extent[5] & _SHARED)) for extent in found]


def test_layers_share_their_blocks_with_the_store(mounted: Path) -> None:
    """Those of a folder, byte for byte what the store has, and at the same place on the disk."""
    with Store.open(mounted / "store") as store:
        bench = Bench(root=mounted, store=store)
        content = os.urandom(3_000_000)
        output = Output(kind=OutputKind.OCI, destination=mounted / "layout", as_tar=False)
        bench.build("FROM scratch\nCOPY random /\n", {"random": content}, outputs=(output,))
        bench.registry.close()
    large = [path for path in (mounted / "layout/blobs/sha256").iterdir() if path.stat().st_size > len(content)]
    (layer,) = large
    kept = mounted / "store/blobs/sha256" / layer.name
    assert layer.read_bytes() == kept.read_bytes()
    found = extents(layer)
    assert found
    assert all(is_shared for _, _, is_shared in found)
    assert found == extents(kept)
