"""What the keys do to the rows, without a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.analyze.support import file, folder, gone, stack_of
from tests.explore.support import HISTORY, MIB, explorer_of, in_tree, shop

from jettison.analyze.attribution import Fate, stack_layers
from jettison.explore.commands import COMMANDS
from jettison.explore.explorer import Explorer, Pane
from jettison.explore.instructions import read_steps
from jettison.explore.keys import KEY_NAMES, KEYS, command_of
from jettison.explore.tree_rows import find_paths
from jettison.explore.versions import Versions
from jettison.explore.waste import ANY
from jettison.model.config import ImageConfig
from jettison.model.platform import Platform

TERMINAL_COMMANDS = {"search", "causes", "extract", "read", "help", "quit"}


def press(explorer: Explorer, *keys: str) -> Explorer:
    """Press keys, as dive's users know them."""
    for key in keys:
        command = command_of(key, explorer.view.pane)
        assert command is not None, key
        COMMANDS[command](explorer, 10)
    return explorer


def go_to(explorer: Explorer, path: str) -> Explorer:
    """Choose a path that is shown."""
    explorer.choose_row(explorer.rows.index(path))
    return explorer


def test_every_key_has_a_command() -> None:
    """And every command a key; a key means one thing in a pane."""
    assert {key.command for key in KEYS} == COMMANDS.keys() | TERMINAL_COMMANDS
    for pane in Pane:
        for name in KEY_NAMES:
            assert sum(name in key.keys and key.pane in (None, pane) for key in KEYS) <= 1


def test_folders_are_closed_at_first() -> None:
    """However many files there are, the first rows are those of the root: folders, then files."""
    assert shop().rows == ["bin", "etc", "tmp", "usr", "var", "lib"]


def test_layers_are_chosen_by_the_arrows() -> None:
    """Not beyond the ends; what is shown is the tree up to the layer, with what a later one deletes."""
    explorer = press(shop(), "up", "down", "down")
    assert explorer.step is not None
    assert explorer.step.title == "COPY . ."
    assert explorer.rows[0] == "app"
    assert press(explorer, "end").view.step == 5
    assert press(explorer, "down").view.step == 5
    assert press(explorer, "home").view.step == 0


def test_instructions_without_a_layer_can_be_shown() -> None:
    """They change nothing in the tree; the chosen layer stays chosen."""
    explorer = press(shop(), "down", "down", "i")
    assert [step.title for step in explorer.steps] == [
        "ADD file:0123456789abcdef in /", 'CMD ["sh"]', "RUN apt-get update && apt-get install -y gcc", "WORKDIR /app",
        "COPY . .", "RUN rm -rf /var/lib/apt/lists/* /var/cache/apt/archives", "RUN chown 1000:1000 model.bin",
        "RUN gcc -o server main.c && adduser app && rm main.c", 'CMD ["/app/server"]',
    ]  # fmt: skip
    assert explorer.view.step == 4
    press(explorer, "up")
    assert explorer.comparison.lower == explorer.comparison.upper == 1
    press(explorer, "i")
    assert explorer.view.step == 1


def test_space_opens_and_closes_a_folder() -> None:
    """What is in it comes below it; the cursor stays."""
    explorer = press(go_to(in_tree(shop()), "usr"), "space")
    assert explorer.rows == ["bin", "etc", "tmp", "usr", "usr/lib", "var", "lib"]
    assert explorer.selected == "usr"
    assert press(explorer, "space").rows == shop().rows


def test_left_and_right_walk_the_tree() -> None:
    """Right opens, then goes in; left goes up, then closes."""
    explorer = press(go_to(in_tree(shop()), "usr"), "right", "right", "right", "right")
    assert explorer.selected == "usr/lib/libc.so.6"
    assert press(explorer, "right").selected == "usr/lib/libc.so.6"
    assert press(explorer, "left").selected == "usr/lib"
    assert press(explorer, "left", "left", "left").rows == shop().rows
    assert explorer.selected == "usr"
    assert press(explorer, "left").selected == "usr"


def test_all_folders_are_opened_and_closed_at_once() -> None:
    """Where any is open, all are closed; the cursor goes to the folder that is still there."""
    explorer = press(in_tree(shop()), "ctrl+at")
    assert explorer.rows == [
        "bin", "bin/busybox", "bin/sh", "etc", "etc/hostname", "etc/passwd", "tmp", "usr", "usr/lib", "usr/lib/libc.so.6", "var", "lib",
    ]  # fmt: skip
    go_to(explorer, "usr/lib/libc.so.6")
    assert press(explorer, "ctrl+at").rows == shop().rows
    assert explorer.selected == "usr"


def test_changes_are_filtered() -> None:
    """The four keys of dive; a folder stays while something in it is shown."""
    explorer = press(in_tree(shop(), 5), "ctrl+at", "ctrl+u")
    assert explorer.rows == ["app", "app/main.c", "app/server", "etc", "etc/passwd"]
    assert press(explorer, "ctrl+r").rows == ["app", "app/server", "etc", "etc/passwd"]
    assert press(explorer, "ctrl+m").rows == ["app", "app/server"]
    assert press(explorer, "ctrl+a").rows == []
    assert explorer.selected is None
    assert press(explorer, "down", "space", "left", "ctrl+a").rows == ["app", "app/server"]


def test_enter_is_control_m() -> None:
    """A terminal sends the same byte for both."""
    assert command_of("enter", Pane.TREE) == command_of("ctrl+m", Pane.TREE) == "modified"


def test_changes_of_one_layer_or_of_all() -> None:
    """All: since the lowest layer, the chosen one included."""
    explorer = press(shop(), "down", "down", "down", "ctrl+a", "tab", "ctrl+u", "ctrl+at")
    assert [path for path in explorer.rows if not explorer.versions.has_children(path)] == [
        "app/\x1b]0;pwned\x07\udcff.txt", "app/main.c", "app/model.bin", "usr/bin/gcc", "usr/lib/gcc/libgcc.a",
    ]  # fmt: skip
    assert press(explorer, "tab", "ctrl+l").rows[-1] == "var/lib/apt/lists/deb_main_Packages.lz4"
    assert press(explorer, "ctrl+a", "home").comparison.lower == -1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("passwd", ["etc/passwd"]),
        ("PASSWD", []),
        (r"\.(c|bin)$", ["app/main.c", "app/model.bin"]),
        ("gcc/lib", ["usr/lib/gcc/libgcc.a"]),
        ("*.c", []),
        (r".*\.c$", ["app/main.c"]),
        (".*?in.c", ["app/main.c"]),
        ("[", []),
        ("nothing like it", []),
    ],
)
def test_search(text: str, found: list[str]) -> None:
    """A regular expression anywhere in the path, or text that is none; the folders above are open while it lasts."""
    explorer = in_tree(shop(), 2)
    before = press(go_to(explorer, "etc"), "space").rows
    explorer.search(text)
    assert [path for path in explorer.rows if not explorer.versions.has_children(path)] == found
    explorer.search("")
    assert explorer.rows == before


def test_search_finds_only_what_is_there() -> None:
    """Not what a later layer brings; together with the filter of changes."""
    explorer = in_tree(shop(), 2)
    explorer.search("server")
    assert explorer.rows == []
    press(explorer, "tab", "end", "tab")
    assert explorer.rows == ["app", "app/server"]
    assert press(explorer, "ctrl+a").rows == []


@pytest.mark.parametrize("text", ["(", "a{99999999999999999999}", "(?P<", "*", "\\", "(" * 2000])
def test_whatever_is_typed_is_searched_for(text: str) -> None:
    """What is no regular expression is taken as it is."""
    found = find_paths(text, [f"some {text} text", "other"])
    assert found == ([f"some {text} text"], True)


def test_no_expression_blocks_the_program() -> None:
    """What takes others an age on a path of a few dozen letters is answered, or taken as text."""
    paths = [f"usr/{'a' * 60}{number}" for number in range(200)]
    assert find_paths("(a+)+$", paths) == ([], False)
    assert find_paths("(a|a)*[0-9]$", paths).paths == paths
    assert find_paths(r"(x+x+)+y", ["x" * 4000]) == ([], False)


def test_an_expression_that_is_taken_as_text_says_so() -> None:
    """In the title of the files."""
    explorer = in_tree(shop(), 2)
    explorer.search("(")
    assert explorer.is_text
    explorer.search("gcc.*a$")
    assert not explorer.is_text


def test_causes_of_waste() -> None:
    """Of a layer, what it wastes and what it makes waste; and what lies there that no program needs."""
    explorer = in_tree(shop(), 1)
    explorer.show_cause(ANY)
    files = [path for path in explorer.rows if not explorer.versions.has_children(path)]
    assert files == ["var/cache/apt/archives/gcc.deb", "var/lib/apt/lists/deb_main_Packages.lz4"]
    explorer.show_cause(Fate.OVERWRITTEN)
    assert explorer.rows == []
    explorer.show_cause("c-tools")
    assert explorer.rows[-1] == "usr/lib/gcc/libgcc.a"
    explorer.show_cause(None)
    assert explorer.rows[0] == "bin"
    press(explorer, "tab", "end", "tab").show_cause(ANY)
    assert explorer.rows == ["app", "app/main.c", "etc", "etc/passwd"]


def test_causes_are_listed_with_their_bytes() -> None:
    """The largest first; all that nobody sees together before its parts."""
    found = [(cause.name, cause.size_bytes, cause.files) for cause in shop().waste.causes]
    assert found == [
        (ANY, 210 * MIB + 59 * MIB + 5400, 5),
        (Fate.COPIED_UP, 210 * MIB, 1), (Fate.DELETED, 59 * MIB + 4200, 3), (Fate.OVERWRITTEN, 1200, 1),
        ("c-tools", 6 * MIB, 1),
    ]  # fmt: skip
    assert explorer_of([file("a", 1)]).waste.causes == ()


def test_waste_over_all_layers_has_what_is_gone_by_now() -> None:
    """A file that came and went is in neither tree, and in the image all the same."""
    explorer = explorer_of([file("a", 1)], [file("b/big", 10)], [gone("b")])
    press(explorer, "end", "ctrl+a").show_cause(ANY)
    assert explorer.rows == ["b", "b/big"]


def test_an_image_without_layers_has_no_rows() -> None:
    """Every key is without effect."""
    explorer = explorer_of()
    for pane in Pane:
        explorer.focus(pane)
        for key in KEY_NAMES:
            command = command_of(key, explorer.view.pane)
            if command is not None and command in COMMANDS:
                COMMANDS[command](explorer, 5)
    assert explorer.rows == []
    assert explorer.steps == ()


def test_history_that_does_not_fit_the_layers() -> None:
    """Layers without history are named by their number; history without layers is left out."""
    assert [step.title for step in explorer_of([folder("a")], [file("a/b", 1)]).steps] == ["layer 1", "layer 2"]
    assert len(explorer_of([folder("a")], history=HISTORY).steps) == 1


def test_closed_folders_are_not_walked() -> None:
    """Of a large image only what is open is looked at: opening a folder asks for its own children and no others."""
    asked: list[str] = []

    class Watched(Versions):
        def children(self, path: str) -> Sequence[str]:
            asked.append(path)
            return super().children(path)

    big = stack_of([file(f"d{number % 50}/e{number % 500}/f{number}", 1) for number in range(5_000)])
    versions = Watched()
    stacked = stack_layers(big, versions.add)
    steps = read_steps(ImageConfig(platform=Platform.parse("linux/amd64")), 1)
    explorer = Explorer("big", steps, versions, stacked.attribute())
    in_tree(explorer)
    assert len(explorer.rows) == 50
    asked.clear()
    press(explorer, "space")
    assert len(explorer.rows) == 60
    assert asked == ["", "d0"]


def test_too_many_matches_leave_folders_closed() -> None:
    """Nobody reads ten thousand rows; opening a folder shows what matches in it."""
    explorer = in_tree(explorer_of([file(f"d{number % 3}/f{number}", 1) for number in range(10_001)]))
    explorer.search("f")
    assert explorer.rows == ["d0", "d1", "d2"]
    explorer.search("f1000")
    assert explorer.rows == ["d1", "d1/f1000", "d1/f10000"]


def test_the_largest_first() -> None:
    """In each folder; what is of one size stays in the order of names, and the chosen path stays chosen."""
    explorer = explorer_of([file("a/1", 5), file("a/2", 9), file("a/3", 5), file("b", 12), file("c/x", 30)])
    explorer.toggle_all_folds()
    explorer.focus(Pane.TREE)
    explorer.choose_row(explorer.rows.index("a/2"))
    assert list(explorer.rows) == ["a", "a/1", "a/2", "a/3", "c", "c/x", "b"]
    explorer.toggle_order()
    assert list(explorer.rows) == ["c", "c/x", "a", "a/2", "a/1", "a/3", "b"]
    assert explorer.selected == "a/2"
    explorer.toggle_order()
    assert list(explorer.rows) == ["a", "a/1", "a/2", "a/3", "c", "c/x", "b"]
