"""A table of rows by path is a dictionary, whatever was asked of it before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jettison.layer.folder_table import FolderTable

PATHS = ["", "a", "a/b", "a/b/c", "a/b/d", "a/e", "b", "b/c", "c"]


@given(st.lists(st.tuples(st.sampled_from(["add", "look", "set", "forget", "list"]), st.sampled_from(PATHS))))
def test_it_is_a_dictionary(actions: list[tuple[str, str]]) -> None:
    """Runs of rows put in, single rows set and forgotten, in any order; the last of a path counts."""
    paths: list[str] = []
    table, plain = FolderTable(paths), dict[str, int]()
    for action, path in actions:
        if action == "add":
            start = len(paths)
            assert dict(table.among(PATHS, [each.rpartition("/")[0] for each in PATHS])) == plain
            paths += [each for each in PATHS if each >= path]
            table.add(range(start, len(paths)), [each.rpartition("/")[0] for each in paths[start:]])
            plain.update(zip(paths[start:], range(start, len(paths)), strict=True))
        elif action == "look":
            assert (table.row(path), path in table) == (plain.get(path), path in plain)
        elif action == "set":
            paths.append(path)
            table[path] = plain[path] = len(paths) - 1
        elif action == "forget" and path in plain:
            del table[path], plain[path]
        else:
            folder = path.rpartition("/")[0]
            inside = {each: row for each, row in plain.items() if each.rpartition("/")[0] == folder}
            assert dict(table.inside(folder)) == inside
            assert dict(table.among(PATHS, [each.rpartition("/")[0] for each in PATHS])) == plain
    assert table.rows() == sorted(plain.values())
    assert (dict(table), len(table)) == (plain, len(plain))
