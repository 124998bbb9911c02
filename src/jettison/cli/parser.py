"""A command's options, declared in docker's order and words on top of argparse.

argparse does the parsing; what users see is docker's: the help, ``--flag=false`` for switches, flags after arguments,
no abbreviations, and errors that name the nearest flag.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, NoReturn

from jettison.cli.values import FALSE, TRUE
from jettison.errors import UsageError
from jettison.frozen import dataclass

PROGRAM = "jettison"


class Completes(StrEnum):
    """What a shell offers for a value."""

    NOTHING = "nothing"
    FILE = "file"
    FOLDER = "folder"
    IMAGE = "image"
    CONTAINER = "container"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option as help, completion and documentation show it."""

    flags: tuple[str, ...]
    """The short form, where there is one, then the long form."""
    kind: str
    """The kind of value in docker's words (``string``, ``list``); empty for a switch."""
    help: str
    choices: tuple[str, ...] = ()
    default: str = ""
    """What counts where the option is not given, where that is worth saying."""
    completes: Completes = Completes.NOTHING
    hidden: bool = False

    def describe(self) -> str:
        """The help with choices and default."""
        remarks = []
        if self.choices:
            remarks.append(", ".join(self.choices))
        if self.default:
            remarks.append(f"default {self.default}")
        return self.help + (f" ({'; '.join(remarks)})" if remarks else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Synopsis:
    """What a command takes besides options."""

    text: str
    """As in the usage line: ``IMAGE [COMMAND] [ARG...]``."""
    minimum: int = 0
    maximum: int | None = 0
    """None: any number."""
    completes: Completes = Completes.NOTHING
    passthrough: bool = False
    """From the first argument on, nothing is an option any more."""


class CommandParser:
    """Parses the arguments of one command."""

    def __init__(self, name: str, summary: str, synopsis: Synopsis, *, aliases: Sequence[str] = ()) -> None:
        self.name = name
        self.summary = summary
        self.synopsis = synopsis
        self.aliases = tuple(aliases)
        self.options: list[Option] = []
        self.epilog = ""
        self._parser = _Arguments(prog=name, add_help=False, allow_abbrev=False, exit_on_error=False)

    def switch(self, *flags: str, help: str, default: bool | None = False, hidden: bool = False) -> None:
        """Declare an option without value; ``--flag=false`` turns it off. The default None: it is not given."""
        dest, long = _dest(flags), flags[-1]
        on = [*flags, *(f"{long}={word}" for word in TRUE)]
        self._parser.add_argument(*on, dest=dest, action="store_true", default=default)
        self._parser.add_argument(*(f"{long}={word}" for word in FALSE), dest=dest, action="store_false")
        self._declare(Option(flags=flags, kind="", help=help, hidden=hidden))

    def value(
        self,
        *flags: str,
        help: str,
        kind: str = "string",
        default: Any = None,
        parse: Callable[[str], Any] = str,
        choices: Sequence[str] = (),
        completes: Completes = Completes.NOTHING,
        hidden: bool = False,
    ) -> None:
        """Declare an option with one value; the last one given counts."""
        self._parser.add_argument(
            *flags, dest=_dest(flags), default=default, type=_naming(flags, parse), choices=choices or None
        )
        option = Option(
            flags=flags,
            kind=kind,
            help=help,
            choices=tuple(choices),
            default=default if isinstance(default, str) else "",
            completes=completes,
            hidden=hidden,
        )
        self._declare(option)

    def values(
        self,
        *flags: str,
        help: str,
        kind: str = "list",
        parse: Callable[[str], Any] = str,
        completes: Completes = Completes.NOTHING,
        hidden: bool = False,
    ) -> None:
        """Declare an option that may be given several times; the namespace holds a list."""
        self._parser.add_argument(*flags, dest=_dest(flags), action="append", default=[], type=_naming(flags, parse))
        self._declare(Option(flags=flags, kind=kind, help=help, completes=completes, hidden=hidden))

    def parse(self, argv: Sequence[str]) -> argparse.Namespace:
        """The options by name, and ``arguments``: what is no option. Raises :class:`UsageError`."""
        try:
            if self.synopsis.passthrough:
                namespace = self._parse_passthrough(argv)
            else:
                namespace = self._parse_mixed(argv)
        except argparse.ArgumentError as error:
            raise self._explain(error) from None
        if not getattr(namespace, "help", False):
            self._check_count(len(namespace.arguments))
        return namespace

    def usage(self) -> str:
        """``jettison build [OPTIONS] PATH | -``."""
        options = ["[OPTIONS]"] if any(not option.hidden for option in self.options) else []
        return " ".join([PROGRAM, *self.name.split(), *options, *self.synopsis.text.split()])

    def _declare(self, option: Option) -> None:
        self.options.append(option)

    def _parse_mixed(self, argv: Sequence[str]) -> argparse.Namespace:
        namespace, rest = self._parser.parse_known_args(list(argv))
        before, after = rest, list[str]()
        if "--" in rest:
            place = rest.index("--")
            before, after = rest[:place], rest[place + 1 :]
        self._refuse_flags(before)
        namespace.arguments = before + after
        return namespace

    def _parse_passthrough(self, argv: Sequence[str]) -> argparse.Namespace:
        parser = _Arguments(
            prog=self.name, add_help=False, allow_abbrev=False, exit_on_error=False, parents=[self._parser]
        )
        parser.add_argument("arguments", nargs=argparse.REMAINDER)
        namespace, rest = parser.parse_known_args(list(argv))
        self._refuse_flags(rest)
        if namespace.arguments[:1] == ["--"]:
            del namespace.arguments[0]
        return namespace

    def _refuse_flags(self, rest: list[str]) -> None:
        for text in rest:
            if text.startswith("-") and text != "-":
                flag = text.partition("=")[0]
                raise UsageError(f"unknown flag: {flag}", hint=self._nearest(flag))

    def _nearest(self, flag: str) -> str:
        known = [name for option in self.options if not option.hidden for name in option.flags]
        return nearest(flag, known, f"see '{PROGRAM} {self.name} --help'".replace("  ", " "))

    def _explain(self, error: argparse.ArgumentError) -> UsageError:
        flag = (error.argument_name or "").split("/")
        name = next((part for part in flag if part.startswith("--")), flag[0]).partition("=")[0]
        if error.message.startswith("expected one argument"):
            return UsageError(f"flag needs an argument: {name}")
        for option in self.options:
            if name in option.flags and option.choices:
                text = error.message.partition("'")[2].partition("'")[0]
                return UsageError(
                    f"invalid argument {text!r} for {name}: it takes {', '.join(option.choices)}",
                    hint=nearest(text, option.choices, "") or None,
                )
        return UsageError(f"invalid argument for {name}: {error.message}")

    def _check_count(self, count: int) -> None:
        synopsis = self.synopsis
        if synopsis.minimum <= count and (synopsis.maximum is None or count <= synopsis.maximum):
            return
        if synopsis.maximum == 0:
            need = "accepts no arguments"
        elif synopsis.minimum == synopsis.maximum:
            need = f"requires {_arguments(synopsis.minimum)}"
        elif count < synopsis.minimum:
            need = f"requires at least {_arguments(synopsis.minimum)}"
        else:
            need = f"requires at most {_arguments(synopsis.maximum or 0)}"
        raise UsageError(f"'{PROGRAM} {self.name}' {need}, {count} given", hint=f"usage: {self.usage()}")


class _Arguments(argparse.ArgumentParser):
    """argparse that raises and never prints or exits."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def nearest(word: str, known: Sequence[str], otherwise: str) -> str:
    """A hint with the known word that is closest to ``word``, else the text ``otherwise``."""
    from difflib import get_close_matches

    matches = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean '{matches[0]}'?" if matches else otherwise


def _naming(flags: Sequence[str], parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """``parse`` with errors that name the flag."""
    flag = flags[-1]

    def read(text: str) -> Any:
        try:
            return parse(text)
        except UsageError as error:
            if flag in error.message:
                raise
            raise UsageError(f"{flag}: {error.message}", hint=error.hint) from error

    read.__name__ = parse.__name__  # argparse's words for a ValueError: invalid int value
    return read


def _dest(flags: Sequence[str]) -> str:
    return flags[-1].lstrip("-").replace("-", "_")


def _arguments(count: int) -> str:
    return f"{count} argument" if count == 1 else f"{count} arguments"
