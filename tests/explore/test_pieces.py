"""Rows as people read them."""

from __future__ import annotations

import pytest
from tests.analyze.support import file
from tests.explore.support import done, explorer_of, in_tree, shop

from jettison.explore.explorer import Explorer, Pane
from jettison.explore.pieces import (
    Line,
    Role,
    entry_lines,
    image_details,
    keys_line,
    step_details,
    step_line,
    step_title,
    time_text,
    tree_line,
    tree_title,
)
from jettison.text.cells import cell_width

HOSTILE = "\x1b[2J\x1b]52;c;aGk=\x07\x9b31m\u202e\r\n\udcff\u200b[bold]文"


def text(line: Line) -> str:
    """What is read."""
    return "".join(piece.text for piece in line)


def tree(explorer: Explorer, columns: int = 60) -> list[str]:
    """All rows of the tree."""
    return [text(tree_line(explorer, number, columns)).rstrip() for number in range(len(explorer.rows))]


def test_rows_of_the_tree() -> None:
    """What became of it, what is in it, its name, where a link leads, and why it is wasted."""
    explorer = in_tree(shop(), 5)
    explorer.toggle_all_folds()
    explorer.search("^(app|etc|lib)")
    assert tree(explorer) == [
        "~   223MB  ▾ app/",
        "      12B      \\xff.txt",
        "-   4.2kB      main.c  deleted later",
        "    220MB      model.bin  copied up later",
        "+  3.15MB      server",
        "~  1.27kB  ▾ etc/",
        "       9B      hostname",
        "~  1.26kB      passwd  overwritten later",
        "       0B    lib → usr/lib",
    ]


def test_attributes() -> None:
    """Mode, owner and, where there is room, the time."""
    explorer = in_tree(shop(), 4)
    explorer.toggle_attributes()
    explorer.search("model")
    assert tree(explorer)[1] == "~ -rw-r--r-- 1000:1000     220MB      model.bin  copied up …"
    assert tree(explorer, 100)[1] == (
        "~ -rw-r--r-- 1000:1000   2023-11-14 22:13   220MB      model.bin  copied up later"
    )


def test_rows_of_the_layers() -> None:
    """A mark at those whose changes are shown, the size, the instruction."""
    explorer = shop()
    explorer.choose_step(2)
    lines = [text(step_line(explorer, number, 40)) for number in range(4)]
    assert lines == [
        "    2.8MB  ADD file:0123456789abcdef in…",
        "    169MB  RUN apt-get update && apt-ge…",
        "▌   220MB  COPY . .                     ",
        "       0B  RUN rm -rf /var/lib/apt/list…",
    ]
    explorer.show_aggregated(aggregated=True)
    marks = [text(step_line(explorer, number, 40))[0] for number in range(4)]
    assert marks == [" ", "▌", "▌", " "]


def test_the_command_is_shown_in_full() -> None:
    """Every line of it, as it stands in the history."""
    explorer = shop()
    explorer.choose_step(5)
    assert [text(line) for line in step_details(explorer)] == [
        "3.15MB in 2 entries",
        "RUN /bin/sh -c gcc -o server main.c && adduser app &&",
        "    rm main.c # buildkit",
        "2024-05-06T07:08:09Z",
        explorer.attribution.layers[5].diff_id,
    ]


def test_the_image() -> None:
    """The sum of all, and what wastes most."""
    lines = [text(line) for line in image_details(shop(), 36)]
    assert lines[:3] == ["Size        615MB", "Wasted      282MB (46%)", "Efficiency  54.1% (dive's)"]
    assert lines[4] == "    1    220MB  /app/model.bin"
    assert lines[5] == "    1     43MB  …pt/archives/gcc.deb"


def test_the_chosen_path_in_full() -> None:
    """Where it comes from, its attributes, and which layer makes it waste."""
    explorer = in_tree(shop(), 2)
    explorer.search("model.bin")
    explorer.choose_row(1)
    assert [text(line) for line in entry_lines(explorer)] == [
        "/app/model.bin",
        "220MB of layer 3 copied up later by layer 5  -rw-r--r--  0:0  220MB  layer 3  2023-11-14 22:13",
    ]


def test_the_title_says_what_is_filtered() -> None:
    """In words."""
    explorer = shop()
    assert tree_title(explorer) == "Files · this layer"
    explorer.show_cause("deleted")
    explorer.search("x")
    assert tree_title(explorer) == "Files · this layer · deleted later · filter x"


@pytest.mark.parametrize("pane", list(Pane))
@pytest.mark.parametrize("columns", [10, 40, 78, 80, 160])
def test_the_line_of_keys_fits(pane: Pane, columns: int) -> None:
    """Where not all have room, the one that shows them all has."""
    explorer = shop()
    explorer.focus(pane)
    line = text(keys_line(explorer, columns))
    assert cell_width(line) == columns
    assert "? keys" in line
    assert columns < 20 or "Q quit" in line
    assert pane is Pane.TREE or columns < 78 or "Tab switch" in line


def test_hostile_names_are_shown_harmlessly() -> None:
    """Nothing that could steer the terminal, turn the direction of text, or not be written at all; one line each."""
    explorer = in_tree(explorer_of([file(f"etc/{HOSTILE}", 1), file(f"{HOSTILE}", 2)]))
    explorer.toggle_all_folds()
    explorer.name = f"{HOSTILE}\ud83d"
    lines = [tree_line(explorer, number, 80) for number in range(len(explorer.rows))]
    lines += [*entry_lines(explorer), *image_details(explorer, 40), *step_details(explorer)]
    explorer.search(HOSTILE)
    for line in (*lines, ((tree_title(explorer), None),)):
        written = "".join(str(piece[0]) for piece in line)
        written.encode()
        assert written.isprintable() or written.replace("\u200b", "").isprintable()
    for number in range(len(explorer.rows)):
        assert cell_width(text(tree_line(explorer, number, 30))) == 30


def test_absurdly_long_texts_are_cut() -> None:
    """A command of megabytes, a path of thousands of wide characters: what is shown of them is short."""
    long = done("RUN " + "文" * 3_000_000)
    explorer = explorer_of([file("文" * 1300, 9)], [file("文" * 1300, 8)], history=(long, long))
    assert len(explorer.steps[0].title) <= 1000
    assert sum(len(text(line)) for line in step_details(explorer, 100)) < 300
    assert sum(len(text(line)) for line in step_details(explorer)) < 300_000
    assert cell_width(text(image_details(explorer, 40)[-1])) <= 40
    assert text(image_details(explorer, 40)[-1]).endswith("文")


@pytest.mark.parametrize("mtime_ns", [-(2**63) * 10**9, 2**63 * 10**9, -1, 0])
def test_absurd_times(mtime_ns: int) -> None:
    """What no calendar has is a question mark."""
    assert time_text(file("a", 1)._replace(mtime_ns=mtime_ns)) in ("?", "1970-01-01 00:00", "1969-12-31 23:59")


def test_a_filter_that_finds_nothing_here_says_where_else_it_would() -> None:
    """In other layers there may be what was looked for."""
    explorer = in_tree(shop(), 0)
    explorer.search("model.bin")
    assert text(entry_lines(explorer)[0]) == "nothing here: 1 path of other layers"
    explorer.search("no such file")
    assert text(entry_lines(explorer)[0]) == "nothing to show: the filters let nothing through"


def test_layers_that_are_mostly_waste_are_seen_in_their_list() -> None:
    """What a later layer deletes; and not those that it left alone."""
    explorer = shop()
    roles = [step_line(explorer, number, 60)[1].role for number in range(len(explorer.steps))]
    assert roles[0] is Role.PLAIN
    assert roles[2] is Role.WASTE


def test_an_image_of_nothing() -> None:
    """Has panes all the same; where there is no file no filter is blamed."""
    explorer = explorer_of()
    assert step_title(explorer) == "Layer"
    assert [text(line) for line in step_details(explorer)] == ["the image has no layers"]
    assert [text(line) for line in entry_lines(explorer)] == ["nothing to show", ""]
