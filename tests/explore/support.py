"""An image to explore: a base, packages with leftovers, sources and what is made of them, some of it in vain."""

from __future__ import annotations

from tests.analyze.support import file, folder, gone, link, program, stack_of, symlink

from jettison.explore.explorer import Explorer, Pane, View
from jettison.explore.instructions import read_steps
from jettison.explore.versions import read_layers
from jettison.frozen import replace
from jettison.layer.index import LayerIndex
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.entry import Entry
from jettison.model.platform import Platform

MIB = 1 << 20
DAY = 1_700_000_000

BASE: list[Entry] = [
    folder("bin"),
    program("bin/busybox", 900_000)._replace(mtime_ns=DAY * 10**9),
    link("bin/sh", "bin/busybox"),
    folder("etc"),
    file("etc/hostname", 9, mtime=DAY),
    file("etc/passwd", 1200, mtime=DAY),
    folder("usr"),
    folder("usr/lib"),
    file("usr/lib/libc.so.6", 1_900_000, mtime=DAY),
    symlink("lib", "usr/lib"),
    folder("tmp")._replace(mode=0o1777),
    folder("var"),
]
PACKAGES: list[Entry] = [
    folder("var"),
    file("var/lib/apt/lists/deb_main_Packages.lz4", 18 * MIB, mtime=DAY),
    file("var/cache/apt/archives/gcc.deb", 41 * MIB, mtime=DAY),
    program("usr/bin/gcc", 96 * MIB),
    file("usr/lib/gcc/libgcc.a", 6 * MIB, mtime=DAY),
]
SOURCES: list[Entry] = [
    folder("app"),
    file("app/main.c", 4200, mtime=DAY),
    file("app/model.bin", 210 * MIB, mtime=DAY),
    file("app/\x1b]0;pwned\x07\udcff.txt", 12, mtime=DAY),
]
CLEANED: list[Entry] = [gone("var/lib/apt/lists/deb_main_Packages.lz4"), gone("var/cache/apt/archives/gcc.deb")]
OWNED: list[Entry] = [file("app/model.bin", 210 * MIB, mtime=DAY)._replace(uid=1000, gid=1000)]
BUILT: list[Entry] = [
    program("app/server", 3 * MIB),
    file("etc/passwd", 1260, "passwd with app", mtime=DAY + 9),
    gone("app/main.c"),
]

CREATED = "2024-05-06T07:08:09Z"


def done(created_by: str, *, empty: bool = False) -> HistoryEntry:
    """What the history has of an instruction."""
    return HistoryEntry(created=CREATED, created_by=created_by, empty_layer=empty)


HISTORY = (
    done("/bin/sh -c #(nop) ADD file:0123456789abcdef in / "),
    done('/bin/sh -c #(nop)  CMD ["sh"]', empty=True),
    done("RUN /bin/sh -c apt-get update && apt-get install -y gcc # buildkit"),
    done("WORKDIR /app", empty=True),
    done("COPY . . # buildkit"),
    done("RUN /bin/sh -c rm -rf /var/lib/apt/lists/* /var/cache/apt/archives # buildkit"),
    done("RUN /bin/sh -c chown 1000:1000 model.bin # buildkit"),
    done("RUN /bin/sh -c gcc -o server main.c && adduser app &&\n    rm main.c # buildkit"),
    done('CMD ["/app/server"]', empty=True),
)
LAYERS = (BASE, PACKAGES, SOURCES, CLEANED, OWNED, BUILT)


def explorer_of(*layers: list[Entry], history: tuple[HistoryEntry, ...] = (), view: View | None = None) -> Explorer:
    """What there is to explore of these layers."""
    return explorer_of_indexes(stack_of(*layers), history, view)


def explorer_of_indexes(
    indexes: list[LayerIndex], history: tuple[HistoryEntry, ...] = (), view: View | None = None
) -> Explorer:
    """The same, of layers that are indexed."""
    config = ImageConfig(platform=Platform.parse("linux/amd64"), history=history)
    steps = read_steps(config, len(indexes))
    return Explorer("shop:latest", steps, *read_layers(indexes), view=view)


def shop(view: View | None = None) -> Explorer:
    """The image."""
    return explorer_of(*LAYERS, history=HISTORY, view=view)


def in_tree(explorer: Explorer, layer: int = 0) -> Explorer:
    """The explorer with a layer chosen, and the keys in the tree."""
    explorer.choose_step(layer)
    explorer.view = replace(explorer.view, pane=Pane.TREE)
    return explorer


def file_named(path: str) -> Entry:
    """A file of which only the name matters."""
    return file(path, 1)
