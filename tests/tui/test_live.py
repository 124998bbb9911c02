"""The live display, on a terminal in memory and on a real one."""

from __future__ import annotations

import random

import pytest
from tests.tui.screen import Screen
from tests.tui.script import START, begin, end, finish, output, progress, start

from jettison.solve.events import Event
from jettison.tui.frame import COLOURS, NO_COLOURS, Palette
from jettison.tui.live import LiveDisplay


class Show:
    """A display with its screen; events and ticks in turn."""

    def __init__(self, columns: int = 80, rows: int = 24, palette: Palette = NO_COLOURS) -> None:
        self.screen = Screen(columns, rows)
        self.display = LiveDisplay(self.screen.write, lambda: (self.screen.columns, self.screen.rows), palette)

    def play(self, *events: Event, at: float) -> list[str]:
        for event in events:
            self.display.feed(event)
        self.display.tick(START + at)
        return self.screen.text()

    def close(self, at: float) -> list[str]:
        self.display.close(START + at)
        return self.screen.text()


def test_running_steps_are_one_line_each_below_what_is_done() -> None:
    """A header with the count, the newest output beside the step, the time at the right margin."""
    show = Show()
    lines = show.play(
        begin("[a 1/2] FROM alpine", "[a 2/2] RUN make", "[b 1/1] RUN sleep"),
        finish(1, cached=True),
        start(2),
        start(3, 1.0),
        output(2, b"cc a.c\ncc b.c\n", 1.5),
        at=2.0,
    )
    assert lines == [
        " => CACHED [a 1/2] FROM alpine".ljust(75) + " 0.0s",
        "[+] Building 2.0s (1/3)",
        " => [a 2/2] RUN make  cc b.c".ljust(75) + " 2.0s",
        " => [b 1/1] RUN sleep".ljust(75) + " 1.0s",
    ]
    assert not show.screen.cursor_visible


def test_finished_steps_collapse_and_the_end_says_so() -> None:
    """Each finished step is one lasting line; the cursor comes back."""
    show = Show()
    show.play(begin("[1/2] RUN a", "[2/2] RUN b"), start(1), output(1, b"noise\n"), at=0.1)
    show.play(finish(1, 1.0), start(2, 1.0), at=1.1)
    show.play(finish(2, 3.5), end(3.5), at=3.6)
    assert show.close(4.0) == [
        " => [1/2] RUN a".ljust(75) + " 1.0s",
        " => [2/2] RUN b".ljust(75) + " 2.5s",
        "[+] Building 3.5s (2/2) FINISHED",
        "",
    ]
    assert show.screen.cursor_visible


def test_a_failure_is_seen_at_once() -> None:
    """The failed step and the header say so; the error itself is told by whoever catches it."""
    show = Show()
    show.play(begin("[1/1] RUN false"), start(1), output(1, b"one\ntwo\n", 0.5), at=0.6)
    show.play(finish(1, 1.0, error="exit code: 1"), end(1.0, error="failed"), at=1.0)
    assert show.close(1.0) == [
        " => ERROR [1/1] RUN false".ljust(75) + " 1.0s",
        "[+] Building 1.0s (1/1) FAILED",
        "",
    ]


def test_downloads_have_bars() -> None:
    """A part with a known size has a bar until it is done."""
    show = Show(columns=80)
    lines = show.play(
        begin("[1/1] FROM golang"),
        start(1),
        progress(1, "sha256:1a2b3c4d5e6f", 15_000_000, 30_000_000),
        progress(1, "sha256:ffffffffffff", 10, 10),
        progress(1, "unpacking", 0, None),
        at=1.0,
    )
    assert lines[2:] == [
        " => => sha256:1a2b3c4d5e6f          [==========>           ]         15MB / 30MB",
        " => => unpacking",
    ]


def test_a_small_terminal_is_enough() -> None:
    """In 40 columns the output goes below its step; in few rows what has no room is counted."""
    show = Show(columns=40, rows=6)
    names = [f"[stage{number} 1/1] RUN something-long-{number}" for number in range(1, 10)]
    show.play(begin(*names), *(start(number, number / 10) for number in range(1, 10)), at=1.0)
    lines = show.play(output(1, b"a very long line of output that has no room at all\n", 1.0), at=1.0)
    assert lines == [
        "[+] Building 1.0s (0/9)",
        " => [stage1 1/1] RUN something-lon… 0.9s",
        " => [stage2 1/1] RUN something-lon… 0.8s",
        " => [stage3 1/1] RUN something-lon… 0.7s",
        " => … 6 more running",
    ]
    show.play(*(finish(number, 1.0) for number in range(2, 9)), at=1.0)
    assert show.screen.text()[-3:] == [
        " => [stage1 1/1] RUN something-lon… 0.9s",
        " => => # a very long line of output tha…",
        " => [stage9 1/1] RUN something-lon… 0.1s",
    ]


def test_colours_only_where_they_are_wanted() -> None:
    """Without colours no SGR sequence is written at all."""
    events = (begin("[1/2] RUN a", "[2/2] RUN b"), start(1), finish(1, error="no"), start(2), output(2, b"x\n"))
    plain, coloured = Show(palette=NO_COLOURS), Show(palette=COLOURS)
    assert plain.play(*events, at=1.0) == coloured.play(*events, at=1.0)
    assert plain.screen.colours == set()
    assert "1;31" in coloured.screen.colours


def test_nothing_new_writes_nothing() -> None:
    """Two ticks at the same moment draw once."""
    show = Show()
    show.play(begin("[1/1] RUN a"), start(1), at=1.0)
    writes = show.screen.writes
    show.play(at=1.0)
    assert show.screen.writes == writes


def test_what_the_terminal_echoes_wraps_no_line() -> None:
    """``^C`` appears at the cursor: at the start of a line, not behind one that fills the width."""
    show = Show()
    show.play(begin("[1/1] RUN a"), start(1), at=1.0)
    assert show.screen.column == 0


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_the_frame_stays_on_the_screen(seed: int) -> None:
    """Random builds in random sizes: never past the right margin, never above the first row, the cursor given back."""
    chance = random.Random(seed)
    show = Show(columns=chance.choice((20, 40, 80, 200)), rows=chance.choice((4, 10, 24)))
    count = chance.randint(1, 30)
    names = [f"[{number}/{count}] RUN {'x日本' * chance.randint(0, 40)}" for number in range(1, count + 1)]
    show.display.feed(begin(*names))
    waiting, running = list(range(1, count + 1)), list[int]()
    moment = 0.0
    while waiting or running:
        moment += 0.1
        if waiting and chance.random() < 0.5:
            running.append(waiting.pop())
            show.display.feed(start(running[-1], moment))
        if running:
            number = chance.choice(running)
            show.display.feed(output(number, chance.randbytes(chance.randint(0, 200)), moment))
            show.display.feed(progress(number, f"part {chance.randint(0, 9)}", chance.randint(0, 10), 10, moment))
            if chance.random() < 0.3:
                running.remove(number)
                show.display.feed(finish(number, moment, cached=chance.random() < 0.5))
        show.display.tick(START + moment)
    show.display.feed(end(moment))
    lines = show.close(moment)
    assert show.screen.cursor_visible
    assert sum(line.startswith("[+] Building") for line in lines) == 1
    assert sum(line.startswith(" =>") for line in lines) == count
