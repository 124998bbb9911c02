"""200,000 damaged inputs each for the parser, the expansion of variables and .dockerignore: only our errors come of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.language.case import load_cases
from tests.property.mutation import mutants
from tests.property.test_dockerfile import PIECES, SHELL_PIECES

from jettison.dockerfile.expand import ExpandError, ShellLexer
from jettison.dockerfile.ignore import parse_ignore
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import check_instructions
from jettison.errors import JettisonError
from jettison.text.diagnostics import SourceError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

COUNT = 50_000
SEEDS = pytest.mark.parametrize("seed", range(4))
"""Four parts of 50,000, so that they run beside each other."""

WORDS = (
    *SHELL_PIECES,
    "${a:-",
    "${a#",
    "${a%%",
    "${a/",
    "${a//",
    "${b:?",
    "${b:+",
    "}}",
    "$$",
    "\\$",
    "<<",
    "empty",
    "\n",
)
VARIABLES = {"a": "abcabc", "b": "", "empty": "", "é": "ä", "1": "one", "path": "/usr/local/lib.tar.gz"}
PATTERNS = (
    "a",
    "b",
    "*",
    "**",
    "/",
    "?",
    "[a-c]",
    "[^a]",
    "[",
    "]",
    "\\",
    "!",
    "#",
    " ",
    "\n",
    "\r\n",
    "..",
    ".",
    "-",
    "é",
    "!\n",
)
PATHS = ("a", "a/b", "b/a.c", "é", "[", "a/b/c/d/e", "-")


@SEEDS
def test_the_parser(seed: int) -> None:
    """The tree renders to the text; what is wrong with it can be told."""
    seeds = [path.read_text(encoding="utf-8", errors="surrogateescape") for path in _dockerfiles()]
    for text in mutants(seed, COUNT, PIECES, seeds):
        dockerfile = parse_dockerfile(text)
        assert dockerfile.render() == text
        _, problems = check_instructions(dockerfile)
        if problems:
            SourceError(problems).message.encode()


@SEEDS
def test_the_expansion(seed: int) -> None:
    """A value, or an error that names a place in the word."""
    lexers = [
        ShellLexer(),
        ShellLexer(escape="`"),
        ShellLexer(skip_quotes=True),
        ShellLexer(raw_quotes=True, keep_unset=True),
    ]
    for number, word in enumerate(mutants(seed, COUNT, WORDS)):
        try:
            expansion = lexers[number % len(lexers)].expand(word, VARIABLES)
        except ExpandError as error:
            assert 0 <= error.offset < max(len(word), 1)
        else:
            assert expansion.used <= VARIABLES.keys()


@SEEDS
def test_dockerignore(seed: int) -> None:
    """Every path is excluded or not, and walking is cut short only below what is excluded."""
    for text in mutants(seed, COUNT, PATTERNS):
        try:
            patterns = parse_ignore(text)
        except JettisonError as error:
            error.message.encode("utf-8", "surrogateescape")
            continue
        for path in PATHS:
            if not patterns.excludes(path) and "/" in path:
                assert not patterns.excludes_all_below(path.rpartition("/")[0])


def _dockerfiles() -> list[Path]:
    return [case.folder / "Dockerfile" for case in load_cases() if (case.folder / "Dockerfile").exists()]
