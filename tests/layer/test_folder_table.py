"""A table of rows by path is a dictionary, whatever was asked of it before."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from jettison.layer.folder_table import FolderRun, FolderTable

PATHS = ["", "a", "a/b", "a/b/c", "a/b/d", "a/e", "b", "b/c", "c"]


def runs_of(paths: list[str], start: int) -> list[FolderRun]:
    """The rows of all paths from ``start`` on, folder by folder."""
    rows = itertools.groupby(range(start, len(paths)), lambda row: paths[row].rpartition("/")[0])
    return [(folder, range((first := [*run])[0], first[-1] + 1)) for folder, run in rows]


@given(st.lists(st.tuples(st.sampled_from(["add", "look", "set", "forget", "list"]), st.sampled_from(PATHS))))
def test_it_is_a_dictionary(actions: list[tuple[str, str]]) -> None:
    """Runs of rows put in, single rows set and forgotten, in any order; the last of a path counts."""
    paths: list[str] = []
    table, plain = FolderTable(paths), dict[str, int]()
    for action, path in actions:
        if action == "add":
            start = len(paths)
            paths += [each for each in PATHS if each >= path]
            assert dict(table.among(runs_of(paths, start))) == {
                each: plain[each] for each in paths[start:] if each in plain
            }
            table.add(runs_of(paths, start))
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
            assert sorted(row for rows in table.runs(folder) for row in rows) == sorted(inside.values())
    assert [row for row, is_here in enumerate(table.mask()) if is_here] == sorted(plain.values())
    put_in = [(folder, row) for folder, run in table.put_in() for row in run]
    assert put_in == sorted(put_in, key=lambda pair: pair[1])
    assert {(folder, paths[row]) for folder, row in put_in} >= {(path.rpartition("/")[0], path) for path in plain}
    assert (dict(table), len(table)) == (plain, len(plain))
