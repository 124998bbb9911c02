"""ADD: archives that are unpacked and files that are fetched."""

from __future__ import annotations

import os
import signal
import socket
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.engine.archives import COMPRESSORS, make_links, make_tar
from tests.engine.bench import Bench

from jettison.errors import BuildError, CancelledError, IntegrityError, JettisonError
from jettison.model.digest import Digest
from jettison.model.entry import EntryType

pytestmark = pytest.mark.root

TAR = make_tar({"dir/": b"", "dir/a": b"a", "b": b"b"}, uid=7)


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_archives_are_unpacked(bench: Bench, suffix: str) -> None:
    """In every compression, by content and not by name; COPY takes them as they are."""
    data = COMPRESSORS[suffix](TAR)
    built = bench.build("FROM scratch\nADD what /x\nADD --chown=3:4 what /y/\nCOPY what /z\n", {"what": data})
    assert built.text("x/dir/a") == "a"
    assert (built.entry("x/b").uid, built.entry("y/b").uid, built.entry("y/b").gid) == (7, 3, 4)
    assert built.read("z") == data
    assert bench.build(None).ran == []


def test_what_is_no_archive_is_copied(bench: Bench) -> None:
    """Also where its name says otherwise, or where only its compression is right."""
    import gzip

    files = {"a.tar": b"no tar", "b.gz": gzip.compress(b"no tar"), "empty.tar": b""}
    built = bench.build("FROM scratch\nADD . /\n", files)
    assert built.read("a.tar") == b"no tar"
    built = bench.build("FROM scratch\nADD a.tar b.gz empty.tar /d/\n")
    assert built.read("d/b.gz") == files["b.gz"]
    assert built.read("d/empty.tar") == b""


def test_hard_links_and_sparse_files_of_archives(bench: Bench) -> None:
    """A hard link whose path leads over a symbolic link of the image still finds its file."""
    data = make_links(
        {"lib/second": (tarfile.LNKTYPE, "lib/first"), "lib/soft": (tarfile.SYMTYPE, "first")}, {"lib/first": b"1"}
    )
    built = bench.build("FROM busybox:test\nADD a.tar /\n", {"a.tar": data})
    assert built.text("usr/lib/second") == built.text("lib/second") == "1"
    assert built.entry("usr/lib/second").type is EntryType.HARDLINK
    assert built.entry("lib").type is EntryType.SYMLINK


def test_sparse_members(bench: Bench) -> None:
    """GNU tar's sparse files are expanded, from an archive and from a layer of a base image."""
    import subprocess

    bench.context.mkdir()
    path = bench.root / "holes"
    with path.open("wb") as file:
        file.seek(1 << 20)
        file.write(b"end")
    archive = bench.context / "s.tar"
    subprocess.run(["tar", "-C", str(bench.root), "--sparse", "-cf", str(archive), "holes"], check=True)
    assert archive.stat().st_size < 1 << 19
    built = bench.build("FROM scratch\nADD s.tar /\n")
    assert built.read("holes") == path.read_bytes()


def test_broken_archives(bench: Bench) -> None:
    """A truncated archive is an error at its line, and the next build is right."""
    data = COMPRESSORS["tar.gz"](make_tar({"a": bytes(range(256)) * 4000}))
    with pytest.raises(IntegrityError) as caught:
        bench.build("FROM scratch\nADD a.tgz /\n", {"a.tgz": data[:-40]})
    assert "Dockerfile:2:1" in str(caught.value.place)
    assert bench.build(None, {"a.tgz": data}).entry("a").size == 256 * 4000


@pytest.mark.parametrize("name", ["../../out", "/abs/out", "a/../../out"])
def test_archives_stay_inside(bench: Bench, name: str) -> None:
    """Members with .. in their names end up below the destination, or are refused."""
    try:
        built = bench.build("FROM scratch\nADD a.tar /d/\n", {"a.tar": make_tar({name: b"x"})})
    except JettisonError:
        return
    assert all(path == "d" or path.startswith("d/") for path in built.tree.entries)


def test_an_archive_over_its_own_links(bench: Bench) -> None:
    """A member below a link of the same archive is refused: it would be somewhere else than it says."""
    data = make_links({"evil": (tarfile.SYMTYPE, "/../../../../tmp")}, {})[:512] + make_tar({"evil/x": b"x"})
    with pytest.raises(IntegrityError, match="/evil"):
        bench.build("FROM busybox:test\nADD a.tar /d/\n", {"a.tar": data})


def test_an_archive_with_a_file_for_a_directory(bench: Bench) -> None:
    """The directory of the image is replaced, as BuildKit does; also where a later member is a directory again."""
    dockerfile = "FROM busybox:test\nRUN mkdir -p /d/sub && echo old > /d/old\nADD a.tar /\nRUN ls -A /d > /list\n"
    built = bench.build(dockerfile, {"a.tar": make_tar({"d": b"file"})})
    assert built.text("d") == "file"
    assert not built.has("d/old")
    built = bench.build(dockerfile, {"a.tar": make_tar({"d": b"file"})[:1024] + make_tar({"d/": b"", "d/new": b"n"})})
    assert built.text("list") == "new\n"
    assert not built.has("d/sub")


@dataclass
class Server:
    """A web server: what it has, and what it was asked."""

    url: str
    files: dict[str, bytes]
    requests: list[tuple[str, int]] = field(default_factory=list)
    """Paths and the status of the answer."""
    headers: dict[str, str] = field(default_factory=dict)
    authorizations: list[str] = field(default_factory=list)
    """What clients logged in with."""


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    server: Server

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = server.files.get(self.path)
            etag = None if data is None else f'"{Digest.of(data).hex[:16]}"'
            status = 404 if data is None else 304 if self.headers["If-None-Match"] == etag else 200
            server.requests.append((self.path, status))
            server.authorizations += self.headers.get_all("Authorization", [])
            self.send_response(status)
            if etag is not None:
                self.send_header("ETag", etag)
                self.send_header("Last-Modified", "Fri, 13 Feb 2009 23:31:30 GMT")
            body = data if status == 200 and data is not None else b""
            if status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = Server(url=f"http://127.0.0.1:{listening.server_address[1]}", files=files)
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


def test_files_from_the_network(bench: Bench) -> None:
    """Name, mode and time as BuildKit has them; archives stay as they are; asked for again only whether they changed."""
    with serving({"/f/a.tar": TAR, "/f/with%20space": b"s", "/": b"root"}) as server:
        dockerfile = f"FROM scratch\nADD {server.url}/f/a.tar {server.url}/f/with%20space {server.url}/ /d/\nADD {server.url}/f/a.tar /named\n"
        built = bench.build(dockerfile)
        assert built.read("d/a.tar") == built.read("named") == TAR
        assert built.text("d/with space") == "s"
        assert built.text("d/__unnamed__") == "root"
        entry = built.entry("d/a.tar")
        assert (entry.mode, entry.uid, entry.mtime_ns) == (0o600, 0, 1234567890 * 10**9)
        server.requests.clear()
        again = bench.build(dockerfile)
        assert {status for _, status in server.requests} == {304}
        assert again.ran == []
        assert all(step.cached for step in again.steps.values())
        server.files["/f/a.tar"] = b"other"
        assert bench.build(dockerfile).text("named") == "other"


def test_checksums_of_files_from_the_network(bench: Bench) -> None:
    """A file of the right digest is not even asked for again; a wrong one is an error and nothing is kept."""
    with serving({"/a": b"a"}) as server:
        right = f"FROM scratch\nADD --checksum={Digest.of(b'a')} {server.url}/a /a\n"
        assert bench.build(right).text("a") == "a"
        server.requests.clear()
        assert bench.build(right).ran == []
        assert server.requests == []
        with pytest.raises(IntegrityError, match="digest mismatch for") as caught:
            bench.build(f"FROM scratch\nADD --checksum={Digest.of(b'b')} {server.url}/a /a\n")
        assert "Dockerfile:2" in str(caught.value.place)


def test_flags_for_files_from_the_network(bench: Bench) -> None:
    """``--chown`` and ``--chmod`` are for the file, or for what ``--unpack=true`` finds in it; no archive stays whole."""
    with serving({"/a.tgz": COMPRESSORS["tar.gz"](TAR), "/plain": b"plain"}) as server:
        built = bench.build(
            f"FROM scratch\nADD --chown=3:4 --chmod=0644 {server.url}/plain /d/\n"
            f"ADD --unpack=true --chown=5 {server.url}/a.tgz {server.url}/plain /u/\n"
            f"ADD --unpack=false {server.url}/a.tgz /whole/\n"
        )
    assert (built.entry("d/plain").uid, built.entry("d/plain").gid, built.entry("d/plain").mode) == (3, 4, 0o644)
    assert built.text("u/dir/a") == "a" and built.entry("u/b").uid == 5 and built.text("u/plain") == "plain"
    assert list(built.tree.children("whole")) == ["a.tgz"]


def test_trouble_with_the_network(bench: Bench) -> None:
    """A missing file and a server that is not there: which URL, and why."""
    with serving({}) as server, pytest.raises(BuildError, match="404"):
        bench.build(f"FROM scratch\nADD {server.url}/no /a\n")
    with pytest.raises(BuildError, match=r"cannot fetch http://127\.0\.0\.1:9/x: Connection refused$") as caught:
        bench.build("FROM scratch\nADD http://user:secret@127.0.0.1:9/x /a\n")
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("is_context", [False, True], ids=["step", "context"])
def test_a_web_server_that_says_nothing(bench: Bench, is_context: bool) -> None:
    """A build that waits for it ends when it is cancelled, long before the server counts as dead."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/f"
        place: dict[str, Any] = {"context": None, "context_url": url} if is_context else {"context": bench.context}
        connections: list[socket.socket] = []

        def interrupt() -> None:
            connections.append(silent.accept()[0])
            connections[0].recv(1 << 16)
            os.kill(os.getpid(), signal.SIGINT)

        interrupting = threading.Thread(target=interrupt)
        interrupting.start()
        with pytest.raises((CancelledError, KeyboardInterrupt)):
            bench.build(f"FROM scratch\nADD {url} /f\n", **place)
        interrupting.join()
        with connections[0] as connection, pytest.raises(BlockingIOError):
            connection.recv(1, socket.MSG_DONTWAIT)  # nobody has hung up yet


def test_passwords_in_urls(bench: Bench) -> None:
    """They log in, and are in no step's name, no history, no event, no file of the store."""
    with serving({"/f": b"f"}) as server:
        url = server.url.replace("//", "//user:$TOKEN@")
        built = bench.build(f"FROM scratch\nARG TOKEN=hush\nARG TOKEN=s3cret\nADD {url}/f /a/\n")
    assert server.authorizations == ["Basic dXNlcjpzM2NyZXQ="]
    shown = server.url.replace("//", "//xxxxx:xxxxx@")
    assert f"ADD {shown}/f /a/ # buildkit" in built.history
    assert any(name.endswith(f"ADD {shown}/f /a/") for name in built.steps)
    assert not any("s3cret" in name for name in built.steps)
