"""What makes two command lines the same question, and the file that its answer is remembered in."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping, Sequence

import jettison

FOLDER = "recalls"
"""Below the store's folder."""

_FORMAT = 1
"""Raised when a file of an older jettison would be misunderstood."""


TIMING = "--timing"
"""Asks what an answer took, and changes nothing of it."""


def without_timing(argv: Sequence[str]) -> list[str] | None:
    """The words of a command line but for the flag; None where it may be more than the flag.

    A word behind an option may be its value, and behind ``--`` nothing is an option.
    """
    words: list[str] = []
    for before, word in zip(["", *argv[:-1]], argv, strict=True):
        if word == "--" or word.startswith(f"{TIMING}=") or (word == TIMING and before.startswith("-")):
            return None
        if word != TIMING:
            words.append(word)
    return words


def question(argv: Sequence[str], variables: Mapping[str, str], names: Sequence[str]) -> str:
    """Everything that decides what a command line means, but for the files that it reads.

    Of the environment that is the variables called ``names``, and those that the command line names, such as the
    GREETING of ``--build-arg GREETING``.
    """
    argv = (without_timing(argv) if TIMING in argv else None) or argv
    named = {word.removeprefix("--build-arg=") for word in argv}
    kept = sorted((name, variables[name]) for name in named.union(names) if name in variables)
    machine = os.uname().machine
    return json.dumps([_FORMAT, jettison.__version__, machine, os.getuid(), os.getcwd(), list(argv), kept])


def recall_path(home: str, asked: str) -> str:
    """Where the answer to a question lies, or would. Two questions may share a file: it says which one it answers."""
    data = asked.encode("ascii")
    return f"{home}/{FOLDER}/{zlib.crc32(data):08x}{zlib.adler32(data):08x}-{len(data)}"
