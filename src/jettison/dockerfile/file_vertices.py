"""The vertices of COPY, ADD and WORKDIR (BuildKit: ``dispatchCopy``, ``dispatchWorkdir``)."""

from __future__ import annotations

from jettison.dockerfile.git_ref import shown_repository
from jettison.dockerfile.instructions import Add, Copy, FileTransfer, Workdir
from jettison.dockerfile.remote_sources import RemoteSources
from jettison.dockerfile.stage_work import StageWork
from jettison.model.entry import parse_image_path
from jettison.model.op import CopyAction, FileOp, GitOp, HttpOp, InlineOp, MakeDirectory, Vertex
from jettison.text.diagnostics import error_at, excerpt
from jettison.text.span import Word

_MAX_MODE = 0o7777


class FileVertices:
    """Adds vertices that change files without running anything."""

    def __init__(self, work: StageWork) -> None:
        self._work = work

    def copy(self, instruction: Copy) -> tuple[int, str]:
        """COPY; returns the vertex and the history's text."""
        if instruction.parents:
            raise error_at(instruction.span, "COPY --parents is not supported yet", hint="name the folders one by one")
        return self._transfer(instruction, unpack=False)

    def add(self, instruction: Add) -> tuple[int, str]:
        """ADD; returns the vertex and the history's text."""
        return self._transfer(instruction, unpack=instruction.unpack is not False)

    def make_working_dir(self, instruction: Workdir) -> int:
        """WORKDIR: the directory of the config, which is set already."""
        state = self._work.state
        action = MakeDirectory(path=state.directory, owner=state.run.user)
        return self._work.add_vertex(FileOp(actions=(action,)), [state.root], instruction)

    def _transfer(self, instruction: FileTransfer, *, unpack: bool) -> tuple[int, str]:
        self._refuse_not_yet(instruction)
        work = self._work
        destination_text = work.expand(instruction.destination)
        destination = work.absolute(destination_text)
        chown = work.expand(instruction.chown) if instruction.chown else None
        chmod = work.expand(instruction.chmod) if instruction.chmod else None
        mode = _parse_mode(chmod, instruction.chmod) if chmod and instruction.chmod else None
        told = [instruction.name]
        told += [f"--chown={chown}"] if chown else []
        told += [f"--chmod={chmod}"] if chmod else []
        inputs: list[int | None] = [work.state.root]
        actions: list[CopyAction] = []
        remote = RemoteSources(instruction, work)
        for word in instruction.sources:
            source = work.expand(word)
            told.append(source)
            fetched = remote.find(source, word)
            actions.append(
                self._local(instruction, source, inputs, unpack=unpack)
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
                CopyAction(
                    input=action.input,
                    sources=action.sources,
                    destination=destination,
                    wildcards=action.wildcards,
                    chown=chown,
                    mode=mode,
                    unpack=action.unpack,
                )
                for action in actions
            )
        )
        return work.add_vertex(op, inputs, instruction), " ".join(told)

    def _refuse_not_yet(self, instruction: FileTransfer) -> None:
        if instruction.link:
            raise error_at(instruction.span, f"{instruction.name} --link is not supported yet", hint="leave --link out")
        if instruction.excludes:
            raise error_at(
                instruction.excludes[0].span,
                f"{instruction.name} --exclude is not supported yet",
                hint="put the pattern into .dockerignore",
            )

    def _check_destination(self, instruction: FileTransfer, sources: int, destination: str) -> None:
        if sources < 2 or destination in (".", "") or destination.endswith(("/", "/.")):
            return
        comment = next((word for word in instruction.sources if word.text.startswith("#")), None)
        hint = f"write {destination}/"
        if comment is not None:
            hint = "a # behind an instruction does not begin a comment: give it a line of its own"
        raise error_at(
            instruction.destination.span if comment is None else comment.span,
            f"when using {instruction.name} with more than one source file, the destination must be a directory"
            " and end with a /",
            hint=hint,
        )

    def _local(self, instruction: FileTransfer, source: str, inputs: list[int | None], *, unpack: bool) -> CopyAction:
        work = self._work
        if isinstance(instruction, Copy) and instruction.from_ is not None:
            vertex = work.find_source(instruction.from_, by_number=True)
        else:
            vertex = work.graph.context("context")
        if vertex in inputs[1:]:
            number = inputs.index(vertex, 1)
        else:
            inputs.append(vertex)
            number = len(inputs) - 1
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


def _parse_mode(text: str, word: Word) -> int:
    if text and all(digit in "01234567" for digit in text) and int(text, 8) <= _MAX_MODE:
        return int(text, 8)
    if text and text[0].isdigit():
        raise error_at(
            word.span, f"invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777"
        )
    raise error_at(word.span, f"a symbolic --chmod={text} is not supported yet", hint="write the mode as octal digits")
