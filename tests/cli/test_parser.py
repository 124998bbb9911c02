"""How a command line is taken apart: as docker's library does."""

from __future__ import annotations

import pytest

from jettison.cli.parser import CommandParser, Synopsis
from jettison.errors import UsageError


def make_parser(*, passthrough: bool = False) -> CommandParser:
    parser = CommandParser("do", "Do", Synopsis(text="[ARG...]", maximum=3, passthrough=passthrough))
    parser.switch("-q", "--quiet", help="")
    parser.switch("-a", "--all", help="", default=None)
    parser.value("-n", "--number", help="", parse=int, default="7")
    parser.value("--kind", help="", choices=("one", "two"), default="one")
    parser.values("-t", "--tag", help="")
    parser.switch("--secret", help="", hidden=True)
    return parser


DEFAULTS: dict[str, object] = {
    "quiet": False,
    "all": None,
    "number": 7,
    "kind": "one",
    "tag": [],
    "secret": False,
    "arguments": [],
}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", {}),
        ("-q -a", {"quiet": True, "all": True}),
        ("-qa", {"quiet": True, "all": True}),
        ("--quiet=true --all=F", {"quiet": True, "all": False}),
        ("-q=0 -aq=1", {"quiet": True, "all": True}),
        ("--quiet --quiet=false", {"quiet": False}),
        ("-n 3", {"number": 3}),
        ("-n3", {"number": 3}),
        ("-n=3 -n=4", {"number": 4}),
        ("--number=3", {"number": 3}),
        ("--number -3", {"number": -3}),
        ("-qn3", {"quiet": True, "number": 3}),
        ("-qn 3 a", {"quiet": True, "number": 3, "arguments": ["a"]}),
        ("-t a --tag=b --tag c=d -te", {"tag": ["a", "b", "c=d", "e"]}),
        ("--tag=", {"tag": [""]}),
        ("-tag x", {"tag": ["ag"], "arguments": ["x"]}),
        ("-t -q", {"tag": ["-q"]}),
        ("a -q b", {"quiet": True, "arguments": ["a", "b"]}),
        ("- -q", {"quiet": True, "arguments": ["-"]}),
        ("a -- -q b", {"arguments": ["a", "-q", "b"]}),
        ("-- a --", {"arguments": ["a", "--"]}),
    ],
)
def test_what_words_say(line: str, found: dict[str, object]) -> None:
    """Options by name with their defaults, and what is no option."""
    assert vars(make_parser().parse(line.split())) == DEFAULTS | found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("-q a -q --b", {"quiet": True, "arguments": ["a", "-q", "--b"]}),
        ("a -- b", {"arguments": ["a", "--", "b"]}),
        ("-- -q b", {"arguments": ["-q", "b"]}),
    ],
)
def test_nothing_after_the_first_argument_is_an_option(line: str, found: dict[str, object]) -> None:
    """Where what follows is a command line of its own."""
    assert vars(make_parser(passthrough=True).parse(line.split())) == DEFAULTS | found


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("--quite", "unknown flag: --quite", "did you mean '--quiet'?"),
        ("--quite=1", "unknown flag: --quite", "did you mean '--quiet'?"),
        ("--qui", "unknown flag: --qui", "did you mean '--quiet'?"),
        ("--secre", "unknown flag: --secre", "see 'jettison do --help'"),
        ("-z", "unknown flag: -z", "see 'jettison do --help'"),
        ("-quiet", "unknown flag: -quiet", "did you mean '--quiet'?"),
        ("-1", "unknown flag: -1", "see 'jettison do --help'"),
        ("--tag", "flag needs an argument: --tag", "--tag VALUE, or --tag=VALUE"),
        ("-qn", "flag needs an argument: --number", "--number VALUE, or --number=VALUE"),
        ("-n x", "invalid argument for --number: invalid int value: 'x'", "write a whole number"),
        ("--kind thre", "invalid argument 'thre' for --kind", "it takes one, two"),
        ("--kind on", "invalid argument 'on' for --kind", "did you mean 'one'? it takes one, two"),
        ("--kind ONE", "invalid argument 'ONE' for --kind", "did you mean 'one'? it takes one, two"),
        ("--quiet=maybe", "invalid argument 'maybe' for --quiet", "it takes true or false"),
        ("a b c d", "'jettison do' requires at most 3 arguments, 4 given", "usage: jettison do [OPTIONS] [ARG...]"),
    ],
)
def test_what_is_wrong_is_named(line: str, message: str, hint: str) -> None:
    """The option in its long form, what was given, what is taken, and what was perhaps meant."""
    with pytest.raises(UsageError) as caught:
        make_parser().parse(line.split())
    assert (caught.value.message, caught.value.hint) == (message, hint)
