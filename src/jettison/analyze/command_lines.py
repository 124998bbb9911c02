"""Which commands a command line starts: those in the text of a shell, behind wrappers, in the scripts of a manifest.

Followed are ``sh -c``, scripts that end in ``exec "$@"`` or ``exec PROGRAM "$@"`` as the entry points of many images
do, programs that only start another one (``tini``, ``gosu``), and package managers of node.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Mapping

from jettison.analyze.package_scripts import is_runner, script_of, scripts_of
from jettison.patterns import late_pattern

SHELLS = frozenset({"sh", "bash", "dash", "ash"})
MAX_COMMANDS = 200
_MAX_DEPTH = 8
_PASSES_ON = late_pattern(
    r"""^[ \t]*(?:exec[ \t]+)?(?:(?:tini|dumb-init|gosu|su-exec|setpriv|env)\b[^\n]{0,100}?[ \t])?"?\$@"?[ \t]*$""",
    re.MULTILINE,
)
_STARTS = late_pattern(r"""^[ \t]*exec[ \t]+([\w./-]+(?:[ \t]+[\w./=:,+-]+){0,50})[ \t]+"?\$@"?[ \t]*$""", re.MULTILINE)
_WRAPPERS: Mapping[str, int] = {
    **dict.fromkeys(("tini", "dumb-init", "catatonit", "nohup", "env", "exec", "stdbuf", "nice", "time"), 0),
    **dict.fromkeys(("gosu", "su-exec", "timeout", "chroot"), 1),
}
"""Programs that start the rest of their command line, and how many words of it are theirs, options apart."""

Read = Callable[[str], str]
"""A command's name -> the text of the script that it is, empty where it is a program or too long."""


class CommandLines:
    """Takes command lines apart. ``read_manifest`` reads the ``package.json`` of the folder where they run."""

    def __init__(self, read_script: Read, read_manifest: Callable[[], str]) -> None:
        self._read_script = read_script
        self._read_manifest = read_manifest
        self._scripts: Mapping[str, str] | None = None
        self._left = MAX_COMMANDS
        """How many more command lines are taken apart: a script may run itself, twice."""
        self.runs_scripts = False
        """Whether a script of the manifest is among them: there, its packages are on the search path."""

    def commands(self, words: list[str], depth: int = 0) -> list[list[str]]:
        """What is started in the order in which that happens, the last is the program; no command is empty."""
        if not words or self._left <= 0:
            return []
        self._left -= 1
        if depth > _MAX_DEPTH:
            return [words]
        name, inner = posixpath.basename(words[0]), list[list[str]]()
        if name in SHELLS and len(words) > 2 and words[1].startswith("-") and words[1].endswith("c"):
            inner = shell_commands(words[2])
        elif name in _WRAPPERS:
            inner = [_wrapped(words)]
        elif is_runner(name):
            if self._scripts is None:
                self._scripts = scripts_of(self._read_manifest())
            inner = shell_commands(script_of(words, self._scripts))
            self.runs_scripts |= bool(inner)
        else:
            inner = self._of_script(words)
        found = [words[:1] if inner else words]
        for command in inner:
            found += self.commands(command, depth + 1)
        return found

    def _of_script(self, words: list[str]) -> list[list[str]]:
        """What a script starts in its place: its arguments, or a program that it names and that gets them."""
        text = self._read_script(words[0])
        if len(words) > 1 and _PASSES_ON.search(text):
            return [words[1:]]
        started = _STARTS.search(text)
        program = started[1].split() if started is not None else []
        is_followed = bool(program) and posixpath.basename(program[0]) not in _WRAPPERS
        return [program + words[1:]] if is_followed else []


def shell_commands(text: str) -> list[list[str]]:
    """The commands in a line for the shell, as far as its words tell."""
    commands: list[list[str]] = [[]]
    try:
        lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
    except ValueError:
        return []
    for word in words:
        if set(word) <= set("();<>|&"):
            commands.append([])
        elif commands[-1] or not (word in ("exec", "time", "nohup", "env") or "=" in word):
            commands[-1].append(word)
    return [command for command in commands if command][:MAX_COMMANDS]


def _wrapped(words: list[str]) -> list[str]:
    """The command that a wrapper starts; empty where it starts none."""
    rest = words[1:]
    if "--" in rest:
        rest = rest[rest.index("--") + 1 :]
    while rest and (rest[0].startswith("-") or "=" in rest[0]):
        rest = rest[1:]
    return rest[_WRAPPERS[posixpath.basename(words[0])] :]
