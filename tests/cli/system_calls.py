"""What a command asks of the kernel, seen by strace: processes, opened files, bytes read and written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

_OPENING = ("open", "openat", "openat2", "creat")
_READING = ("read", "pread64", "readv", "preadv", "preadv2")
_WRITING = ("write", "pwrite64", "writev", "pwritev", "pwritev2")
_MOVING = ("copy_file_range", "sendfile", "splice")
_EXECUTING = ("execve", "execveat")
_FORKING = ("fork", "vfork", "clone", "clone3")
_SANDBOXING = ("mount", "umount2", "move_mount", "unshare", "pivot_root")
_SYNCING = ("fsync", "fdatasync")
_LOOKING = ("stat", "lstat", "newfstatat", "statx")
_TRACED = ",".join(
    (
        *_LOOKING,
        *_OPENING,
        *_READING,
        *_WRITING,
        *_MOVING,
        *_EXECUTING,
        *_FORKING,
        *_SANDBOXING,
        *_SYNCING,
        "ioctl",
        "linkat",
        "link",
    )
)

_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+)(?:<(?P<path>[^>]*)>)?")
_DESCRIPTOR = re.compile(r"(?P<number>\d+)<(?P<path>[^>]*)>")


@dataclass(frozen=True)
class Call:
    """One call that went well."""

    name: str
    arguments: str
    result: int
    path: str
    """Of the descriptor that it gives."""

    @property
    def paths(self) -> list[str]:
        """Of the descriptors that it is given, in order."""
        return [found["path"] for found in _DESCRIPTOR.finditer(self.arguments)]


@dataclass(frozen=True)
class Traced:
    """A command that came to its end, and its calls in all processes and threads."""

    code: int
    out: str
    err: str
    calls: tuple[Call, ...]

    def opened(self, folder: Path) -> Counter[str]:
        """How often each regular file below a folder was opened; folders are not counted."""
        places = (call.path for call in self.calls if call.name in _OPENING and "O_DIRECTORY" not in call.arguments)
        prefix = f"{folder}/"
        return Counter(place.removeprefix(prefix) for place in places if place.startswith(prefix))

    def read(self, folder: Path) -> dict[str, int]:
        """How many bytes of each file below a folder were read."""
        prefix, found = f"{folder}/", Counter[str]()
        for call in self.calls:
            source = call.paths[0] if call.name in _READING and call.paths else ""
            if call.name == "copy_file_range":
                source = call.paths[0]
            elif call.name == "sendfile":
                source = call.paths[1]
            if source.startswith(prefix):
                found[source.removeprefix(prefix)] += call.result
        return dict(found)

    def written(self, place: str) -> Counter[str]:
        """Bytes by the call that put them into files whose path begins so."""
        found = Counter[str]()
        for call in self.calls:
            if call.name in _WRITING and call.paths[:1] and call.paths[0].startswith(place):
                found[call.name] += call.result
            elif call.name in _MOVING:
                target = call.paths[0] if call.name == "sendfile" else call.paths[-1]
                found[call.name] += call.result if target.startswith(place) else 0
        return +found

    def looked(self, folder: Path) -> int:
        """How often a path of a folder was looked at, whether anything was there or not."""
        return sum(call.name in _LOOKING and f'"{folder}/' in call.arguments for call in self.calls)

    def programs(self) -> list[str]:
        """The programs that were executed, that of the command itself apart."""
        return [call.arguments for call in self.calls if call.name in _EXECUTING][1:]

    def processes(self) -> int:
        """How many processes were made; threads are none."""
        made = [call for call in self.calls if call.name in _FORKING]
        return sum("CLONE_THREAD" not in call.arguments for call in made)

    def threads(self) -> int:
        """How many threads were begun."""
        return sum("CLONE_THREAD" in call.arguments for call in self.calls if call.name in _FORKING)

    def count(self, *names: str) -> int:
        """How many calls of these names went well."""
        return sum(call.name in names for call in self.calls)


def trace(folder: Path, *argv: str, environment: Mapping[str, str]) -> Traced:
    """Run the program under strace in ``folder``. Skips the test where there is none."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    logs = folder / "strace"
    logs.mkdir(exist_ok=True)
    for log in logs.iterdir():
        log.unlink()
    command = [sys.executable, "-c", "import sys; from jettison.cli.main import entry_point; sys.exit(entry_point())"]
    done = subprocess.run(
        [strace, "-ff", "-qq", "-y", "-s", "300", "-e", f"trace={_TRACED}", "-o", str(logs / "t"), *command, *argv],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)} | dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    return Traced(done.returncode, done.stdout, done.stderr, tuple(_calls(logs)))


def _calls(logs: Path) -> Iterator[Call]:
    """The calls of each thread, the first process first."""
    for log in sorted(logs.iterdir(), key=lambda path: int(path.suffix[1:])):
        for line in log.read_text(errors="replace").splitlines():
            found = _CALL.match(line)
            if found is not None and int(found["result"]) >= 0:
                yield Call(found["name"], found["arguments"], int(found["result"]), found["path"] or "")
