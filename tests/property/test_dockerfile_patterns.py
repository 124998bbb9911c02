"""Globs and ignore patterns, against slow matchers written from their descriptions."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from jettison.dockerfile.glob import compile_glob
from jettison.dockerfile.ignore import IgnorePatterns

NAMES = ("a", "b", "ab", "ba", "c", ".a")
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join)
globs = st.lists(st.sampled_from(("a", "b", "*", "?", "[ab]", "[^a]", "\\*", ".", "/")), max_size=6).map("".join)
names = st.lists(st.sampled_from(("a", "b", "*", "?", "[ab]", "c")), min_size=1, max_size=3).map("".join)
parts = st.one_of(st.just("**"), names.filter(lambda name: "**" not in name))
patterns = st.tuples(st.sampled_from(("", "", "!")), st.lists(parts, min_size=1, max_size=4).map("/".join)).map("".join)


@given(globs, st.one_of(paths, st.text("ab*./", max_size=6)))
def test_glob(pattern: str, path: str) -> None:
    """``*`` any number of characters but ``/``, ``?`` one, ``[...]`` one of some, a backslash takes the meaning away."""
    if "[^a]" not in pattern:  # a class that holds the slash and a star before it: Go's algorithm differs from its text
        assert compile_glob(pattern)(path) == glob_matches(pattern, path)


@given(st.lists(patterns, max_size=5), paths)
def test_ignore(lines: Sequence[str], path: str) -> None:
    """What BuildKit's walk says, taken down step by step."""
    assert IgnorePatterns(lines).excludes(path) == walk_excludes(lines, path)[0]


@given(st.lists(patterns, max_size=5), st.lists(paths, min_size=1, max_size=6))
def test_pruning_hides_nothing(lines: Sequence[str], some_paths: list[str]) -> None:
    """Below a directory that need not be looked into, nothing belongs to the context."""
    ignore = IgnorePatterns(lines)
    for path in some_paths:
        directories = path.split("/")
        for count in range(1, len(directories)):
            if ignore.excludes_all_below("/".join(directories[:count])):
                assert ignore.excludes(path)


def glob_matches(pattern: str, path: str) -> bool:
    if not pattern:
        return not path
    head, rest = pattern[0], pattern[1:]
    if head == "*":
        return glob_matches(rest, path) or (path[:1] not in ("", "/") and glob_matches(pattern, path[1:]))
    if not path:
        return False
    if head == "[":
        letters, _, rest = rest.partition("]")
        return path[0] in letters and glob_matches(rest, path[1:])
    if head == "?":
        return path[0] != "/" and glob_matches(rest, path[1:])
    if head == "\\":
        head, rest = rest[0], rest[1:]
    return path[0] == head and glob_matches(rest, path[1:])


def tree_matches(pattern: list[str], path: list[str]) -> bool:
    """A cleaned pattern without ``!``, component by component; ``**`` is any number of directories."""
    if not pattern:
        return not path
    head, *rest = pattern
    if head == "**":
        if not rest:
            return bool(path)
        return tree_matches(rest, path) or (bool(path) and tree_matches(pattern, path[1:]))
    return bool(path) and glob_matches(head, path[0]) and tree_matches(rest, path[1:])


def walk_excludes(lines: Sequence[str], path: str) -> tuple[bool, list[bool]]:
    """The verdict on a path, and which patterns count as matched for what is below it."""
    parent, _, _ = path.rpartition("/")
    inherited = walk_excludes(lines, parent)[1] if parent else [False] * len(lines)
    excluded = False
    matched = []
    for line, was_matched in zip(lines, inherited, strict=True):
        inverse = line.startswith("!")
        match = was_matched
        if not match and inverse == excluded:
            match = tree_matches(line.removeprefix("!").split("/"), path.split("/"))
        matched.append(match)
        if match:
            excluded = not inverse
    return excluded, matched
