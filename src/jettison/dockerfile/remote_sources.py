"""Sources of ADD that are fetched: files of web servers and git repositories, told apart from paths."""

from __future__ import annotations

import posixpath

from jettison.dockerfile.git_ref import git_op, parse_git_ref, with_flags
from jettison.dockerfile.instructions import Add, FileTransfer
from jettison.dockerfile.stage_work import StageWork
from jettison.errors import JettisonError
from jettison.model.digest import Digest
from jettison.model.op import GitOp, HttpOp
from jettison.text.diagnostics import error_at
from jettison.text.span import Word

_WEB = ("http://", "https://")


class RemoteSources:
    """What the sources of one instruction fetch."""

    def __init__(self, instruction: FileTransfer, work: StageWork) -> None:
        """Raises an error for a ``--checksum`` that cannot be of all sources."""
        self._instruction = instruction
        self._checksum: str | None = None
        if isinstance(instruction, Add) and instruction.checksum is not None:
            self._checksum = work.expand(instruction.checksum)
            if len(instruction.sources) != 1:
                raise error_at(
                    instruction.checksum.span,
                    "checksum can't be specified for multiple sources",
                    hint="write one ADD for each",
                )

    def find(self, source: str, word: Word) -> HttpOp | GitOp | None:
        """The operation that fetches ``source``, None where it is a path."""
        op = self._parse(source, word)
        if op is not None and not isinstance(self._instruction, Add):
            what = "a URL" if isinstance(op, HttpOp) else "a git ref"
            raise error_at(word.span, f"source can't be {what} for COPY", hint="ADD fetches URLs and repositories")
        if op is None and self._checksum is not None:
            raise error_at(word.span, "checksum requires HTTP(S) or Git sources", hint="leave --checksum out")
        return op

    def _parse(self, source: str, word: Word) -> HttpOp | GitOp | None:
        try:
            found = parse_git_ref(source)
            if found is not None and not found.is_shorthand:
                keep = self._instruction.keep_git_dir if isinstance(self._instruction, Add) else None
                return git_op(with_flags(found, checksum=self._checksum, keep_git_dir=keep))
            if not source.startswith(_WEB):
                return None
            checksum = None if self._checksum is None else Digest.parse(self._checksum)
        except JettisonError as error:
            raise error_at(word.span, error.message, hint=error.hint) from error
        return HttpOp(url=source, filename=_file_name(source), checksum=checksum)


def _file_name(url: str) -> str:
    """The name that a file has in a directory: the last component of the decoded path (Go's ``path.Base``)."""
    path = url.partition("#")[0].partition("?")[0].partition("://")[2].partition("/")[2]
    from urllib.parse import unquote

    name = posixpath.basename(unquote(path, errors="surrogateescape").rstrip("/"))
    return "__unnamed__" if name in ("", ".", "..") or "\0" in name else name
