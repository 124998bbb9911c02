"""Whatever lies where, and whatever links lead to it: every byte of an image is told once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.analyze.support import file, folder, gone, link, opaque, symlink, weight_of
from tests.analyze.test_weigh import check_sums

from jettison.analyze.base import Base
from jettison.model.config import RunConfig
from jettison.model.entry import Entry, EntryType
from jettison.report.weigh_page.pieces import pieces_of

FOLDERS = (
    *("app", "app/target/release", "app/target/release/deps", "app/.venv/lib/python3.11/site-packages/x", "etc", "tmp"),
    *(
        "root/.cache/uv",
        "root/.cache/huggingface",
        "opt/conda/pkgs",
        "opt/conda/lib",
        "usr/local/go/bin",
        "usr/include",
    ),
    *("usr/share/doc/x", "usr/share/locale/de", "var/lib/apt/lists", "node_modules/x/tests"),
)
PATHS = tuple(f"{place}/{name}" for place in FOLDERS for name in ("a", "b.a", "c.so", "d.tar.gz", "e.go", "f.whl"))
paths = st.sampled_from(PATHS)


@st.composite
def layers(draw: st.DrawFn) -> list[Entry]:
    """Files, other names of them, deletions; no path twice."""
    found: dict[str, Entry] = {}
    for path in draw(st.lists(paths, max_size=12, unique=True)):
        size, content = draw(st.sampled_from([0, 10, 5000, 9000])), draw(st.sampled_from(["", "x", "y"]))
        found[path] = file(path, size, content, mode=draw(st.sampled_from([0o644, 0o755])))
    targets = [*found]
    for path in draw(st.lists(paths, max_size=6, unique=True)):
        if path not in found:
            kind = draw(st.sampled_from(["link", "symlink", "gone"]))
            if kind == "link" and targets:
                found[path] = link(path, draw(st.sampled_from(targets)))
            else:
                found[path] = gone(path) if kind == "gone" else symlink(path, f"/{draw(st.sampled_from(FOLDERS))}")
    entries = sorted(found.values(), key=lambda entry: entry.type is EntryType.HARDLINK)
    for place in draw(st.lists(st.sampled_from(FOLDERS), max_size=2, unique=True)):
        entries += [folder(place), opaque(place)]
    return entries


@given(
    stack=st.lists(layers(), min_size=1, max_size=5),
    command=st.sampled_from([(), ("bash",), ("/app/a",), ("/app/target/release/a",)]),
    base=st.sampled_from([None, Base(layers=1, history=1, name="b")]),
)
@settings(max_examples=150, deadline=None)
def test_every_byte_is_told_once(stack: list[list[Entry]], command: tuple[str, ...], base: Base | None) -> None:
    """By instruction, category, cause and place; and what is left after all changes is what they do not save."""
    weight = weight_of(*stack, run=RunConfig(cmd=command, env=(("LANG", "de_DE"),), working_dir="/app"), base=base)
    check_sums(weight)
    assert sum(piece.size for piece in pieces_of(weight)) == weight.total_bytes
    if weight.destination is None:
        assert weight.predicted_bytes == weight.total_bytes - weight.ballast_bytes
