"""COPY: what arrives where, and with which metadata."""

from __future__ import annotations

import os
import socket
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engine.bench import Bench

from jettison.engine.outputs import Output, OutputKind
from jettison.errors import BuildError, JettisonError
from jettison.layer.selection import MissingSourceError
from jettison.model.entry import EntryType

pytestmark = pytest.mark.root

CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")
"""cap_net_bind_service=ep as the kernel keeps it."""


@pytest.mark.parametrize(
    ("copy", "paths"),
    [
        ("COPY a /x", {"x"}),
        ("COPY a /x/", {"x", "x/a"}),
        ("COPY d /x", {"x", "x/b", "x/e", "x/e/c"}),
        ("COPY d/ /x/", {"x", "x/b", "x/e", "x/e/c"}),
        ("COPY a d /x/", {"x", "x/a", "x/b", "x/e", "x/e/c"}),
        ("COPY d/* /x/", {"x", "x/b", "x/c"}),
        ("COPY d/e/c d/b /x/", {"x", "x/c", "x/b"}),
        ('COPY ["a", "/x y/"]', {"x y", "x y/a"}),
        ("COPY ?[a-c] /x/", {"x", "x/bb"}),
        ("COPY ?[x-z] /x/", set()),
        ("COPY [a-b]* /x/", {"x", "x/a", "x/bb"}),
        ("COPY *.txt /x/", {"x", "x/1.txt", "x/2.txt"}),
        ("COPY ./d/../a /x", {"x"}),
        ("COPY ../../a /x", {"x"}),
        ("WORKDIR /w\nCOPY a .", {"w", "w/a"}),
        ("WORKDIR /w\nCOPY a b/", {"w", "w/b", "w/b/a"}),
        ("WORKDIR /w\nCOPY a ../b", {"w", "b"}),
        ("COPY link /x", {"x"}),
        ("COPY linked /x", {"x", "x/b", "x/e", "x/e/c"}),
    ],
)
def test_where_files_go(bench: Bench, copy: str, paths: set[str]) -> None:
    """Several sources, wildcards, directories' contents, trailing slashes, links in the context."""
    bench.write({"a": "a", "bb": "bb", "d/b": "b", "d/e/c": "c", "1.txt": "1", "2.txt": "2"})
    (bench.context / "link").symlink_to("a")
    (bench.context / "linked").symlink_to("d")
    assert set(bench.build(f"FROM scratch\n{copy}\n").tree.entries) == paths


def test_links_inside_directories_stay(bench: Bench) -> None:
    """A link that is named is followed; one that is found in a directory is copied."""
    bench.write({"d/f": "f"})
    (bench.context / "d/l").symlink_to("/anywhere")
    built = bench.build("FROM scratch\nCOPY d /d\n")
    assert (built.entry("d/l").type, built.entry("d/l").link) == (EntryType.SYMLINK, "/anywhere")


def test_links_of_the_context_stay_in_it(bench: Bench) -> None:
    """A link to a file of this machine leads to the context's file of that path, or nowhere."""
    bench.write({"etc/passwd": "the context's"})
    (bench.context / "link").symlink_to("/etc/passwd")
    (bench.context / "up").symlink_to("../../../../etc/passwd")
    (bench.context / "out").symlink_to("/etc/hostname")
    built = bench.build("FROM scratch\nCOPY link /1\nCOPY up /2\n")
    assert built.text("1") == built.text("2") == "the context's"
    with pytest.raises(MissingSourceError):
        bench.build("FROM scratch\nCOPY out /3\n")


def test_links_of_the_image_are_followed(bench: Bench) -> None:
    """A destination below a merged /usr lands where the link leads; the link stays."""
    built = bench.build("FROM busybox:test\nCOPY a /lib/x/a\nCOPY a /var/run/\n", {"a": "a"})
    assert built.has("usr/lib/x/a")
    assert built.has("run/a")
    assert built.entry("lib").type is EntryType.SYMLINK
    assert built.entry("var/run").type is EntryType.SYMLINK


def test_a_file_over_a_link(bench: Bench) -> None:
    """A file copied onto a link goes where the link leads."""
    built = bench.build("FROM busybox:test\nRUN echo old > /target && ln -s target /link\nCOPY a /link\n", {"a": "new"})
    assert built.text("target") == "new"
    assert built.entry("link").type is EntryType.SYMLINK


def test_directories_are_merged(bench: Bench) -> None:
    """What lies in a directory stays; the directory takes the mode of the one that is copied over it, if it is inside."""
    bench.write({"d/in/new": "n"})
    (bench.context / "d/in").chmod(0o700)
    built = bench.build("FROM busybox:test\nRUN mkdir -p /d/in && touch /d/in/old\nCOPY d /d\n")
    assert {path for path in built.tree.entries if path.startswith("d/")} == {"d/in", "d/in/old", "d/in/new"}
    assert built.entry("d/in").mode == 0o700


@pytest.mark.parametrize(
    ("chown", "owner"),
    [
        ("sailor", (1000, 1001)),
        ("sailor:harbour", (1000, 2000)),
        ("1000", (1000, 1000)),
        ("1000:crew", (1000, 1001)),
        ("12:34", (12, 34)),
        ("0", (0, 0)),
        ("$WHO", (1000, 1001)),
    ],
)
def test_chown(bench: Bench, chown: str, owner: tuple[int, int]) -> None:
    """Names are looked up in the image's own files; directories made on the way have the owner too."""
    built = bench.build(f"FROM busybox:test\nARG WHO=sailor\nCOPY --chown={chown} d /made/d\n", {"d/f": "f"})
    for path in ("made/d", "made/d/f"):
        assert (built.entry(path).uid, built.entry(path).gid) == owner


def test_chown_to_nobody_known(bench: Bench) -> None:
    """A user that the image does not have is root, as with BuildKit, and a warning that says so."""
    built = bench.build("FROM busybox:test\nCOPY --chown=pirate a /a\n", {"a": "a"})
    assert built.entry("a").uid == 0
    (notice,) = built.notices
    assert "--chown=pirate" in notice


@pytest.mark.parametrize("mode", ["999", "17777", "-1", "u=rwx,", "0x1"])
def test_wrong_modes(bench: Bench, mode: str) -> None:
    """A mode that is none is refused where it stands."""
    with pytest.raises(JettisonError, match=r"Dockerfile:2:\d+"):
        bench.build(f"FROM scratch\nCOPY --chmod={mode} a /a\n", {"a": "a"})


def test_modes_and_kinds_survive(bench: Bench) -> None:
    """setuid bits, sticky directories, hard links, pipes; sockets are left out."""
    bench.write({"d/suid": "x", "d/dir/f": "f", "d/first": "same"})
    (bench.context / "d/suid").chmod(0o6755)
    (bench.context / "d/dir").chmod(0o1777)
    os.link(bench.context / "d/first", bench.context / "d/second")
    os.mkfifo(bench.context / "d/pipe", 0o640)
    with socket.socket(socket.AF_UNIX) as server:
        folder = os.open(bench.context / "d", os.O_RDONLY)
        server.bind(f"/proc/self/fd/{folder}/sock")
        os.close(folder)
        built = bench.build("FROM scratch\nCOPY d /d\nCOPY --chmod=4711 d/suid /e\n")
    assert built.entry("d/suid").mode == 0o6755
    assert built.entry("e").mode == 0o4711
    assert built.entry("d/dir").mode == 0o1777
    kinds = sorted(built.entry(f"d/{name}").type for name in ("first", "second"))
    assert kinds == [EntryType.FILE, EntryType.HARDLINK]
    assert (built.entry("d/pipe").type, built.entry("d/pipe").mode) == (EntryType.FIFO, 0o640)
    assert not built.has("d/sock")


def test_attributes_and_capabilities_survive(bench: Bench) -> None:
    """From the context, on the first build and when digests are remembered; and from stage to stage."""
    bench.write({"tool": "x"})
    os.setxattr(bench.context / "tool", "security.capability", CAPABILITY)
    os.setxattr(bench.context / "tool", "user.colour", b"red")
    for destination in ("one", "two"):
        built = bench.build(f"FROM scratch AS a\nCOPY tool /{destination}\nFROM scratch\nCOPY --from=a / /\n")
        attributes = dict(built.entry(destination).xattrs)
        assert attributes["security.capability"] == CAPABILITY
        assert attributes["user.colour"] == b"red"


def test_capabilities_made_in_a_stage(bench: Bench) -> None:
    """Device nodes, capabilities and sparse files that a command made reach the next stage."""
    built = bench.build(
        """\
FROM busybox:test AS a
RUN mkdir /d && mknod /d/null c 1 3 && mknod /d/pipe p && truncate -s 1M /d/sparse && echo end >> /d/sparse
FROM scratch
COPY --from=a /d /d
"""
    )
    assert (built.entry("d/null").type, built.entry("d/null").device) == (EntryType.CHAR_DEVICE, (1, 3))
    assert built.entry("d/pipe").type is EntryType.FIFO
    assert built.read("d/sparse") == bytes(1 << 20) + b"end\n"


def test_names_that_are_not_utf8(bench: Bench) -> None:
    """Bytes of names survive, alone, in directories and matched by wildcards."""
    raw = bench.context / os.fsdecode(b"caf\xe9")
    raw.mkdir(parents=True)
    (raw / os.fsdecode(b"\xff.txt")).write_text("x")
    built = bench.build(
        "FROM busybox:test AS a\nCOPY caf* /w/\nCOPY . /all/\nRUN cd /w && for f in *; do echo $f; done > /list\n"
    )
    assert os.fsencode("w/\udcff.txt") == b"w/\xff.txt"
    assert built.text("w/\udcff.txt") == built.text("all/caf\udce9/\udcff.txt") == "x"
    assert built.read("list") == b"\xff.txt\n"


@pytest.mark.slow
def test_more_than_8_gib(bench: Bench, tmp_path: Path) -> None:
    """A size that no plain tar header can hold."""
    size = (8 << 30) + 5
    bench.write({"big": ""})
    os.truncate(bench.context / "big", size)
    built = bench.build("FROM scratch\nCOPY big /big\n")
    assert built.entry("big").size == size


def test_missing_sources(bench: Bench) -> None:
    """What is close, and whether .dockerignore hid it."""
    bench.write({"src/main.go": "x", "secret/key": "k", ".dockerignore": "secret\n"})
    with pytest.raises(MissingSourceError, match="not found") as caught:
        bench.build("FROM scratch\nCOPY src/mian.go /\n")
    assert "src/main.go" in str(caught.value.hint)
    assert caught.value.place is not None
    assert "Dockerfile:2:1" in caught.value.place
    with pytest.raises(MissingSourceError) as hidden:
        bench.build("FROM scratch\nCOPY secret/key /\n")
    assert ".dockerignore" in str(hidden.value.hint)
    assert bench.build("FROM scratch\nCOPY s* /\n").has("main.go")
    (bench.context / "dangling").symlink_to("nowhere")
    with pytest.raises(MissingSourceError) as dangling:
        bench.build("FROM scratch\nCOPY dangling /\n")
    assert "'dangling' is a symbolic link to 'nowhere'" in str(dangling.value.hint)


def test_a_file_where_a_directory_is(bench: Bench) -> None:
    """Neither takes the place of the other."""
    bench.write({"d/etc": "file", "e/motd/x": "x"})
    with pytest.raises(BuildError, match="directory"):
        bench.build("FROM busybox:test\nCOPY d /\n")
    with pytest.raises(BuildError, match="non-directory"):
        bench.build("FROM busybox:test\nCOPY e /etc\n")


def test_names_that_mean_deletion(bench: Bench) -> None:
    """A file called .wh.x cannot be in a layer, whatever it is copied from."""
    with pytest.raises(JettisonError, match="wh"):
        bench.build("FROM scratch\nCOPY . /\n", {".wh.etc": ""})


def test_files_that_change_meanwhile(bench: Bench) -> None:
    """A link put in place of a file while the build runs does not lead anywhere."""
    bench.write({"d/a": "a"})
    (bench.root / "secret").write_text("secret")
    from jettison.sources.local import LocalContext

    context = LocalContext(bench.context)
    entry = context.tree.entries["d/a"]
    (bench.context / "d/a").unlink()
    (bench.context / "d/a").symlink_to(bench.root / "secret")
    with pytest.raises(JettisonError, match="d/a"):
        context.open(entry)
    (bench.context / "d").rename(bench.context / "moved")
    (bench.context / "d").symlink_to(bench.root)
    with pytest.raises(JettisonError, match="d/a"):
        list(context.fingerprint([entry]))


def test_heredocs(bench: Bench) -> None:
    """Files that stand in the Dockerfile, expanded unless the word is quoted."""
    built = bench.build(
        """\
FROM busybox:test
ARG NAME=world
COPY --chmod=600 --chown=sailor <<one <<'two' /d/
hello $NAME
one
hello $NAME
two
COPY <<-EOF /e
	tabs
	gone
	EOF
"""
    )
    assert built.text("d/one") == "hello world\n"
    assert built.text("d/two") == "hello $NAME\n"
    assert built.text("e") == "tabs\ngone\n"
    entry = built.entry("d/one")
    assert (stat.S_IMODE(entry.mode), entry.uid, entry.gid) == (0o600, 1000, 1001)
    assert bench.build(None).ran == []


def test_excluded_files_do_not_count(bench: Bench) -> None:
    """What --exclude leaves out is not read: a change of it changes nothing."""
    dockerfile = "FROM scratch\nCOPY --exclude=*.log d /d\n"
    first = bench.build(dockerfile, {"d/f": "f", "d/x.log": "1"})
    assert not first.has("d/x.log")
    (bench.context / "d/x.log").write_text("2")
    (bench.context / "d/y.log").write_text("3")
    assert bench.build(dockerfile).ran == []
    (bench.context / "d/f").write_text("g")
    assert bench.build(dockerfile).text("d/f") == "g"


def test_only_matching_files_count(bench: Bench) -> None:
    """The same for what --parents does not match."""
    dockerfile = "FROM scratch\nCOPY --parents **/*.lock /app/\n"
    first = bench.build(dockerfile, {"a/x.lock": "1", "a/b/y.lock": "1", "a/z": "z"})
    assert set(first.tree.entries) == {"app", "app/a", "app/a/x.lock", "app/a/b", "app/a/b/y.lock"}
    (bench.context / "a/z").write_text("zz")
    assert bench.build(dockerfile).ran == []
    (bench.context / "a/b/y.lock").write_text("2")
    assert bench.build(dockerfile).text("app/a/b/y.lock") == "2"


def test_link_survives_another_base(bench: Bench) -> None:
    """The layer of a --link is put on whatever lies below without a look at it."""
    text = "FROM busybox:test\nRUN echo {} > /n\nCOPY --link a /lib/new/a\nRUN cat /lib/new/a\n"
    first = bench.build(text.format(1), {"a": "a"})
    again = bench.build(text.format(2))
    assert [name.partition("] ")[2] for name in again.ran] == ["RUN echo 2 > /n", "RUN cat /lib/new/a"]
    assert first.config.diff_ids[-2] == again.config.diff_ids[-2]
    layer = again.layers.index(again.config.diff_ids[-2])
    assert [entry.path for entry in layer.entries] == ["lib", "lib/new", "lib/new/a"]
    assert again.entry("lib").type is EntryType.DIRECTORY


def test_link_in_two_stages_is_one_step(bench: Bench) -> None:
    """Equal layers are written once, and each stage has its own files below."""
    dockerfile = (
        "FROM busybox:test AS one\nRUN echo 1 > /1\nCOPY --link a /a\n"
        "FROM busybox:test AS two\nRUN echo 2 > /2\nCOPY --link a /a\n"
        "FROM scratch\nCOPY --from=one /1 /a /x/\nCOPY --from=two /2 /a /y/\n"
    )
    built = bench.build(dockerfile, {"a": "a"})
    assert set(built.tree.entries) == {"x", "x/1", "x/a", "y", "y/2", "y/a"}


def test_link_does_not_wait(bench: Bench) -> None:
    """It needs nothing of what is below, so a failure there does not come first."""
    with pytest.raises(MissingSourceError):
        bench.build("FROM busybox:test\nRUN sleep 60\nCOPY --link nope /a\n")


def test_each_file_is_opened_once(bench: Bench, opened: list[str]) -> None:
    """By the first build, also one that compresses; by a build in which nothing changed none is."""
    names = [f"d/{number // 10}/file{number}" for number in range(100)]
    dockerfile = "FROM scratch\nCOPY d /d\n"
    bench.write(dict.fromkeys(names, "content") | {"d/large": "x" * 200_000})
    output = Output(kind=OutputKind.OCI, destination=bench.root / "out.tar", as_tar=True)
    time.sleep(0.05)  # what is younger than the memory is not remembered
    opened.clear()
    built = bench.build(dockerfile, outputs=(output,))
    files = [name.rpartition("/")[2] for name in (*names, "d/large")]
    assert sorted(name for name in opened if name in files) == sorted(files)
    assert built.text("d/9/file99") == "content"
    opened.clear()
    assert bench.build(dockerfile, outputs=(output,)).steps["[1/1] COPY d /d"].cached
    assert not set(opened) & set(files)


def test_only_changed_files_are_opened_again(bench: Bench, opened: list[str]) -> None:
    """The others are taken from the layer that the step wrote before; the new layer is what it always would have been."""
    names = [f"d/{number // 10}/file{number}" for number in range(100)]
    dockerfile = "FROM scratch\nCOPY d /d\n"
    bench.write({name: f"{name} is long enough " * 100 for name in names} | {"d/old": "old"})
    time.sleep(0.05)  # what is younger than the memory is not remembered
    bench.build(dockerfile)
    bench.write({"d/4/file45": "different", "d/4/new": "new"})
    (bench.context / "d/old").unlink()
    opened.clear()
    built = bench.build(dockerfile)
    files = {path.name for path in (bench.context / "d").rglob("*") if path.is_file()}
    assert sorted(name for name in opened if name in files) == ["file45", "new"]
    assert (built.text("d/4/file45"), built.text("d/9/file99")[:18]) == ("different", "d/9/file99 is long")
    assert bench.build(dockerfile, no_cache=True).config.diff_ids == built.config.diff_ids
    assert len(bench.build("FROM scratch\nCOPY d/4 d/9/file99 /d\n").own_layer()) == 13


@pytest.mark.parametrize("times", [100_000, 1_200_000], ids=["small", "verified by a thread"])
@pytest.mark.parametrize("how", ["changed", "cut"])
def test_a_damaged_layer_is_not_taken_over(bench: Bench, times: int, how: str) -> None:
    """Nor does it matter: the files are read again."""
    dockerfile = "FROM scratch\nCOPY d /d\n"
    bench.write({f"d/{number}": f"{number} " * times for number in range(4)})
    time.sleep(0.05)
    (diff_id,) = bench.build(dockerfile).config.diff_ids
    blob = bench.store.blobs.path(diff_id)
    whole = blob.read_bytes()
    damaged = whole.replace(b"3 3", b"4 4", 1) if how == "changed" else whole[: len(whole) * 2 // 3]
    blob.chmod(0o600)
    blob.write_bytes(damaged)
    bench.write({"d/0": "changed"})
    built = bench.build(dockerfile)
    assert (built.text("d/0"), built.text("d/3")[:7]) == ("changed", "3 3 3 3")
    assert not bench.store.blobs.has(diff_id)


def test_what_is_taken_over_was_verified(bench: Bench) -> None:
    """Of a large layer by a thread of its own, which also ends where nothing is taken over."""
    dockerfile = "FROM scratch\nCOPY d /d\n"
    bench.write({f"d/{number}": f"{number} " * 1_200_000 for number in range(4)})
    time.sleep(0.05)
    bench.build(dockerfile)
    bench.write({"d/0": "changed"})
    built = bench.build(dockerfile)
    assert bench.build(dockerfile, no_cache=True).config.diff_ids == built.config.diff_ids
    bench.write({f"d/{number}": f"{number}" for number in range(4)})
    assert bench.build(dockerfile).text("d/3") == "3"
    assert [thread.name for thread in threading.enumerate() if thread.name == "verify"] == []


_LISTENERS: list[list[str]] = []


def _listen(event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and _LISTENERS:
        _LISTENERS[-1].append(str(args[0]))


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The names of the files that this process opens, as they are given to the kernel."""
    if not _LISTENERS:
        sys.addaudithook(_listen)  # there is no way to take one out again
    names: list[str] = []
    _LISTENERS.append(names)
    yield names
    _LISTENERS[-1] = []
