"""What one instruction means: from a node of the tree to a typed value (BuildKit: ``instructions/parse.go``).

Each reader raises :class:`SourceError` for the first thing that is wrong with its instruction, in BuildKit's order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jettison.dockerfile.arguments import (
    MalformedError,
    at_least_one,
    blank_words,
    command_line,
    key_value_pairs,
    list_or_json,
    only_argument,
    quoted_words,
)
from jettison.dockerfile.flags import FlagKind, Flags
from jettison.dockerfile.head import trigger_node, trigger_text
from jettison.dockerfile.instructions import (
    Arg,
    Cmd,
    Declaration,
    Entrypoint,
    Env,
    Expose,
    Form,
    From,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from jettison.dockerfile.syntax import InstructionNode
from jettison.dockerfile.transfer import parse_add, parse_copy
from jettison.dockerfile.words import SPACE
from jettison.hints import TYPE_CHECKING
from jettison.patterns import late_pattern
from jettison.text.diagnostics import SourceError, error_at, quoted
from jettison.text.span import Word
from jettison.text.suggest import did_you_mean

if TYPE_CHECKING:
    from jettison.dockerfile.mounts import Device, MountSpec

_STAGE_NAME = late_pattern(r"[a-z][a-z0-9_.-]*")
_NETWORKS = ("default", "none", "host")
_SECURITIES = ("sandbox", "insecure")
_NOT_TRIGGERS = ("FROM", "MAINTAINER")

_RUN_FLAGS = {
    "mount": FlagKind.LIST,
    "network": FlagKind.VALUE,
    "security": FlagKind.VALUE,
    "device": FlagKind.LIST,
}


def interpret(node: InstructionNode) -> Instruction:
    """The typed instruction; raises :class:`SourceError`."""
    read = _READERS.get(node.name)
    if read is None:
        hint = did_you_mean(node.name, _READERS)
        raise error_at(node.keyword.span, f"unknown instruction: {node.keyword.text}", hint=hint)
    return read(node)


def _from(node: InstructionNode) -> Instruction:
    words = blank_words(node)
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


def _arg(node: InstructionNode) -> Instruction:
    """ARG; as in BuildKit, flags before the names are passed over."""
    words = quoted_words(node)
    if not words:
        raise at_least_one(node)
    return Arg(node=node, declarations=tuple(_declaration(node, word) for word in words))


def _declaration(node: InstructionNode, word: tuple[int, int]) -> Declaration:
    first, last = word
    equals = node.line.text.find("=", first, last)
    if equals < 0:
        return Declaration(key=node.line.word(first, last), default=None)
    if equals == first:
        raise error_at(node.line.span(first, last), "ARG names can not be blank")
    return Declaration(key=node.line.word(first, equals), default=node.line.word(equals + 1, last))


def _env(node: InstructionNode) -> Instruction:
    Flags(node, {})
    return Env(node=node, pairs=key_value_pairs(node))


def _label(node: InstructionNode) -> Instruction:
    Flags(node, {})
    return Label(node=node, pairs=key_value_pairs(node))


def _run(node: InstructionNode) -> Instruction:
    flags = Flags(node, _RUN_FLAGS)
    return Run(
        node=node,
        command=command_line(node),
        mounts=_mounts(flags.values("mount")),
        network=_one_of(flags.value("network"), _NETWORKS, "invalid network mode"),
        security=_one_of(flags.value("security"), _SECURITIES, "invalid security mode"),
        devices=_devices(flags.values("device")),
    )


def _mounts(words: Sequence[Word]) -> tuple[MountSpec, ...]:
    if not words:
        return ()
    from jettison.dockerfile.mounts import parse_mount

    return tuple(parse_mount(word) for word in words)


def _devices(words: Sequence[Word]) -> tuple[Device, ...]:
    if not words:
        return ()
    from jettison.dockerfile.mounts import parse_device

    return tuple(parse_device(word) for word in words)


def _one_of(word: Word | None, choices: tuple[str, ...], message: str) -> str:
    if word is None:
        return choices[0]
    if word.text not in choices:
        hint = did_you_mean(word.text, choices) or f"one of {', '.join(choices)}"
        raise error_at(word.span, f"{message} {quoted(word.text)}", hint=hint)
    return word.text


def _workdir(node: InstructionNode) -> Instruction:
    word = only_argument(node)
    Flags(node, {})
    return Workdir(node=node, path=word)


def _user(node: InstructionNode) -> Instruction:
    word = only_argument(node)
    Flags(node, {})
    return User(node=node, user=word)


def _maintainer(node: InstructionNode) -> Instruction:
    word = only_argument(node)
    Flags(node, {})
    return Maintainer(node=node, author=word)


def _stopsignal(node: InstructionNode) -> Instruction:
    """STOPSIGNAL; as in BuildKit, flags before the signal are passed over."""
    return Stopsignal(node=node, signal=only_argument(node))


def _expose(node: InstructionNode) -> Instruction:
    ports = blank_words(node)
    if not ports:
        raise at_least_one(node)
    Flags(node, {})
    return Expose(node=node, ports=tuple(sorted(ports, key=lambda word: word.text)))


def _volume(node: InstructionNode) -> Instruction:
    words = list_or_json(node)
    if not words:
        raise at_least_one(node)
    Flags(node, {})
    paths = tuple(Word(word.text.strip(SPACE), word.span) for word in words)
    for path in paths:
        if not path.text:
            raise error_at(path.span, "VOLUME specified can not be an empty string")
    return Volume(node=node, paths=paths)


def _entrypoint(node: InstructionNode) -> Instruction:
    Flags(node, {})
    return Entrypoint(node=node, command=command_line(node))


def _cmd(node: InstructionNode) -> Instruction:
    Flags(node, {})
    return Cmd(node=node, command=command_line(node))


def _shell(node: InstructionNode) -> Instruction:
    Flags(node, {})
    command = command_line(node)
    if command.form is not Form.EXEC and command.text.text:
        hint = 'SHELL ["/bin/bash", "-c"]'
        raise error_at(node.code_span, "SHELL requires the arguments to be in JSON form", hint=hint)
    if not command.args:
        raise at_least_one(node)
    return Shell(node=node, args=command.args)


def _onbuild(node: InstructionNode) -> Instruction:
    inner = trigger_node(node)
    if inner is None:
        raise at_least_one(node)
    Flags(node, {})
    if inner.name == "ONBUILD":
        raise error_at(inner.keyword.span, "chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    if inner.name in _NOT_TRIGGERS:
        raise error_at(inner.keyword.span, f"{inner.name} isn't allowed as an ONBUILD trigger")
    text = trigger_text(node)
    try:
        return Onbuild(node=node, text=text, instruction=interpret(inner))
    except MalformedError:
        raise
    except SourceError as error:
        return Onbuild(node=node, text=text, instruction=None, problems=error.problems)


def _healthcheck(node: InstructionNode) -> Instruction:
    from jettison.dockerfile.healthcheck import parse_healthcheck

    return parse_healthcheck(node)


_Reader = Callable[[InstructionNode], Instruction]
_READERS: dict[str, _Reader] = {
    "ADD": parse_add,
    "ARG": _arg,
    "CMD": _cmd,
    "COPY": parse_copy,
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
