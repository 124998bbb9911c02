"""The vertices of COPY, ADD and WORKDIR (BuildKit: ``dispatchCopy``, ``dispatchWorkdir``)."""

from __future__ import annotations

from jettison.dockerfile.git_ref import shown_repository
from jettison.dockerfile.glob import has_wildcards
from jettison.dockerfile.instructions import Add, Copy, FileTransfer, Workdir
from jettison.dockerfile.remote_sources import RemoteSources
from jettison.dockerfile.stage_work import StageWork
from jettison.errors import JettisonError
from jettison.frozen import replace
from jettison.hints import TYPE_CHECKING
from jettison.model.entry import parse_image_path
from jettison.model.op import CopyAction, FileOp, GitOp, HttpOp, InlineOp, MakeDirectory, MergeOp, Vertex
from jettison.model.users import names_in_owner
from jettison.text.diagnostics import error_at, excerpt
from jettison.text.secrets import without_credentials
from jettison.text.span import Word
from jettison.tuples import NamedTuple

if TYPE_CHECKING:
    from jettison.model.mode import ModeChanges

_MAX_MODE = 0o7777


class Transferred(NamedTuple):
    """What a COPY or ADD came to."""

    root: int
    """The vertex of the files after it."""
    layer: int
    """The vertex that wrote the layer; another one with ``--link``."""
    text: str
    """For the history."""


class FileVertices:
    """Adds vertices that change files without running anything."""

    def __init__(self, work: StageWork) -> None:
        self._work = work

    def copy(self, instruction: Copy) -> Transferred:
        """COPY; see :class:`Transferred`."""
        return self._transfer(instruction, unpack=False)

    def add(self, instruction: Add) -> Transferred:
        """ADD; see :class:`Transferred`."""
        return self._transfer(instruction, unpack=instruction.unpack is not False)

    def make_working_dir(self, instruction: Workdir) -> int:
        """WORKDIR: the directory of the config, which is set already."""
        state = self._work.state
        self._check_owner(state.run.user, state.root, instruction.path, "USER ")
        mtime_ns = (self._work.graph.epoch or 0) * 10**9
        action = MakeDirectory(path=state.directory, owner=state.run.user, mtime_ns=mtime_ns)
        return self._work.add_vertex(FileOp(actions=(action,)), [state.root], instruction)

    def _transfer(self, instruction: FileTransfer, *, unpack: bool) -> Transferred:
        work = self._work
        destination_text = work.expand(instruction.destination)
        destination = work.absolute(destination_text)
        chown = work.expand(instruction.chown) if instruction.chown else ""
        chmod = work.expand(instruction.chmod) if instruction.chmod else ""
        mode = _parse_mode(chmod, instruction.chmod) if chmod and instruction.chmod else None
        excludes = tuple(_pattern(word) for word in instruction.excludes)
        told = [instruction.name]
        told += ["--parents"] if isinstance(instruction, Copy) and instruction.parents else []
        told += [f"--chown={chown}"] if chown else []
        told += [f"--chmod={chmod}"] if chmod else []
        # as in BuildKit a mode that is given takes --link back
        root = None if instruction.link and not chmod else work.state.root
        self._check_owner(chown, root, instruction.chown, "--chown=")
        inputs: list[int | None] = [root]
        places: dict[int | None, int] = {}
        actions: list[CopyAction] = []
        remote = RemoteSources(instruction, work)
        for word in instruction.sources:
            source = work.expand(word)
            fetched = remote.find(source, word)
            told.append(source if fetched is None else without_credentials(source))
            actions.append(
                self._local(instruction, word, source, inputs, places, unpack=unpack)
                if fetched is None
                else self._remote(fetched, word, instruction, inputs)
            )
        for file in instruction.files:
            content = work.expand_document(file)
            inline = InlineOp(filename=parse_image_path(file.name), data=content.encode("utf-8", "surrogateescape"))
            inputs.append(work.graph.add(Vertex(op=inline, name="[internal] preparing inline document")))
            actions.append(_single_file(len(inputs) - 1, inline.filename))
            told.append(f"<<{file.name}")
        told.append(destination_text)
        self._check_destination(instruction, len(actions), destination_text)
        op = FileOp(
            actions=tuple(
                replace(action, destination=destination, excludes=excludes, chown=chown or None, mode=mode)
                for action in actions
            )
        )
        copied = work.add_vertex(op, inputs, instruction)
        below = work.state.root
        merged = copied if root == below else self._merge(below, copied)
        return Transferred(root=merged, layer=copied, text=" ".join(told))

    def _merge(self, below: int | None, copied: int) -> int:
        """The layer of a ``--link`` on the files so far."""
        graph = self._work.graph
        return graph.add(replace(graph.vertices[copied], op=MergeOp(), inputs=(below, copied)))

    def _check_owner(self, owner: str, root: int | None, word: Word | None, flag: str) -> None:
        """Names are looked up in the files below; where there are none, BuildKit fails too."""
        if root is None and word is not None and (names := names_in_owner(owner)):
            raise error_at(
                word.span,
                f"{flag}{owner}: there is no /etc/passwd to look {names[0]!r} up in (invalid user index: -1)",
                hint="write numbers: neither an empty image nor --link has files below",
            )

    def _check_destination(self, instruction: FileTransfer, sources: int, destination: str) -> None:
        """Several sources to what need not be a directory: BuildKit builds it, and the last file wins."""
        if sources < 2 or destination in (".", "") or destination.endswith(("/", "/.")):
            return
        comment = next((word for word in instruction.sources if word.text.startswith("#")), None)
        text = f"when using {instruction.name} with more than one source file, the destination must be a directory"
        text += " and end with a /"
        if comment is not None:
            hint = "a # behind an instruction does not begin a comment: give it a line of its own"
            raise error_at(comment.span, text, hint=hint)
        warning = f"{text}: files replace each other at {destination}; write {destination}/"
        self._work.graph.warnings.append((warning, instruction.destination.span.location))

    def _local(
        self,
        instruction: FileTransfer,
        word: Word,
        source: str,
        inputs: list[int | None],
        places: dict[int | None, int],
        *,
        unpack: bool,
    ) -> CopyAction:
        work = self._work
        if isinstance(instruction, Copy) and instruction.from_ is not None:
            vertex = work.find_source(instruction.from_, by_number=True)
        else:
            vertex = work.graph.context("context")
        if vertex not in places:
            places[vertex] = len(inputs)
            inputs.append(vertex)
        number = places[vertex]
        if isinstance(instruction, Copy) and instruction.parents:
            return _with_parents(number, source, word)
        return CopyAction(input=number, sources=(parse_image_path(source),), destination="", unpack=unpack)

    def _remote(
        self, op: HttpOp | GitOp, word: Word, instruction: FileTransfer, inputs: list[int | None]
    ) -> CopyAction:
        shown = op.filename if isinstance(op, HttpOp) else shown_repository(op)
        vertex = Vertex(
            op=op,
            name=f"[internal] fetch {shown}",
            location=word.span.location,
            excerpt=f"{word.span.location}\n{excerpt(word.span)}",
        )
        inputs.append(self._work.graph.add(vertex))
        number = len(inputs) - 1
        if isinstance(op, GitOp):
            return _single_file(number, "")
        return _single_file(number, op.filename, unpack=isinstance(instruction, Add) and instruction.unpack is True)


def _single_file(number: int, filename: str, *, unpack: bool = False) -> CopyAction:
    return CopyAction(input=number, sources=(filename,), destination="", wildcards=False, unpack=unpack)


def _with_parents(number: int, source: str, word: Word) -> CopyAction:
    """A source of ``COPY --parents``: what stands behind ``/./`` is a pattern below what stands before it."""
    base, pivot, pattern = source.partition("/./")
    if not pivot:
        base, pattern = "", source
    pattern = parse_image_path(pattern)
    _checked(pattern, word)
    return CopyAction(
        input=number,
        sources=(parse_image_path(base),),
        destination="",
        includes=(pattern,),
        required=not has_wildcards(source),
    )


def _pattern(word: Word) -> str:
    """A pattern of ``--exclude``, in which variables are not replaced."""
    _checked(word.text, word)
    return word.text


def _checked(pattern: str, word: Word) -> None:
    from jettison.dockerfile.ignore import IgnorePatterns

    try:
        IgnorePatterns([pattern])
    except JettisonError as error:
        raise error_at(word.span, error.message, hint=error.hint) from error


def _parse_mode(text: str, word: Word) -> int | ModeChanges:
    if all(digit in "01234567" for digit in text) and int(text, 8) <= _MAX_MODE:
        return int(text, 8)
    if text[0] in "0123456789":
        raise error_at(
            word.span, f"invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777"
        )
    from jettison.model.mode import ModeChanges

    try:
        return ModeChanges(text=text)
    except JettisonError as error:
        raise error_at(word.span, error.message, hint=error.hint) from error
