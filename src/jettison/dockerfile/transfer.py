"""COPY and ADD."""

from __future__ import annotations

from jettison.dockerfile.arguments import list_or_json
from jettison.dockerfile.flags import FlagKind, Flags
from jettison.dockerfile.heredoc import parse_heredoc
from jettison.dockerfile.instructions import Add, Copy, InlineFile
from jettison.dockerfile.syntax import InstructionNode
from jettison.text.diagnostics import error_at
from jettison.text.span import Word

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


def parse_copy(node: InstructionNode) -> Copy:
    """Read a COPY; raises :class:`SourceError`."""
    words = list_or_json(node)
    _require_destination(node, words)
    flags = Flags(node, _COPY_FLAGS)
    source = flags.value("from")
    return Copy(
        node=node,
        sources=tuple(word for word in words[:-1] if not parse_heredoc(word.text)),
        files=_inline_files(node, words),
        destination=words[-1],
        chown=flags.value("chown"),
        chmod=flags.value("chmod"),
        link=flags.switch("link") or False,
        excludes=flags.values("exclude"),
        from_=source if source is not None and source.text else None,
        parents=flags.switch("parents") or False,
    )


def parse_add(node: InstructionNode) -> Add:
    """Read an ADD; raises :class:`SourceError`."""
    words = list_or_json(node)
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
