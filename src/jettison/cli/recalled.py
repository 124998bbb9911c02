"""``jettison build`` answered from memory: the same command line, and nothing changed since (docs/adr/0004).

Runs before anything else is loaded. What it prints is what the ordinary cached build prints.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence

from jettison.cli.variables import VARIABLES, store_home
from jettison.recall.answer import ChangedError, check, give_out
from jettison.recall.question import TIMING, question, recall_path, without_timing
from jettison.recall.record import read_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO

COMMAND = "build"
"""The one command that is remembered."""

NO_TERMINALS = ("", "dumb")


def asked_home(argv: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """The store of a command line that may be remembered: ``[--home FOLDER] build …``; None for every other."""
    home, command = "", argv[:1]
    if command == ["--home"]:
        home, command = "".join(argv[1:2]), argv[2:3]
    elif command and command[0].startswith("--home="):
        home, command = command[0].removeprefix("--home="), argv[1:2]
    return home or store_home(environment) if command == [COMMAND] else None


def answer_again(argv: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """What a build answered from memory says on standard output; None where it has to be asked for in earnest."""
    home = asked_home(argv, environment)
    is_timed = any(word.startswith(TIMING) for word in argv)
    if home is None or (is_timed and without_timing(argv) is None):
        return None
    began = time.time()
    try:
        asked = question(argv, environment, VARIABLES)
        record = read_record(recall_path(home, asked))
        if record is None:
            return None
        document = record.document
        if is_timed and document["progress"] == "rawjson":
            return None  # programs have the events of what took the time
        check(record, home, asked)
        checked = time.time()
        seconds = give_out(document)
        written = time.time()
    except (ChangedError, OSError, ValueError, KeyError, TypeError):
        return None
    _show(document, seconds, environment)
    if is_timed:
        given = time.time()
        from jettison.cli.timing import show_recalled

        show_recalled((began, checked, written, given), sys.stderr)
    answer: str = document["answer"]
    return answer


def _show(document: dict[str, Any], seconds: Sequence[float], environment: Mapping[str, str]) -> None:
    """The display, in the mode that was asked for; where nobody listens any more there is none."""
    mode, stream = document["progress"], sys.stderr
    is_terminal = stream.isatty() and environment.get("TERM", "") not in NO_TERMINALS
    try:
        if mode == "tty" or (mode == "auto" and is_terminal):
            _show_live(document, seconds, environment, stream)
        elif mode == "rawjson":
            for event in _timed(document, seconds):
                stream.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
        elif mode != "quiet":
            stream.write("".join(_plain(document, seconds)))
        stream.write(document["remarks"])
        stream.flush()
    except OSError:
        return


def _plain(document: dict[str, Any], seconds: Sequence[float]) -> list[str]:
    left = list(seconds)
    texts = []
    for event, text in zip(document["events"], document["plain"], strict=True):
        texts.append(text.replace("DONE 0.0s", f"DONE {left.pop(0):.1f}s") if _is_done(event) else text)
    return texts


def _is_done(event: dict[str, Any]) -> bool:
    """Whether it ends work that was done again just now."""
    return event["event"] == "vertex_finished" and not event["cached"]


def _timed(document: dict[str, Any], seconds: Sequence[float]) -> list[dict[str, Any]]:
    """The events as if they happened now."""
    left = list(seconds)
    now = time.time() - sum(left)
    events = []
    for event in document["events"]:
        if _is_done(event):
            now += left.pop(0)
        events.append(event | {"time": now})
    return events


def _show_live(
    document: dict[str, Any], seconds: Sequence[float], environment: Mapping[str, str], stream: TextIO
) -> None:
    from jettison.tui.rawjson import parse_event
    from jettison.tui.sink import ProgressMode, make_sink

    sink = make_sink(ProgressMode.TTY, stream, no_color=bool(environment.get("NO_COLOR")))
    with sink:
        for event in _timed(document, seconds):
            sink(parse_event(event))
