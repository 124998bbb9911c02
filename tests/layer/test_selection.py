"""What a source of COPY names, and what of it is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.counting import calls

from jettison.errors import BuildError
from jettison.layer.selection import MissingSourceError, PathFilter, Picked, match_sources, pick, require, select
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree, tree_of


def file(path: str) -> Entry:
    return Entry(path, EntryType.FILE, mode=0o644)


def folder(path: str) -> Entry:
    return Entry(path, EntryType.DIRECTORY, mode=0o755)


def link(path: str, target: str) -> Entry:
    return Entry(path, EntryType.SYMLINK, mode=0o777, link=target)


def hard(path: str, target: str) -> Entry:
    return Entry(path, EntryType.HARDLINK, link=target)


def shown(picked: Picked) -> str:
    entry, implied = picked
    return f"({entry.path})" if implied else entry.path


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a*", ["a", "ab"]),
        ("?", ["a", "d", "l"]),
        ("d/*", ["d/x", "d/y"]),
        ("*/x", ["d/x"]),
        ("[ab]*", ["a", "ab"]),
        ("l/*", ["d/x", "d/y"]),
        ("nothing*", []),
        ("exact", ["exact"]),
        ("./d/../a", ["a"]),
    ],
)
def test_sources(pattern: str, found: list[str]) -> None:
    """Go's wildcards, a component at a time, in byte order; a plain name is itself."""
    source = tree_of([file("a"), file("ab"), folder("d"), file("d/x"), file("d/y"), link("l_", "d"), link("l", "d")])
    assert list(match_sources(source, pattern)) == found


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("\u00e4*", ["\u00e4", "\u00e4b"]),
        ("z*", ["z\uffff", "z\U0001f600"]),
        ("\udcff*", ["\udcffx"]),
        (r"\a*", ["a", "a*"]),
        (r"a\**", ["a*"]),
        ("*", ["a", "a*", "z\uffff", "z\U0001f600", "\u00e4", "\u00e4b", "\udcffx"]),
    ],
)
def test_sources_that_are_not_ascii(pattern: str, found: list[str]) -> None:
    """Names in the order of their bytes, which is not that of characters, and what a backslash takes away."""
    names = ["\udcffx", "z\U0001f600", "a*", "\u00e4b", "a", "z\uffff", "\u00e4"]
    assert list(match_sources(tree_of([file(name) for name in names]), pattern)) == found


def test_many_patterns_look_at_the_files_that_begin_as_they_do() -> None:
    """Ten times the patterns on ten times the files are ten times the work, not a hundred times."""

    def match_all(count: int) -> None:
        source = tree_of([file(f"f{number:06}.txt") for number in range(count)])
        for number in range(count):
            assert len(list(match_sources(source, f"f{number:06}*"))) == 1

    match_all(400)
    few, many = calls(lambda: match_all(40)), calls(lambda: match_all(400))
    assert many <= 15 * few


def test_what_a_copy_reads() -> None:
    """Everything below a directory, and the files that its hard links lead to, wherever they are."""
    source = tree_of([folder("d"), hard("d/h", "f"), file("f"), link("l", "d")])
    assert [entry.path for entry in select(source, "l")] == ["d", "d/h", "f"]


def test_a_pattern_below_nothing() -> None:
    """No match is no error, but a directory that is not there is one."""
    source = tree_of([file("f")])
    assert list(match_sources(source, "f/*")) == []
    with pytest.raises(MissingSourceError, match='"/d/e": not found'):
        list(match_sources(source, "d/e/*/f"))


SOURCE = tree_of(
    [folder("a"), file("a/1"), file("a/2"), folder("a/b"), folder("a/b/c"), file("a/b/c/1"), link("l", "a"), file("m")]
)


@pytest.mark.parametrize(
    ("top", "excludes", "taken"),
    [
        ("", ("a",), ["l", "m"]),
        ("", ("1",), ["a", "a/1", "a/2", "a/b", "a/b/c", "a/b/c/1", "l", "m"]),
        ("", ("**/1",), ["a", "a/2", "a/b", "a/b/c", "l", "m"]),
        ("", ("*/1", "a/b/"), ["a", "a/2", "l", "m"]),
        ("", ("a", "!a/b/c/1"), ["(a)", "(a/b)", "(a/b/c)", "a/b/c/1", "l", "m"]),
        ("", ("a", "!a/b/c/2"), ["l", "m"]),
        ("", ("a", "!a/2", "!a/b"), ["(a)", "a/2", "a/b", "a/b/c", "a/b/c/1", "l", "m"]),
        ("", ("**",), []),
        ("", ("/a", "!/m", ""), ["a", "a/1", "a/2", "a/b", "a/b/c", "a/b/c/1", "l", "m"]),
        ("a", ("a", "a/1"), ["a/1", "a/2", "a/b", "a/b/c", "a/b/c/1"]),
        ("a", ("1", "b/*"), ["a/2", "a/b"]),
    ],
)
def test_excludes(top: str, excludes: tuple[str, ...], taken: list[str]) -> None:
    """Patterns are about paths below the source; a slash at the beginning matches none of those."""
    assert [shown(picked) for picked in pick(SOURCE, top, PathFilter(excludes=excludes))] == taken


@pytest.mark.parametrize(
    ("top", "include", "taken"),
    [
        ("", "m", ["m"]),
        ("", "a/b", ["(a)", "a/b", "a/b/c", "a/b/c/1"]),
        ("", "a/*", ["(a)", "a/1", "a/2", "a/b", "a/b/c", "a/b/c/1"]),
        ("", "**/1", ["(a)", "a/1", "(a/b)", "(a/b/c)", "a/b/c/1"]),
        ("", "a/**/c", ["(a)", "(a/b)", "a/b/c", "a/b/c/1"]),
        ("", "l", ["l"]),
        ("", "l/1", []),
        ("", "", []),
        ("a", "b/c", ["(a/b)", "a/b/c", "a/b/c/1"]),
        ("a/b", "a", []),
    ],
)
def test_includes(top: str, include: str, taken: list[str]) -> None:
    """The folders of what matches come along; links are not looked into."""
    assert [shown(picked) for picked in pick(SOURCE, top, PathFilter(includes=(include,)))] == taken


def test_includes_and_excludes() -> None:
    """What both match is left out."""
    paths = PathFilter(includes=("a/*",), excludes=("*/1", "**/c"))
    assert [shown(picked) for picked in pick(SOURCE, "", paths)] == ["(a)", "a/2", "a/b"]


def test_what_must_be_there() -> None:
    """A source of --parents without wildcards; what stands before /./ is no link."""
    require(SOURCE, "", PathFilter(includes=("a/1",)), "a/1")
    for top, include in (("", "nope"), ("", "l/1"), ("l", "1"), ("nope", "1")):
        with pytest.raises(MissingSourceError, match='"/wanted": not found'):
            require(SOURCE, top, PathFilter(includes=(include,)), "wanted")
    with pytest.raises(MissingSourceError):
        require(SOURCE, "", PathFilter(includes=("a/1",), excludes=("a",)), "wanted")


def test_only_what_is_taken_is_read() -> None:
    """Excluded files are not part of what a copy depends on, the folders of what is taken are."""
    paths = PathFilter(includes=("a/b/c/1",))
    assert [entry.path for entry in select(SOURCE, "", paths)] == ["", "a", "a/b", "a/b/c", "a/b/c/1"]


@pytest.mark.parametrize("pattern", ["[", "!", "a/[]"])
def test_patterns_that_mean_nothing(pattern: str) -> None:
    """They are errors at once."""
    with pytest.raises(BuildError, match="syntax error in pattern"):
        PathFilter(excludes=(pattern,))


names = st.sampled_from(["a", "b", "c"])
patterns = st.lists(
    st.builds(
        lambda inverse, parts: "!" * inverse + "/".join(parts),
        st.booleans(),
        st.lists(st.sampled_from(["a", "b", "*", "**"]), min_size=1, max_size=3),
    ),
    max_size=4,
)


def _full_tree() -> Tree:
    paths = [f"{one}/{two}/{three}" for one in "abc" for two in "abc" for three in "abc"]
    folders = sorted({path.rpartition("/")[0] for path in paths} | set("abc"))
    return tree_of([*map(folder, folders), *map(file, paths)])


@given(patterns, patterns)
def test_picking_is_asking_for_each_path(includes: list[str], excludes: list[str]) -> None:
    """Pruning loses nothing: what is taken is what the filter takes, and a directory is implied only above of it."""
    tree, paths = _full_tree(), PathFilter(tuple(includes), tuple(excludes))
    picked = list(pick(tree, "", paths))
    taken = {entry.path for entry, implied in picked if not implied}
    assert taken == {entry.path for entry in tree.walk("") if paths.takes(entry.path)}
    for entry, implied in picked:
        assert not implied or any(path.startswith(f"{entry.path}/") for path in taken)
    found = [entry.path for entry, _ in picked]
    assert all(path.rpartition("/")[0] in ("", *found) for path in found)
    assert found == sorted(set(found))
