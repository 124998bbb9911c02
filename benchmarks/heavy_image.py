"""An image that is too large to be looked at by hand: half a million files in sixty layers, ten gigabytes.

It is a docker archive in which every content begins with bytes of its own and goes on with a hole, so that the disk
holds little more than the headers. Layers are what large images are made of: a distribution with its package database,
trees of node_modules and site-packages, sources, caches, data; and layers that change the mode of what lies below, or
delete it. Equal on every machine.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

NAME = "heavy:1"
_BLOCK = 512
_RECORD = 20 * _BLOCK
_ZEROS = bytes(1 << 20)
_TIME = 1_700_000_000
_SUFFIXES = (".js", ".d.ts", ".map", ".json", ".md")
_PACKAGE_FILES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large the image is."""

    layers: int
    files: int
    """About so many are added by all layers together."""
    total_bytes: int
    """About so much their contents are."""


HEAVY = Shape(layers=60, files=500_000, total_bytes=10_000_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """One member of a layer; ``start`` is what its content begins with."""

    path: str
    size: int = 0
    start: bytes = b""
    mode: int = 0o644
    link: str = ""
    is_folder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """What made it, and what it holds."""

    told: str
    members: list[_Member]


@dataclass(slots=True)
class _Maker:
    """Draws layers; ``trees`` are what the layers so far brought, by their folder."""

    mean_bytes: int
    chance: random.Random = field(default_factory=lambda: random.Random(20))
    trees: dict[str, list[_Member]] = field(default_factory=dict)
    made: int = 0

    def content(self, path: str, *, mode: int = 0o644, share: float = 1.0) -> _Member:
        """A file of a size as they come: many small ones, a few that hold most of the bytes."""
        self.made += 1
        size = int(self.chance.lognormvariate(0, 1.6) / 3.6 * self.mean_bytes * share) + 24
        return _Member(path=path, size=size, start=b"content %d\n" % self.made, mode=mode)

    def system(self, files: int) -> _Layer:
        """A distribution, and the database of its packages."""
        status, members = [], [_Member(path="etc/os-release", size=30, start=b'ID=debian\nVERSION_ID="12"\n')]
        for number in range(max(files // 50, 1)):
            name = f"libthing{number}" if number % 9 else f"thing{number}-dev"
            share = [f"usr/share/{name}/{part // 9:02}/part{part}.dat" for part in range(44)]
            owned = [f"usr/bin/{name}", f"usr/lib/{name}.so.1", f"usr/share/doc/{name}/copyright", *share]
            members += [self.content(path, mode=0o755 if path.startswith("usr/bin/") else 0o644) for path in owned]
            listed = "".join(f"/{path}\n" for path in owned).encode()
            members.append(_Member(path=f"var/lib/dpkg/info/{name}.list", size=len(listed), start=listed))
            status.append(
                f"Package: {name}\nStatus: install ok installed\nVersion: 1.{number}\nArchitecture: amd64\n"
                f"Maintainer: nobody\nDescription: thing {number}\n\n"
            )
        text = "".join(status).encode()
        members.append(_Member(path="var/lib/dpkg/status", size=len(text), start=text))
        return _Layer(told="/bin/sh -c #(nop) ADD file:rootfs in / ", members=members)

    def node_modules(self, number: int, files: int) -> _Layer:
        """Packages with a package.json each, and links to their programs."""
        root = f"srv/app{number}/node_modules"
        members: list[_Member] = []
        for package in range(max(files // _PACKAGE_FILES, 1)):
            folder = f"{root}/package-{package:04}"
            text = json.dumps({"name": f"package-{package}", "version": f"{number}.0.1"}).encode()
            members.append(_Member(path=f"{folder}/package.json", size=len(text), start=text))
            members += [
                self.content(f"{folder}/lib/part{one % 5}/file{one}{_SUFFIXES[one % 5]}")
                for one in range(_PACKAGE_FILES - 2)
            ]
            members.append(_Member(path=f"{root}/.bin/package-{package:04}", link=f"../package-{package:04}/lib/run"))
        return self._kept(root, members, f"RUN /bin/sh -c cd /srv/app{number} && npm ci # buildkit")

    def site_packages(self, number: int, files: int) -> _Layer:
        """Distributions with their METADATA, modules and bytecode."""
        root = f"opt/venv{number}/lib/python3.11/site-packages"
        members: list[_Member] = []
        for package in range(max(files // (2 * _PACKAGE_FILES), 1)):
            text = f"Metadata-Version: 2.1\nName: dist-{package}\nVersion: {number}.2\n\n".encode()
            info = f"{root}/dist_{package}-{number}.2.dist-info"
            members.append(_Member(path=f"{info}/METADATA", size=len(text), start=text))
            names = [f"dist_{package}/module{one}" for one in range(_PACKAGE_FILES - 1)]
            record = "".join(f"{name}.py,,\n" for name in names).encode()
            members.append(_Member(path=f"{info}/RECORD", size=len(record), start=record))
            members += [self.content(f"{root}/{name}.py") for name in names]
            members += [self.content(f"{root}/{name.replace('/', '/__pycache__/')}.cpython-311.pyc") for name in names]
        return self._kept(
            root, members, f"RUN /bin/sh -c /opt/venv{number}/bin/pip install -r requirements.txt # buildkit"
        )

    def sources(self, number: int, files: int) -> _Layer:
        """A project with its history."""
        root = f"src/project{number}"
        members = [self.content(f"{root}/pkg{one % 80}/unit{one % 7}/code{one}.go") for one in range(files // 2)]
        members += [self.content(f"{root}/.git/objects/{one % 256:02x}/{one:038x}") for one in range(files // 2)]
        return self._kept(root, members, f"COPY . /src/project{number} # buildkit")

    def caches(self, number: int, files: int) -> _Layer:
        """What package managers leave behind."""
        root = f"root/.cache/pip/{number}"
        members = [self.content(f"{root}/http/{one % 16:x}/{one % 256:02x}/{one:032x}") for one in range(files)]
        return self._kept(root, members, f"RUN /bin/sh -c pip download everything{number} # buildkit")

    def data(self, number: int, files: int) -> _Layer:
        """Fewer and larger files; every tenth has the content of another."""
        root = f"data/set{number}"
        members: list[_Member] = []
        for one in range(max(files // 8, 1)):
            if one % 10 == 9:
                members.append(_Member(path=f"{root}/{one:05}.copy", size=members[-1].size, start=members[-1].start))
            else:
                members.append(self.content(f"{root}/{one:05}.parquet", share=8))
        return self._kept(root, members, f"COPY set{number} /data/set{number} # buildkit")

    def changed_modes(self, number: int, files: int) -> _Layer:
        """``chmod -R`` of a part of what lies below: everything is copied up."""
        root, members = self.chance.choice(list(self.trees.items()))
        again = [
            _Member(path=each.path, size=each.size, start=each.start, mode=0o755) for each in members if not each.link
        ]
        return _Layer(told=f"RUN /bin/sh -c chmod -R 755 /{root} # buildkit", members=again[:files])

    def removal(self, number: int, files: int) -> _Layer:
        """``rm -rf`` of one tree as a whole, and of some files of another one by one."""
        root = self.chance.choice(list(self.trees))
        del self.trees[root]
        above, _, name = root.rpartition("/")
        gone = [_Member(path=f"{above}/.wh.{name}")]
        files_left = next(iter(self.trees.values()))
        some, files_left[:] = files_left[: files // 20], files_left[files // 20 :]
        for each in some:
            above, _, name = each.path.rpartition("/")
            gone.append(_Member(path=f"{above}/.wh.{name}"))
        return _Layer(told=f"RUN /bin/sh -c rm -rf /{root} # buildkit", members=gone)

    def _kept(self, root: str, members: list[_Member], told: str) -> _Layer:
        self.trees[root] = members
        return _Layer(told=told, members=members)


def _layers(shape: Shape) -> Iterator[_Layer]:
    """The system, then one kind after the other."""
    maker = _Maker(mean_bytes=shape.total_bytes // shape.files)
    each = shape.files // shape.layers
    kinds: tuple[Callable[[_Maker, int, int], _Layer], ...] = (
        _Maker.node_modules,
        _Maker.site_packages,
        _Maker.sources,
        _Maker.node_modules,
        _Maker.caches,
        _Maker.data,
        _Maker.site_packages,
        _Maker.changed_modes,
        _Maker.node_modules,
        _Maker.removal,
    )
    yield maker.system(each)
    for number in range(1, shape.layers):
        yield kinds[(number - 1) % len(kinds)](maker, number, each * 5 // 4)


def write_image(path: Path, shape: Shape = HEAVY) -> None:
    """Write the image as a docker archive; only what is no hole takes place on the disk."""
    with path.open("wb") as file:
        diff_ids, names, history = [], [], []
        for number, layer in enumerate(_layers(shape)):
            names.append(f"{number:064x}/layer.tar")
            diff_ids.append(f"sha256:{_write_layer(file, names[-1], layer)}")
            history.append({"created": "2026-01-01T00:00:00Z", "created_by": layer.told})
        config = json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {"Cmd": ["/usr/bin/libthing1"], "WorkingDir": "/srv"},
                "rootfs": {"type": "layers", "diff_ids": diff_ids},
                "history": history,
            }
        ).encode()
        config_name = f"{hashlib.sha256(config).hexdigest()}.json"
        manifest = json.dumps([{"Config": config_name, "RepoTags": [NAME], "Layers": names}]).encode()
        for name, data in ((config_name, config), ("manifest.json", manifest)):
            file.write(_header(_Member(path=name, size=len(data))) + _padded(data))
        file.write(bytes(_RECORD))


def _as_packed(members: Iterable[_Member]) -> Iterator[_Member]:
    """In the order in which a walk finds them, every folder before what lies in it."""
    seen = {""}
    for member in sorted(members, key=lambda member: member.path.split("/")):
        missing = []
        above = member.path.rpartition("/")[0]
        while above not in seen:
            seen.add(above)
            missing.append(above)
            above = above.rpartition("/")[0]
        yield from (_Member(path=folder, mode=0o755, is_folder=True) for folder in reversed(missing))
        yield member


def _write_layer(file: BinaryIO, name: str, layer: _Layer) -> str:
    """One member of the archive, which is a tar itself; the digest of it."""
    header_at = file.tell()
    file.seek(header_at + _BLOCK)
    start = file.tell()
    sha256 = hashlib.sha256()
    for member in _as_packed(layer.members):
        head = _header(member)
        data = head + (_padded(member.start) if member.size else b"")
        whole = len(head) + -(-member.size // _BLOCK) * _BLOCK
        file.write(data)
        sha256.update(data)
        hole = whole - len(data)
        for _ in range(hole // len(_ZEROS)):
            sha256.update(_ZEROS)
        sha256.update(_ZEROS[: hole % len(_ZEROS)])
        file.seek(hole, io.SEEK_CUR)
    file.write(bytes(2 * _BLOCK))
    sha256.update(bytes(2 * _BLOCK))
    end = file.tell()
    file.seek(header_at)
    file.write(_header(_Member(path=name, size=end - start)))
    file.seek(end)
    return sha256.hexdigest()


def _header(member: _Member) -> bytes:
    info = tarfile.TarInfo(member.path)
    info.size, info.mode, info.mtime = member.size, member.mode, _TIME
    if member.is_folder:
        info.type = tarfile.DIRTYPE
    elif member.link:
        info.type, info.linkname = tarfile.SYMTYPE, member.link
    return info.tobuf(tarfile.GNU_FORMAT)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _BLOCK)
