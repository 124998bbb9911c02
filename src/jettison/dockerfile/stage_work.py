"""What every instruction of a stage is carried out with: its variables, its paths, its place in the graph."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from itertools import islice

from jettison.dockerfile.expand import DOCUMENT, ExpandError, Expansion, ShellLexer, expand_at, failed_expansion
from jettison.dockerfile.instructions import InlineFile, Instruction
from jettison.dockerfile.stage_state import Graph, StageState
from jettison.dockerfile.trace import Expanded
from jettison.errors import JettisonError
from jettison.hints import Protocol
from jettison.model.op import Op, Vertex
from jettison.text.diagnostics import SourceError, error_at, excerpt
from jettison.text.secrets import without_credentials
from jettison.text.span import Word

_SHOWN = ShellLexer(raw_quotes=True, keep_unset=True)
_MASK = "****"

_MAX_KNOWN = 200
"""How many variables are told of where one is undefined: the names that may have been meant."""


class FindSource(Protocol):
    """Finds what COPY --from and RUN --mount=from name."""

    def __call__(self, name: Word, *, by_number: bool) -> int | None:
        """The vertex that a name leads to, or the number of a stage where ``by_number``; None for an empty tree."""
        ...


class StageWork:
    """One stage at work."""

    def __init__(
        self,
        *,
        state: StageState,
        graph: Graph,
        escape: str,
        build_args: Mapping[str, str],
        ignore_cache: bool,
        find_source: FindSource,
    ) -> None:
        self.state = state
        self.graph = graph
        self.build_args = build_args
        self.find_source = find_source
        self.in_trigger = False
        """Whether the instructions at work are ONBUILD triggers of the base."""
        self.expanded: list[Expanded] = []
        """What was expanded for the instruction at work."""
        self._escape = escape
        self._ignore_cache = ignore_cache

    def expand(self, word: Word) -> str:
        """A word as one value."""
        try:
            expansion = expand_at(word, self.state.scope.variables, self._escape)
        except SourceError as error:
            if (failed := failed_expansion(error)) is not None:
                self._expanded(word, failed, failed=True)
            raise
        return self._expanded(word, expansion).text

    def expand_words(self, word: Word) -> tuple[str, ...]:
        """A word as the values that it splits into; as in BuildKit, nobody asks whether its variables are defined."""
        expansion = expand_at(word, self.state.scope.variables, self._escape)
        self.expanded.append(Expanded(word, expansion, (), ()))
        return expansion.words

    def expand_document(self, file: InlineFile) -> str:
        """The content of a heredoc of COPY or ADD."""
        if not file.expand:
            return file.content
        try:
            expansion = DOCUMENT.expand(file.content, self.state.scope.variables)
        except ExpandError as error:
            line = file.content.count("\n", 0, error.offset) + 1
            hint = f"a dollar of the content is written \\$, or all of it with <<'{file.name}'"
            raise error_at(
                file.word.span, f"cannot expand line {line} of the heredoc: {error.message}", hint=hint
            ) from error
        return self._expanded(file.word, expansion).text

    def _expanded(self, word: Word, expansion: Expansion, *, failed: bool = False) -> Expansion:
        scope = self.state.scope
        undefined = tuple(sorted(name for name in expansion.unset if name not in scope.declared))
        known = tuple(islice(scope.variables, _MAX_KNOWN)) if undefined else ()
        self.expanded.append(Expanded(word, None if failed else expansion, undefined, known))
        return expansion

    def absolute(self, path: str) -> str:
        """A path relative to the working directory; a trailing slash is kept, ``.`` is a directory."""
        if path in ("", "."):
            path = "./"
        joined = posixpath.normpath(posixpath.join("/", self.state.directory, path))
        joined = "/" + joined.lstrip("/")
        return f"{joined}/" if path.endswith(("/", "/.")) and joined != "/" else joined

    def add_vertex(
        self,
        op: Op,
        inputs: Sequence[int | None],
        instruction: Instruction,
        *,
        ambient_env: tuple[tuple[str, str], ...] = (),
        remark: str = "",
        masked: Sequence[str] = (),
    ) -> int:
        """A vertex for an instruction, shown as the next step of its stage; returns its number.

        ``remark`` is shown behind the instruction. The values of ``masked`` variables are shown as stars: they are
        secrets that only the command will have.
        """
        trigger = "ONBUILD " if self.in_trigger else ""
        span = instruction.span
        vertex = Vertex(
            op=op,
            inputs=tuple(inputs),
            name=self.state.prefixed(trigger + self._shown(instruction, remark, masked)),
            stage=self.state.label,
            location=span.location,
            excerpt=f"{span.location}\n{excerpt(span)}",
            ignore_cache=self._ignore_cache,
            ambient_env=ambient_env,
        )
        number = self.graph.add(vertex)
        self.state.own_vertices.append(number)
        return number

    def _shown(self, instruction: Instruction, remark: str, masked: Sequence[str]) -> str:
        """The instruction on one line with the variables that are known."""
        words = instruction.code.split(None, 1)
        text = " ".join([instruction.name, *words[1:]]) + remark
        variables = self.state.scope.variables
        if masked:
            variables = variables.on_top()
            variables.update(dict.fromkeys(masked, _MASK))
        try:
            text = _SHOWN.expand(text, variables).text
        except JettisonError:
            pass  # it is shown as it is written
        return without_credentials(text)
