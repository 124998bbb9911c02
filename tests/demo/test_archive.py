"""The demo counts what a container sees, and finds a secret in whatever layer it is."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
from demo.archive import read_archive, visible_files


def tar(*members: tuple[str, bytes | None]) -> bytes:
    """A tar of files, and of directories where there is no content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            member.size = len(content or b"")
            archive.addfile(member, io.BytesIO(content or b""))
    return buffer.getvalue()


def files(*paths: str) -> list[tuple[str, bool]]:
    """Members of a layer; a trailing slash makes a directory."""
    return [(path.rstrip("/"), path.endswith("/")) for path in paths]


@pytest.mark.parametrize(
    ("layers", "count"),
    [
        pytest.param([files("a", "d/", "d/b")], 2, id="one layer"),
        pytest.param([files("a"), files("a")], 1, id="written twice"),
        pytest.param([files("a", "ab"), files(".wh.a")], 1, id="removed, and a name that starts alike"),
        pytest.param([files("d/", "d/a", "d/b"), files(".wh.d")], 0, id="removed directory"),
        pytest.param([files("d/", "d/a", "d/b"), files("d/", "d/.wh..wh..opq", "d/c")], 1, id="opaque directory"),
        pytest.param([files("d/", "d/a"), files("d")], 1, id="directory replaced by a file"),
        pytest.param([files("a"), files(".wh.a", "a")], 1, id="removed and written in one layer"),
    ],
)
def test_visible_files(layers: list[list[tuple[str, bool]]], count: int) -> None:
    """Whiteouts hide what lies below them, and nothing of their own layer."""
    assert visible_files(layers) == count


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
def test_facts_of_an_archive(tmp_path: Path, compressed: bool) -> None:
    """Layers, files, bytes and the secret of a lower layer that an upper one hides."""
    lower = tar(("d", None), ("d/key", b"x" * 2_000_000 + b"the secret" + b"y"), ("keep", b"12345"))
    upper = tar(("d/.wh.key", b""), ("new", b"123"))
    blobs = [gzip.compress(layer) if compressed else layer for layer in (lower, upper)]
    manifest = [{"Config": "c.json", "RepoTags": ["app:1", "app:2"], "Layers": ["0.tar", "1.tar"]}]
    path = tmp_path / "image.tar"
    path.write_bytes(tar(("0.tar", blobs[0]), ("1.tar", blobs[1]), ("manifest.json", json.dumps(manifest).encode())))

    facts = read_archive(path, ["the secret", "another"])

    assert facts.keys() == {"app:1", "app:2"}
    assert (facts["app:1"].layers, facts["app:1"].files) == (2, 2)
    assert facts["app:1"].size_bytes == 2_000_011 + 5 + 3
    assert facts["app:1"].secrets == {"the secret"}
