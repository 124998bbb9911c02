"""The application itself, without a terminal: keys in, what is on the screen out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.explore.support import explorer_of, file_named, shop
from textual.pilot import Pilot

from jettison.errors import StorageError
from jettison.explore.app import ExploreApp
from jettison.explore.explorer import Explorer, Pane

Script = Callable[[Pilot[None]], Awaitable[None]]
Extracted = list[tuple[str, int, str]]


def play(script: Script, explorer: Explorer | None = None, size: tuple[int, int] = (100, 30)) -> Extracted:
    """Run the application for as long as the script takes; what it was asked to extract."""
    extracted: Extracted = []

    def extract(path: str, layer: int, folder: str) -> str:
        if folder == "full":
            raise StorageError("no space is left", hint="make [some]")
        extracted.append((path, layer, folder))
        return f"extracted to {folder}"

    async def run() -> None:
        async with ExploreApp(explorer or shop(), extract).run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await script(pilot)

    asyncio.run(run())
    return extracted


def screen(pilot: Pilot[None]) -> list[str]:
    """The lines of the screen."""
    return ["".join(segment.text for segment in line) for line in pilot.app.screen._compositor.render_strips()]


async def wait_for(pilot: Pilot[None], text: str) -> None:
    """Until the screen shows it."""
    for _ in range(3_000):
        if any(text in line for line in screen(pilot)):
            return
        await pilot.pause(0.02)
    raise AssertionError("\n".join([f"{text!r} is not shown", *screen(pilot)]))


async def wait_for_size(pilot: Pilot[None], columns: int, lines: int) -> None:
    """Until every line that is drawn is as wide as the terminal, and there are as many."""
    drawn: list[int] = []
    for _ in range(3_000):
        drawn = [len(line) for line in screen(pilot)]
        if drawn == [columns] * lines:
            return
        await pilot.pause(0.02)
    raise AssertionError(f"the lines are {drawn} columns wide")


async def leave(pilot: Pilot[None], *keys: str) -> None:
    """Press keys that end the application."""
    await pilot.press(*keys)
    for _ in range(3_000):
        if pilot.app.return_code is not None:
            break
        await asyncio.sleep(0.02)
    assert pilot.app.return_code == 0


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (30, 10)])
def test_all_panes_are_seen(size: tuple[int, int]) -> None:
    """On small and on large terminals; on a tiny one nothing breaks."""

    async def script(pilot: Pilot[None]) -> None:
        lines = screen(pilot)
        assert len(lines) == size[1]
        assert all(len(line) == size[0] for line in lines)
        if size[0] >= 80:
            for text in (
                "Layers",
                "Layer 1 of 6",
                "Image shop:latest",
                "Files",
                "Efficiency  54.1%",
                "▸ usr/",
                "? keys",
            ):
                assert any(text in line for line in lines), text

    play(script, size=size)


def test_keys_of_both_panes() -> None:
    """The same key means one thing in the layers and another in the tree."""
    explorer = shop()

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("down", "down", "ctrl+a")
        assert explorer.view.aggregated
        await pilot.press("tab", "ctrl+a", "ctrl+u")
        assert explorer.view.pane is Pane.TREE
        assert any("without added, unmodified" in line for line in screen(pilot))
        await pilot.press("ctrl+a", "ctrl+u", "enter")
        assert any("without modified" in line for line in screen(pilot))
        await pilot.press("tab", "ctrl+l")
        assert not explorer.view.aggregated

    play(script, explorer)


def test_the_filter_is_typed() -> None:
    """Keys are text meanwhile; Enter goes to what was found, Escape shows all again."""
    explorer = shop()

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+f", *"quit", "backspace", "backspace", "backspace", "backspace", *"lib[a-z]")
        await wait_for(pilot, "▾ usr/")
        await wait_for(pilot, "filter lib[a-z]")
        assert explorer.rows == ["usr", "usr/lib", "usr/lib/libc.so.6"]
        await pilot.press("enter", "end")
        assert explorer.selected == "usr/lib/libc.so.6"
        await pilot.press("escape")
        assert explorer.view.text == ""
        assert explorer.rows == shop().rows

    play(script, explorer)


def test_extraction_asks_where_to() -> None:
    """The file as it was after the chosen layer; Escape extracts nothing; errors are shown as they are."""

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "down", "space", "down", "ctrl+e")
        await wait_for(pilot, "/etc/hostname")
        await pilot.press(*"full", "enter")  # typing replaces the suggestion
        await wait_for(pilot, "make [some]")
        await pilot.press("ctrl+e")
        await wait_for(pilot, "Enter extracts")
        await pilot.press("escape", "ctrl+e")
        await wait_for(pilot, "Enter extracts")
        await pilot.press("enter")
        await wait_for(pilot, "extracted to .")
        await leave(pilot, "q")

    assert play(script) == [("etc/hostname", 0, ".")]


def test_the_command_is_read_in_full() -> None:
    """Enter opens it above the panes, and so does the question mark the keys."""

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("end", "enter")
        await wait_for(pilot, "RUN /bin/sh -c gcc -o server main.c && adduser app &&")
        await wait_for(pilot, "Esc closes")
        await pilot.press("escape", "question_mark")
        await wait_for(pilot, "go to the other pane")
        await pilot.press("q")
        assert pilot.app.return_code is None

    play(script, size=(120, 30))


@pytest.mark.parametrize(
    "keys", [["q"], ["ctrl+c"], ["question_mark", "ctrl+c"], ["ctrl+f", "ctrl+c"], ["ctrl+w", "ctrl+c"]]
)
def test_quitting(keys: list[str]) -> None:
    """From everywhere."""

    async def script(pilot: Pilot[None]) -> None:
        await leave(pilot, *keys)

    play(script)


def test_a_cause_of_waste_is_chosen() -> None:
    """From a list with the bytes of each; Escape changes nothing."""
    explorer = shop()

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("end", "ctrl+w")
        await wait_for(pilot, "overwritten later  1 file")
        await pilot.press("down", "j", "down", "enter")
        assert explorer.view.cause == "deleted"
        await wait_for(pilot, "this layer · deleted later")
        assert explorer.rows == ["app", "app/main.c"]
        await pilot.press("w", "up", "escape")
        assert explorer.view.cause == "deleted"
        await pilot.press("w", "home", "enter")
        assert explorer.view.cause is None

    play(script, explorer)


def test_rows_can_be_clicked() -> None:
    """A click chooses; a click on the chosen folder opens it."""
    explorer = shop()

    async def script(pilot: Pilot[None]) -> None:
        await pilot.click("#tree", offset=(14, 4))
        assert explorer.selected == "usr"
        await pilot.click("#tree", offset=(14, 4))
        assert "usr/lib" in explorer.rows
        await pilot.click("#layers", offset=(8, 3))
        assert explorer.view.step == 2
        assert explorer.view.pane is Pane.LAYERS

    play(script, explorer)


def test_markup_in_names_is_text() -> None:
    """Brackets in names, commands and what is typed mean nothing."""
    explorer = explorer_of([file_named("[bold red]x"), file_named("[nothing]")])
    explorer.name = "[link=evil]"

    async def script(pilot: Pilot[None]) -> None:
        for text in ("[link=evil]", "[bold red]", "[nothing]"):
            await wait_for(pilot, text)
        await pilot.press("ctrl+f", *"[n")
        await wait_for(pilot, "filter [n, as text")

    play(script, explorer)


def test_far_rows_come_into_sight() -> None:
    """The chosen row is always on the screen, and only what is on the screen was made."""
    explorer = explorer_of([file_named(f"f{number:05}") for number in range(20_000)])

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "end")
        await wait_for(pilot, "f19999")
        await pilot.press("pageup")
        assert 19_950 < explorer.view.row < 19_999
        await pilot.press("home")
        await wait_for(pilot, "f00000")

    play(script, explorer)


def test_the_terminal_may_change_its_size() -> None:
    """The chosen row stays in sight, of 100,000 as of few; every line is as wide as the terminal."""
    explorer = explorer_of([file_named(f"f{number:06}") for number in range(100_000)])

    async def script(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "end")
        await wait_for(pilot, "f099999")
        for size in ((60, 12), (200, 60), (20, 5), (100, 30)):
            await pilot.resize_terminal(*size)
            await wait_for_size(pilot, *size)
            if size != (20, 5):
                await wait_for(pilot, "f099999")
        await pilot.press("ctrl+f", *r"(\d+)+9$")
        await wait_for(pilot, "f099989")

    play(script, explorer)
