"""What two layers share: taken over from the older one, it is what writing it anew would have made."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.layer.archives import File, directory, file, symlink, write_layer

from jettison.layer.reuse import shared_ranges
from jettison.layer.tar_write import LayerWriter
from jettison.model.digest import Digest
from jettison.model.entry import Entry

SIZE = 1000

contents = st.sampled_from([b"a" * SIZE, b"b" * SIZE, b"c" * 10])
times = st.sampled_from([0, 5 * 10**9, 5 * 10**9 + 7])
trees = st.dictionaries(
    st.sampled_from([f"{letter}{number}" for letter in "dfl" for number in range(5)]), st.tuples(contents, times)
)


def items(tree: dict[str, tuple[bytes, int]]) -> list[Entry | File]:
    """Folders, links and files, by the first letter of the name."""
    made: list[Entry | File] = []
    for name, (content, mtime_ns) in sorted(tree.items()):
        if name.startswith("d"):
            made.append(directory(name, mtime_ns=mtime_ns))
        elif name.startswith("l"):
            made.append(symlink(name, content[:1].decode()))
        else:
            made.append(file(name, content, mtime_ns=mtime_ns, digest=Digest.of(content)))
    return made


def entry_of(item: Entry | File) -> Entry:
    return item.entry if isinstance(item, File) else item


@given(trees, trees)
def test_taking_over_is_writing(before: dict[str, tuple[bytes, int]], after: dict[str, tuple[bytes, int]]) -> None:
    """Whatever came, went or changed: the same bytes, the same index."""
    old_tar, old = write_layer(*items(before))
    wanted = items(after)
    chunks: list[bytes] = []
    writer = LayerWriter(chunks.append)
    done = end = 0
    for shared in shared_ranges([entry_of(item) for item in wanted], old):
        for item in wanted[done : shared.position]:
            writer.add(*item) if isinstance(item, File) else writer.add(item)
        assert shared.start >= end
        writer.take_over(shared.entries, shared.start, [old_tar[shared.start : shared.end]])
        done, end = shared.position + len(shared.entries), shared.end
    for item in wanted[done:]:
        writer.add(*item) if isinstance(item, File) else writer.add(item)
    assert (writer.finish(), b"".join(chunks)) == write_layer(*wanted)[::-1]


def test_the_rest_is_shared_when_one_file_changes() -> None:
    """All files before it and all behind it."""
    before = {f"f{number}": (b"a" * SIZE, 0) for number in range(5)} | {"d": (b"", 0)}
    _, old = write_layer(*items(before))
    wanted = [entry_of(item) for item in items(before | {"f2": (b"b" * SIZE, 0)})]
    found = [[entry.path for entry in shared.entries] for shared in shared_ranges(wanted, old)]
    assert found == [["f0", "f1"], ["f3", "f4"]]


def test_files_that_nobody_has_read_are_not_shared() -> None:
    """Size and time are no content."""
    same = file("f", b"a" * SIZE)
    _, old = write_layer(same)
    assert shared_ranges([same.entry], old) == []
    assert len(shared_ranges([same.entry._replace(digest=Digest.of(same.content))], old)) == 1
