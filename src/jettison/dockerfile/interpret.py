"""What one instruction means: from a node of the tree to a typed value (BuildKit: ``instructions/parse.go``).

Each reader raises :class:`SourceError` for the first thing that is wrong with its instruction, in BuildKit's order.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from jettison.dockerfile.diagnostics import Problem, SourceError, error_at, quoted
from jettison.dockerfile.durations import parse_duration
from jettison.dockerfile.flags import FlagKind, Flags
from jettison.dockerfile.head import trigger_node, trigger_text
from jettison.dockerfile.heredoc import parse_heredoc
from jettison.dockerfile.instructions import (
    Add,
    Arg,
    Cmd,
    CommandLine,
    Copy,
    Declaration,
    Entrypoint,
    Env,
    Expose,
    Form,
    From,
    Healthcheck,
    InlineFile,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Pair,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from jettison.dockerfile.json_form import NotStringsError, parse_json_form
from jettison.dockerfile.mounts import parse_device, parse_mount
from jettison.dockerfile.span import Span, Word
from jettison.dockerfile.suggest import did_you_mean
from jettison.dockerfile.syntax import InstructionNode
from jettison.dockerfile.words import SPACE, first_blank, split_blanks, split_words, trim


class _MalformedError(SourceError):
    """What BuildKit's parser refuses already: also inside an ONBUILD."""


_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
_NETWORKS = ("default", "none", "host")
_SECURITIES = ("sandbox", "insecure")
_NOT_TRIGGERS = ("FROM", "MAINTAINER")
_MIN_INTERVAL_NS = 1_000_000
_MAX_RETRIES = 2**31 - 1

_RUN_FLAGS = {
    "mount": FlagKind.LIST,
    "network": FlagKind.VALUE,
    "security": FlagKind.VALUE,
    "device": FlagKind.LIST,
}
_TRANSFER_FLAGS = {
    "chown": FlagKind.VALUE,
    "chmod": FlagKind.VALUE,
    "link": FlagKind.SWITCH,
    "exclude": FlagKind.LIST,
}
_COPY_FLAGS = _TRANSFER_FLAGS | {"from": FlagKind.VALUE, "parents": FlagKind.SWITCH}
_ADD_FLAGS = _TRANSFER_FLAGS | {
    "checksum": FlagKind.VALUE,
    "keep-git-dir": FlagKind.SWITCH,
    "unpack": FlagKind.SWITCH,
}
_HEALTHCHECK_FLAGS = {
    "interval": FlagKind.VALUE,
    "timeout": FlagKind.VALUE,
    "start-period": FlagKind.VALUE,
    "start-interval": FlagKind.VALUE,
    "retries": FlagKind.VALUE,
}


def interpret(node: InstructionNode, escape: str) -> Instruction:
    """The typed instruction; raises :class:`SourceError`."""
    read = _READERS.get(node.name)
    if read is None:
        hint = did_you_mean(node.name, _READERS)
        raise error_at(node.keyword.span, f"unknown instruction: {node.keyword.text}", hint=hint)
    return read(node, escape)


def _from(node: InstructionNode, escape: str) -> Instruction:
    words = _blank_words(node)
    stage_name = None
    match words:
        case [_]:
            pass
        case [_, separator, name] if separator.text.lower() == "as":
            stage_name = Word(name.text.lower(), name.span)
            if not _STAGE_NAME.fullmatch(stage_name.text):
                raise error_at(
                    name.span,
                    f"invalid name for build stage: {quoted(name.text)}",
                    hint="a name begins with a letter; letters, digits, and the characters - _ . follow",
                )
        case _:
            raise error_at(node.code_span, "FROM requires either one or three arguments", hint="FROM image [AS name]")
    flags = Flags(node, {"platform": FlagKind.VALUE})
    return From(node=node, image=words[0], platform=flags.value("platform"), stage_name=stage_name)


def _arg(node: InstructionNode, escape: str) -> Instruction:
    """ARG; as in BuildKit, flags before the names are passed over."""
    words = _quoted_words(node, escape)
    if not words:
        raise _at_least_one(node)
    return Arg(node=node, declarations=tuple(_declaration(node, word) for word in words))


def _declaration(node: InstructionNode, word: tuple[int, int]) -> Declaration:
    first, last = word
    equals = node.line.text.find("=", first, last)
    if equals < 0:
        return Declaration(key=node.line.word(first, last), default=None)
    if equals == first:
        raise error_at(node.line.span(first, last), "ARG names can not be blank")
    return Declaration(key=node.line.word(first, equals), default=node.line.word(equals + 1, last))


def _env(node: InstructionNode, escape: str) -> Instruction:
    Flags(node, {})
    return Env(node=node, pairs=_pairs(node, escape))


def _label(node: InstructionNode, escape: str) -> Instruction:
    Flags(node, {})
    return Label(node=node, pairs=_pairs(node, escape))


def _pairs(node: InstructionNode, escape: str) -> tuple[Pair, ...]:
    """``name=value …``, or ``name value`` where the first word has no ``=``."""
    line = node.line
    words = _quoted_words(node, escape)
    if not words:
        raise _at_least_one(node)
    if "=" not in line.text[slice(*words[0])]:
        first, last = node.arguments
        blank = first_blank(line.text, first, last)
        if blank is None:
            raise _malformed(node.code_span, f"{node.name} must have two arguments", hint=f"{node.name} name=value")
        return (Pair(key=line.word(first, blank[0]), value=line.word(blank[1], last), legacy=True),)
    pairs = []
    for first, last in words:
        equals = line.text.find("=", first, last)
        if equals < 0:
            message = (
                f"syntax error: can't find = in {quoted(line.text[first:last])}, it must be of the form name=value"
            )
            raise _malformed(line.span(first, last), message, hint="a value with spaces needs quotes")
        if equals == first:
            raise error_at(line.span(first, last), f"{node.name} names can not be blank")
        pairs.append(Pair(key=line.word(first, equals), value=line.word(equals + 1, last)))
    return tuple(pairs)


def _run(node: InstructionNode, escape: str) -> Instruction:
    flags = Flags(node, _RUN_FLAGS)
    return Run(
        node=node,
        command=_command(node),
        mounts=tuple(parse_mount(word) for word in flags.values("mount")),
        network=_one_of(flags.value("network"), _NETWORKS, "invalid network mode"),
        security=_one_of(flags.value("security"), _SECURITIES, "invalid security mode"),
        devices=tuple(parse_device(word) for word in flags.values("device")),
    )


def _one_of(word: Word | None, choices: tuple[str, ...], message: str) -> str:
    if word is None:
        return choices[0]
    if word.text not in choices:
        hint = did_you_mean(word.text, choices) or f"one of {', '.join(choices)}"
        raise error_at(word.span, f"{message} {quoted(word.text)}", hint=hint)
    return word.text


def _copy(node: InstructionNode, escape: str) -> Instruction:
    words = _list_or_json(node)
    _require_destination(node, words)
    flags = Flags(node, _COPY_FLAGS)
    return Copy(
        node=node,
        sources=tuple(word for word in words[:-1] if not parse_heredoc(word.text)),
        files=_inline_files(node, words),
        destination=words[-1],
        chown=flags.value("chown"),
        chmod=flags.value("chmod"),
        link=flags.switch("link") or False,
        excludes=flags.values("exclude"),
        from_=flags.value("from"),
        parents=flags.switch("parents") or False,
    )


def _add(node: InstructionNode, escape: str) -> Instruction:
    words = _list_or_json(node)
    _require_destination(node, words)
    flags = Flags(node, _ADD_FLAGS)
    return Add(
        node=node,
        sources=tuple(word for word in words[:-1] if not parse_heredoc(word.text)),
        files=_inline_files(node, words),
        destination=words[-1],
        chown=flags.value("chown"),
        chmod=flags.value("chmod"),
        link=flags.switch("link") or False,
        excludes=flags.values("exclude"),
        checksum=flags.value("checksum"),
        keep_git_dir=flags.switch("keep-git-dir"),
        unpack=flags.switch("unpack"),
    )


def _require_destination(node: InstructionNode, words: list[Word]) -> None:
    if len(words) < 2:
        message = f"{node.name} requires at least two arguments, but only one was provided"
        if not words:
            message = f"{node.name} requires at least two arguments"
        raise error_at(node.code_span, message, hint=f"{node.name} source destination")


def _inline_files(node: InstructionNode, words: list[Word]) -> tuple[InlineFile, ...]:
    """The sources that are heredocs."""
    if parse_heredoc(words[-1].text):
        raise error_at(words[-1].span, f"{node.name} cannot accept a heredoc as a destination")
    contents = {heredoc.name: heredoc.content for heredoc in node.heredocs}
    chomped = {heredoc.name: heredoc.text for heredoc in node.heredocs}
    files = []
    for word in words[:-1]:
        if mark := parse_heredoc(word.text):
            content = (chomped if mark.chomp else contents).get(mark.name, "")
            files.append(InlineFile(name=mark.name, content=content, expand=mark.expand, word=word))
    return tuple(files)


def _workdir(node: InstructionNode, escape: str) -> Instruction:
    word = _only_argument(node)
    Flags(node, {})
    return Workdir(node=node, path=word)


def _user(node: InstructionNode, escape: str) -> Instruction:
    word = _only_argument(node)
    Flags(node, {})
    return User(node=node, user=word)


def _maintainer(node: InstructionNode, escape: str) -> Instruction:
    word = _only_argument(node)
    Flags(node, {})
    return Maintainer(node=node, author=word)


def _stopsignal(node: InstructionNode, escape: str) -> Instruction:
    """STOPSIGNAL; as in BuildKit, flags before the signal are passed over."""
    return Stopsignal(node=node, signal=_only_argument(node))


def _expose(node: InstructionNode, escape: str) -> Instruction:
    ports = _blank_words(node)
    if not ports:
        raise _at_least_one(node)
    Flags(node, {})
    return Expose(node=node, ports=tuple(sorted(ports, key=lambda word: word.text)))


def _volume(node: InstructionNode, escape: str) -> Instruction:
    words = _list_or_json(node)
    if not words:
        raise _at_least_one(node)
    Flags(node, {})
    paths = tuple(Word(word.text.strip(SPACE), word.span) for word in words)
    for path in paths:
        if not path.text:
            raise error_at(path.span, "VOLUME specified can not be an empty string")
    return Volume(node=node, paths=paths)


def _healthcheck(node: InstructionNode, escape: str) -> Instruction:
    """HEALTHCHECK; as in BuildKit, flags before NONE are passed over."""
    text = node.line.text
    first, last = node.arguments
    end = first
    while end < last and text[end] not in SPACE:
        end += 1
    if first == end:
        raise _at_least_one(node)
    command = _command(node, *trim(text, end, last))
    kind = text[first:end].upper()
    if kind == "NONE":
        if command.text.text and not (command.form is Form.EXEC and not command.args):
            raise error_at(command.text.span, "HEALTHCHECK NONE takes no arguments")
        return Healthcheck(node=node, command=None)
    flags = Flags(node, _HEALTHCHECK_FLAGS)
    if kind != "CMD":
        hint = "HEALTHCHECK CMD command, or HEALTHCHECK NONE"
        raise error_at(node.line.span(first, end), f"unknown type {quoted(kind)} in HEALTHCHECK (try CMD)", hint=hint)
    if not (command.args or (command.form is Form.SHELL and command.text.text)):
        raise error_at(node.code_span, "missing command after HEALTHCHECK CMD")
    return Healthcheck(
        node=node,
        command=command,
        interval_ns=_interval(flags, "interval"),
        timeout_ns=_interval(flags, "timeout"),
        start_period_ns=_interval(flags, "start-period"),
        start_interval_ns=_interval(flags, "start-interval"),
        retries=_retries(flags.value("retries")),
    )


def _interval(flags: Flags, name: str) -> int:
    word = flags.value(name)
    if word is None or not word.text:
        return 0
    try:
        duration = parse_duration(word.text)
    except ValueError as error:
        hint = "a duration is written like 30s or 1m30s"
        raise error_at(word.span, f"invalid duration {quoted(word.text)}: {error}", hint=hint) from error
    if duration and duration < _MIN_INTERVAL_NS:
        raise error_at(word.span, f"interval {name!r} cannot be less than 1ms")
    return duration


def _retries(word: Word | None) -> int:
    if word is None or not word.text:
        return 0
    digits = word.text.removeprefix("+").removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 10 or len(word.text) - len(digits) > 1:
        raise error_at(word.span, f"invalid number of retries {quoted(word.text)}")
    number = int(word.text)
    if number < 0:
        raise error_at(word.span, f"--retries cannot be negative ({number})")
    if number > _MAX_RETRIES:
        raise error_at(word.span, f"invalid number of retries {quoted(word.text)}: it is out of range")
    return number


def _entrypoint(node: InstructionNode, escape: str) -> Instruction:
    Flags(node, {})
    return Entrypoint(node=node, command=_command(node))


def _cmd(node: InstructionNode, escape: str) -> Instruction:
    Flags(node, {})
    return Cmd(node=node, command=_command(node))


def _shell(node: InstructionNode, escape: str) -> Instruction:
    Flags(node, {})
    command = _command(node)
    if command.form is not Form.EXEC and command.text.text:
        hint = 'SHELL ["/bin/bash", "-c"]'
        raise error_at(node.code_span, "SHELL requires the arguments to be in JSON form", hint=hint)
    if not command.args:
        raise _at_least_one(node)
    return Shell(node=node, args=command.args)


def _onbuild(node: InstructionNode, escape: str) -> Instruction:
    inner = trigger_node(node, escape)
    if inner is None:
        raise _at_least_one(node)
    Flags(node, {})
    if inner.name == "ONBUILD":
        raise error_at(inner.keyword.span, "chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    if inner.name in _NOT_TRIGGERS:
        raise error_at(inner.keyword.span, f"{inner.name} isn't allowed as an ONBUILD trigger")
    text = trigger_text(node)
    try:
        return Onbuild(node=node, text=text, instruction=interpret(inner, escape))
    except _MalformedError:
        raise
    except SourceError as error:
        return Onbuild(node=node, text=text, instruction=None, problems=error.problems)


def _command(node: InstructionNode, first: int | None = None, last: int | None = None) -> CommandLine:
    """The command in a range of the text, else in all of the arguments."""
    if first is None or last is None:
        first, last = node.arguments
    text = node.line.word(first, last)
    args = _json_words(node, first, last)
    if args is not None:
        return CommandLine(form=Form.EXEC, text=text, args=tuple(args))
    form = Form.HEREDOC if node.heredocs and parse_heredoc(text.text) else Form.SHELL
    return CommandLine(form=form, text=text, heredocs=node.heredocs)


def _json_words(node: InstructionNode, first: int, last: int) -> list[Word] | None:
    try:
        strings = parse_json_form(node.line.text, first, last)
    except NotStringsError:
        message = "when using JSON array syntax, arrays must be comprised of strings only"
        raise _malformed(node.line.span(first, last), message) from None
    if strings is None:
        return None
    return [Word(string.value, node.line.span(string.first, string.last)) for string in strings]


def _list_or_json(node: InstructionNode) -> list[Word]:
    words = _json_words(node, *node.arguments)
    return _blank_words(node) if words is None else words


def _blank_words(node: InstructionNode) -> list[Word]:
    return [node.line.word(*word) for word in split_blanks(node.line.text, *node.arguments)]


def _quoted_words(node: InstructionNode, escape: str) -> list[tuple[int, int]]:
    return list(split_words(node.line.text, *node.arguments, escape))


def _only_argument(node: InstructionNode) -> Word:
    word = node.argument_text
    if not word.text:
        raise error_at(node.code_span, f"{node.name} requires exactly one argument")
    return word


def _malformed(span: Span, message: str, hint: str | None = None) -> SourceError:
    return _MalformedError([Problem(span=span, message=message, hint=hint)])


def _at_least_one(node: InstructionNode) -> SourceError:
    return error_at(node.code_span, f"{node.name} requires at least one argument")


_Reader = Callable[[InstructionNode, str], Instruction]
_READERS: dict[str, _Reader] = {
    "ADD": _add,
    "ARG": _arg,
    "CMD": _cmd,
    "COPY": _copy,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "FROM": _from,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _label,
    "MAINTAINER": _maintainer,
    "ONBUILD": _onbuild,
    "RUN": _run,
    "SHELL": _shell,
    "STOPSIGNAL": _stopsignal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
INSTRUCTION_NAMES = tuple(_READERS)
"""The keywords of all instructions."""
