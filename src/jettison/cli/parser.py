"""A command's options, declared in docker's order and words, and parsed as docker's library does (spf13/pflag).

``--flag=false`` turns a switch off, an option takes the next word whatever it looks like, short options may stand
together, options may follow arguments, nothing is abbreviated. An error names the nearest option. Not on top of
argparse: that takes longer to load and to set up than a small build to plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

from jettison.cli.values import FALSE, TRUE
from jettison.enums import StrEnum
from jettison.errors import UsageError
from jettison.frozen import dataclass
from jettison.hints import Any

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
    hint: str = ""
    """What to type where something else is given, in place of the usage."""


class Arguments(SimpleNamespace):
    """A parsed command line: the options by name, ``arguments``: what is no option, ``command``: what was called."""


class CommandParser:
    """Parses the arguments of one command."""

    def __init__(self, name: str, summary: str, synopsis: Synopsis, *, aliases: Sequence[str] = ()) -> None:
        self.name = name
        self.summary = summary
        self.synopsis = synopsis
        self.aliases = tuple(aliases)
        self.options: list[Option] = []
        self.epilog = ""
        self._takers: dict[str, _Switch | _Value] = {}

    def switch(self, *flags: str, help: str, default: bool | None = False, hidden: bool = False) -> None:
        """Declare an option without value; ``--flag=false`` turns it off. The default None: it is not given."""
        self._declare(Option(flags=flags, kind="", help=help, hidden=hidden), _Switch(flags, default))

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
        """Declare an option with one value; the last one given counts. A default that is a text is parsed as well."""
        option = Option(
            flags=flags,
            kind=kind,
            help=help,
            choices=tuple(choices),
            default=default if isinstance(default, str) else "",
            completes=completes,
            hidden=hidden,
        )
        self._declare(option, _Value(flags, default, parse, option.choices))

    def values(
        self,
        *flags: str,
        help: str,
        kind: str = "list",
        parse: Callable[[str], Any] = str,
        completes: Completes = Completes.NOTHING,
        hidden: bool = False,
    ) -> None:
        """Declare an option that may be given several times; what is parsed holds a list."""
        option = Option(flags=flags, kind=kind, help=help, completes=completes, hidden=hidden)
        self._declare(option, _Value(flags, None, parse, (), repeated=True))

    def parse(self, argv: Sequence[str]) -> Arguments:
        """What the words say. Raises :class:`UsageError`."""
        found = Arguments(arguments=[])
        for taker in self._takers.values():
            taker.begin(found)
        words = iter(argv)
        for word in words:
            if word == "--":
                found.arguments += words
            elif word.startswith("-") and word != "-" and not word.startswith("-:"):  # a path in standard input
                self._take(word, words, found)
            elif self.synopsis.passthrough:
                found.arguments += [word, *words]
            else:
                found.arguments.append(word)
        if not getattr(found, "help", False):
            self._check_count(len(found.arguments))
        return found

    def usage(self) -> str:
        """``jettison build [OPTIONS] PATH | -``."""
        options = ["[OPTIONS]"] if any(not option.hidden for option in self.options) else []
        return " ".join([PROGRAM, *self.name.split(), *options, *self.synopsis.text.split()])

    def _declare(self, option: Option, taker: _Switch | _Value) -> None:
        self.options.append(option)
        self._takers |= dict.fromkeys(option.flags, taker)

    def _take(self, word: str, following: Iterator[str], found: Arguments) -> None:
        """Carry out a word of options: one long one, or short ones of which only the last may take a value."""
        if word.startswith("--"):
            flag, equals, text = word.partition("=")
            self._taker(flag, flag).take(text if equals else None, following, found)
            return
        rest = word[1:]
        while rest:
            taker = self._taker(f"-{rest[0]}", word.partition("=")[0])
            rest = rest[1:]
            if rest and (isinstance(taker, _Value) or rest.startswith("=")):
                taker.take(rest.removeprefix("="), following, found)
                return
            taker.take(None, following, found)

    def _taker(self, flag: str, word: str) -> _Switch | _Value:
        taker = self._takers.get(flag)
        if taker is None:
            formats = next((option.choices for option in self.options if "--format" in option.flags), ())
            if word.lstrip("-") in formats:
                raise UsageError(f"unknown flag: {word}", hint=f"did you mean '--format {word.lstrip('-')}'?")
            known = [name for option in self.options if not option.hidden for name in option.flags]
            hint = nearest(word, known, f"see '{PROGRAM} {self.name} --help'".replace("  ", " "))
            raise UsageError(f"unknown flag: {word}", hint=hint)
        return taker

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
        hint = synopsis.hint if count else ""
        raise UsageError(f"'{PROGRAM} {self.name}' {need}, {count} given", hint=hint or f"usage: {self.usage()}")


class _Switch:
    """What to do where a switch is given."""

    def __init__(self, flags: Sequence[str], default: bool | None) -> None:
        self._flag = flags[-1]
        self._name = _name(flags)
        self._default = default

    def begin(self, found: Arguments) -> None:
        setattr(found, self._name, self._default)

    def take(self, text: str | None, following: Iterator[str], found: Arguments) -> None:
        if text is not None and text not in (*TRUE, *FALSE):
            raise UsageError(f"invalid argument {text!r} for {self._flag}", hint="it takes true or false")
        setattr(found, self._name, text not in FALSE)


class _Value:
    """What to do where an option with a value is given."""

    def __init__(
        self,
        flags: Sequence[str],
        default: Any,
        parse: Callable[[str], Any],
        choices: tuple[str, ...],
        *,
        repeated: bool = False,
    ) -> None:
        self._flag = flags[-1]
        self._name = _name(flags)
        self._default = default
        self._parse = parse
        self._choices = choices
        self._is_repeated = repeated

    def begin(self, found: Arguments) -> None:
        default = self._parse(self._default) if isinstance(self._default, str) else self._default
        setattr(found, self._name, [] if self._is_repeated else default)

    def take(self, text: str | None, following: Iterator[str], found: Arguments) -> None:
        if text is None:
            text = next(following, None)
        if text is None:
            raise UsageError(f"flag needs an argument: {self._flag}", hint=f"{self._flag} VALUE, or {self._flag}=VALUE")
        value = self._parsed(text)
        if self._is_repeated:
            getattr(found, self._name).append(value)
        else:
            setattr(found, self._name, value)

    def _parsed(self, text: str) -> Any:
        try:
            value = self._parse(text)
        except UsageError as error:
            if self._flag in error.message:
                raise
            raise UsageError(f"{self._flag}: {error.message}", hint=error.hint) from error
        except ValueError:
            kind = self._parse.__name__
            message = f"invalid argument for {self._flag}: invalid {kind} value: {text!r}"
            raise UsageError(message, hint="write a whole number" if kind == "int" else None) from None
        if self._choices and value not in self._choices:
            near = nearest(text.lower(), self._choices, "")
            raise UsageError(
                f"invalid argument {text!r} for {self._flag}",
                hint=" ".join(filter(None, (near, f"it takes {', '.join(self._choices)}"))),
            )
        return value


def nearest(word: str, known: Sequence[str], otherwise: str) -> str:
    """A hint with the known word that is closest to ``word``, else the text ``otherwise``."""
    from difflib import get_close_matches

    matches = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean '{matches[0]}'?" if matches else otherwise


def _name(flags: Sequence[str]) -> str:
    """What an option is called once it is parsed."""
    return flags[-1].lstrip("-").replace("-", "_")


def _arguments(count: int) -> str:
    return f"{count} argument" if count == 1 else f"{count} arguments"
