"""What weighing needs to read of an image that passes by."""

from __future__ import annotations

from collections.abc import Mapping

from tests.analyze.support import digest, file, stack_of

from jettison.analyze.base import Base
from jettison.analyze.weigh import ImageFacts, afterwards, weigh
from jettison.engine.beside import Helpers
from jettison.engine.weigh import is_read_again
from jettison.model.config import ImageConfig, RunConfig
from jettison.model.entry import Entry
from jettison.model.platform import Platform

PYTHON = "opt/venv/lib/python3.11/site-packages"
CONTENTS: Mapping[str, bytes] = {
    f"{PYTHON}/a-1.dist-info/METADATA": b"Name: a\nVersion: 1\n",
    f"{PYTHON}/a-1.dist-info/RECORD": b"a/__init__.py,,\n",
    f"{PYTHON}/b.egg-info/PKG-INFO": b"Name: b\nVersion: 1\n",
    f"{PYTHON}/b.egg-info/installed-files.txt": b"../b.py\n",
    "var/lib/dpkg/status": b"Package: c\nStatus: install ok installed\nVersion: 1\n",
    "var/lib/dpkg/info/c.list": b"/usr/bin/c\n",
    "usr/share/doc/c/copyright": b"License: MIT\n",
    "usr/lib/os-release": b"ID=debian\n",
    "app/package.json": b'{"dependencies": {}, "devDependencies": {"d": "1"}}',
    "app/node_modules/d/package.json": b'{"name": "d", "version": "1"}',
    "app/serve.js": b"require('http').createServer; fs.readFile('site')",
    "usr/bin/node": b"\x7fELF",
    "app/site/index.html": b"<html>",
}


def test_all_that_is_looked_into_is_kept_of_what_passes_by() -> None:
    """Else the weight of ``docker save x | jettison weigh -`` would not be that of the image in the store."""
    read: set[str] = set()

    def read_at(entry: Entry, offset: int, size: int) -> bytes:
        read.add(entry.path)
        return CONTENTS[entry.path][offset : offset + size]

    entries = [file(path, len(data), mode=0o755 if "/bin/" in path else 0o644) for path, data in CONTENTS.items()]
    run = RunConfig(cmd=("node", "serve.js"), working_dir="/app")
    weigh(
        ImageFacts(
            name="image",
            image_id=digest("image"),
            config=ImageConfig(platform=Platform.parse("linux/amd64"), run=run),
            indexes=stack_of(entries),
            base=Base(),
            open_reader=lambda tree: read_at,
        )
    )
    assert read >= set(CONTENTS) - {"app/site/index.html"}
    assert [entry.path for entry in entries if entry.path in read and not is_read_again(entry)] == []


def test_it_weighs_the_same_with_a_process_beside() -> None:
    """Whom files belong to may be found out elsewhere."""
    run = RunConfig(cmd=("node", "serve.js"), working_dir="/app")
    with Helpers(least_files=0, may_fork=lambda: True) as helpers:
        beside, alone = (
            weigh(
                ImageFacts(
                    name="image",
                    image_id=digest("image"),
                    config=ImageConfig(platform=Platform.parse("linux/amd64"), run=run),
                    indexes=stack_of([file(path, len(data)) for path, data in CONTENTS.items()]),
                    base=Base(),
                    open_reader=lambda tree: lambda entry, offset, size: CONTENTS[entry.path][offset : offset + size],
                    beside=each,
                )
            )
            for each in (helpers.beside, afterwards)
        )
    assert sorted(package.name for package in alone.packages) == ["a", "b", "c", "d"]
    assert beside == alone
    assert beside.files == alone.files
