"""What ``npm start`` and the like run: a line for the shell, in the program's ``package.json``."""

from __future__ import annotations

import json
import posixpath
import shlex
from collections.abc import Mapping, Sequence

MAX_MANIFEST_BYTES = 4 << 20
_RUNNERS = frozenset({"npm", "yarn", "pnpm", "bun"})
_EXECUTORS = frozenset({"npx", "pnpx", "bunx"})
_RUN = frozenset({"run", "run-script"})
_SHORT = frozenset({"start", "test", "stop", "restart"})
"""Scripts that npm runs without the word ``run``; the others run every script so."""


def is_runner(word: str) -> bool:
    """Whether a command is a package manager that may run something else."""
    return posixpath.basename(word) in _RUNNERS | _EXECUTORS


def scripts_of(manifest: str) -> Mapping[str, str]:
    """The scripts by name; none where the text is no manifest."""
    try:
        document = json.loads(manifest or "null")
    except (ValueError, RecursionError):
        return {}
    scripts = document.get("scripts") if isinstance(document, dict) else None
    if not isinstance(scripts, dict):
        return {}
    return {name: script for name, script in scripts.items() if isinstance(script, str)}


def script_of(words: Sequence[str], scripts: Mapping[str, str]) -> str:
    """The line for the shell that a command line of a package manager runs, with arguments; empty where it runs none.

    ``scripts`` are those of the ``package.json`` in the folder where it runs.
    """
    runner = posixpath.basename(words[0])
    rest = [word for word in words[1:] if not word.startswith("-")]
    if not rest:
        return ""
    if runner in _EXECUTORS:
        return shlex.join(words[words.index(rest[0]) :])
    name, arguments = rest[0], words[words.index(rest[0]) + 1 :]
    if name in _RUN and len(rest) > 1:
        name, arguments = rest[1], words[words.index(rest[1]) + 1 :]
    elif name not in _SHORT and runner == "npm":
        return ""
    more = [word for word in arguments if word != "--"]
    return " ".join([scripts[name], shlex.join(more)]).strip() if name in scripts else ""
