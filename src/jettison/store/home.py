"""The folder of the store: which file lies where. Only this module knows the names."""

from __future__ import annotations

import os
from pathlib import Path

from jettison.errors import StorageError
from jettison.frozen import dataclass
from jettison.model.digest import Digest
from jettison.store.faults import printable, storage_faults

_FOLDERS = (
    "blobs/sha256",
    "blobs/sha512",
    "layers",
    "mounts",
    "containers",
    "tmp",
    "locks/keys",
    "locks/sessions",
    "locks/mounts",
    "locks/containers",
)
_SHA256_HEX_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Home:
    """The layout below one folder; everything in it lies on one file system, so that a rename is atomic."""

    root: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "cache.db"

    @property
    def database_logs(self) -> tuple[Path, ...]:
        """What SQLite keeps beside it as long as somebody uses it."""
        return tuple(self.database.with_name(f"{self.database.name}{suffix}") for suffix in ("-wal", "-shm"))

    @property
    def blobs(self) -> Path:
        """``<algorithm>/<hex>`` a blob."""
        return self.root / "blobs"

    @property
    def layers(self) -> Path:
        """``<diff_id hex>/{index,tree,image}`` a layer."""
        return self.root / "layers"

    @property
    def mounts(self) -> Path:
        """``<hash of the id>/<slot>`` a cache mount."""
        return self.root / "mounts"

    @property
    def containers(self) -> Path:
        """``<container id>/`` the writable files of a container."""
        return self.root / "containers"

    @property
    def packages(self) -> Path:
        """What ``base`` downloaded; made by the first who does."""
        return self.root / "packages"

    @property
    def mounting(self) -> Path:
        """A note on whether this machine mounts layers."""
        return self.root / "mounting"

    @property
    def temporary(self) -> Path:
        """``<session>/`` what an unfinished process is writing."""
        return self.root / "tmp"

    def lock(self, kind: str, name: str) -> Path:
        """The lock file of one thing; ``kind`` is one of keys, sessions, mounts, containers."""
        return self.root / "locks" / kind / name

    def blob(self, digest: Digest) -> Path:
        """Where the blob lies, or would. What is no digest could lead anywhere: raises :class:`IntegrityError`."""
        checked = Digest.parse(digest)
        return self.blobs / checked.algorithm / checked.hex

    def layer(self, diff_id: Digest) -> Path:
        """Where the index, the tree and the image of the layer lie, or would. Raises as :meth:`blob` does."""
        return self.layers / Digest.parse(diff_id).hex

    def create(self) -> None:
        """Make the folders, the root readable by its owner alone; what exists is left as it is."""
        if is_there(self.root) and not self.root.is_dir():
            raise StorageError(
                f"cannot keep images in {printable(self.root)}: it is not a folder",
                hint="choose another folder with JETTISON_HOME",
            )
        with storage_faults("create the folder", self.root):
            self.root.parent.mkdir(parents=True, exist_ok=True)
            self.root.mkdir(mode=0o700, exist_ok=True)
            for folder in _FOLDERS:
                (self.root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)


def digest_of_name(name: str) -> Digest | None:
    """The digest that a file name made of its hex means; None where it is none of ours."""
    algorithm = "sha256" if len(name) == _SHA256_HEX_LENGTH else "sha512"
    if len(name) not in (_SHA256_HEX_LENGTH, 2 * _SHA256_HEX_LENGTH) or not set(name) <= set("0123456789abcdef"):
        return None
    return Digest(f"{algorithm}:{name}")


def is_there(path: Path) -> bool:
    """Whether something lies at the path."""
    with storage_faults("look at", path):
        return path.exists()


def sync_directory(path: Path) -> None:
    """Make a rename in ``path`` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
