"""HEALTHCHECK."""

from __future__ import annotations

from jettison.dockerfile.arguments import at_least_one, command_line
from jettison.dockerfile.flags import FlagKind, Flags
from jettison.dockerfile.instructions import Form, Healthcheck
from jettison.dockerfile.syntax import InstructionNode
from jettison.dockerfile.words import SPACE, trim
from jettison.text.diagnostics import error_at, quoted
from jettison.text.durations import parse_duration
from jettison.text.span import Word

_MIN_INTERVAL_NS = 1_000_000
_MAX_RETRIES = 2**31 - 1

_HEALTHCHECK_FLAGS = {
    "interval": FlagKind.VALUE,
    "timeout": FlagKind.VALUE,
    "start-period": FlagKind.VALUE,
    "start-interval": FlagKind.VALUE,
    "retries": FlagKind.VALUE,
}


def parse_healthcheck(node: InstructionNode) -> Healthcheck:
    """Read a HEALTHCHECK; as in BuildKit, flags before NONE are passed over. Raises :class:`SourceError`."""
    text = node.line.text
    first, last = node.arguments
    end = first
    while end < last and text[end] not in SPACE:
        end += 1
    if first == end:
        raise at_least_one(node)
    command = command_line(node, *trim(text, end, last))
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
        raise error_at(word.span, f"--{name} cannot be less than 1ms")
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
