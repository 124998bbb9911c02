"""The rows of the table: what is built, in which state, and how fast we mean to be."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from benchmarks.inputs import GO_TOOL_CHAIN, NODE_MODULES, SLIM, TreeShape, write_tree

SEED = 20

GO_BASE = "bench/golang:1"
BUSYBOX_BASE = "bench/busybox:1"


class State(Enum):
    """What a builder knows before a run that is measured."""

    COLD = "nothing: an empty store"
    WARM = "the same build"
    EDITED = "the same build, with one file of the context different"
    BASE = "the base image; the steps run without the cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One benchmark."""

    letter: str
    title: str
    context: str
    """The name of its context, which rows may share."""
    state: State
    goal_seconds: float
    """For jettison, on a quiet machine with two cores (the issue that asks for these benchmarks)."""
    runs: int = 5
    """How often each builder is measured unless the user says otherwise."""


ROWS = (
    Row(
        letter="A", title="FROM scratch, one COPY, two RUN; cold", context="small", state=State.COLD, goal_seconds=0.15
    ),
    Row(letter="B", title="A again, nothing changed", context="small", state=State.WARM, goal_seconds=0.06),
    Row(
        letter="C",
        title="COPY of 30,000 files, 150 MB; cold",
        context="many",
        state=State.COLD,
        goal_seconds=1.2,
        runs=3,
    ),
    Row(letter="D", title="C again, nothing changed", context="many", state=State.WARM, goal_seconds=0.30, runs=3),
    Row(letter="E", title="C again, one file changed", context="many", state=State.EDITED, goal_seconds=1.1, runs=3),
    Row(
        letter="F",
        title="pull and unpack a Go base, one small RUN",
        context="base",
        state=State.COLD,
        goal_seconds=2.0,
        runs=3,
    ),
    Row(letter="G", title="ten RUN true on busybox, no cache", context="ten", state=State.BASE, goal_seconds=0.20),
    Row(
        letter="H",
        title="three stages of sleep 2, COPY from each",
        context="three",
        state=State.BASE,
        goal_seconds=2.1,
        runs=3,
    ),
    Row(letter="I", title="Go multi-stage; warm", context="stages", state=State.WARM, goal_seconds=0.07),
)

_COPY_SHELL = "COPY bin /bin\n"


def write_context(folder: Path, name: str, registry: str) -> None:
    """Write the context called ``name`` into a new folder; its bases are pulled from ``registry``."""
    folder.mkdir(parents=True)
    text = _DOCKERFILES[name].format(go=f"{registry}/{GO_BASE}", busybox=f"{registry}/{BUSYBOX_BASE}")
    (folder / "Dockerfile").write_text(text)
    if name == "small":
        write_shell(folder / "bin")
    elif name == "many":
        write_tree(folder / "node_modules", NODE_MODULES, SEED)
    elif name == "stages":
        (folder / "main.go").write_text("package main\n\nfunc main() {}\n")


def write_base(folder: Path, name: str) -> None:
    """Write the context from which the base image ``name`` is built."""
    folder.mkdir(parents=True)
    write_shell(folder / "bin")
    layers: tuple[TreeShape, ...] = (SLIM, GO_TOOL_CHAIN) if name == GO_BASE else ()
    lines = ["FROM scratch", "COPY bin /bin"]
    for number, shape in enumerate(layers):
        write_tree(folder / f"layer{number}", shape, SEED + number)
        lines.append(f"COPY layer{number} /usr/layer{number}")
    if layers:
        shutil.move(folder / "bin", folder / "layer0/bin")
        lines = ["FROM scratch", "COPY layer0 /", "COPY layer1 /usr/local/go"]
    (folder / "Dockerfile").write_text("\n".join(lines) + "\nENV PATH=/bin\n")


def write_shell(folder: Path) -> None:
    """A static busybox under the names that the rows use."""
    folder.mkdir(parents=True)
    found = shutil.which("busybox", path="/bin:/usr/bin")
    if found is None:
        raise FileNotFoundError("busybox is not installed: apt-get install busybox-static")
    shutil.copy(found, folder / "busybox")
    for name in ("sh", "true", "sleep", "cp", "echo", "cat"):
        (folder / name).symlink_to("busybox")


def edit(context: Path, number: int) -> None:
    """Change one file of the context for the ``number``-th time."""
    path = next(path for path in sorted(context.iterdir()) if path.is_dir())
    (path / "edited.js").write_text(f"module.exports = {number};\n")


_DOCKERFILES = {
    "small": "FROM scratch\nCOPY bin /bin\nRUN echo one > /one\nRUN echo two > /two\n",
    "many": "FROM scratch\nCOPY node_modules /app/node_modules\n",
    "base": "FROM {go}\nRUN echo done > /done\n",
    "ten": "FROM {busybox}\n" + "RUN true\n" * 10,
    "three": "".join(f"FROM {{busybox}} AS s{n}\nRUN sleep 2; echo {n} > /{n}\n" for n in range(3))
    + "FROM scratch\n"
    + "".join(f"COPY --from=s{n} /{n} /\n" for n in range(3)),
    "stages": "FROM {go} AS build\nWORKDIR /src\nCOPY main.go .\nRUN cat main.go > /app\n"
    'FROM scratch\nCOPY --from=build /app /app\nENTRYPOINT ["/app"]\n',
}
