"""The instructions of one stage, carried out: each changes the config, adds a vertex, or both, and tells the history.

Source: BuildKit ``dockerfile2llb`` (``dispatch`` and what it calls).
"""

from __future__ import annotations

import math
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod

from jettison.dockerfile import effects
from jettison.dockerfile.diagnostics import SourceError, error_at, excerpt
from jettison.dockerfile.expand import ShellLexer, expand_at
from jettison.dockerfile.file_vertices import FileVertices
from jettison.dockerfile.instructions import (
    Add,
    Arg,
    Cmd,
    CommandLine,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Form,
    Healthcheck,
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
from jettison.dockerfile.run_vertex import run_vertex
from jettison.dockerfile.scope import Scope
from jettison.dockerfile.span import Word
from jettison.errors import JettisonError
from jettison.model import config
from jettison.model.config import HistoryEntry, ImageConfig, RunConfig
from jettison.model.definition import Step
from jettison.model.op import ContextOp, Op, Vertex
from jettison.model.platform import Platform

_COMMENT = "buildkit.dockerfile.v0"
_SUFFIX = " # buildkit"
_SHOWN = ShellLexer(raw_quotes=True, keep_unset=True)


@dataclass(slots=True)
class Graph:
    """The vertices of all stages while they are being made."""

    network: str = "default"
    extra_hosts: tuple[tuple[str, str], ...] = ()
    vertices: list[Vertex] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    """Message and location."""
    _contexts: dict[str, int] = field(default_factory=dict)

    def add(self, vertex: Vertex) -> int:
        """Add a vertex; returns its number."""
        self.vertices.append(vertex)
        return len(self.vertices) - 1

    def context(self, name: str) -> int:
        """The vertex of a build context, made at its first use."""
        if name not in self._contexts:
            shown = "[internal] load build context" if name == "context" else f"[internal] load build context {name}"
            self._contexts[name] = self.add(Vertex(op=ContextOp(name=name), name=shown))
        return self._contexts[name]


@dataclass(slots=True)
class StageState:
    """A stage between two of its instructions."""

    base: ImageConfig
    """The config that the image begins with; that of the first base where stages are built on stages."""
    run: RunConfig
    author: str
    scope: Scope
    root: int | None
    """The vertex of the files so far; None for none."""
    platform: Platform
    label: str
    """What stands before the step numbers: ``builder``."""
    total: int
    """How many steps are shown."""
    steps: list[Step] = field(default_factory=list)
    own_vertices: list[int] = field(default_factory=list)
    index: int = 0
    cmd_set: bool = False

    @classmethod
    def new(cls, base: ImageConfig, *, label: str, total: int, platform: Platform) -> StageState:
        """The beginning of a stage on an image."""
        scope = Scope(variables=base.run.environment())
        return cls(
            base=base,
            run=base.run,
            author=base.author,
            scope=scope,
            root=None,
            platform=platform,
            label=label,
            total=total,
        )

    def continued(self, *, label: str, total: int) -> StageState:
        """The beginning of a stage on this one, which is finished."""
        return replace(
            self,
            run=replace(self.run, on_build=()),
            scope=self.scope.inherit(),
            label=label,
            total=total,
            steps=list(self.steps),
            own_vertices=[],
            index=0,
            cmd_set=False,
        )

    def prefixed(self, text: str) -> str:
        """The name of the next step: ``[builder 2/5] RUN make``."""
        if not self.total:
            return text
        self.index += 1
        width = 1 + int(math.log10(self.total))
        label = f"{self.label} " if self.label else ""
        return f"[{label}{self.index:>{width}}/{self.total}] {text}"


FindSource = Callable[[Word, bool], int | None]
"""The vertex that a source name leads to, by number too where the flag is set; None for an empty tree."""


class StageBuilder:
    """Carries out instructions on a :class:`StageState`."""

    def __init__(
        self,
        *,
        state: StageState,
        graph: Graph,
        escape: str,
        build_args: Mapping[str, str],
        global_args: Mapping[str, str],
        ignore_cache: bool,
        triggers: int,
        find_source: FindSource,
    ) -> None:
        self.state = state
        self.graph = graph
        self.build_args = build_args
        self.find_source = find_source
        self._escape = escape
        self._global_args = global_args
        self._ignore_cache = ignore_cache
        self._triggers = triggers
        self._files = FileVertices(self)

    def run(self, instructions: Sequence[Instruction]) -> None:
        """Carry out all instructions of the stage; the first ones are the triggers of its base."""
        for number, instruction in enumerate(instructions):
            self._is_trigger = number < self._triggers
            try:
                self._do(instruction)
            except SourceError:
                raise
            except JettisonError as error:
                raise error_at(instruction.span, error.message, hint=error.hint) from error

    def expand(self, word: Word) -> str:
        """A word as one value."""
        return expand_at(word, self.state.scope.variables, self._escape).text

    def absolute(self, path: str) -> str:
        """A path relative to the working directory; a trailing slash is kept, ``.`` is the directory itself."""
        if path in ("", "."):
            path = "./"
        joined = posixpath.normpath(posixpath.join("/", self.state.run.working_dir or "/", path))
        joined = "/" + joined.lstrip("/")
        return f"{joined}/" if path.endswith("/") and joined != "/" else joined

    def add_vertex(self, op: Op, inputs: Sequence[int | None], instruction: Instruction, **extra: object) -> int:
        """A vertex for an instruction, shown as the next step of its stage."""
        trigger = "ONBUILD " if self._is_trigger else ""
        span = instruction.span
        vertex = Vertex(
            op=op,
            inputs=tuple(inputs),
            name=self.state.prefixed(trigger + self._shown(instruction)),
            stage=self.state.label,
            location=span.location,
            excerpt=f"{span.location}\n{excerpt(span)}",
            ignore_cache=self._ignore_cache,
        )
        if extra:
            vertex = replace(vertex, **extra)  # type: ignore[arg-type]
        number = self.graph.add(vertex)
        self.state.own_vertices.append(number)
        return number

    def record(self, text: str, vertex: int | None = None, *, comment: str = _COMMENT) -> None:
        """Tell the history of an instruction; with its vertex where it makes a layer."""
        entry = HistoryEntry(created_by=text, comment=comment, empty_layer=vertex is None)
        self.state.steps.append(Step(history=entry, vertex=vertex))

    def arguments(self, command: CommandLine) -> tuple[str, ...]:
        """What is executed: an exec form as it is, everything else by the shell."""
        if command.form is Form.EXEC:
            return command.strings
        return effects.with_shell(self.state.run, command.script)

    def _apply(self, effect: effects.Effect) -> None:
        self.state.run, text = effect
        self.record(text)

    def _shown(self, instruction: Instruction) -> str:
        """The instruction on one line with the variables that are known."""
        words = instruction.code.split(None, 1)
        text = " ".join([instruction.name, *words[1:]])
        try:
            return _SHOWN.expand(text, self.state.scope.variables).text
        except JettisonError:
            return text

    @singledispatchmethod
    def _do(self, instruction: Instruction) -> None:
        raise error_at(instruction.span, f"{instruction.name} cannot stand here")

    @_do.register
    def _arg(self, instruction: Arg) -> None:
        told = []
        scope = self.state.scope
        for declaration in instruction.declarations:
            name = declaration.key.text
            value: str | None
            if name in self.build_args:
                value = self.build_args[name]
            elif declaration.default is not None:
                value = self.expand(declaration.default)
            else:
                value = self._global_args.get(name)
            scope.declare(name, value)
            told.append(name if value is None else f"{name}={value}")
        self.record(f"ARG {' '.join(told)}")

    @_do.register
    def _env(self, instruction: Env) -> None:
        pairs = [(self.expand(pair.key), self.expand(pair.value)) for pair in instruction.pairs]
        self.state.scope.variables.update(pairs)
        self._apply(effects.set_env(self.state.run, pairs))

    @_do.register
    def _label(self, instruction: Label) -> None:
        pairs = [(self.expand(pair.key), self.expand(pair.value)) for pair in instruction.pairs]
        self._apply(effects.set_labels(self.state.run, pairs))

    @_do.register
    def _run(self, instruction: Run) -> None:
        args = self.arguments(instruction.command)
        number = run_vertex(self, instruction, args)
        self.state.root = number
        told = self.state.scope.told_args()
        prefix = [f"|{len(told)}", *told] if told else []
        self.record(f"RUN {' '.join([*prefix, *args])}{_SUFFIX}", number)

    @_do.register
    def _copy(self, instruction: Copy) -> None:
        number, text = self._files.copy(instruction)
        self.state.root = number
        self.record(text + _SUFFIX, number)

    @_do.register
    def _add(self, instruction: Add) -> None:
        number, text = self._files.add(instruction)
        self.state.root = number
        self.record(text + _SUFFIX, number)

    @_do.register
    def _workdir(self, instruction: Workdir) -> None:
        self.state.run, text = effects.set_working_dir(self.state.run, self.expand(instruction.path))
        vertex = None
        if self.state.run.working_dir != "/":
            vertex = self.state.root = self._files.make_working_dir(instruction)
        self.record(text, vertex)

    @_do.register
    def _user(self, instruction: User) -> None:
        self._apply(effects.set_user(self.state.run, self.expand(instruction.user)))

    @_do.register
    def _expose(self, instruction: Expose) -> None:
        variables = self.state.scope.variables
        specs = [text for word in instruction.ports for text in expand_at(word, variables, self._escape).words]
        self._apply(effects.expose(self.state.run, specs))

    @_do.register
    def _volume(self, instruction: Volume) -> None:
        self._apply(effects.add_volumes(self.state.run, [self.expand(word) for word in instruction.paths]))

    @_do.register
    def _healthcheck(self, instruction: Healthcheck) -> None:
        test: tuple[str, ...] = ("NONE",)
        if instruction.command is not None:
            command = instruction.command
            test = ("CMD", *command.strings) if command.form is Form.EXEC else ("CMD-SHELL", command.script)
        check = config.Healthcheck(
            test=test,
            interval_ns=instruction.interval_ns,
            timeout_ns=instruction.timeout_ns,
            start_period_ns=instruction.start_period_ns,
            start_interval_ns=instruction.start_interval_ns,
            retries=instruction.retries,
        )
        self._apply(effects.set_healthcheck(self.state.run, check))

    @_do.register
    def _entrypoint(self, instruction: Entrypoint) -> None:
        args = self.arguments(instruction.command)
        self._apply(effects.set_entrypoint(self.state.run, args, keep_cmd=self.state.cmd_set))

    @_do.register
    def _cmd(self, instruction: Cmd) -> None:
        self._apply(effects.set_cmd(self.state.run, self.arguments(instruction.command)))
        self.state.cmd_set = True

    @_do.register
    def _shell(self, instruction: Shell) -> None:
        self._apply(effects.set_shell(self.state.run, instruction.strings))

    @_do.register
    def _stopsignal(self, instruction: Stopsignal) -> None:
        self._apply(effects.set_stop_signal(self.state.run, self.expand(instruction.signal)))

    @_do.register
    def _maintainer(self, instruction: Maintainer) -> None:
        self.state.author = instruction.author.text
        self.record(f"MAINTAINER {instruction.author.text}")

    @_do.register
    def _onbuild(self, instruction: Onbuild) -> None:
        self.state.run = effects.add_on_build(self.state.run, instruction.text)
