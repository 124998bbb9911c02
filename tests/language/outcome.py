"""What comes of a case: a build by the program, in this process, as a user calls it, and the image as it leaves."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.language.case import Case
from tests.support.flatten import Picture, read_picture

from jettison.cli.context import Streams
from jettison.cli.main import main

_ISOLATION = "RUN is isolated by"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a build did."""

    error: str
    """As a user reads it; empty where the build succeeded."""
    warnings: tuple[str, ...]
    output: str
    """What the steps printed."""
    archive: Path
    """A docker archive of the image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A store with the base images in it."""

    home: Path
    root_mode: str = ""
    """JETTISON_ROOTFS."""

    def call(
        self, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """The exit code of a command and what it wrote on standard error."""
        out = io.TextIOWrapper(io.BytesIO(), write_through=True)
        err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True)
        variables = {"HOME": str(self.home), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        variables |= {"JETTISON_ROOTFS": self.root_mode}
        variables |= dict(environment or {})
        streams = Streams(stdin=io.BytesIO(stdin), stdout=out, stderr=err)
        code = main(["--home", str(self.home), *arguments], variables, streams)
        written = err.buffer
        assert isinstance(written, io.BytesIO)
        return code, written.getvalue().decode()

    def build(self, case: Case, archive: Path) -> Outcome:
        """Build the case, whose copy is the current folder."""
        output = f"type=docker,dest={archive}"
        code, text = self.call(
            *("build", "--progress", "rawjson", "-t", "case:1", "-o", output, *case.flags, case.context),
            stdin=Path(case.stdin).read_bytes() if case.stdin else b"",
            environment=case.environment,
        )
        lines = text.splitlines(keepends=True)
        events = [json.loads(line) for line in lines if line.startswith('{"event":')]
        rest = "".join(line for line in lines if not line.startswith('{"event":'))
        notices = [event["message"] for event in events if event["event"] == "notice"]
        printed = [base64.b64decode(event["data"]) for event in events if event["event"] == "vertex_output"]
        return Outcome(
            error=rest.removeprefix("jettison: ").rstrip("\n") if code else "",
            warnings=tuple(notice for notice in notices if not notice.startswith(_ISOLATION)),
            output=b"".join(printed).decode("utf-8", "replace"),
            archive=archive,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The image that most cases start from: what it brings is not told again by every expectation."""

    picture: Picture
    config: Mapping[str, Any]

    @classmethod
    def read(cls, archive: Path) -> Base:
        """The only image of an archive."""
        return cls(picture=read_picture(archive), config=read_config(archive))

    def is_below(self, config: Mapping[str, Any]) -> bool:
        """Whether an image has the layers of this one."""
        own: list[str] = self.config["rootfs"]["diff_ids"]
        layers: list[str] = config["rootfs"]["diff_ids"]
        return layers[: len(own)] == own


def read_config(archive: Path) -> dict[str, Any]:
    """The image config in an archive, as written."""
    with tarfile.open(archive) as outer:
        (image,) = json.load(_member(outer, "manifest.json"))
        document: dict[str, Any] = json.load(_member(outer, image["Config"]))
    return document


def _member(archive: tarfile.TarFile, name: str) -> Any:
    content = archive.extractfile(name)
    assert content is not None, name
    return content


def open_bench(home: Path, archives: tuple[Path, ...], *, root_mode: str = "") -> Bench:
    """A bench in a new home, with the images of the archives."""
    bench = Bench(home=home, root_mode=root_mode)
    for archive in archives:
        code, text = bench.call("load", "-q", "-i", str(archive))
        assert code == 0, text
    return bench
